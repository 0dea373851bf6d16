-- Workers against residents on the borders of 31 December of the reporting year.
{{ registration_gap_on('make_date(reporting_year, 12, 31)') }}
