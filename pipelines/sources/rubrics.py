"""What rubrics of the BRP mean: numbers that prove themselves, dates that may be incomplete, code tables.

SQL macros on a connection, so that a column is judged at once. Source: Logisch Ontwerp BRP 2025.Q1.
Does not belong here: the file forms in which rubrics arrive.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.settings import PROJECT

if TYPE_CHECKING:
    import duckdb

# The earliest and latest dates an unknown date may stand for.
BEGINNING = "date '0001-01-01'"

_DIGITS = "try_cast(substr(number, {place}, 1) as integer)"


def define_rubrics(connection: duckdb.DuckDBPyConnection) -> None:
    """Define the macros and code tables that readers of the registers use.

    ``is_bsn``, ``is_a_number`` (01.01.20, 01.01.10: eleven tests), ``is_date``, ``date_low``, ``date_high``
    (``jjjjmmdd``, ``jjjjmm00``, ``jjjj0000``, ``00000000``), tables ``nationality`` (Tabel 32) and ``municipality``
    (Tabel 33 from 2010 on), and the variable ``nationality_codes``.
    """
    digit = [_DIGITS.format(place=place) for place in range(1, 11)]
    weights = (9, 8, 7, 6, 5, 4, 3, 2, -1)
    bsn_sum = " + ".join(f"{weight} * {one}" for weight, one in zip(weights, digit, strict=False))
    total = " + ".join(digit)
    powers = " + ".join(f"{2**place} * {one}" for place, one in enumerate(digit))
    neighbours = " and ".join(f"substr(number, {place}, 1) <> substr(number, {place + 1}, 1)" for place in range(1, 10))
    statements = [
        f"""is_bsn(number) as case
            when not regexp_full_match(number, '[0-9]{{9}}') or number = '000000000' then false
            else ({bsn_sum}) % 11 = 0 end""",
        f"""is_a_number(number) as case
            when not regexp_full_match(number, '[1-9][0-9]{{9}}') then false
            else {neighbours} and ({total}) % 11 in (0, 5) and ({powers}) % 11 = 0 end""",
        """is_date(digits) as regexp_full_match(digits, '[0-9]{8}') and (
            digits = '00000000'
            or (substr(digits, 1, 4) <> '0000' and substr(digits, 5) = '0000')
            or (substr(digits, 1, 4) <> '0000' and substr(digits, 7) = '00'
                and try_cast(substr(digits, 5, 2) as integer) between 1 and 12)
            or (substr(digits, 1, 4) <> '0000' and try_strptime(digits, '%Y%m%d') is not null)
        )""",
        f"""date_low(digits) as case
            when digits = '' then null
            when digits = '00000000' then {BEGINNING}
            when substr(digits, 5) = '0000' then make_date(try_cast(substr(digits, 1, 4) as integer), 1, 1)
            when substr(digits, 7) = '00' then cast(try_strptime(substr(digits, 1, 6) || '01', '%Y%m%d') as date)
            else cast(try_strptime(digits, '%Y%m%d') as date) end""",
        """date_high(digits) as case
            when digits = '' then null
            when digits = '00000000' then date '9999-12-31'
            when substr(digits, 5) = '0000' then make_date(try_cast(substr(digits, 1, 4) as integer), 12, 31)
            when substr(digits, 7) = '00' then last_day(try_strptime(substr(digits, 1, 6) || '01', '%Y%m%d'))
            else cast(try_strptime(digits, '%Y%m%d') as date) end""",
    ]
    for statement in statements:
        connection.execute(f"create or replace temp macro {statement}")
    seeds = PROJECT / "dbt_project" / "seeds"
    for table in ("nationality", "municipality"):
        connection.execute(
            f"create or replace temp table {table} as from read_csv(?, all_varchar = true)",
            [str(seeds / f"{table}.csv")],
        )
    # An occurrence without a code is an ended nationality, hence the empty one.
    connection.execute("set variable nationality_codes = (select list(nationality_code) || [''] from nationality)")


def first_broken(rules: list[tuple[str, str, str]]) -> str:
    """SQL for the first rule that a row breaks, as a struct of field and rule, or null.

    Each rule is (field, what is wrong, SQL condition that is true of a wrong row).
    """
    cases = "\n".join(
        f"when {condition} then struct_pack(field := '{field}', rule := '{rule}')" for field, rule, condition in rules
    )
    return f"case {cases} end"
