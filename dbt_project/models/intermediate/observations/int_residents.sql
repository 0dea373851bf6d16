-- Residents by municipality and reporting year, on the borders of their own day: as sources state them, and as counted
-- from the municipality's register, by ourselves or else by another installation in its newest package.
with cells as (
    select *, {{ cells_of() }} as cells
    from {{ with_vintage(ref('int_observations__bounded')) }} as cells
    where nationality = 'all' and motive = 'all' and employment = 'all' and sector = 'all' and source <> 'exchange'
    union all by name
    select *, 1 as vintage, cast(null as bigint) as next_vintage from {{ ref('int_observations__by_origin') }}
),

stated as (
    select
        area_type, area_code,
        {{ reporting_year('period_start', 'period_end', 'date_precision') }} as reporting_year,
        period_end as borders_of,
        origin_group, universe, edition, version, vintage, next_vintage, delivery_id, source, reference_date, synthetic,
        cells, computed, finality, availability, bound_kind,
        cast(value as bigint) as residents,
        cast(low as bigint) as residents_low,
        cast(high as bigint) as residents_high
    from cells
    where
        measure = 'residents'
        and unit = 'persons'
        and area_type = 'GM'
        and home_area in ('all', 'here')
        and stay_band = 'all'
),

counts as (
    select * from {{ ref('int_registered__municipal') }}
    where universe = 'brp_residents_foreign_nationality' and stay_band = 'all' and place = 1
),

counted as (
    select
        area_type, area_code,
        {{ reporting_year('period_start', 'period_end', 'date_precision') }} as reporting_year,
        period_end as borders_of,
        origin_group, universe, edition, version, 1 as vintage, cast(null as bigint) as next_vintage, delivery_id,
        register as source, period_end as reference_date, synthetic, ['persons'] as cells, computed, finality,
        availability, bound_kind,
        persons as residents, persons_low as residents_low, persons_high as residents_high
    from counts
)

select * from stated
where reporting_year is not null
union all by name
select * from counted
where reporting_year is not null
