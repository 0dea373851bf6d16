-- Of which company a case in a delivery is. Who it is is not kept: within a snapshot its cases bear the number of the
-- first of them, and snapshots are joined by the cases they share. Which of several employers in a case is which in
-- another snapshot nobody can tell: such a case joins nothing, and its companies may be among those of other snapshots.
{{ config(materialized='table') }}
with recursive told as (
    select distinct delivery_id, record_key, company_key, synthetic
    from {{ ref('int_observations__unioned') }}
    where company_key is not null
),

cases as (
    select
        *,
        count(*) over in_delivery > 1 as has_several,
        min(delivery_id) over in_all <> max(delivery_id) over in_all as is_repeated
    from told
    window
        in_delivery as (partition by delivery_id, record_key, synthetic),
        in_all as (partition by record_key, synthetic)
),

-- Where the first of its cases may be another's too, a company's number holds within its delivery only.
keys as (
    select
        *,
        case
            when bool_or(has_several) over (partition by delivery_id, company_key, synthetic)
                then delivery_id || ' ' || company_key
            else company_key
        end as one_key
    from cases
),

shared as (
    select distinct one.one_key, other.one_key as other_key, synthetic
    from keys as one
    inner join keys as other using (record_key, synthetic)
    where one.one_key = other.one_key or not (one.has_several or other.has_several)
),

reached as (
    select one_key, other_key, synthetic from shared
    union
    select reached.one_key, shared.other_key, reached.synthetic
    from reached
    inner join shared
        on reached.other_key = shared.one_key and reached.synthetic = shared.synthetic
),

joined as (
    select
        keys.delivery_id, keys.record_key, keys.company_key, keys.synthetic,
        keys.has_several and keys.is_repeated as is_apart,
        min(reached.other_key) as company
    from keys
    inner join reached using (one_key, synthetic)
    group by all
)

select * exclude (is_apart), bool_or(is_apart) over (partition by company, synthetic) as may_be_another
from joined
