-- Who is counted in which universe, by municipality and date: persons as numbers, not yet by group of origin or band.
-- first_band and last_band are the places in stay_band between which the length of stay lies.
with states as (
    select
        *,
        -- Length of stay: since settlement in the Netherlands.
        date_sub('month', settled_high, counted_on) as months_low,
        date_sub('month', settled_low, counted_on) as months_high
    from {{ ref('int_states__possible') }}
    where base_group <> 'nl' and area_code <> 'unknown'
),

residents as (
    select * from states
    where state = 'resident'
),

non_residents as (
    select * from states
    where state = 'temporary_address'
),

counted as (
    select 'brp_residents_foreign_nationality' as universe, true as is_in, * from residents
    union all by name
    select
        'brp_arrivals' as universe,
        start_low > counted_on - interval 12 month as is_in, *
    from residents
    where start_high > counted_on - interval 12 month and not technical_start and is_exact
    union all by name
    select
        'brp_arrivals_from_rni' as universe,
        start_low > counted_on - interval 12 month and months_low >= 0 as is_in,
        *
    from {{ ref('int_moves__rni_to_brp') }}
    where base_group <> 'nl' and area_code <> 'unknown' and is_exact
    union all by name
    select
        'brp_departures' as universe,
        start_low > counted_on - interval 12 month as is_in, *
    from states
    where state = 'left' and register = 'brp' and start_high > counted_on - interval 12 month and is_exact
    union all by name
    select 'rni_temporary_address' as universe, true as is_in, * from non_residents
    union all by name
    select
        'rni_temporary_address_recent' as universe,
        last_activity_low >= counted_on - interval {{ var('rni_recent_months') }} month as is_in,
        *
    from non_residents
    where last_activity_high >= counted_on - interval {{ var('rni_recent_months') }} month
)

-- Of who settled on an unknown date any length of stay is possible.
select
    universe, counted_on, area_code, synthetic, base_group,
    {{ stay_band_place('coalesce(months_low, -1200)') }} as first_band,
    {{ stay_band_place('coalesce(months_high, 99999)') }} as last_band,
    count_if(is_certain and is_in) as persons_low,
    count_if(is_certain) + count(distinct case when not is_certain then person end) as persons_high
from counted
group by all
