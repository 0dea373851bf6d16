-- Counts of lodging by area and kind, and of all kinds. A cell that is empty is unknown, so that the sum over it is a
-- lower bound. How people live somewhere (occupied places, licences, inspections, over-occupation) is shown of a whole
-- municipality alone, of two locations and more, and persons below the threshold or rounded: a neighbourhood or a kind
-- less the others would show a single location, as would what a newer delivery replaced less the newer.
with told as (
    select
        *,
        coalesce(other_area_code, area_code) as municipality_code,
        max(value) filter (where measure = 'lodging_locations') over (
            partition by delivery_id, locator_file, locator_row
        ) as locations
    from {{ ref('int_observations__unioned') }}
    where universe = 'municipal_lodging'
),

ranked as (
    select
        *,
        dense_rank() over (
            partition by municipality_code, period_start, period_end, synthetic
            order by reference_date desc, delivery_id asc
        ) > 1 as superseded
    from told
),

-- Every location counts in its municipality, and in the neighbourhood that is told of it.
placed as (
    select * replace ('GM' as area_type, municipality_code as area_code, cast(null as varchar) as area_name)
    from ranked
    union all
    select * from ranked
    where area_type <> 'GM'
),

summed as (
    select
        placed.area_type, placed.area_code, placed.area_name, placed.period_start, placed.period_end,
        placed.date_precision, placed.measured_as, placed.measure, placed.universe, placed.edition, placed.version,
        placed.synthetic, placed.delivery_id, placed.superseded,
        case when by_kind.chosen then placed.lodging else 'all' end as kind,
        sum(placed.value) as known,
        bool_or(placed.value is null) as is_lower_bound,
        coalesce(sum(placed.locations) filter (where placed.value is not null), 0) as known_of
    from placed
    cross join (values (true), (false)) as by_kind (chosen)
    group by all
),

judged as (
    select
        *,
        measure = 'places_occupied' as counts_persons,
        measure not in ('lodging_locations', 'places_permitted')
        and known is not null
        and (
            superseded or area_type <> 'GM' or kind <> 'all' or known_of < 2
            or (measure = 'places_occupied' and {{ is_suppressed('known') }})
        ) as is_withheld
    from summed
)

select
    * exclude (known, known_of, is_lower_bound, counts_persons, is_withheld),
    case
        when is_withheld or is_lower_bound then null
        when counts_persons then {{ protected_value('known') }}
        else cast(known as bigint)
    end as value,
    case
        when is_withheld or known is null then 0
        when counts_persons then {{ protected_low('known') }}
        else cast(known as bigint)
    end as low,
    case
        when is_withheld or is_lower_bound then null
        when counts_persons then {{ protected_high('known') }}
        else cast(known as bigint)
    end as high,
    case when is_withheld then 'suppressed' when is_lower_bound then 'missing' else 'available' end as availability,
    case
        when is_withheld then 'suppressed'
        when is_lower_bound then 'none'
        when counts_persons then 'rounding_known'
        else 'exact'
    end as bound_kind
from judged
