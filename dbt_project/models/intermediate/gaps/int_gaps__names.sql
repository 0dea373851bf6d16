-- Names of areas in a source that point to no municipality or to more than one.
with unnamed as (
    select
        period_start, period_end, measure, source, synthetic,
        string_agg(distinct quote, ', ' order by quote) as names,
        min(reference_date) as opened,
        max(delivery_id) as delivery_id
    from {{ ref('int_observations__unioned') }}
    where area_type = 'unknown' and quote is not null and measure in ('workers', 'residents')
    group by all
)

select
    'unknown' as area_type, cast(null as varchar) as area_code, period_start, period_end, measure,
    'unknown_code' as kind, 'medium' as severity, source, delivery_id, opened,
    'Namen die geen of meer dan een gemeente aanwijzen: ' || names as explanation_nl,
    'Names that point to no municipality or to more than one: ' || names as explanation_en,
    'Geef de gemeentecode bij de naam' as remedy_nl,
    'Give the code of the municipality with its name' as remedy_en,
    synthetic
from unnamed
