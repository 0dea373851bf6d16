-- Figures that should be there and are not, or cannot be trusted: found in the arrivals, and found in the figures, one
-- model for each finding (intermediate/gaps). What closed is added when the release is made.
{% set themes = [
    'borders', 'changes', 'commitments', 'contradictions', 'controls', 'coverage', 'doubles', 'indicators', 'inspections',
    'motives', 'names', 'nested', 'registers', 'series', 'timing', 'withheld'
] %}
with found as (
    {% for theme in themes %}
        select * from {{ ref('int_gaps__' ~ theme) }}
        union all by name
    {% endfor %}
    select * from {{ source('catalogue', 'gap') }}
)

select
    found.area_type, found.area_code, found.period_start, found.period_end, found.measure, found.kind, found.severity,
    found.source, declared.owner, found.delivery_id, found.opened, cast(null as date) as closed,
    found.explanation_nl, found.explanation_en, found.remedy_nl, found.remedy_en, found.synthetic
from found
-- A gap may say after the name of its source which part of it is meant.
left join {{ source('catalogue', 'source') }} as declared
    on regexp_extract(found.source, '^[a-z_]+') = declared.source
