-- Persons in a register on a date, and who came and left in the twelve months up to it, protected.
select
    'GM' as area_type, area_code,
    case
        when measured_as = 'flow' then cast(counted_on - interval 12 month + interval 1 day as date) else counted_on
    end as period_start,
    counted_on as period_end, 'day' as date_precision, measured_as,
    register, origin_group, stay_band,
    persons, persons_low, persons_high,
    'persons' as unit, universe,
    cast(counted_on as varchar) as edition, '1' as version, bound_kind, availability, 'final' as finality,
    true as computed, synthetic, delivery_id
from {{ ref('int_registered__protected') }}
