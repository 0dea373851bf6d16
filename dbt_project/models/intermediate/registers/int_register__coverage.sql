-- What a delivery covers: all municipalities of its date for NL, itself for a municipality, for a region those in it.
-- Persons without a municipality are covered by every delivery of their register, under the area "unknown".
{{ config(meta={'looks_up': ['stg_catalogue__delivery']}) }}
with deliveries as (
    select
        source as register, delivery_id, {{ delivery_key('delivery_id') }} as delivery_key, scope, reference_date,
        synthetic
    from {{ ref('stg_catalogue__delivery') }}
    where standing = 'current' and source in ('brp', 'rni')
),

seen as (
    select distinct delivery_key, area_code from {{ ref('stg_brp__person') }}
    where not regexp_full_match(scope, 'NL|[0-9]{4}') and end_low is null
    union
    select distinct delivery_key, area_code from {{ ref('stg_rni__person') }}
    where not regexp_full_match(scope, 'NL|[0-9]{4}')
)

select
    deliveries.*, municipality.municipality_code as area_code, municipality.valid_from, municipality.valid_to
from deliveries
inner join {{ ref('municipality') }} as municipality
    on
        (municipality.valid_from is null or deliveries.reference_date >= municipality.valid_from)
        and (municipality.valid_to is null or deliveries.reference_date < municipality.valid_to)
where
    deliveries.scope in ('NL', municipality.municipality_code)
    or (deliveries.delivery_key, municipality.municipality_code) in (select seen.delivery_key, seen.area_code from seen)
union all by name
select *, 'unknown' as area_code from deliveries
