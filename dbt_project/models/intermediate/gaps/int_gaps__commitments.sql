-- Commitments to a council of which no source gives the text: what was promised is unknown.
with newest as (
    select * from {{ ref('int_observations__unioned') }}
    where measure = 'commitment'
    qualify row_number() over (
        partition by record_key, area_type, area_code, synthetic order by reference_date desc, delivery_id asc
    ) = 1
)

select
    area_type, area_code, period_start, period_end, measure, 'missing' as kind, 'medium' as severity, source,
    max(delivery_id) as delivery_id, min(reference_date) as opened,
    'De bron geeft niet de tekst van: ' || string_agg(record_key, ', ' order by record_key) as explanation_nl,
    'The source does not give the text of: ' || string_agg(record_key, ', ' order by record_key) as explanation_en,
    'Neem tekst en stand over uit het raadsstuk in het sjabloon Toezeggingen' as remedy_nl,
    'Take text and status over from the document of the council into the template Toezeggingen' as remedy_en,
    synthetic
from newest
where definition is null
group by area_type, area_code, period_start, period_end, measure, source, synthetic
