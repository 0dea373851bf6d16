-- Non-residents with a temporary address in the municipality, by reporting year. They stand beside the gap: how many of
-- them are among its workers is unknown. Of several reference dates of one year the first, 31 December, counts.
select
    'GM' as area_type, area_code,
    {{ reporting_year('counted_on', 'counted_on', "'day'") }} as reporting_year,
    counted_on as borders_of,
    origin_group, delivery_id, synthetic, availability, bound_kind, true as computed, 'final' as finality,
    persons as non_residents_here,
    persons_low as non_residents_here_low,
    persons_high as non_residents_here_high
from {{ ref('int_registered__protected') }}
where
    universe = 'rni_temporary_address'
    and stay_band = 'all'
    and {{ reporting_year('counted_on', 'counted_on', "'day'") }} is not null
qualify row_number() over (
    partition by area_code, reporting_year, origin_group, synthetic order by counted_on
) = 1
