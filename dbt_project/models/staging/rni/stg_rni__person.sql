{{ current_rows('rni') }}
