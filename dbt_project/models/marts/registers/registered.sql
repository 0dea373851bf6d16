-- Persons in a register on a reference date, protected.
select
    'GM' as area_type, area_code,
    reference_date as period_start, reference_date as period_end, 'day' as date_precision, 'stock' as measured_as,
    register, origin_group, stay_band,
    persons, persons_low, persons_high,
    'persons' as unit,
    case register when 'brp' then 'brp_residents_foreign_nationality' else 'rni_temporary_address' end as universe,
    cast(reference_date as varchar) as edition, '1' as version, bound_kind, availability, 'final' as finality,
    true as computed, synthetic, delivery_id
from {{ ref('int_registered__protected') }}
