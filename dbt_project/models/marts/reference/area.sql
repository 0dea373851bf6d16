-- Municipalities from 2010 on with their validity and what they became, the areas that CBS says they lie in, and the
-- Netherlands. An end is exclusive. Membership is that of the newest year that was delivered of a municipality.
with successors as (
    select
        old_code as area_code, changed_on as valid_to,
        string_agg(new_code, ', ' order by new_code) as successors
    from {{ ref('int_municipality__changes') }}
    group by all
),

lies_in as (
    select area_code, other_area_type, other_area_code, quote, period_start
    from {{ ref('int_observations__unioned') }}
    where measure = 'lies_in' and area_type = 'GM' and not synthetic
    qualify period_start = max(period_start) over (partition by area_code)
),

parents as (
    select
        area_code,
        'NL, ' || string_agg(distinct other_area_code, ', ' order by other_area_code) as parents
    from lies_in
    group by area_code
)

select
    'GM' as area_type,
    municipality.municipality_code as area_code,
    municipality.municipality_name as area_name,
    municipality.valid_from,
    municipality.valid_to,
    coalesce(parents.parents, 'NL') as parents,
    successors.successors
from {{ ref('int_municipality') }} as municipality
left join successors
    on
        municipality.municipality_code = successors.area_code
        and municipality.valid_to = successors.valid_to
left join parents on municipality.municipality_code = parents.area_code
union all by name
select
    other_area_type as area_type, other_area_code as area_code,
    coalesce(max_by(quote, period_start), other_area_code) as area_name, 'NL' as parents
from lies_in
group by other_area_type, other_area_code
union all by name
select 'NL' as area_type, 'NL' as area_code, 'Nederland' as area_name
