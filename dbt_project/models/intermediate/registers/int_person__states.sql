-- Every state of every record of both registers, with the person it is of.
with states as (
    select * from {{ ref('stg_brp__person') }}
    union all by name
    select * from {{ ref('stg_rni__person') }}
)

select
    states.* exclude (a_key, bsn_key, previous_a_key, next_a_key),
    coalesce(links.person, states.a_key) as person
from states
left join {{ ref('int_person__links') }} as links using (a_key)
