-- Non-residents with a temporary address in the municipality, by reporting year. They stand beside the gap: how many of
-- them are among its workers is unknown. Of several reference dates of one year the first, 31 December, counts; of one
-- date our own count, or else that of the newest package.
select
    area_type, area_code,
    {{ reporting_year('period_start', 'period_end', 'date_precision') }} as reporting_year,
    period_end as borders_of,
    origin_group, delivery_id, synthetic, availability, bound_kind, computed, finality,
    persons as non_residents_here,
    persons_low as non_residents_here_low,
    persons_high as non_residents_here_high
from {{ ref('int_registered__municipal') }}
where
    universe = 'rni_temporary_address'
    and stay_band = 'all'
    and place = 1
    and {{ reporting_year('period_start', 'period_end', 'date_precision') }} is not null
qualify row_number() over (
    partition by area_code, reporting_year, origin_group, synthetic
    order by period_end asc
) = 1
