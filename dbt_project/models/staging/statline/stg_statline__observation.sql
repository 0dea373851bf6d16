{{ current_rows('statline') }}
