{{ no_rows_yet() }}
