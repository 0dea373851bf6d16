-- How lists overlap, as the newest delivery of a source tells of an area and period: what it leaves out is withdrawn.
with ranked as (
    select
        *,
        dense_rank() over (
            partition by source, area_type, area_code, period_start, period_end, universe, synthetic
            order by reference_date desc, delivery_id asc
        ) as place
    from {{ ref('int_observations__unioned') }}
    where measure = 'overlap'
)

select
    area_type, area_code, period_start, period_end, date_precision, measured_as, lists, stratum, held_by, contacts,
    cast(value as bigint) as persons, universe, edition, version, synthetic, delivery_id
from ranked
where place = 1
