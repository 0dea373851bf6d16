-- Persons in a register on a date or in a period: counted from the registers' own extracts and protected, also by other
-- installations and added up to regions, and as CBS publishes them. The universe says which.
with cells as (
    select * from {{ ref('int_observations__bounded') }}
    where nationality = 'all'
    union all by name
    select * from {{ ref('int_observations__by_origin') }}
),

published as (
    select
        area_type, area_code, period_start, period_end, date_precision, measured_as,
        'brp' as register, origin_group, stay_band,
        cast(value as bigint) as persons, cast(low as bigint) as persons_low, cast(high as bigint) as persons_high,
        unit, universe, edition, version, bound_kind, availability, finality, computed, synthetic, delivery_id
    from cells
    where
        source = 'statline' and unit = 'persons'
        and measure in ('residents', 'arrivals', 'departures', 'inhabitants')
)

select * exclude (is_exchanged, reference_date, place) from {{ ref('int_registered__municipal') }}
union all by name
select * from {{ ref('int_registered__regional') }}
union all by name
select * from published
