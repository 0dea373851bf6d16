"""The BRP API's answers (Haal Centraal BRP bevragen 2), of the proxy or the GBA variant: ``{"personen": [...]}``.

A file holds one document, or one a line; the persons may also stand in a bare list. What the API does not carry is
empty. A document that is not whole is refused: how many persons it holds cannot be told.
"""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING, BinaryIO

from pipelines.landing.deliveries import RefusedError
from pipelines.sources.forms import DeliveredFile, Wanted, jsons
from pipelines.sources.forms.batch import BATCH_ROWS, as_batch
from pipelines.sources.forms.lo_csv import blocks

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb
    import pyarrow as pa

REMEDY = 'Deliver whole answers of the BRP API: {"personen": [...]}, in one document or one a line'

_HEAD = re.compile(rb'(?:\xef\xbb\xbf)?\s*(?:\[\s*[\]{]|\{.*"personen"\s*:)', re.DOTALL)

# Where a rubric stands: the first that is there, of the proxy and of the GBA variant.
_TEXTS = {
    "01.01.10": ("aNummer",),
    "01.01.20": ("burgerservicenummer",),
    "01.03.30": ("geboorte.land.code",),
    "07.67.20": ("opschortingBijhouding.reden.code",),
    "08.09.10": ("gemeenteVanInschrijving.code",),
    "08.10.10": ("verblijfplaats.functieAdres.code",),
    "08.11.60": ("verblijfplaats.postcode", "verblijfplaats.verblijfadres.postcode"),
    "08.11.80": ("verblijfplaats.adresseerbaarObjectIdentificatie",),
    "08.13.10": ("verblijfplaats.land.code", "verblijfplaats.verblijfadres.land.code"),
    "08.14.10": ("immigratie.landVanwaarIngeschreven.code",),
    "10.39.10": ("verblijfstitel.aanduiding.code",),
}
_DATES = {
    "01.03.10": "geboorte.datum",
    "07.67.10": "opschortingBijhouding.datum",
    "07.68.10": "datumEersteInschrijvingGBA",
    "07.71.10": "verificatie.datum",
    "08.09.20": "datumInschrijvingInGemeente",
    "08.14.20": "immigratie.datumVestigingInNederland",
}
_NATIONALITY = jsons.structure(
    [{"type": "VARCHAR", "nationaliteit": {"code": "VARCHAR"}, "aanduidingBijzonderNederlanderschap": "VARCHAR"}]
)
# The proxy says by a type what the register says by a code. An unknown type stays, so that it is seen and rejected.
_NATIONALITY_CODE = """case one.type
    when 'Staatloos' then '0499'
    when 'NationaliteitOnbekend' then '0000'
    when 'BehandeldAlsNederlander' then ''
    when 'VastgesteldNietNederlander' then ''
    else coalesce(one.nationaliteit.code, one.type) end"""
_TREATED_AS = """case one.type
    when 'BehandeldAlsNederlander' then 'B'
    when 'VastgesteldNietNederlander' then 'V'
    else one.aanduidingBijzonderNederlanderschap end"""
# A date is flat, in ISO or as the register writes it, or an object that knows a day, a month, a year or nothing.
_DEFINE_DATE = """
    create macro plain_date(content) as
        case when regexp_full_match(content, '\\d{4}-\\d\\d-\\d\\d') then replace(content, '-', '') else content end;
    create macro api_date(content, kind, day, year, month) as case
        when day is not null then plain_date(day)
        when year is not null then year || if(len(month) = 1, '0' || month, coalesce(month, '00')) || '00'
        when kind = 'DatumOnbekend' then '00000000'
        else plain_date(content) end;
"""


def recognises(head: bytes) -> bool:
    """An object that has persons, or a list of objects."""
    return _HEAD.match(head) is not None


def batches(file: DeliveredFile, wanted: Wanted) -> Iterator[pa.Table]:
    """The persons of the answers; see ``sources.forms``."""
    import numpy as np
    import pyarrow as pa

    sql = _sql(wanted)
    row = 1
    with file.open() as stream, jsons.memory() as connection:
        connection.execute(_DEFINE_DATE)
        for lines in _documents(connection, stream):
            persons = _persons(connection, file.name, lines)
            for start in range(0, len(persons), BATCH_ROWS):
                some = persons.slice(start, BATCH_ROWS)
                given = pa.table({"row": np.arange(row, row + len(some)), "person": some})
                yield as_batch(jsons.ask(connection, f"{file.name} from person {row}", sql, given), wanted)
                row += len(some)
    if row == 1:
        raise RefusedError(file.name, "it holds no persons", "Deliver the extract again")


def _documents(connection: duckdb.DuckDBPyConnection, stream: BinaryIO) -> Iterator[pa.Table]:
    """The documents of a file: one a line if the first line is one, else the whole of it."""
    import pyarrow as pa

    first = stream.readline().removeprefix(b"\xef\xbb\xbf")
    is_whole = "select coalesce(json_valid(try(decode(line))), false) from given"
    if jsons.ask(connection, "", is_whole, jsons.lines(first, 1))[0][0].as_py():
        row = 1
        for block in chain([first], blocks(stream)):
            lines = jsons.lines(block, row)
            row += lines.num_rows
            yield lines
    else:
        yield pa.table({"row": [1], "line": pa.array([first + stream.read()], pa.large_binary())})


def _persons(connection: duckdb.DuckDBPyConnection, name: str, lines: pa.Table) -> pa.Array:
    """The persons in some documents, each as JSON."""
    from pyarrow import compute

    found = jsons.ask(
        connection,
        f"{name} from row {lines['row'][0]}",
        """
        with documents as (
            select row, text, try(json_type(text, ['$', '$.personen'])) as kinds
            from (select row, try(decode(line)) as text from given)
        )
        select
            row,
            case 'ARRAY'
                when kinds[1] then cast(json_extract(text, '$[*]') as varchar[])
                when kinds[2] then cast(json_extract(text, '$.personen[*]') as varchar[])
            end as persons
        from documents
        where text is null or regexp_matches(text, '\\S')
        """,
        lines,
    )
    persons = found["persons"].combine_chunks()
    if persons.null_count:
        row = found["row"].filter(compute.is_null(persons))[0]
        raise RefusedError(f"{name} row {row}", "what begins here is no whole document with a list of persons", REMEDY)
    return persons.flatten()


def _sql(wanted: Wanted) -> str:
    paths: dict[str, int] = {}

    def text(*places: str) -> str:
        """SQL: the content of the first of some paths. All paths are taken at once, so that a person is parsed once."""
        found = (f"content[{paths.setdefault(f'$.{place}', len(paths) + 1)}]" for place in places)
        return f"coalesce({', '.join(found)})"

    def date(place: str) -> str:
        parts = (text(place + part) for part in ("", ".type", ".datum", ".jaar", ".maand"))
        return f"api_date({', '.join(parts)})"

    special = {
        "04.05.10": f"list_transform(nationalities, lambda one: {_NATIONALITY_CODE})",
        "04.65.10": f"list_transform(nationalities, lambda one: {_TREATED_AS})",
        "08.13.20": f"""coalesce({date("verblijfplaats.datumAanvangAdresBuitenland")}, case
            when {text("verblijfplaats.type")} in ('VerblijfplaatsBuitenland', 'VerblijfplaatsOnbekend')
                then {date("verblijfplaats.datumVan")} end)""",
        "08.83.10": f"""coalesce({text("verblijfplaats.inOnderzoek.aanduidingGegevensInOnderzoek")}, case
            when {text("verblijfplaats.indicatieVastgesteldVerblijftNietOpAdres")} = 'true' then '089999' end)""",
    }
    carried = {rubric: text(*places) for rubric, places in _TEXTS.items()}
    carried |= {rubric: date(place) for rubric, place in _DATES.items()} | special
    columns = "".join(f', {carried[rubric]} as "{rubric}"' for rubric in wanted.rubrics if rubric in carried)
    return f"""
        with parsed as (
            select
                row, person,
                json_extract_string(person, {list(paths)}) as content,
                json_transform(json_extract(person, '$.nationaliteiten'), {_NATIONALITY}) as nationalities
            from given
        )
        select
            row,
            case
                when json_type(person) <> 'OBJECT' then 'is no object'
                when {jsons.is_no_list_of_objects("person", "$.nationaliteiten")}
                    then 'its nationaliteiten are no list of objects'
            end as flaw
            {columns}
        from parsed
    """
