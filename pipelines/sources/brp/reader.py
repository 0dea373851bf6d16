"""Reads a BRP extract: who is, was or left as a resident, with dates as intervals.

A person has a state for each place in their history, one for where they are, and one for what came after a suspension.
Source: LO BRP 2025.Q1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.landing.deliveries import RefusedError
from pipelines.sources.persons import PERSON, Register, read_persons
from pipelines.sources.rubrics import date_rules, interval

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb

    from pipelines.landing.deliveries import Manifest
    from pipelines.sources.forms import DeliveredFile
    from pipelines.sources.reading import Reading

RNI_MUNICIPALITY = "1999"

_COLUMNS = """
    "07.67.10" as suspended,
    "07.67.20" as reason,
    "08.09.10" as municipality,
    "08.09.20" as registered,
    "08.72.10" in ('T', 'W') as technical_start,
    "08.83.10" = '089999' as established_absent,
    nullif(regexp_extract("08.11.60", '^[0-9]{4}'), '') as postcode4,
    pseudonym("08.11.80") as address_key,
    -- Where they lived before, newest first, without what was recorded in error.
    case when "58.09.10" <> [''] then list_filter(
        list_transform("58.09.10", (code, place) -> struct_pack(
            municipality := code,
            country := coalesce("58.13.10"[place], ''),
            since := case when coalesce("58.13.10"[place], '') = ''
                then coalesce("58.09.20"[place], '') else coalesce("58.13.20"[place], '') end,
            technical := coalesce("58.72.10"[place], '') in ('T', 'W'),
            incorrect := coalesce("58.84.10"[place], '') in ('O', 'S')
        )),
        one -> not one.incorrect
    ) end as history
"""

# 07.67.20: what a suspension makes of a resident. Who was suspended for an unknown reason is no resident any more.
_AFTER = """case
    when reason = 'O' then 'deceased'
    when reason in ('F', 'W') then 'in_error'
    else 'left' end"""

_STATES = f"""
    with suspensions as (
        select *, reason <> '' or suspended <> '' as is_suspended, {interval("suspended", "suspended")} from good
    ),
    residents as (
        select
            {PERSON}, established_absent, postcode4, address_key, technical_start,
            case when is_incorrect then 'in_error' else 'resident' end as state,
            'GM' as area_type, municipality as area_code,
            {interval("registered", "start")},
            case when is_suspended then suspended_low end as end_low,
            case when is_suspended then suspended_high end as end_high
        from suspensions
    ),
    after as (
        select
            {PERSON}, established_absent, postcode4, address_key, false as technical_start,
            {_AFTER} as state,
            'GM' as area_type, municipality as area_code,
            {interval("suspended", "start")},
            cast(null as date) as end_low, cast(null as date) as end_high
        from suspensions
        where is_suspended and not is_incorrect
    ),
    occurrences as (
        select
            *,
            unnest([struct_pack(
                municipality := municipality, country := '', since := registered, technical := technical_start,
                incorrect := false
            )] || history) as one,
            generate_subscripts([0] || list_transform(history, one -> 1), 1) as place
        from good
        where len(history) > 0 and not is_incorrect
    ),
    -- A change of address within a municipality keeps the date of registration there: it is no other state.
    changes as (
        select * from occurrences
        qualify place = 1 or one.since <> lag(one.since) over (partition by locator_row order by place)
    ),
    ended as (
        select *, lag(one.since) over (partition by locator_row order by place) as until from changes
    ),
    earlier as (
        select
            {PERSON}, false as established_absent, null as postcode4, null as address_key,
            one.technical as technical_start,
            case when is_abroad then 'left' else 'resident' end as state,
            case when is_abroad then 'unknown' else 'GM' end as area_type,
            case when not is_abroad then one.municipality end as area_code,
            {interval("one.since", "start")},
            coalesce(date_low(until), date '0001-01-01') as end_low,
            least(coalesce(date_high(until), reference_date()), reference_date()) as end_high
        from (select *, one.country <> '' or one.municipality = '{RNI_MUNICIPALITY}' as is_abroad from ended)
        where place > 1
    )
    select * from residents
    union all by name
    select * from after
    union all by name
    select * from earlier
"""


def _past_rule(rubric: str, is_sound: str) -> str:
    """SQL: content of a rubric of the history is not sound; few have a history, and the others are spared the look."""
    wrong = f"len(list_filter(\"{rubric}\", one -> one <> '' and not {is_sound})) > 0"
    return f"case when \"{rubric}\" <> [''] then {wrong} else false end"


BRP = Register(
    register="brp",
    required=("07.67.10", "07.67.20", "08.09.10", "08.09.20"),
    optional=(
        "08.11.60", "08.11.80", "08.72.10", "08.83.10",
        "58.09.10", "58.09.20", "58.13.10", "58.13.20", "58.72.10", "58.84.10",
    ),
    rules=[
        ("08.09.10", "is the RNI, in a BRP delivery", f"\"08.09.10\" = '{RNI_MUNICIPALITY}'"),
        ("08.09.10", "is not in Tabel 33", 'not is_municipality("08.09.10")'),
        *date_rules("08.09.20"),
        *date_rules("07.67.10"),
        # By its form alone: municipalities that ended before 2010 are in no table here.
        ("58.09.10", "is no code of Tabel 33", _past_rule("58.09.10", "regexp_full_match(one, '[0-9]{4}')")),
        ("58.09.20", "is no date", _past_rule("58.09.20", "is_date(one)")),
        ("58.13.20", "is no date", _past_rule("58.13.20", "is_date(one)")),
        ("07.67.20", "is no known reason", "\"07.67.20\" not in ('', 'O', 'E', 'M', 'R', 'F', 'W', '.')"),
    ],
    columns=_COLUMNS,
    states=_STATES,
)  # fmt: skip


def read(connection: duckdb.DuckDBPyConnection, manifest: Manifest, files: list[DeliveredFile]) -> Iterator[Reading]:
    """Person states of a BRP extract; see ``sources.reading``.

    Raises:
        RefusedError: an extract of one municipality holds a resident of another.
    """
    for part in read_persons(connection, manifest.reference_date, files, BRP):
        if manifest.scope.isdecimal():
            elsewhere = f"state = 'resident' and end_low is null and area_code <> '{manifest.scope}'"
            first = part.accepted.filter(elsewhere).project("locator_file, locator_row").order("all").fetchone()
            if first:
                raise RefusedError(
                    f"{first[0]} row {first[1]}",
                    f"08.09.10 is not {manifest.scope}, as one of which the delivery stands in the inbox",
                    "Deliver it at its own place; several municipalities under the name of a region, or under NL",
                )
        yield part
