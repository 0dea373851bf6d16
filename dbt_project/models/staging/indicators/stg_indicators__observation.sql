{{ current_rows('indicators') }}
