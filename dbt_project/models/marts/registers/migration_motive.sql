-- Registered migrants by motive: counts, shares, the same shares for the Netherlands, and where a count was not
-- published the bounds that the rest of its table implies. A row is as good as the worst of the figures it shows.
{% set shares = ['share_of_migrants', 'share_of_motive', 'share_of_population'] %}
{% set table = [
    'area_type', 'area_code', 'period_start', 'period_end', 'date_precision', 'measured_as', 'universe', 'edition',
    'version', 'delivery_id', 'synthetic'
] %}
with cells as (
    select *, next_vintage is not null as is_superseded
    from {{ with_vintage(ref('int_observations__bounded')) }} as observations
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
        {{ worst_of('availability', 'availability') }} as availability,
        {{ worst_of('bound_kind', 'bound_kind') }} as bound_kind,
        {{ worst_of('finality', 'finality') }} as finality,
        bool_or(is_superseded) as superseded
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

-- What follows from figures is as good as the worst of them.
rested_on as (
    select
        {{ table | join(', ') }},
        {{ worst_of('bound_kind', 'bound_kind') }} as bound_kind, {{ worst_of('finality', 'finality') }} as finality,
        bool_or(is_superseded) as superseded
    from cells
    where measure in ('migrants', 'share_of_migrants') and origin_group = 'all' and availability = 'available'
    group by all
),

bounds as (
    select
        bounds.* exclude (table_id, contradiction), 'all' as origin_group,
        'available' as availability, rested_on.bound_kind, rested_on.finality, rested_on.superseded
    from {{ ref('int_motives__bounds') }} as bounds
    inner join rested_on using ({{ table | join(', ') }})
    where not bounds.contradiction
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
        {% for status in ['availability', 'bound_kind', 'finality'] %}
            {{ worse(status, 'by_motive.' ~ status, 'bounds.' ~ status) }} as {{ status }},
        {% endfor %}
        coalesce(by_motive.superseded, bounds.superseded) as superseded,
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
    'persons' as unit, bounded.superseded,
    bounded.universe, bounded.edition, bounded.version, bounded.bound_kind,
    -- A count that was never in the table but is bounded is there as an interval; without bounds it is missing.
    case
        when bounded.persons_low is null then {{ worse('availability', 'bounded.availability', "'missing'") }}
        else bounded.availability
    end as availability,
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
