-- Persons in a register on a date or in a period: counted from the registers' own extracts and protected, and as CBS
-- publishes them. The universe says which.
with counted as (
    select
        'GM' as area_type, area_code,
        case
            when measured_as = 'flow' then cast(counted_on - interval 12 month + interval 1 day as date)
            else counted_on
        end as period_start,
        counted_on as period_end, 'day' as date_precision, measured_as,
        register, origin_group, stay_band,
        persons, persons_low, persons_high,
        'persons' as unit, universe,
        cast(counted_on as varchar) as edition, '1' as version, bound_kind, availability, 'final' as finality,
        true as computed, synthetic, delivery_id
    from {{ ref('int_registered__protected') }}
),

cells as (
    select * from {{ ref('int_observations__unioned') }}
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

select * from counted
union all by name
select * from published
