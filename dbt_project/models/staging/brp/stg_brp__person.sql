{{ current_rows('brp') }}
