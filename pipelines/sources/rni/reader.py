"""Reads an RNI extract: non-residents, and where category 16 gives it, their temporary Dutch address.

A person with a temporary address has two states side by side: non-resident, and staying in that municipality. Without
category 16 a person has no municipality; the desk where they registered is not a residence. Who emigrated (reason E)
has left. Source: LO BRP 2025.Q1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.sources.persons import PERSON, Register, read_persons
from pipelines.sources.rubrics import date_rules, interval

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb

    from pipelines.landing.deliveries import Manifest
    from pipelines.sources.forms import DeliveredFile
    from pipelines.sources.reading import Reading

_ACTIVITY = ("07.68.10", "07.71.10", "16.85.10")


def _latest(bound: str) -> str:
    """SQL: the last day on which something was recorded of the person, as one bound."""
    return "greatest(" + ", ".join(f'date_{bound}("{rubric}")' for rubric in _ACTIVITY) + ")"


_COLUMNS = f"""
    "07.67.20" as reason,
    -- 07.67.10 is when the person entered the RNI: for R at the first registration, for E by emigrating later.
    coalesce(nullif("07.67.10", ''), "07.68.10") as entered,
    "16.09.10" as temporary_municipality,
    nullif(regexp_extract("16.11.60", '^[0-9]{{4}}'), '') as temporary_postcode4,
    pseudonym("16.11.80") as temporary_address_key,
    "16.85.10" as temporary_start,
    "16.18.10" as temporary_end,
    {_latest("low")} as last_activity_low,
    least({_latest("high")}, reference_date()) as last_activity_high
"""

_STATES = f"""
    with registered as (
        select
            {PERSON}, false as established_absent, false as technical_start, last_activity_low, last_activity_high,
            case when reason in ('R', 'E') then reason end as rni_reason,
            case
                when is_incorrect or reason in ('F', 'W') then 'in_error'
                when reason = 'O' then 'deceased'
                when reason = 'E' then 'left'
                else 'non_resident'
            end as state,
            'unknown' as area_type, cast(null as varchar) as area_code,
            cast(null as varchar) as postcode4, cast(null as varchar) as address_key,
            {interval("entered", "start")},
            cast(null as date) as end_low, cast(null as date) as end_high
        from good
    ),
    staying as (
        select
            {PERSON}, false as established_absent, false as technical_start, last_activity_low, last_activity_high,
            case when reason in ('R', 'E') then reason end as rni_reason,
            'temporary_address' as state,
            'GM' as area_type, temporary_municipality as area_code,
            temporary_postcode4 as postcode4, temporary_address_key as address_key,
            {interval("temporary_start", "start")},
            date_low(temporary_end) as end_low, date_high(temporary_end) as end_high
        from good
        where temporary_municipality <> '' and not is_incorrect and reason not in ('F', 'W', 'O')
    )
    select * from registered
    union all by name
    select * from staying
"""

RNI = Register(
    register="rni",
    required=("07.67.20", "07.68.10", "08.09.10", "16.09.10", "16.18.10", "16.85.10"),
    optional=("07.71.10", "16.11.60", "16.11.80"),
    rules=[
        ("08.09.10", "is not the RNI (1999)", "\"08.09.10\" <> '1999'"),
        ("07.67.20", "is no known reason", "\"07.67.20\" not in ('R', 'E', 'O', 'F', 'W', 'M', '.', '')"),
        *date_rules("07.68.10"),
        *date_rules("07.67.10"),
        *date_rules("07.71.10"),
        (
            "16.09.10",
            "is not in Tabel 33",
            '"16.09.10" <> \'\' and not is_municipality("16.09.10")',
        ),
        *date_rules("16.85.10"),
        ("16.18.10", "is no date", '"16.18.10" <> \'\' and not is_date("16.18.10")'),
    ],
    columns=_COLUMNS,
    states=_STATES,
)


def read(connection: duckdb.DuckDBPyConnection, manifest: Manifest, files: list[DeliveredFile]) -> Iterator[Reading]:
    """Person states of an RNI extract; see ``sources.reading``."""
    return read_persons(connection, manifest.reference_date, files, RNI)
