-- Workers and residents at each turn of the year, of the nation and of its municipalities, on the borders of the day of
-- the run: what the nowcast goes by. Of a year the newest edition counts; of a series that broke what came after it.
{% set told = [
    'measure', 'universe', 'edition', 'version', 'synthetic', 'delivery_id', 'reporting_year', 'borders_of'
] %}
with cells as (
    select * from {{ with_vintage(ref('int_observations__bounded')) }} as cells
    where nationality = 'all'
    union all by name
    select *, cast(null as bigint) as next_vintage from {{ ref('int_observations__by_origin') }}
),

-- Those that a gap is made of.
universes as (
    select workers_universe as universe, 'workers' as measure, 'all' as lived from {{ ref('universe_pair') }}
    union
    select residents_universe as universe, 'residents' as measure, 'here' as lived from {{ ref('universe_pair') }}
),

broken as (
    select universe, max(since) as since from {{ source('catalogue', 'series_break') }}
    group by all
),

-- What a year counts that is no stock is no sum of its quarters either: somebody is counted in several.
stocks as (
    select
        cells.measure, cells.universe, cells.edition, cells.version, cells.synthetic, cells.delivery_id,
        cells.area_type, cells.area_code, cells.availability, cells.bound_kind, cells.finality, cells.computed,
        cells.reference_date, cells.locator_row, cells.period_end as borders_of,
        {{ reporting_year('cells.period_start', 'cells.period_end', 'cells.date_precision') }} as reporting_year,
        cast(cells.value as bigint) as persons,
        cast(cells.low as bigint) as persons_low,
        cast(cells.high as bigint) as persons_high
    from cells
    inner join universes
        on
            cells.universe = universes.universe
            and cells.measure = universes.measure
            and cells.home_area in ('all', universes.lived)
    left join broken on cells.universe = broken.universe
    where
        cells.measured_as = 'stock'
        and cells.unit = 'persons'
        and cells.area_type in ('NL', 'GM', 'unknown')
        and cells.origin_group = 'all'
        and cells.motive = 'all'
        and cells.employment = 'all'
        and cells.sector = 'all'
        and cells.stay_band = 'all'
        and cells.source <> 'exchange'
        and cells.next_vintage is null
        and coalesce(cells.period_start >= broken.since, true)
),

newest as (
    select * exclude (reference_date, locator_row) from stocks
    where reporting_year is not null
    qualify
        rank() over (
            partition by measure, universe, synthetic, reporting_year
            order by reference_date desc, edition desc, version desc, delivery_id asc, borders_of asc
        ) = 1
        and row_number() over (
            partition by measure, universe, synthetic, reporting_year, area_type, area_code
            order by reference_date desc, edition desc, version desc, delivery_id asc, borders_of asc, locator_row asc
        ) = 1
)

select
    measure, universe, edition, version, synthetic, delivery_id, reporting_year, area_type, area_code,
    persons, persons_low, persons_high
from ({{ restated('newest', ['persons'], told, on='borders_of') }}) as figures
