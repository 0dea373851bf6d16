-- The total of a table of motives against the sum of its motives. A motive of which only a share was published counts
-- as that share of the total. Where the shares cannot make up the whole, motives are lacking: then only a sum that is
-- too large is wrong.
{% set key = [
    'area_type', 'area_code', 'period_start', 'period_end', 'date_precision', 'measured_as', 'universe', 'edition',
    'version', 'table_id', 'delivery_id', 'synthetic'
] %}
with cells as (
    select * from {{ ref('int_observations__unioned') }}
    where measure in ('migrants', 'share_of_migrants') and origin_group = 'all'
),

total as (
    select * from cells
    where measure = 'migrants' and motive = 'all'
),

by_motive as (
    select
        {{ key | join(', ') }}, motive,
        {% for column in ['value', 'low', 'high'] %}
            {{ one_or_none(column, 'migrants') }} as {{ column }},
            {{ one_or_none(column, 'share_of_migrants') }} as share_{{ column }},
        {% endfor %}
        {{ worst_of('availability', 'availability') }} as availability,
        {{ worst_of('bound_kind', 'bound_kind') }} as bound_kind,
        {{ worst_of('finality', 'finality') }} as finality
    from cells
    where motive <> 'all'
    group by all
),

added as (
    select
        {% for column in key %}
            by_motive.{{ column }},
        {% endfor %}
        sum(coalesce(by_motive.low, floor(by_motive.share_low * total.low / 100), 0)) as low,
        case
            when
                count(coalesce(by_motive.high, by_motive.share_high)) = count(*)
                and sum(by_motive.share_low) <= 100 and sum(by_motive.share_high) >= 100
                and count(by_motive.share_high) = count(*)
                then sum(coalesce(by_motive.high, ceil(by_motive.share_high * total.high / 100)))
        end as high,
        case
            when
                count(by_motive.value) = count(*) and count(by_motive.share_high) = count(*)
                and sum(by_motive.share_low) <= 100 and sum(by_motive.share_high) >= 100
                then sum(by_motive.value)
        end as value,
        count(*) as motives,
        {{ worst_of('availability', 'by_motive.availability') }} as availability,
        {{ worst_of('bound_kind', 'by_motive.bound_kind') }} as bound_kind,
        {{ worst_of('finality', 'by_motive.finality') }} as finality
    from by_motive
    inner join total using ({{ key | join(', ') }})
    group by all
)

select
    'motives_vs_total' as check_name, 'migrants' as cell, total.area_type, total.area_code, total.period_start,
    total.period_end, total.date_precision, total.measured_as, total.unit,
    'totaal van de motieven' as left_nl, 'total of the motives' as left_en,
    'som van ' || added.motives || ' motieven' as right_nl, 'sum of ' || added.motives || ' motives' as right_en,
    {{ two_figures('total', 'added') }},
    cast(0 as double) as allowed,
    'alleen afronding' as allowed_reason_nl, 'rounding only' as allowed_reason_en,
    cast(null as varchar) as undecided_nl, cast(null as varchar) as undecided_en,
    false as is_upper_bound,
    {{ both_sides('total', 'added') }}
from total
inner join added using ({{ key | join(', ') }})
