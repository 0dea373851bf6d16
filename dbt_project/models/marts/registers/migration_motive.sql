-- Registered migrants by motive: counts, shares, the same shares for the Netherlands, and where a count was not
-- published the bounds that the rest of its table implies.
{% set shares = ['share_of_migrants', 'share_of_motive', 'share_of_population'] %}
with cells as (
    select * from {{ ref('int_observations__bounded') }}
    where measure in ('migrants', 'share_of_migrants', 'share_of_motive', 'share_of_population')
),

by_motive as (
    select
        area_type, area_code, period_start, period_end, date_precision, measured_as, motive, origin_group,
        universe, edition, version, synthetic, delivery_id,
        {{ one_or_none('value', 'migrants') }} as persons,
        {{ one_or_none('low', 'migrants') }} as persons_low,
        {{ one_or_none('high', 'migrants') }} as persons_high,
        {% for share in shares %}
            {{ one_or_none('value', share) }} as {{ share }},
            {{ one_or_none('low', share) }} as {{ share }}_low,
            {{ one_or_none('high', share) }} as {{ share }}_high,
        {% endfor %}
        max(finality) as finality
    from cells
    group by all
),

-- Of several documents on the Netherlands the last by name of edition, so that one row stays one row.
netherlands as (
    select * from by_motive
    where area_type = 'NL'
    qualify row_number() over (
        partition by period_start, period_end, motive, origin_group, universe, synthetic
        order by edition desc, version desc, delivery_id asc
    ) = 1
),

bounds as (
    select * exclude (table_id, contradiction), 'all' as origin_group from {{ ref('int_motives__bounds') }}
    where not contradiction
),

-- Counts that were not published are bounded; a sum of several motives exists only as such a bound.
bounded as (
    select
        area_type, area_code, period_start, period_end, date_precision, measured_as, motive, origin_group,
        universe, edition, version, synthetic, delivery_id,
        by_motive.persons,
        coalesce(by_motive.persons_low, bounds.persons_low) as persons_low,
        coalesce(by_motive.persons_high, bounds.persons_high) as persons_high,
        {% for share in shares %}
            by_motive.{{ share }}, by_motive.{{ share }}_low, by_motive.{{ share }}_high,
        {% endfor %}
        coalesce(by_motive.finality, 'final') as finality,
        by_motive.persons is null and bounds.persons_low is not null as computed
    from by_motive
    full join bounds using (
        area_type, area_code, period_start, period_end, date_precision, measured_as, motive, origin_group,
        universe, edition, version, synthetic, delivery_id
    )
)

select
    bounded.area_type, bounded.area_code, bounded.period_start, bounded.period_end, bounded.date_precision,
    bounded.measured_as, bounded.motive, bounded.origin_group,
    cast(bounded.persons as bigint) as persons,
    cast(bounded.persons_low as bigint) as persons_low,
    cast(bounded.persons_high as bigint) as persons_high,
    {% for share in shares %}
        bounded.{{ share }}, bounded.{{ share }}_low, bounded.{{ share }}_high,
    {% endfor %}
    {% for share in ['share_of_migrants', 'share_of_population'] %}
        netherlands.{{ share }} as nl_{{ share }},
        netherlands.{{ share }}_low as nl_{{ share }}_low,
        netherlands.{{ share }}_high as nl_{{ share }}_high,
    {% endfor %}
    'persons' as unit,
    bounded.universe, bounded.edition, bounded.version, 'rounding_assumed' as bound_kind,
    -- A count that was not published but is bounded is there as an interval; without bounds it is missing.
    case when bounded.persons_low is null then 'missing' else 'available' end as availability,
    bounded.finality, bounded.computed, bounded.synthetic, bounded.delivery_id
from bounded
left join netherlands
    on
        bounded.area_type <> 'NL'
        and bounded.period_start = netherlands.period_start
        and bounded.period_end = netherlands.period_end
        and bounded.motive = netherlands.motive
        and bounded.origin_group = netherlands.origin_group
        and bounded.universe = netherlands.universe
        and bounded.synthetic = netherlands.synthetic
