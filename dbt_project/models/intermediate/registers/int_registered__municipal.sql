-- Protected counts of the registers by municipality: our own, and what other installations counted of theirs. A cell
-- may be there more than once: the first in `place` counts, our own or else the newest package.
{{ config(meta={'looks_up': ['stg_catalogue__delivery']}) }}
with counts as (
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
        true as computed, counted.synthetic, delivery_id, delivery.reference_date, false as is_exchanged
    from {{ ref('int_registered__protected') }} as counted
    left join {{ ref('stg_catalogue__delivery') }} as delivery using (delivery_id)
    union all by name
    select
        area_type, area_code, period_start, period_end, date_precision, measured_as,
        split_part(universe, '_', 1) as register, origin_group, stay_band,
        cast(value as bigint) as persons, cast(low as bigint) as persons_low, cast(high as bigint) as persons_high,
        unit, universe, edition, version, bound_kind, availability, finality, computed, synthetic, delivery_id,
        reference_date, true as is_exchanged
    from {{ ref('int_observations__unioned') }}
    where source = 'exchange' and measure in ('residents', 'non_residents', 'arrivals', 'departures')
)

select
    *,
    row_number() over (
        partition by area_code, period_start, period_end, register, universe, origin_group, stay_band, synthetic
        order by is_exchanged asc, reference_date desc, delivery_id asc, version asc
    ) as place
from counts
