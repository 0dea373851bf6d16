-- The door through which person-derived counts leave: suppressed below the threshold, else rounded on their own.
select
    register, reference_date, delivery_id, area_code, origin_group, stay_band, synthetic,
    {{ protected_value('persons_low') }} as persons,
    {{ protected_low('persons_low') }} as persons_low,
    {{ protected_high('persons_high') }} as persons_high,
    case when {{ is_suppressed('persons_low') }} then 'suppressed' else 'rounding_known' end as bound_kind,
    case when {{ is_suppressed('persons_low') }} then 'suppressed' else 'available' end as availability
from {{ ref('int_registered__counted') }}
-- Where two deliveries of one date cover a municipality, its own comes first.
qualify row_number() over (
    partition by register, reference_date, area_code, origin_group, stay_band, synthetic
    order by scope = 'NL', scope <> area_code, scope
) = 1
