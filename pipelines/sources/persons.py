"""What extracts of the BRP and the RNI have in common: who a person is, and how batches of rubrics become states.

Belongs here: identity, birth, nationality, settlement, the loop over the batches of a delivery. Does not belong here:
the forms of files (``forms``), and which states a register knows: each reader gives those as SQL.

Raw identifiers live in the memory of one connection, one batch at a time, and are never spilled to disk.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pipelines.landing.drift import MOST, SELDOM, UNREAD, kind_of, spread, unread
from pipelines.sources import all_sources
from pipelines.sources.forms import DeliveredFile, Wanted, header_of, recognise
from pipelines.sources.reading import Reading
from pipelines.sources.rubrics import Rules, date_rules, define_rubrics, first_broken

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    import duckdb
    import pyarrow as pa

IDENTITY = ("01.01.10", "01.01.20", "04.05.10")
_OPTIONAL = (
    "01.03.10", "01.03.30", "01.20.10", "01.20.20", "01.84.10", "04.64.10", "04.65.10", "04.84.10", "07.67.10",
    "08.13.10", "08.14.20", "08.84.10",
)  # fmt: skip


_PIECE_ROWS = 1 << 16


@dataclass(frozen=True)
class Register:
    """How one register is read.

    Attributes:
        register: ``brp`` or ``rni``.
        required: rubrics, beside those of identity, without which the register cannot be read.
        optional: rubrics that are used where they are there.
        rules: what makes a row unreadable, beside the rules that hold for every person; rubrics are columns.
        columns: SQL of further columns of table ``good``, from the rubrics.
        states: SQL that selects the record's columns (at least ``state``, ``area_code``, ``start_*``, ``end_*``)
            from ``good``, in which ``PERSON`` stands ready.
    """

    register: str
    required: tuple[str, ...]
    optional: tuple[str, ...]
    rules: Rules
    columns: str
    states: str


PERSON = """
    locator_row, pseudonym, a_pseudonym, previous_a_pseudonym, next_a_pseudonym, birth_year, birth_country_code,
    nationality_codes, settled_low, settled_high, abroad_country_code
"""
"""SQL: the columns of a person that are the same in every state, from ``good``."""

# Most have one nationality and nothing more to say of it: they are spared the work on lists.
_OF_SEVERAL = """greatest(len("04.05.10"), len("04.64.10"), len("04.65.10"), len("04.84.10")) > 1"""

# An ended nationality has no code; an incorrect one is left out.
_PERSON = f"""
    row as locator_row,
    pseudonym("01.01.20") as pseudonym,
    pseudonym("01.01.10") as a_pseudonym,
    pseudonym("01.20.10") as previous_a_pseudonym,
    pseudonym("01.20.20") as next_a_pseudonym,
    try_cast(nullif(substr("01.03.10", 1, 4), '0000') as bigint) as birth_year,
    nullif("01.03.30", '') as birth_country_code,
    case
        when not ({_OF_SEVERAL}) and "04.65.10"[1] = '' and "04.84.10"[1] = ''
            then case when "04.05.10"[1] = '' then [] else "04.05.10" end
        else list_distinct(list_filter(
            list_transform(range(1, greatest(len("04.05.10"), len("04.65.10")) + 1), place -> case
                when coalesce("04.84.10"[place], '') in ('O', 'S') then ''
                when coalesce("04.65.10"[place], '') = 'B' then '0001'
                when coalesce("04.65.10"[place], '') = 'V' then '0000'
                else coalesce("04.05.10"[place], '') end),
            code -> code <> ''
        ))
    end as nationality_codes,
    date_low("08.14.20") as settled_low,
    case when "08.14.20" <> '' then least(date_high("08.14.20"), reference_date()) end as settled_high,
    nullif("08.13.10", '') as abroad_country_code,
    "01.84.10" in ('O', 'S') or "08.84.10" in ('O', 'S') as is_incorrect
"""

_UNEQUAL = f"""case when {_OF_SEVERAL} then len(list_distinct(list_transform(
    list_filter(["04.05.10", "04.64.10", "04.65.10", "04.84.10"], one -> one <> ['']), one -> len(one)
))) > 1 else false end"""
_UNKNOWN = f"""case when {_OF_SEVERAL}
    then len(list_filter("04.05.10", code -> code <> '' and not is_nationality(code))) > 0
    else "04.05.10"[1] <> '' and not is_nationality("04.05.10"[1]) end"""

_RULES: Rules = [
    ("01.01.10", "is no A-nummer", 'not is_a_number("01.01.10")'),
    ("01.01.20", "is no BSN", '"01.01.20" <> \'\' and not is_bsn("01.01.20")'),
    ("01.20.10", "is no A-nummer", '"01.20.10" <> \'\' and not is_a_number("01.20.10")'),
    ("01.20.20", "is no A-nummer", '"01.20.20" <> \'\' and not is_a_number("01.20.20")'),
    ("01.03.10", "is no date", '"01.03.10" <> \'\' and not is_date("01.03.10")'),
    # By their form alone: what is kept of a person must not be whatever stood in the column.
    ("01.03.30", "is no code of Tabel 34", "\"01.03.30\" <> '' and not regexp_full_match(\"01.03.30\", '[0-9]{4}')"),
    ("08.13.10", "is no code of Tabel 34", "\"08.13.10\" <> '' and not regexp_full_match(\"08.13.10\", '[0-9]{4}')"),
    ("04", "its columns hold unequal numbers of occurrences", _UNEQUAL),
    ("04.05.10", "is not in Tabel 32", _UNKNOWN),
    *date_rules("08.14.20"),
]


def read_persons(
    connection: duckdb.DuckDBPyConnection, reference_date: date, files: list[DeliveredFile], register: Register
) -> Iterator[Reading]:
    """Read every file of a delivery of persons, batch by batch.

    Args:
        connection: in memory, has the macro ``pseudonym``.
        reference_date: of the delivery; it is ``reference_date()`` in the SQL of the register.
        files: its files.
        register: how it is read.

    Raises:
        RefusedError: a file has none of the forms, or is not what it began to be.
    """
    import pyarrow as pa

    # Raw identifiers do not leave memory, not even when it runs short.
    connection.execute("set temp_directory = ''")
    define_rubrics(connection)
    connection.execute(f"create or replace temp macro reference_date() as date '{reference_date}'")
    wanted = wanted_of(register)
    for file in files:
        form = recognise(file)
        for batch in _ahead(form.batches(file, wanted)):
            # In pieces, because the threads of DuckDB take one each.
            pieces = batch.combine_chunks().to_batches(max_chunksize=_PIECE_ROWS)
            connection.register("batch", pa.Table.from_batches(pieces, batch.schema))
            judged = _judged(connection, register, file.name, batch.num_rows)
            yield replace(judged, form={form.__name__.rpartition(".")[2]: _columns(batch, wanted)})
            connection.unregister("batch")


def wanted_of(register: Register) -> Wanted:
    """What is asked of a form for a register."""
    columns = all_sources()[register.register].columns
    return Wanted(IDENTITY + register.required, _OPTIONAL + register.optional, columns)


def _columns(batch: pa.Table, wanted: Wanted) -> dict[str, str]:
    """The rubrics of a file by their kind, as one batch of it shows them. Other names than rubrics may be content.

    A form without a header has the rubrics that most persons have.
    """
    some = batch.take(list(spread(batch.num_rows)))
    contents = {rubric: some[rubric].to_pylist() for rubric in wanted.rubrics}
    if (header := header_of(batch)) is None:
        filled = {rubric: sum(cell not in (None, "", [""]) for cell in cells) for rubric, cells in contents.items()}
        usual = MOST * some.num_rows
        return {
            rubric: _kind(cells) if filled[rubric] >= usual else SELDOM
            for rubric, cells in contents.items()
            if filled[rubric]
        }
    kinds = {rubric: _kind(contents[rubric]) if rubric in contents else UNREAD for rubric in header if rubric}
    return kinds | unread(header.count(""))


def _kind(cells: list[Any]) -> str:
    """The kind of a rubric, of which a person may have several."""
    return kind_of(one for cell in cells for one in (cell if isinstance(cell, list) else [cell]))


def _judged(connection: duckdb.DuckDBPyConnection, register: Register, name: str, rows: int) -> Reading:
    # Narrow from the start: what is copied from here on is what will be kept.
    connection.execute(f"""
        create or replace temp table persons as
        select
            {_PERSON}, {register.columns},
            case
                when flaw is not null then struct_pack(field := 'row', rule := flaw)
                else {first_broken(_RULES + register.rules)}
            end as judgement
        from batch
    """)
    connection.execute(
        "create or replace temp view good as select * exclude (judgement) from persons where judgement is null"
    )
    file = f"'{name.replace(chr(39), chr(39) * 2)}' as locator_file"
    connection.execute(f"""
        create or replace temp table accepted as
        select *, {file}, '{register.register}' as register from ({register.states})
    """)
    connection.execute(f"""
        create or replace temp table rejected as
        select {file}, locator_row, judgement.field, judgement.rule from persons where judgement is not null
    """)
    return Reading(connection.table("accepted"), connection.table("rejected"), rows)


def _ahead(batches: Iterator[pa.Table]) -> Iterator[pa.Table]:
    """The same batches, each made while the one before it is being judged."""
    with ThreadPoolExecutor(1) as reader:
        coming = reader.submit(next, batches, None)
        while (batch := coming.result()) is not None:
            coming = reader.submit(next, batches, None)
            yield batch
