-- Persons in a register, on the borders of the day of the run.
{{ restated(
    ref('registered'), ['persons'],
    ['period_start', 'period_end', 'date_precision', 'measured_as', 'register', 'origin_group', 'stay_band',
    'unit', 'universe', 'edition', 'version', 'synthetic']
) }}
