-- Workers and jobs by area of work, as the sources state them.
select
    area_type, area_code, period_start, period_end, date_precision, measured_as,
    origin_group, employment, sector, home_area, unit, workplace_basis,
    cast(value as bigint) as workers, cast(low as bigint) as workers_low, cast(high as bigint) as workers_high,
    next_vintage is not null as superseded,
    universe, edition, version, bound_kind, availability, finality, computed, synthetic, delivery_id
from {{ with_vintage(ref('int_observations__bounded')) }} as cells
where measure = 'workers'
