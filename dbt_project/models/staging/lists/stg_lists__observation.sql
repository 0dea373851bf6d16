{{ current_rows('lists') }}
