-- The versions of each table of an edition in their order: which it is, and which next one gave the table anew. A
-- version may give some tables of its edition and leave the others as they were.
with tables as (
    select distinct source, edition, version, synthetic, coalesce(table_id, universe) as table_id
    from {{ ref('int_observations__unioned') }}
),

-- A number as text: the longer one is the later.
ordered as (
    select
        *,
        dense_rank() over (partition by source, edition, synthetic order by length(version), version) as vintage
    from tables
)

select
    *,
    lead(vintage) over (partition by source, edition, synthetic, table_id order by vintage) as next_vintage
from ordered
