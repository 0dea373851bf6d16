-- Tables of motives whose figures cannot all hold.
{{ config(meta={'looks_up': ['stg_catalogue__delivery']}) }}
select
    bounds.area_type, bounds.area_code, bounds.period_start, bounds.period_end, 'all motives' as measure,
    'contradiction' as kind, 'high' as severity, coalesce(delivery.source, 'all sources') as source,
    bounds.delivery_id, bounds.period_end as opened,
    'De cijfers van tabel ' || bounds.table_id || ' kunnen niet allemaal kloppen' as explanation_nl,
    'The figures of table ' || bounds.table_id || ' cannot all hold' as explanation_en,
    'Vergelijk de tabel met haar bron' as remedy_nl,
    'Compare the table with its source' as remedy_en,
    bounds.synthetic
from {{ ref('int_motives__bounds') }} as bounds
left join {{ ref('stg_catalogue__delivery') }} as delivery using (delivery_id)
where bounds.contradiction
