-- The areas in which each municipality lies, in the newest year that was delivered of it. What is made up does not
-- count.
select
    area_code as municipality_code, other_area_type as area_type, other_area_code as area_code, quote as area_name,
    period_start
from {{ ref('int_observations__unioned') }}
where measure = 'lies_in' and area_type = 'GM' and not synthetic
qualify period_start = max(period_start) over (partition by area_code)
