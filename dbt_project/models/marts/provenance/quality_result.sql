-- Filled when the release is published; declared here so that its columns have one home.
{{ no_rows_yet() }}
