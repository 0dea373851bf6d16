"""Reads an RNI extract in LO-CSV: non-residents, and where category 16 gives it, their temporary Dutch address.

A person with a temporary address has two states side by side: non-resident, and staying in that municipality. Without
category 16 a person has no municipality; the desk where they registered is not a residence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.sources.persons import IDENTITY, PERSON, date_rules, interval, read_persons

if TYPE_CHECKING:
    import duckdb

    from pipelines.landing.deliveries import Snapshot
    from pipelines.sources.lo_csv import LoCsv
    from pipelines.sources.reading import Reading

REQUIRED = (*IDENTITY, "07.67.20", "07.68.10", "08.09.10", "16.09.10", "16.18.10", "16.85.10")

_RULES = [
    ("08.09.10", "is not the RNI (1999)", "municipality <> '1999'"),
    ("07.67.20", "is no known reason", "reason not in ('R', 'E', 'O', 'F', 'W', 'M', '.', '')"),
    *date_rules("first_registered", "07.68.10"),
    *date_rules("suspended", "07.67.10"),
    (
        "16.09.10",
        "is not in Tabel 33",
        """temporary_municipality <> ''
            and temporary_municipality not in (select municipality_code from main.municipality)""",
    ),
    *date_rules("temporary_start", "16.85.10"),
    ("16.18.10", "is no date", "temporary_end <> '' and not is_date(temporary_end)"),
]

_STATES = f"""
    with registered as (
        select
            {PERSON}, false as established_absent, null as postcode4,
            case when reason in ('R', 'E') then reason end as rni_reason,
            case
                when incorrect or reason in ('F', 'W') then 'in_error'
                when reason = 'O' then 'deceased'
                when reason in ('R', 'E') then 'non_resident'
                else 'unknown'
            end as state,
            'unknown' as area_type, cast(null as varchar) as area_code,
            {interval("entered", "start")},
            cast(null as date) as end_low, cast(null as date) as end_high
        from good
    ),
    staying as (
        select
            {PERSON}, false as established_absent, temporary_postcode4 as postcode4,
            case when reason in ('R', 'E') then reason end as rni_reason,
            'temporary_address' as state,
            'GM' as area_type, temporary_municipality as area_code,
            {interval("temporary_start", "start")},
            date_low(temporary_end) as end_low, date_high(temporary_end) as end_high
        from good
        where temporary_municipality <> '' and not incorrect and reason not in ('F', 'W', 'O')
    )
    select * from registered
    union all by name
    select * from staying
"""


def read(connection: duckdb.DuckDBPyConnection, snapshot: Snapshot) -> Reading:
    """Person states of an RNI extract; see ``sources.reading``."""
    return read_persons(
        connection,
        snapshot,
        register="rni",
        required=REQUIRED,
        columns=_columns,
        rules=_RULES,
        states=_STATES,
    )


def _columns(file: LoCsv) -> dict[str, str]:
    return {
        "reason": file.text("07.67.20"),
        "suspended": file.text("07.67.10"),
        "first_registered": file.text("07.68.10"),
        # 07.67.10 is when the person entered the RNI: for R at the first registration, for E by emigrating later.
        "entered": f"coalesce(nullif({file.text('07.67.10')}, ''), {file.text('07.68.10')})",
        "municipality": file.text("08.09.10"),
        "temporary_municipality": file.text("16.09.10"),
        "temporary_postcode4": f"nullif(regexp_extract({file.text('16.11.60')}, '^[0-9]{{4}}'), '')",
        "temporary_start": file.text("16.85.10"),
        "temporary_end": file.text("16.18.10"),
    }
