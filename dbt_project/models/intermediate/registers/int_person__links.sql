-- Who is one person although their records bear several A-nummers: by the chain of 01.20.x, or by one BSN. Only those
-- persons are here; everybody else is their A-nummer.
{{ config(materialized='table') }}
with recursive records as (
    select a_key, bsn_key, previous_a_key, next_a_key from {{ ref('stg_brp__person') }}
    union all
    select a_key, bsn_key, previous_a_key, next_a_key from {{ ref('stg_rni__person') }}
),

shared_bsn as (
    select bsn_key, min(a_key) as first_key from records
    where bsn_key is not null
    group by bsn_key
    having min(a_key) <> max(a_key)
),

edges as (
    select a_key as one, next_a_key as other from records
    where next_a_key is not null
    union
    select a_key as one, previous_a_key as other from records
    where previous_a_key is not null
    union
    select records.a_key as one, shared_bsn.first_key as other from records
    inner join shared_bsn using (bsn_key)
),

both_ways as (
    select one, other from edges
    union
    select other as one, one as other from edges
),

reached as (
    select one as a_key, one as reached_key from both_ways
    union
    select reached.a_key, both_ways.other as reached_key from reached
    inner join both_ways on reached.reached_key = both_ways.one
)

-- A number that no record bears may link two, and names neither.
select a_key, min(reached_key) as person from reached
where reached_key in (select edges.one from edges)
group by a_key
