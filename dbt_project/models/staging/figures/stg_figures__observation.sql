{{ current_rows('figures') }}
