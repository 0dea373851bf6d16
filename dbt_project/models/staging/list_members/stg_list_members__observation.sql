{{ current_rows('list_members') }}
