"""Reads a BRP extract in LO-CSV: who is, was or left as a resident, with dates as intervals.

A suspended person has two states: resident up to the suspension, and what came after. Source: LO BRP 2025.Q1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.sources.persons import IDENTITY, PERSON, date_rules, interval, read_persons

if TYPE_CHECKING:
    import duckdb

    from pipelines.landing.deliveries import Snapshot
    from pipelines.sources.lo_csv import LoCsv
    from pipelines.sources.reading import Reading

REQUIRED = (*IDENTITY, "07.67.10", "07.67.20", "08.09.10", "08.09.20")
RNI_MUNICIPALITY = "1999"

_RULES = [
    ("08.09.10", "is the RNI, in a BRP delivery", f"municipality = '{RNI_MUNICIPALITY}'"),
    ("08.09.10", "is not in Tabel 33", "municipality not in (select municipality_code from main.municipality)"),
    *date_rules("registered", "08.09.20"),
    *date_rules("suspended", "07.67.10"),
    ("07.67.20", "is no known reason", "reason not in ('', 'O', 'E', 'M', 'R', 'F', 'W', '.')"),
]

# 07.67.20: what a suspension makes of a resident.
_AFTER = """case
    when reason = 'O' then 'deceased'
    when reason in ('E', 'M', 'R') then 'left'
    when reason in ('F', 'W') then 'in_error'
    else 'unknown' end"""

_STATES = f"""
    with suspensions as (
        select
            *, reason <> '' or suspended <> '' as is_suspended,
            {interval("suspended", "suspended")}
        from good
    ),
    residents as (
        select
            {PERSON}, established_absent, postcode4, address_key,
            case when incorrect then 'in_error' else 'resident' end as state,
            'GM' as area_type, municipality as area_code,
            {interval("registered", "start")},
            case when is_suspended then suspended_low end as end_low,
            case when is_suspended then suspended_high end as end_high
        from suspensions
    ),
    after as (
        select
            {PERSON}, established_absent, postcode4, address_key,
            {_AFTER} as state,
            'GM' as area_type, municipality as area_code,
            {interval("suspended", "start")},
            cast(null as date) as end_low, cast(null as date) as end_high
        from suspensions
        where is_suspended and not incorrect
    )
    select * from residents
    union all by name
    select * from after
"""


def read(connection: duckdb.DuckDBPyConnection, snapshot: Snapshot) -> Reading:
    """Person states of a BRP extract; see ``sources.reading``."""
    return read_persons(
        connection,
        snapshot,
        register="brp",
        required=REQUIRED,
        columns=_columns,
        rules=_RULES,
        states=_STATES,
    )


def _columns(file: LoCsv) -> dict[str, str]:
    return {
        "suspended": file.text("07.67.10"),
        "reason": file.text("07.67.20"),
        "municipality": file.text("08.09.10"),
        "registered": file.text("08.09.20"),
        "established_absent": f"{file.text('08.83.10')} = '089999'",
        "postcode4": f"nullif(regexp_extract({file.text('08.11.60')}, '^[0-9]{{4}}'), '')",
        "address_key": f"pseudonym({file.text('08.11.80')})",
    }
