-- Workers and jobs by area of work, on the borders of the day of the run.
{{ restated(
    ref('working'), ['workers'],
    ['period_start', 'period_end', 'date_precision', 'measured_as', 'origin_group', 'employment', 'sector',
    'home_area', 'workplace_basis', 'unit', 'superseded', 'universe', 'edition', 'version', 'synthetic', 'delivery_id']
) }}
