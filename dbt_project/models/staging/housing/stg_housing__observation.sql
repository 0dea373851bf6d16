{{ current_rows('housing') }}
