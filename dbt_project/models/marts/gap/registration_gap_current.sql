-- Workers against residents on the borders of the day of the run, from the figures on their own.
{{ registration_gap_on(as_of()) }}
