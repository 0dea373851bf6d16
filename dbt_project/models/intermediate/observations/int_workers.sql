-- Workers by area of work and reporting year, wherever they live, on the borders of their own day.
select
    area_type,
    area_code,
    {{ reporting_year('period_start', 'period_end', 'date_precision') }} as reporting_year,
    period_end as borders_of,
    origin_group,
    universe,
    edition,
    version,
    vintage,
    next_vintage,
    workplace_basis,
    delivery_id,
    source,
    reference_date,
    synthetic,
    computed,
    {{ cells_of() }} as cells,
    finality,
    availability,
    bound_kind,
    cast(value as bigint) as workers,
    cast(low as bigint) as workers_low,
    cast(high as bigint) as workers_high
from {{ with_vintage(ref('int_observations__bounded')) }} as cells
where
    measure = 'workers'
    and unit = 'persons'
    and area_type = 'GM'
    and nationality = 'all'
    and home_area = 'all'
    and employment = 'all'
    and sector = 'all'
    and motive = 'all'
    and stay_band = 'all'
    and {{ reporting_year('period_start', 'period_end', 'date_precision') }} is not null
