-- Counts of persons by municipality and group of origin, and by municipality and length of stay, noughts included.
-- Never published: the protected form of it is. Margins only: most counts of the cross of both axes are too small to
-- show.
with universes as (
    select 'brp_residents_foreign_nationality' as universe, 'brp' as register, 'stock' as measured_as, true as has_bands
    union all
    select 'brp_arrivals' as universe, 'brp' as register, 'flow' as measured_as, false as has_bands
    union all
    select 'brp_arrivals_from_rni' as universe, 'brp' as register, 'flow' as measured_as, true as has_bands
    union all
    select 'brp_departures' as universe, 'brp' as register, 'flow' as measured_as, false as has_bands
    union all
    select 'rni_temporary_address' as universe, 'rni' as register, 'stock' as measured_as, false as has_bands
    union all
    select 'rni_temporary_address_recent' as universe, 'rni' as register, 'stock' as measured_as, false as has_bands
),

bands as (
    select stay_band from {{ ref('stay_band') }}
    union all
    select 'unknown' as stay_band
),

by_origin as (
    select
        persons.universe, persons.counted_on, persons.area_code, persons.synthetic, origin_group.origin_group,
        'all' as stay_band,
        sum(persons.persons_low) as persons_low,
        sum(persons.persons_high) as persons_high
    from {{ ref('int_registered__persons') }} as persons
    inner join {{ ref('origin_group') }} as origin_group using (base_group)
    group by all
),

stays as (
    select
        persons.universe, persons.counted_on, persons.area_code, persons.synthetic,
        case when persons.first_band = persons.last_band then stay_band.stay_band else 'unknown' end as stay,
        persons.persons_low, persons.persons_high
    from {{ ref('int_registered__persons') }} as persons
    inner join {{ ref('stay_band') }} as stay_band on persons.first_band = stay_band.place
),

-- Whose length of stay may lie in two bands is certain of neither: it is unknown, and possible in every band. So the
-- bands and the unknown add up to all.
by_stay as (
    select
        stays.universe, stays.counted_on, stays.area_code, stays.synthetic, 'all' as origin_group, bands.stay_band,
        sum(stays.persons_low) filter (where stays.stay = bands.stay_band) as persons_low,
        sum(stays.persons_high) filter (where stays.stay in (bands.stay_band, 'unknown')) as persons_high
    from stays
    cross join bands
    group by all
),

counted as (
    select * from by_origin
    union all by name
    select * from by_stay
),

-- Of overlapping deliveries the nearest is named as where the count comes from: the municipality's own, the region's,
-- NL.
covered as (
    select register, counted_on, area_code, delivery_id, synthetic, is_exact from {{ ref('int_register__evidence') }}
    where not is_older and area_code <> 'unknown'
    qualify row_number() over (
        partition by register, counted_on, area_code, synthetic
        order by scope = 'NL', scope <> area_code, scope
    ) = 1
),

cells as (
    select distinct universes.*, origin_group.origin_group, 'all' as stay_band from universes
    cross join {{ ref('origin_group') }} as origin_group
    where origin_group.origin_group <> 'nl'
    union all
    select universes.*, 'all' as origin_group, bands.stay_band from universes
    cross join bands
    where universes.has_bands
)

-- Who left before the delivery is not in it: of an earlier date only a lower bound is known, and of departures always.
select
    cells.register, cells.universe, cells.measured_as, cells.origin_group, cells.stay_band,
    covered.counted_on, covered.area_code, covered.delivery_id, covered.synthetic,
    cast(coalesce(counted.persons_low, 0) as bigint) as persons_low,
    case
        when covered.is_exact and cells.universe <> 'brp_departures'
            then cast(coalesce(counted.persons_high, 0) as bigint)
    end as persons_high
from covered
inner join cells on covered.register = cells.register and (covered.is_exact or cells.measured_as = 'stock')
left join counted using (universe, counted_on, area_code, origin_group, stay_band, synthetic)
