-- Municipalities from 2010 on with their validity, and the Netherlands. An end is exclusive.
with successors as (
    select old_code, effective_date, string_agg(new_code, ', ' order by new_code) as successors
    from {{ ref('municipality_event') }}
    group by all
)

select
    'GM' as area_type,
    municipality.municipality_code as area_code,
    municipality.municipality_name as area_name,
    municipality.valid_from,
    municipality.valid_to,
    'NL' as parents,
    successors.successors
from {{ ref('municipality') }} as municipality
left join successors
    on
        municipality.municipality_code = successors.old_code
        and municipality.valid_to = successors.effective_date
union all by name
select
    'NL' as area_type, 'NL' as area_code, 'Nederland' as area_name, cast(null as date) as valid_from,
    cast(null as date) as valid_to, cast(null as varchar) as parents, cast(null as varchar) as successors
