{{ current_rows('migrantenmonitor') }}
