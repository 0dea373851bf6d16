-- All inhabitants, jobs of employees and density of municipalities by reporting year, of the newest delivery: what
-- figures are set against, and by what municipalities are alike.
select
    area_type, area_code,
    case measure when 'workers' then 'jobs' when 'inhabitants' then 'residents' else 'density' end as of_what,
    {{ reporting_year('period_start', 'period_end', 'date_precision') }} as reporting_year,
    period_end as borders_of,
    source, edition, availability, bound_kind, finality, computed, synthetic, delivery_id,
    value as number, low as number_low, high as number_high
from {{ ref('int_observations__bounded') }}
where
    area_type = 'GM' and nationality = 'all' and origin_group = 'all' and sector = 'all'
    and home_area in ('all', 'here')
    and (
        measure in ('inhabitants', 'inhabitants_per_km2')
        or (measure = 'workers' and universe = 'statline_jobs_work_area' and home_area = 'all')
    )
    and {{ reporting_year('period_start', 'period_end', 'date_precision') }} is not null
qualify row_number() over (
    partition by area_code, of_what, reporting_year, synthetic
    order by finality <> 'final' asc, reference_date desc, delivery_id asc, locator_row asc
) = 1
