-- Persons in no list, by each method that suits the lists; where there is no estimate, the reason.
select * from {{ ref('int_estimates__unobserved') }}
union all by name
-- Years that no source gives yet.
select * from {{ ref('int_estimates__nowcast') }}
