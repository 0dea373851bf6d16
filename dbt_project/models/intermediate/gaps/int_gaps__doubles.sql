-- One figure that a delivery states twice, with two values.
with contradicted as (
    select
        area_type, area_code, period_start, period_end, measure, source, synthetic,
        max(reference_date) as opened,
        max(delivery_id) as delivery_id
    from {{ ref('int_observations__unioned') }}
    where measure in ('migrants', 'share_of_migrants', 'share_of_motive', 'share_of_population')
    group by
        area_type,
        area_code,
        period_start,
        period_end,
        measure,
        source,
        synthetic,
        delivery_id,
        motive,
        origin_group,
        universe,
        edition,
        version
    having count(distinct value) > 1
)

select distinct
    area_type, area_code, period_start, period_end, measure, 'contradiction' as kind, 'high' as severity, source,
    delivery_id, opened,
    'De levering noemt voor eenzelfde cijfer twee waarden' as explanation_nl,
    'The delivery states two values for one figure' as explanation_en,
    'Kies de waarde die in het stuk staat en lever opnieuw' as remedy_nl,
    'Choose the value that stands in the document and deliver again' as remedy_en,
    synthetic
from contradicted
