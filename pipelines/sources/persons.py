"""What BRP and RNI extracts in LO-CSV have in common: who a person is, and how a file's rows become states.

Belongs here: identity, birth, nationality, settlement, and the loop over the parts of a delivery. Does not belong
here: which states a register knows; each reader gives those as SQL.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.sources.lo_csv import LoCsv, open_file
from pipelines.sources.reading import Reading
from pipelines.sources.rubrics import BEGINNING, define_rubrics, first_broken

if TYPE_CHECKING:
    from collections.abc import Callable

    import duckdb

    from pipelines.landing.deliveries import Snapshot

Rules = list[tuple[str, str, str]]

IDENTITY = ("01.01.10", "01.01.20", "04.05.10")
NATIONALITY = ("04.05.10", "04.64.10", "04.65.10")
INCORRECT = ("01.84.10", "04.84.10", "08.84.10")


def read_persons(
    connection: duckdb.DuckDBPyConnection,
    snapshot: Snapshot,
    *,
    register: str,
    required: tuple[str, ...],
    columns: Callable[[LoCsv], dict[str, str]],
    rules: Rules,
    states: str,
) -> Reading:
    """Read every part of a delivery of persons.

    Args:
        connection: has the macro ``pseudonym``.
        snapshot: the delivery; its reference date is ``reference_date()`` in the SQL below.
        register: ``brp`` or ``rni``.
        required: rubrics without which the register cannot be read.
        columns: the register's own columns of table ``typed``, by name, as SQL over ``lines``.
        rules: what makes a row of ``typed`` unreadable, beside the rules that hold for every person.
        states: SQL that selects the record's columns (at least ``state``, ``area_code``, ``start_*``, ``end_*``)
            from ``good``.
    """
    define_rubrics(connection)
    connection.execute(f"create or replace temp macro reference_date() as date '{snapshot.manifest.reference_date}'")
    rows = 0
    for part, path in enumerate(snapshot.files):
        file = open_file(connection, path, required)
        rows += file.rows
        typed = ", ".join(f"{sql} as {name}" for name, sql in (_person_columns(file) | columns(file)).items())
        connection.execute(f"""
            create or replace temp table judged as
            select *, {first_broken(_PERSON_RULES + rules)} as broken
            from (select row, {typed}, len(cells) = {len(file.rubrics)} as complete from lines)
        """)
        connection.execute(f"""
            create or replace temp view good as
            select * exclude (broken, complete),
                '{file.name.replace("'", "''")}' as locator_file, '{register}' as register
            from judged where broken is null
        """)
        verb = "create temp table {} as" if part == 0 else "insert into {} by name"
        connection.execute(f"{verb.format('accepted')} {states}")
        connection.execute(f"""
            {verb.format("rejected")}
            select '{file.name.replace("'", "''")}' as locator_file, row as locator_row, broken.field, broken.rule
            from judged where broken is not null
        """)
    return Reading(connection.table("accepted"), connection.table("rejected"), rows)


PERSON = """
    register, locator_file, row as locator_row,
    pseudonym(bsn) as pseudonym, pseudonym(a_number) as a_pseudonym,
    try_cast(nullif(substr(birth_date, 1, 4), '0000') as bigint) as birth_year,
    nullif(birth_country, '') as birth_country_code,
    list_distinct(
        list_filter(nationalities, lambda code: code <> '')
        || case when list_contains(treated_as, 'B') then ['0001'] else [] end
        || case when list_contains(treated_as, 'V') then ['0000'] else [] end
    ) as nationality_codes,
    date_low(settled) as settled_low,
    case when settled <> '' then least(date_high(settled), reference_date()) end as settled_high
"""
"""SQL: the columns of a person that are the same in every state, from ``good``."""


def interval(column: str, edge: str) -> str:
    """SQL: a date as bounds ``<edge>_low`` and ``<edge>_high``; an absent one may be any up to the reference date."""
    return (
        f"coalesce(date_low({column}), {BEGINNING}) as {edge}_low, "
        f"least(coalesce(date_high({column}), reference_date()), reference_date()) as {edge}_high"
    )


def _person_columns(file: LoCsv) -> dict[str, str]:
    return {
        "a_number": file.text("01.01.10"),
        "bsn": file.text("01.01.20"),
        "birth_date": file.text("01.03.10"),
        "birth_country": file.text("01.03.30"),
        "nationalities": file.parts("04.05.10"),
        "nationality_ends": file.parts("04.64.10"),
        "treated_as": file.parts("04.65.10"),
        "settled": file.text("08.14.20"),
        "incorrect": " or ".join(f"{file.text(rubric)} in ('O', 'S')" for rubric in INCORRECT),
    }


def date_rules(column: str, rubric: str) -> Rules:
    """The rules of a date: it is one, and it does not lie after the reference date."""
    return [
        (rubric, "is no date", f"{column} <> '' and not is_date({column})"),
        (
            rubric,
            "lies after the reference date",
            f"{column} <> '' and is_date({column}) and date_low({column}) > reference_date()",
        ),
    ]


_PERSON_RULES: Rules = [
    ("row", "has another number of columns than the header", "not complete"),
    ("01.01.10", "is no A-nummer", "not is_a_number(a_number)"),
    ("01.01.20", "is no BSN", "bsn <> '' and not is_bsn(bsn)"),
    ("01.03.10", "is no date", "birth_date <> '' and not is_date(birth_date)"),
    (
        "04",
        "its columns hold unequal numbers of occurrences",
        """len(list_distinct(list_transform(
            list_filter([nationalities, nationality_ends, treated_as], lambda one: one <> ['']),
            lambda one: len(one)
        ))) > 1""",
    ),
    (
        "04.05.10",
        "is not in Tabel 32",
        "not list_has_all(getvariable('nationality_codes'), nationalities)",
    ),
    *date_rules("settled", "08.14.20"),
]
