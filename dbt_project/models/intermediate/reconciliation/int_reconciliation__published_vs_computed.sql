-- Figures that stand in documents against those that other sources give of the same area, year, measure and group, and
-- against the same figure in another document. Whom each counts may differ: then nothing is decided by a difference.
with cells as (
    select *, {{ reporting_year('period_start', 'period_end', 'date_precision') }} as year
    from {{ ref('int_observations__unioned') }}
    where
        measure in ('workers', 'residents', 'migrants', 'inhabitants') and unit = 'persons'
        and nationality = 'all' and employment = 'all' and sector = 'all' and stay_band = 'all'
        and (home_area = 'all' or (home_area = 'here' and measure = 'residents'))
),

registered as (
    select
        'brp' as source, 'residents' as measure, area_code, 'GM' as area_type, origin_group, 'all' as motive,
        {{ reporting_year('counted_on', 'counted_on', "'day'") }} as year,
        universe, cast(counted_on as varchar) as edition, '1' as version, delivery_id, availability, bound_kind,
        'final' as finality, synthetic, persons as value, persons_low as low, persons_high as high
    from {{ ref('int_registered__protected') }}
    where universe = 'brp_residents_foreign_nationality' and stay_band = 'all'
),

compared as (
    select
        source, measure, area_type, area_code, origin_group, motive, year, universe, edition, version, delivery_id,
        availability, bound_kind, finality, synthetic, value, low, high
    from cells
    union all by name
    select * from registered
),

published as (
    select * from cells
    where source = 'figures'
),

pairs as (
    select workers_universe as one, residents_universe as other, relation from {{ ref('universe_pair') }}
    union all
    select residents_universe as one, workers_universe as other, relation from {{ ref('universe_pair') }}
)

select
    'published_vs_computed' as check_name, {{ cell_of('published', ['origin_group', 'motive']) }} as cell,
    published.area_type, published.area_code, published.period_start, published.period_end,
    published.date_precision, published.measured_as, published.unit,
    coalesce(published.citation, published.edition) as left_nl,
    coalesce(published.citation, published.edition) as left_en,
    compared.universe || ' (' || compared.edition || ')' as right_nl,
    compared.universe || ' (' || compared.edition || ')' as right_en,
    {{ two_figures('published', 'compared') }},
    cast(0 as double) as allowed,
    'alleen afronding' as allowed_reason_nl, 'rounding only' as allowed_reason_en,
    case
        when published.universe <> compared.universe and coalesce(pairs.relation, 'unknown') <> 'same'
            then 'de bronnen tellen niet dezelfde mensen (verhouding: ' || coalesce(pairs.relation, 'unknown') || ')'
    end as undecided_nl,
    case
        when published.universe <> compared.universe and coalesce(pairs.relation, 'unknown') <> 'same'
            then 'the sources do not count the same people (relation: ' || coalesce(pairs.relation, 'unknown') || ')'
    end as undecided_en,
    false as is_upper_bound,
    {{ both_sides('published', 'compared') }}
from published
inner join compared
    on
        published.area_type = compared.area_type and published.area_code = compared.area_code
        and published.year = compared.year and published.measure = compared.measure
        and published.origin_group = compared.origin_group and published.motive = compared.motive
        and published.synthetic = compared.synthetic
        -- Of two documents each pair once.
        and (
            compared.source <> 'figures'
            or (
                published.universe = compared.universe
                and (published.delivery_id, published.edition) < (compared.delivery_id, compared.edition)
            )
        )
left join pairs on published.universe = pairs.one and compared.universe = pairs.other
qualify row_number() over (
    partition by
        cell, published.area_type, published.area_code, published.period_start, published.period_end,
        published.universe, published.edition, published.version, published.delivery_id, published.synthetic,
        compared.universe, compared.edition, compared.version, compared.delivery_id
    order by published.locator_row
) = 1
