-- Lodging of labour migrants as municipalities know it, a row for each area, period and kind, and for all kinds
-- together. The statuses are those of the figure in the row that is least known.
{% set figures = {
    'locations': 'lodging_locations', 'places_permitted': 'places_permitted', 'places_occupied': 'places_occupied',
    'licences': 'licences', 'inspections': 'lodging_inspections', 'over_occupied': 'over_occupied',
    'over_occupation_reports': 'over_occupation_reports'
} %}
select
    area_type, area_code, area_name, period_start, period_end, date_precision, measured_as, kind,
    {% for figure, measure in figures.items() %}
        max(value) filter (where measure = '{{ measure }}') as {{ figure }},
        max(low) filter (where measure = '{{ measure }}') as {{ figure }}_low,
        max(high) filter (where measure = '{{ measure }}') as {{ figure }}_high,
    {% endfor %}
    'other' as unit, superseded, universe, edition, version,
    {{ worst_of('bound_kind', 'bound_kind') }} as bound_kind,
    {{ worst_of('availability', 'availability') }} as availability,
    'final' as finality, true as computed, synthetic, delivery_id
from {{ ref('int_housing__protected') }}
group by all
