"""What rubrics of the BRP mean: numbers that prove themselves, dates that may be incomplete, code tables.

SQL macros on a connection, so that a column is judged at once. Source: Logisch Ontwerp BRP 2025.Q1.
Does not belong here: the file forms in which rubrics arrive.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.settings import PROJECT

if TYPE_CHECKING:
    import duckdb

# The earliest date that an unknown date may stand for.
BEGINNING = "date '0001-01-01'"

Rules = list[tuple[str, str, str]]
"""Of each rule: the field, what is wrong, the SQL condition that is true of a wrong row."""


def define_rubrics(connection: duckdb.DuckDBPyConnection) -> None:
    """Define the macros and code tables that readers of the registers use.

    ``is_bsn``, ``is_a_number`` (01.01.20, 01.01.10: eleven tests), ``is_date``, ``date_low``, ``date_high``
    (``jjjjmmdd``, ``jjjjmm00``, ``jjjj0000``, ``00000000``; null of what is no date), ``is_nationality``
    (Tabel 32), ``is_municipality`` (Tabel 33 from 2010 on).
    """
    statements = [
        # Digits are taken from the number, not from its text: that is five times as fast.
        f"bsn_sum(n) as ({_weighed(9, (9, 8, 7, 6, 5, 4, 3, 2, -1))}) % 11",
        f"a_number_sum(n) as ({_weighed(10, (1,) * 10)}) % 11",
        f"a_number_weighed(n) as ({_weighed(10, tuple(2**place for place in range(10)))}) % 11",
        """is_bsn(number) as regexp_full_match(number, '[0-9]{9}') and number <> '000000000'
            and bsn_sum(try_cast(number as integer)) = 0""",
        """is_a_number(number) as regexp_full_match(number, '[1-9][0-9]{9}')
            and not regexp_matches(number, '00|11|22|33|44|55|66|77|88|99')
            and a_number_sum(try_cast(number as bigint)) in (0, 5)
            and a_number_weighed(try_cast(number as bigint)) = 0""",
        "year_of(n) as n // 10000",
        "month_of(n) as (n // 100) % 100",
        "day_of(n) as n % 100",
        "days_in(n) as day(last_day(make_date(year_of(n), month_of(n), 1)))",
        # A day whose unknown month and day are filled in.
        """day_from(n, month, day) as try(make_date(
            year_of(n), if(month_of(n) = 0, month, month_of(n)), if(day_of(n) = 0, day, day_of(n))
        ))""",
        "as_number(digits) as try_cast(digits as integer)",
        """is_date(digits) as regexp_full_match(digits, '[0-9]{8}') and case
            when digits = '00000000' then true
            when year_of(as_number(digits)) = 0 then false
            when substr(digits, 5) = '0000' then true
            when month_of(as_number(digits)) not between 1 and 12 then false
            when day_of(as_number(digits)) <= 28 then true
            else day_of(as_number(digits)) <= days_in(as_number(digits)) end""",
        f"""date_low(digits) as case
            when digits = '' then null
            when digits = '00000000' then {BEGINNING}
            else day_from(as_number(digits), 1, 1) end""",
        """date_high(digits) as case
            when digits = '' then null
            when digits = '00000000' then date '9999-12-31'
            when substr(digits, 7) = '00' then last_day(day_from(as_number(digits), 12, 1))
            else day_from(as_number(digits), 12, 31) end""",
    ]
    for statement in statements:
        connection.execute(f"create or replace temp macro {statement}")
    # As a type, because a cast to it looks a code up without the joins that a table would ask for.
    for table in ("nationality", "municipality"):
        codes = str(PROJECT / "dbt_project" / "seeds" / f"{table}.csv")
        connection.execute(f"drop type if exists {table}_code")
        listed = f"select distinct {table}_code from read_csv('{codes}', all_varchar = true)"
        connection.execute(f"create type {table}_code as enum ({listed})")
        connection.execute(
            f"create or replace temp macro is_{table}(code) as try_cast(code as {table}_code) is not null"
        )


def _weighed(digits: int, weights: tuple[int, ...]) -> str:
    """SQL: the sum of the digits of ``n``, each times its weight, from the first digit on."""
    return " + ".join(f"{weight} * ((n // {10 ** (digits - 1 - at)}) % 10)" for at, weight in enumerate(weights))


def first_broken(rules: Rules) -> str:
    """SQL for the first rule that a row breaks, as a struct of field and rule, or null."""
    cases = "\n".join(
        f"when {condition} then struct_pack(field := '{field}', rule := '{rule}')" for field, rule, condition in rules
    )
    return f"case {cases} end"


def date_rules(rubric: str) -> Rules:
    """The rules of a date: it is one, and it does not lie after the reference date."""
    return [
        (rubric, "is no date", f'"{rubric}" <> \'\' and not is_date("{rubric}")'),
        # An incomplete date is compared as a number: its earliest day lies after the reference date just when it does.
        (
            rubric,
            "lies after the reference date",
            f"\"{rubric}\" <> '' and as_number(\"{rubric}\") > as_number(strftime(reference_date(), '%Y%m%d'))",
        ),
    ]


def interval(rubric: str, edge: str) -> str:
    """SQL: a date as bounds ``<edge>_low`` and ``<edge>_high``; an absent one may be any up to the reference date."""
    return (
        f"coalesce(date_low({rubric}), {BEGINNING}) as {edge}_low, "
        f"least(coalesce(date_high({rubric}), reference_date()), reference_date()) as {edge}_high"
    )
