-- The Migrantenmonitor's figure of the Netherlands against the sum of its municipalities, as the cells stand by
-- themselves: bounds that follow from the totals would agree with them by themselves.
{% set same = [
    'delivery_id', 'table_id', 'edition', 'version', 'universe', 'measure', 'unit', 'measured_as', 'date_precision',
    'period_start', 'period_end', 'origin_group', 'nationality', 'motive', 'employment', 'sector', 'home_area',
    'stay_band', 'synthetic'
] %}
with cells as (
    select * from {{ ref('int_observations__unioned') }}
    where source = 'migrantenmonitor' and unit <> 'percent' and measured_as <> 'average'
),

municipalities as (
    select dates.period_end, count(*) as municipalities
    from (select distinct period_end from cells) as dates
    inner join {{ ref('int_municipality') }} as municipality
        on
            coalesce(municipality.valid_from, dates.period_end) <= dates.period_end
            and coalesce(municipality.valid_to, date '9999-12-31') > dates.period_end
    group by dates.period_end
),

added as (
    select
        {% for key in same %}
            cells.{{ key }},
        {% endfor %}
        count(*) as there, any_value(municipalities.municipalities) as municipalities,
        sum(coalesce(cells.low, 0)) as low,
        case
            when count(*) = any_value(municipalities.municipalities) and count(cells.high) = count(*)
                then sum(cells.high)
        end as high,
        case
            when count(*) = any_value(municipalities.municipalities) and count(cells.value) = count(*)
                then sum(cells.value)
        end as value,
        case
            when count(*) < any_value(municipalities.municipalities) then 'missing'
            else {{ worst_of('availability', 'cells.availability') }}
        end as availability,
        {{ worst_of('bound_kind', 'cells.bound_kind') }} as bound_kind,
        {{ worst_of('finality', 'cells.finality') }} as finality
    from cells
    inner join municipalities using (period_end)
    where cells.area_type = 'GM'
    group by all
)

select
    'monitor_national_vs_municipalities' as check_name, {{ cell_of('nation') }} as cell,
    'NL' as area_type, 'NL' as area_code, nation.period_start, nation.period_end, nation.date_precision,
    nation.measured_as, nation.unit,
    'Migrantenmonitor, Nederland' as left_nl, 'Migrantenmonitor, the Netherlands' as left_en,
    'Migrantenmonitor, som van ' || added.there || ' van ' || added.municipalities || ' gemeenten' as right_nl,
    'Migrantenmonitor, sum of ' || added.there || ' of ' || added.municipalities || ' municipalities' as right_en,
    {{ two_figures('nation', 'added') }},
    cast(0 as double) as allowed,
    'alleen afronding' as allowed_reason_nl, 'rounding only' as allowed_reason_en,
    cast(null as varchar) as undecided_nl, cast(null as varchar) as undecided_en,
    false as is_upper_bound,
    {{ both_sides('nation', 'added') }}
from cells as nation
inner join added using ({{ same | join(', ') }})
where nation.area_type = 'NL'
