-- Municipalities from 2010 on with their validity and what they became, the areas in which they lie, and the
-- Netherlands. An end is exclusive.
with successors as (
    select
        old_code as area_code, changed_on as valid_to,
        string_agg(new_code, ', ' order by new_code) as successors
    from {{ ref('int_municipality__changes') }}
    group by all
),

parents as (
    select
        municipality_code as area_code,
        'NL, ' || string_agg(distinct area_code, ', ' order by area_code) as parents
    from {{ ref('int_municipality__regions') }}
    group by municipality_code
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
    area_type, area_code,
    coalesce(max_by(area_name, period_start), any_value(area_name), area_code) as area_name, 'NL' as parents
from {{ ref('int_municipality__regions') }}
group by area_type, area_code
union all by name
select 'NL' as area_type, 'NL' as area_code, 'Nederland' as area_name
