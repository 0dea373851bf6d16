-- The areas in which each municipality lies, in the newest year that was delivered of it; the province as shipped where
-- none was delivered. What is made up does not count.
with told as (
    select
        area_code as municipality_code, other_area_type as area_type, other_area_code as area_code, quote as area_name,
        period_start
    from {{ ref('int_observations__unioned') }}
    where measure = 'lies_in' and area_type = 'GM' and not synthetic
    qualify period_start = max(period_start) over (partition by area_code)
),

shipped as (
    select municipality_code, 'PV' as area_type, area_code, area_name, cast(null as date) as period_start
    from {{ ref('municipality_province') }}
)

select municipality_code, area_type, area_code, area_name, period_start from told
union all by name
select municipality_code, area_type, area_code, area_name, period_start from shipped
anti join told using (municipality_code, area_type)
