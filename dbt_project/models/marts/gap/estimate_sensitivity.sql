-- What an estimate of persons in no list becomes if an assumption behind it fails.
select * from {{ ref('int_estimates__sensitivity') }}
