-- Workers here by where they live, only as far as a source says so. The parts need not add up: none is a remainder.
with stated as (
    select
        area_code as municipality_code, period_start, period_end, date_precision, measured_as, origin_group,
        case home_area
            when 'here' then 'resident_here'
            when 'elsewhere' then 'resident_elsewhere'
            when 'resident' then 'resident_anywhere'
            else home_area
        end as part,
        cast(value as bigint) as workers, cast(low as bigint) as workers_low, cast(high as bigint) as workers_high,
        workplace_basis, unit, universe, edition, version, bound_kind, availability, finality, computed, synthetic,
        delivery_id
    from {{ ref('int_observations__unioned') }}
    where measure = 'workers' and area_type = 'GM' and home_area <> 'all'
),

-- Where a source claims that its residents are among its workers, they are the part that lives here.
nested as (
    select
        residents.area_code as municipality_code, residents.period_start, residents.period_end,
        residents.date_precision, residents.measured_as, residents.origin_group,
        'resident_here' as part,
        cast(residents.value as bigint) as workers, cast(residents.low as bigint) as workers_low,
        cast(residents.high as bigint) as workers_high,
        'unknown' as workplace_basis, residents.unit, residents.universe, residents.edition, residents.version,
        residents.bound_kind, residents.availability, residents.finality, residents.computed, residents.synthetic,
        residents.delivery_id
    from {{ ref('int_observations__unioned') }} as residents
    inner join {{ ref('universe_pair') }} as pair
        on
            residents.universe = pair.residents_universe
            and 'nested' in (pair.relation, pair.relation_claimed)
    where residents.measure = 'residents' and residents.area_type = 'GM'
)

select * from stated
union all by name
select * from nested
