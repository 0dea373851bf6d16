-- Residents by municipality and reporting year, on the borders of their own day: as sources state them, and as counted
-- from the municipality's register.
with cells as (
    select * from {{ with_vintage(ref('int_observations__bounded')) }} as cells
    where nationality = 'all'
    union all by name
    select *, 1 as vintage, cast(null as bigint) as next_vintage from {{ ref('int_observations__by_origin') }}
),

stated as (
    select
        area_type, area_code,
        {{ reporting_year('period_start', 'period_end', 'date_precision') }} as reporting_year,
        period_end as borders_of,
        origin_group, universe, edition, version, vintage, next_vintage, delivery_id, source, reference_date, synthetic,
        computed, finality, availability, bound_kind,
        cast(value as bigint) as residents,
        cast(low as bigint) as residents_low,
        cast(high as bigint) as residents_high
    from cells
    where
        measure = 'residents'
        and unit = 'persons'
        and area_type = 'GM'
        and home_area in ('all', 'here')
),

counted as (
    select
        'GM' as area_type, area_code,
        {{ reporting_year('counted_on', 'counted_on', "'day'") }} as reporting_year,
        counted_on as borders_of,
        origin_group, universe,
        cast(counted_on as varchar) as edition, '1' as version, 1 as vintage,
        cast(null as bigint) as next_vintage, delivery_id,
        register as source, counted_on as reference_date, synthetic, true as computed,
        'final' as finality, availability, bound_kind,
        persons as residents, persons_low as residents_low, persons_high as residents_high
    from {{ ref('int_registered__protected') }}
    where universe = 'brp_residents_foreign_nationality' and stay_band = 'all'
)

select * from stated
where reporting_year is not null
union all by name
select * from counted
where reporting_year is not null
