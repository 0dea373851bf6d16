-- Registered migrants by motive, on the borders of the day of the run: counts; shares stand where nothing changed.
{{ restated(
    ref('migration_motive'), ['persons'],
    ['period_start', 'period_end', 'date_precision', 'measured_as', 'motive', 'origin_group', 'unit',
    'superseded', 'universe', 'edition', 'version', 'synthetic', 'delivery_id']
) }}
