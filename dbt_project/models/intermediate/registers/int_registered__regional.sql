-- Provinces, COROP areas and labour-market regions of which at least two municipalities were counted on one date: the
-- sum of their protected counts. Where a municipality lacks, only the lower bound is known.
with counts as (
    select * from {{ ref('int_registered__municipal') }}
    where area_code <> 'unknown' and place = 1
),

-- Of how many municipalities a region consists on a date.
sizes as (
    select regions.area_type, regions.area_code, dates.period_end, count(*) as municipalities
    from {{ ref('int_municipality__regions') }} as regions
    inner join {{ ref('int_municipality') }} as municipality using (municipality_code)
    inner join (select distinct period_end from counts) as dates
        on
            {{ exists_on('municipality', 'dates.period_end') }}
    group by all
),

summed as (
    select
        regions.area_type, regions.area_code, counts.period_start, counts.period_end, counts.date_precision,
        counts.measured_as, counts.register, counts.origin_group, counts.stay_band, counts.unit, counts.universe,
        counts.edition, counts.version, counts.synthetic,
        count(*) = any_value(sizes.municipalities) as is_complete,
        count(*) as counted,
        count(counts.persons) as given,
        count(counts.persons_high) as bounded,
        sum(counts.persons) as persons_sum, sum(counts.persons_low) as low_sum, sum(counts.persons_high) as high_sum,
        {{ worst_of('availability', 'counts.availability') }} as availability,
        {{ worst_of('bound_kind', 'counts.bound_kind') }} as bound_kind,
        {{ worst_of('finality', 'counts.finality') }} as finality,
        string_agg(distinct counts.delivery_id, ' + ' order by counts.delivery_id) as delivery_id
    from counts
    inner join {{ ref('int_municipality__regions') }} as regions
        on counts.area_code = regions.municipality_code
    inner join sizes
        on
            regions.area_type = sizes.area_type and regions.area_code = sizes.area_code
            and counts.period_end = sizes.period_end
    group by all
    having count(*) > 1
)

select
    * exclude (is_complete, counted, given, bounded, persons_sum, low_sum, high_sum)
    replace (
        case when is_complete then availability else 'missing' end as availability,
        case when is_complete then bound_kind else 'none' end as bound_kind
    ),
    case when is_complete and given = counted then cast(persons_sum as bigint) end as persons,
    cast(low_sum as bigint) as persons_low,
    case when is_complete and bounded = counted then cast(high_sum as bigint) end as persons_high,
    true as computed
from summed
