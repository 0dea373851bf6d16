{{ current_rows('exchange') }}
