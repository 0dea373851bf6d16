-- Municipalities with their validity: the shipped ones, and what later changes ended and began. An end is exclusive.
with ended as (
    select old_code as municipality_code, max(changed_on) as ended_on from {{ ref('int_municipality__changes') }}
    group by all
),

begun as (
    select new_code as municipality_code, max(new_name) as new_name, min(changed_on) as valid_from
    from {{ ref('int_municipality__changes') }}
    where new_code not in (select known.municipality_code from {{ ref('municipality') }} as known)
    group by all
),

known as (
    select municipality_code, municipality_name, valid_from, valid_to from {{ ref('municipality') }}
    union all by name
    select municipality_code, coalesce(new_name, municipality_code) as municipality_name, valid_from from begun
)

select
    known.municipality_code, known.municipality_name, known.valid_from,
    coalesce(known.valid_to, ended.ended_on) as valid_to
from known
left join ended using (municipality_code)
