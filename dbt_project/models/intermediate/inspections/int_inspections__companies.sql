-- Which cases are of one company. Who it is is not kept: within a snapshot its cases bear the number of the first of
-- them, and snapshots are joined by the cases they share.
with recursive keys as (
    select distinct record_key, company_key, synthetic
    from {{ ref('int_observations__unioned') }}
    where company_key is not null
),

shared as (
    select distinct one.company_key, other.company_key as other_key, synthetic
    from keys as one
    inner join keys as other using (record_key, synthetic)
),

reached as (
    select company_key, other_key, synthetic from shared
    union
    select reached.company_key, shared.other_key, reached.synthetic
    from reached
    inner join shared
        on reached.other_key = shared.company_key and reached.synthetic = shared.synthetic
)

select keys.record_key, keys.synthetic, min(reached.other_key) as company
from keys
inner join reached using (company_key, synthetic)
group by all
