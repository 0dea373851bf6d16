-- Each case once, as the newest snapshot that still showed it tells it; the register withdraws cases after three years.
with cases as (
    select * from {{ ref('int_observations__unioned') }}
    where universe = 'inspectorate_public_register'
),

newest as (
    select max(reference_date) as newest_snapshot, synthetic from cases
    group by synthetic
)

select
    cases.*,
    cases.reference_date < newest.newest_snapshot as is_withdrawn
from cases
inner join newest using (synthetic)
qualify row_number() over (
    partition by cases.record_key, cases.measure, cases.synthetic
    order by cases.reference_date desc, cases.delivery_id asc, cases.locator_row asc
) = 1
