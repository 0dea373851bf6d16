"""Quality: the ledger of data gaps and the checks at the two doors.

``gaps`` finds what arrivals lack; ``suites`` loads the rules in ``expectations``; ``checks`` runs them on DuckDB with
Great Expectations; ``ledger`` is append-only history. Rules about keys, relations and logic stand in dbt tests.
"""
