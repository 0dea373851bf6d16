"""Reads the kept pages of a StatLine table, of either generation, as its layout says.

What was asked for is checked before anything is read: each row once, as many as CBS counted, every column there. An
absent cell is no row; an empty one says what CBS says of it and is never a number.
"""

from __future__ import annotations

import logging
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import polars as pl

from pipelines.areas.changes import changes_of, merged
from pipelines.landing.deliveries import RefusedError
from pipelines.landing.drift import UNREAD
from pipelines.sources.observations import NEUTRAL
from pipelines.sources.reading import Reading
from pipelines.sources.statline.kept import asked, check, described, run, source_of
from pipelines.sources.statline.pages import V4, name_of, of_entity
from pipelines.sources.statline.tables import area_of, period_of, select, tables

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb

    from pipelines.areas.changes import Change
    from pipelines.landing.deliveries import Manifest
    from pipelines.sources.forms import DeliveredFile
    from pipelines.sources.statline.metadata import Metadata
    from pipelines.sources.statline.pages import Rows
    from pipelines.sources.statline.tables import Columns, Selection, Table

log = logging.getLogger("zicht.read")

_PAGES = 8  # read at once: 800,000 rows of v4
_ATTRIBUTES = {
    "None": "available",
    "Missing": "missing",
    "Impossible": "not_applicable",
    "Secret": "suppressed",
    "Confidential": "suppressed",
}
_FINALITY = {"definitief": "final", "voorlopig": "provisional", "nadervoorlopig": "provisional"}
Flaw = tuple[str, str, str]
"""Field, rule, and the SQL of rows that break it."""
_REJECTED = {"locator_file": pl.String, "locator_row": pl.Int64, "field": pl.String, "rule": pl.String}


def read(connection: duckdb.DuckDBPyConnection, manifest: Manifest, files: list[DeliveredFile]) -> Iterator[Reading]:
    """Observations of one table; see ``sources.reading``.

    Raises:
        RefusedError: no layout for the table, or one that does not fit; pages missing, twice, cut off or with other
            columns.
    """
    table = tables().get(manifest.scope)
    if table is None:
        known = ", ".join(tables())
        raise RefusedError(files[0].name, f"no layout is for table {manifest.scope}; there are {known}", "Add a layout")
    found = described(files)
    chosen = select(table, found)
    if chosen.lacking:
        log.warning("%s has no %s", table.layout, ", ".join(chosen.lacking))
    edition = {"edition": table.layout, "version": found.modified, "table_id": table.layout}
    synthetic = "synthetisch" in found.title.casefold()
    form = {f"{table.layout} {found.generation.name}": _form(found, chosen)}
    for part in _parts(connection, table, found, chosen, files, edition):
        yield replace(part, layout=table.layout, synthetic=synthetic, form=form)


def _form(found: Metadata, chosen: Selection) -> dict[str, str]:
    """Dimensions and measures by name; v3 numbers its columns anew whenever one comes or goes."""
    names = {topic.code: re.sub(r"_\d+$", "", topic.code) for topic in found.topics}
    read = {names[topic.code]: topic.kind for topic in found.topics if topic.code in chosen.measures}
    return dict.fromkeys(found.titles, "dimension") | dict.fromkeys(names.values(), UNREAD) | read


def _parts(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    found: Metadata,
    chosen: Selection,
    files: list[DeliveredFile],
    edition: Columns,
) -> Iterator[Reading]:
    if table.target == "changes":
        yield _changes(connection, table, found, chosen.area, edition)
        return
    pages = of_entity(files, found.generation.observations)
    check(connection, found, pages, asked(files))
    _prepare(connection, table, found, chosen)
    if table.target == "membership":
        yield _membership(connection, table, found, chosen.area, pages, edition)
        return
    warned: set[str] = set()
    for start in range(0, len(pages), _PAGES):
        yield _figures(connection, table, found, chosen, pages[start : start + _PAGES], edition, warned)


def _prepare(connection: duckdb.DuckDBPyConnection, table: Table, found: Metadata, chosen: Selection) -> None:
    """Small tables to join with: of each dimension and of the measures, what a code means, and whether it is kept."""
    # DuckDB takes pages for small, and would keep their rows in memory to look up the codes rather than the reverse.
    connection.execute("set disabled_optimizers = 'build_side_probe_side'")
    for name, codes in found.codes.items():
        rows: Rows = []
        for code in codes:
            row: dict[str, Any] = {"code": code.code.strip(), "kept": True}
            if name in (chosen.area, chosen.home):
                row["area_type"], row["area_code"] = area_of(code.code)
                row["is_total"] = code.code == chosen.home_total
            elif name == found.time:
                period = period_of(code.code, table.dated)
                row["period_start"], row["period_end"], row["date_precision"] = period or (None, None, None)
                row["finality"] = _finality(table, code.title, code.status)
                row["kept"] = not table.periods or period is None or code.code.strip()[4:6] in table.periods
            else:
                row["kept"] = code.code in chosen.kept[name]
                row |= chosen.kept[name].get(code.code, {})
            rows.append(row)
        _tabulate(connection, f"code_{name}", rows)
    rows = []
    for place, topic in enumerate(found.topics):
        row = {"code": topic.code, "kept": topic.code in chosen.measures, "place": place, "title": topic.title}
        if topic.code in chosen.measures:
            measure = chosen.measures[topic.code][1]
            row |= measure.model_dump(exclude={"find"})
        rows.append(row)
    _tabulate(connection, "topic", rows)


def _finality(table: Table, period: str, status: str) -> str:
    plain = re.sub(r"\W", "", status.lower())
    if plain not in _FINALITY:
        log.warning("%s: the status %r of %s is unknown; it counts as provisional", table.layout, status, period)
    return _FINALITY.get(plain, "provisional")


def _tabulate(connection: duckdb.DuckDBPyConnection, name: str, rows: Rows) -> None:
    connection.register("rows", pl.DataFrame(rows, infer_schema_length=None).to_arrow())
    connection.execute(f'create or replace temp table "{name}" as select * from rows')
    connection.unregister("rows")


def _number(cell: str) -> str:
    """SQL of the number that a cell of JSON is; none for a text or a truth, even one that looks like a number."""
    return f"try_cast({cell}::varchar as double)"


def _cells(
    connection: duckdb.DuckDBPyConnection, found: Metadata, topics: list[str], pages: list[DeliveredFile], kind: str
) -> None:
    """The view ``cell``: file, cell, number, topic, attribute, value as given and as a number, text, dimensions."""
    generation = found.generation
    dimensions = "".join(f', trim(row."{name}") as "{name}"' for name in found.titles)
    texts = dict.fromkeys(found.titles, "VARCHAR")
    if generation is V4:
        columns = {"Id": "BIGINT", "Measure": "VARCHAR", "ValueAttribute": "VARCHAR", "Value": "JSON"}
        sql = f"""
            select file, 'Id ' || row.Id as cell, row.Id + 1 as number, trim(row.Measure) as topic,
                row.ValueAttribute as attribute, row.Value as given, {_number("row.Value")} as value,
                trim(row.StringValue) as text {dimensions}
            from {source_of(pages, columns | {"StringValue": "VARCHAR"} | texts)}"""
    else:
        empty = {topic.code: {"": "Missing", "Zero": "None"}.get(topic.empty, topic.empty) for topic in found.topics}
        nought = {
            topic.code: f'if(row."{topic.code}" is null, 0, null)' if topic.empty == "Zero" else "null"
            for topic in found.topics
        }
        number = {one: _number(f'row."{one}"') for one in topics}
        source = source_of(pages, {"ID": "BIGINT"} | dict.fromkeys(topics, kind) | texts)
        run(connection, f"create or replace temp table page as select file, row from {source}", pages)
        sql = " union all ".join(
            f"""
            select file, 'ID ' || row.ID || ' {topic}' as cell,
                row.ID * {len(topics)} + {place + 1} as number, '{topic}' as topic,
                case when row."{topic}" is null then {_literal(empty[topic])} else 'None' end as attribute,
                row."{topic}" as given,
                {"null" if kind == "VARCHAR" else f"coalesce({number[topic]}, {nought[topic]})"} as value,
                {f'trim(row."{topic}")' if kind == "VARCHAR" else "null"} as text {dimensions}
            from page"""
            for place, topic in enumerate(topics)
        )
    connection.execute(f"create or replace temp view cell as {sql}")


def _figures(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    found: Metadata,
    chosen: Selection,
    pages: list[DeliveredFile],
    edition: Columns,
    warned: set[str],
) -> Reading:
    _cells(connection, found, list(chosen.measures), pages, "JSON")
    time = f'"code_{found.time}"'
    columns = _columns(table, chosen)
    kept = [f'coalesce("code_{name}".kept, true)' for name in (*chosen.kept, found.time)]
    kept.append("coalesce(topic.kept, true)")
    if table.home:
        unknown = f'"code_{chosen.area}".code is null or "code_{chosen.home}".code is null'  # is rejected
        kept.append(f"({unknown} or {_home_case(chosen, 'true', 'true', 'true')})")
    flaws = [(name, "is not in the list of codes", f'"code_{name}".code is null') for name in found.titles] + [
        ("Measure", "is not in the list of measures", "topic.code is null"),
        (found.time, "is no period", f"{time}.period_start is null"),
        ("ValueAttribute", "is absent", "cell.attribute is null"),
        ("Value", "is no number", "cell.given is not null and not coalesce(isfinite(cell.value), false)"),
        ("Value", "is absent", "cell.attribute = 'None' and cell.value is null"),
        ("Value", "is below nought", "cell.value < 0"),
    ]
    meanings = " ".join(f"when '{one}' then '{meaning}'" for one, meaning in _ATTRIBUTES.items())
    joins = "".join(f'left join "code_{name}" on cell."{name}" = "code_{name}".code\n' for name in found.titles)
    run(
        connection,
        f"""
        create or replace temp table part as
        select
            cell.file as locator_file, cell.cell as locator_cell, cell.number as locator_row,
            {time}.period_start, {time}.period_end, {time}.date_precision, {time}.finality,
            topic.measure, topic.measured_as, topic.unit, topic.rounding_base, topic.rounding_mode,
            {", ".join(f"{value} as {name}" for name, value in columns.items())},
            cell.attribute, case cell.attribute {meanings} else 'missing' end as availability,
            case when cell.attribute = 'None' then round(cell.value * topic.factor, 6) end as value,
            {_flaw(flaws)} as flaw
        from cell
        {joins}
        left join topic on cell.topic = topic.code
        where {" and ".join(kept)}
        """,
        pages,
    )
    _warn_of_attributes(connection, table, warned)
    constant = ", ".join(f"{_literal(value)} as {name}" for name, value in (_neutral(columns) | edition).items())
    accepted = connection.sql(
        f"""
        select * exclude (attribute, flaw, rounding_base, rounding_mode), {constant},
            case
                when rounding_base = 1 or rounding_mode = 'down' then value
                when rounding_mode = 'nearest' then greatest(least(value, 0), ceil(value - rounding_base / 2))
                else greatest(least(value, 0), floor(value - rounding_base) + 1)
            end as low,
            case
                when rounding_base = 1 or rounding_mode = 'up' then value
                when rounding_mode = 'nearest' then floor(value + rounding_base / 2)
                else ceil(value + rounding_base) - 1
            end as high,
            case
                when availability = 'suppressed' then 'suppressed'
                when availability <> 'available' then 'none'
                when rounding_base = 1 then 'exact'
                else 'rounding_assumed'
            end as bound_kind
        from part where flaw is null
        """
    )
    return _of_part(connection, accepted, flaws)


def _flaw(flaws: list[Flaw]) -> str:
    """SQL of the place of the first flaw that a row has; null where it has none."""
    return f"case {' '.join(f'when {test} then {place}' for place, (_, _, test) in enumerate(flaws))} end"


def _of_part(connection: duckdb.DuckDBPyConnection, accepted: duckdb.DuckDBPyRelation, flaws: list[Flaw]) -> Reading:
    """What became of the rows of the table ``part``."""
    fields, rules = ([flaw[column] for flaw in flaws] for column in (0, 1))
    rejected = connection.sql(
        f"""
        select locator_file, locator_row, {fields}[flaw + 1] as field, {rules}[flaw + 1] as rule
        from part where flaw is not null
        """
    )
    (rows,) = connection.execute("select count(*) from part").fetchone() or (0,)
    return Reading(accepted, rejected, int(rows))


def _warn_of_attributes(connection: duckdb.DuckDBPyConnection, table: Table, warned: set[str]) -> None:
    found = {str(one) for (one,) in connection.execute("select distinct attribute from part").fetchall() if one}
    for unknown in sorted(found - _ATTRIBUTES.keys() - warned):
        log.warning("%s: the ValueAttribute %r is unknown; its cells count as missing", table.layout, unknown)
    warned |= found


def _columns(table: Table, chosen: Selection) -> Columns:
    """SQL of the columns that depend on a row: set by a code that is kept, by the measure, or by home and work."""
    area = f'"code_{chosen.area}"'
    columns = {"area_type": f"{area}.area_type", "area_code": f"{area}.area_code", "universe": "topic.universe"}
    for name, codes in chosen.kept.items():
        for column in sorted({column for sets in codes.values() for column in sets}):
            otherwise = columns.get(column) or _literal(table.columns.get(column, NEUTRAL.get(column)))
            columns[column] = f'coalesce("code_{name}".{column}, {otherwise})'
    if table.home:
        home = f'"code_{chosen.home}"'
        columns |= {
            "area_type": _home_case(chosen, f"{area}.area_type", f"{area}.area_type", f"{home}.area_type"),
            "area_code": _home_case(chosen, f"{area}.area_code", f"{area}.area_code", f"{home}.area_code"),
            "universe": _home_case(chosen, "topic.universe", "topic.universe", _literal(table.home.universe)),
            "home_area": _home_case(chosen, "'all'", "'here'", "'here'"),
            "workplace_basis": _home_case(chosen, "'modelled'", "'modelled'", "'home'"),
        }
    constants = {name: _literal(value) for name, value in table.columns.items()}
    return constants | columns


def _home_case(chosen: Selection, all_homes: str, lives_here: str, all_work: str) -> str:
    work, home = f'"code_{chosen.area}"', f'"code_{chosen.home}"'
    return (
        f"case when {home}.is_total then {all_homes} when {home}.code = {work}.code then {lives_here} "
        f"when {work}.area_type = 'NL' then {all_work} end"
    )


def _neutral(columns: Columns) -> dict[str, Any]:
    return {name: value for name, value in NEUTRAL.items() if name not in columns}


def _literal(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "null" if value is None else "'" + str(value).replace("'", "''") + "'"


def _membership(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    found: Metadata,
    area: str,
    pages: list[DeliveredFile],
    edition: Columns,
) -> Reading:
    """A text that is the code of a province, COROP or labour-market region says where the municipality of its row lies;
    the text after it is that region's name. A measure with one such text has nothing else."""
    _cells(connection, found, [topic.code for topic in found.topics], pages, "VARCHAR")
    constant = NEUTRAL | table.columns | edition
    is_code = "coalesce(regexp_full_match(cell.text, '(PV|CR|AM)[0-9]{2}'), false)"
    flaws = [
        (area, "is absent", f'cell."{area}" is null'),
        (area, "is not in the list of codes", "area.code is null"),
        (area, "is no municipality", "area.area_code ^@ 'GM'"),  # a code that is read is without these letters
        ("Measure", "is not in the list of measures", "topic.code is null"),
        ("StringValue", "is no code of an area", f"not {is_code}"),
        ("StringValue", "has no name beside it", "after.code is not null and name.text is null"),
    ]
    connection.execute(
        f"""
        create or replace temp table part as
        select
            cell.file as locator_file, cell.cell as locator_cell, cell.number as locator_row,
            area.area_type, area.area_code, left(cell.text, 2) as other_area_type, cell.text as other_area_code,
            name.text as quote, {_flaw(flaws)} as flaw
        from cell
        left join "code_{area}" as area on cell."{area}" = area.code
        left join topic on cell.topic = topic.code
        left join topic as after on topic.place + 1 = after.place and after.title ilike 'naam%'
        left join cell as name on after.code = name.topic and cell."{area}" = name."{area}"
        where
            cell.topic in (select cell.topic from cell where {is_code})
            and (area.code is null or area.area_type = 'GM' or area.area_code ^@ 'GM')
        """
    )
    accepted = connection.sql(
        f"""
        select * exclude (flaw), date '{table.year}-01-01' as period_start, date '{table.year}-01-01' as period_end,
            'day' as date_precision, 'stock' as measured_as, 'lies_in' as measure, 'other' as unit,
            1 as value, 1 as low, 1 as high, 'exact' as bound_kind, 'available' as availability, 'final' as finality,
            {", ".join(f"{_literal(value)} as {name}" for name, value in constant.items())}
        from part where flaw is null
        """
    )
    kinds = {kind for (kind,) in accepted.project("other_area_type").distinct().fetchall()}
    if kinds != {"PV", "CR", "AM"}:
        rule = f"it has codes of {', '.join(sorted(kinds)) or 'no areas'}, and should have those of AM, CR and PV"
        raise RefusedError(pages[0].name, rule, "Is it another table?")
    return _of_part(connection, accepted, flaws)


def _changes(
    connection: duckdb.DuckDBPyConnection, table: Table, found: Metadata, area: str, edition: Columns
) -> Reading:
    """What the texts of the municipalities tell; what two of them tell alike is one change."""
    told: list[Change] = []
    rejected: Rows = []
    file = name_of(f"{area}Codes" if found.generation is V4 else area, 1)
    for number, code in enumerate(found.codes[area], 1):
        area_type, municipality = area_of(code.code)
        if area_type != "GM" or not code.description:
            continue
        try:
            told += changes_of(municipality, code.description, code.title)
        except ValueError as error:
            where = {"locator_file": file, "locator_row": number}
            rejected.append(where | {"field": code.code.strip(), "rule": str(error)})
    constant = NEUTRAL | table.columns | edition
    rows = [
        constant
        | {
            "locator_file": file, "locator_cell": f"GM{change.stated_by}", "locator_row": number,
            "area_type": "GM", "area_code": change.old_code, "other_area_type": "GM",
            "other_area_code": change.new_code, "change": change.kind, "quote": change.new_name,
            "period_start": change.on, "period_end": change.on, "date_precision": "day", "measured_as": "flow",
            "measure": "inhabitants_moved", "unit": "persons", "value": change.inhabitants,
            "low": change.inhabitants, "high": change.inhabitants, "finality": "final",
            "bound_kind": "none" if change.inhabitants is None else "exact",
            "availability": "missing" if change.inhabitants is None else "available",
        }
        for number, change in enumerate(merged(told), 1)
    ]  # fmt: skip
    if not rows:
        raise RefusedError(file, "no text tells of a change", "Is it another table?")
    accepted = connection.from_arrow(pl.DataFrame(rows, infer_schema_length=None).to_arrow())
    refused = connection.from_arrow(pl.DataFrame(rejected, schema=_REJECTED).to_arrow())
    return Reading(accepted, refused, len(rows) + len(rejected))
