{{ current_rows('inspectorate') }}
