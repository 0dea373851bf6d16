-- Workers here by where they live, only as far as a source says so. The parts need not add up: none is a remainder.
-- What is not stated but follows has bounds and no value; what may be the same persons stands beside (`overlap`).
with cells as (
    select
        area_code as municipality_code, period_start, period_end, date_precision, measured_as, origin_group, measure,
        home_area, workplace_basis, unit, universe, edition, version, bound_kind, availability, finality, computed,
        synthetic, delivery_id,
        cast(value as bigint) as workers, cast(low as bigint) as workers_low, cast(high as bigint) as workers_high
    from {{ ref('int_observations__bounded') }}
    where
        area_type = 'GM' and nationality = 'all' and employment = 'all' and sector = 'all' and stay_band = 'all'
        and measure in ('workers', 'residents')
),

stated as (
    select
        * exclude (measure, home_area),
        case home_area
            when 'here' then 'resident_here'
            when 'elsewhere' then 'resident_elsewhere'
            when 'resident' then 'resident_anywhere'
            when 'germany' then 'frontier_germany'
            when 'belgium' then 'frontier_belgium'
            else home_area
        end as part,
        case when home_area in ('germany', 'belgium') then 'unknown' else 'part' end as overlap
    from cells
    where measure = 'workers' and home_area <> 'all'
),

-- Where a source claims that its residents are among its workers, they are the part that lives here: no more than the
-- workers, and not where the figures cannot nest.
nested as (
    select
        residents.* exclude (measure, home_area) replace (
            'unknown' as workplace_basis,
            case when residents.workers > workers.workers_high then null else residents.workers end as workers,
            case
                when residents.workers_high > workers.workers_high then workers.workers_high
                else residents.workers_high
            end as workers_high
        ),
        'resident_here' as part,
        'part' as overlap
    from cells as residents
    inner join {{ ref('universe_pair') }} as pair
        on
            residents.universe = pair.residents_universe
            and 'nested' in (pair.relation, pair.relation_claimed)
    left join cells as workers
        on
            pair.workers_universe = workers.universe
            and workers.measure = 'workers' and workers.home_area = 'all'
            and residents.municipality_code = workers.municipality_code
            and residents.period_start = workers.period_start and residents.period_end = workers.period_end
            and residents.origin_group = workers.origin_group
            and residents.edition = workers.edition and residents.version = workers.version
            and residents.delivery_id = workers.delivery_id
    where residents.measure = 'residents' and coalesce(residents.workers_low <= workers.workers_high, true)
),

-- Who lives and works here is among the residents who work here and among the workers who live here, where both count
-- people of one definition at one moment: at most the fewer of the two. Of the workers who are residents somewhere, the
-- others live elsewhere.
met as (
    select
        anywhere.* exclude (measure, home_area, workers, workers_low, workers_high),
        anywhere.workers_low as anywhere_low,
        anywhere.workers_high as anywhere_high,
        here.workers_high as here_high,
        {{ worse('availability', 'anywhere.availability', 'here.availability') }} as of_availability,
        {{ worse('bound_kind', 'anywhere.bound_kind', 'here.bound_kind') }} as of_bound_kind,
        {{ worse('finality', 'anywhere.finality', 'here.finality') }} as of_finality
    from cells as anywhere
    inner join {{ ref('universe_pair') }} as pair
        on anywhere.universe = pair.workers_universe and pair.same_definition
    inner join cells as here
        on
            pair.residents_universe = here.universe
            and here.measure = 'residents'
            and anywhere.municipality_code = here.municipality_code
            and anywhere.period_start = here.period_start and anywhere.period_end = here.period_end
            and anywhere.measured_as = here.measured_as
            and anywhere.origin_group = here.origin_group
            and anywhere.edition = here.edition and anywhere.version = here.version
            and anywhere.unit = here.unit
            and anywhere.delivery_id = here.delivery_id
    where anywhere.measure = 'workers' and anywhere.home_area = 'resident'
),

implied as (
    select
        met.* exclude (
            anywhere_low, anywhere_high, here_high, of_availability, of_bound_kind, of_finality
        ) replace (
            met.of_availability as availability, met.of_bound_kind as bound_kind, met.of_finality as finality,
            true as computed
        ),
        parts.part,
        'part' as overlap,
        cast(null as bigint) as workers,
        case parts.part
            when 'resident_here' then 0
            else greatest(coalesce(met.anywhere_low, 0) - met.here_high, 0)
        end as workers_low,
        case parts.part
            when 'resident_here' then least(met.anywhere_high, met.here_high)
            else met.anywhere_high
        end as workers_high
    from met
    cross join (values ('resident_here'), ('resident_elsewhere')) as parts (part)
),

-- Registered as non-resident with an address here: how many of them work here is unknown.
beside as (
    select
        area_code as municipality_code, period_start, period_end, date_precision, measured_as, origin_group,
        'non_resident_address_here' as part, 'unknown' as overlap,
        persons as workers, persons_low as workers_low, persons_high as workers_high,
        cast(null as varchar) as workplace_basis, unit, universe, edition, version, bound_kind, availability, finality,
        computed, synthetic, delivery_id
    from {{ ref('int_registered__municipal') }}
    where universe = 'rni_temporary_address' and stay_band = 'all' and area_code <> 'unknown' and place = 1
)

select * from stated
union all by name
select * from nested
union all by name
select * from implied
where (municipality_code, period_start, origin_group, part, universe, edition, version) not in (
    select
        stated.municipality_code, stated.period_start, stated.origin_group, stated.part, stated.universe,
        stated.edition, stated.version
    from stated
)
union all by name
select * from beside
