"""What CBS says of a table, alike from both generations: when it was changed, its dimensions, codes and measures.

Belongs here: the names that each generation gives to these. Does not belong here: which of them a layout wants
(``tables``), and where the answers come from: ``rows`` is the inbox of a download or a delivery.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipelines.sources.statline.pages import V4

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipelines.sources.statline.pages import Generation, Rows


@dataclass(frozen=True)
class Code:
    """A value of a dimension; ``code`` is as it stands in the rows, with the blanks that v3 pads it with."""

    code: str
    title: str
    description: str
    status: str


@dataclass(frozen=True)
class Topic:
    """A measure: its code (v4) or its column (v3); ``empty`` is what v3 says that an empty cell of it means.

    ``kind`` is its type and its unit, as far as CBS says them.
    """

    code: str
    title: str
    empty: str
    kind: str = "empty"


@dataclass(frozen=True)
class Metadata:
    """A table as it describes itself; ``time`` is the dimension of time, empty where it has none."""

    generation: Generation
    title: str
    modified: str
    observations: int | None
    time: str
    titles: dict[str, str]
    codes: dict[str, tuple[Code, ...]]
    topics: tuple[Topic, ...]


def metadata(generation: Generation, rows: Callable[[str], Rows]) -> Metadata:
    """Read it from ``rows``, which gives those of an entity.

    Raises:
        ValueError: an entity lacks a field, or names things twice or not at all; the message names it.
    """
    properties = first_of(rows(generation.properties), generation.properties)
    if generation is V4:
        described = rows("Dimensions")
        dimensions = {text_of(one, "Identifier", "Dimensions"): one for one in described}
        _different([str(one["Identifier"]) for one in described], "Dimensions")
        time = [name for name, one in dimensions.items() if one.get("Kind") == "TimeDimension"]
        lists = {name: f"{name}Codes" for name in dimensions}
        topics = [
            Topic(
                text_of(one, "Identifier", "MeasureCodes"),
                text_of(one, "Title", "MeasureCodes"),
                "",
                _kind(one, "DataType"),
            )
            for one in sorted(rows("MeasureCodes"), key=_place)
        ]
    else:
        described = rows("DataProperties")
        kinds = ("Dimension", "GeoDimension", "GeoDetail", "TimeDimension")
        dimensions = {text_of(one, "Key", "DataProperties"): one for one in described if one.get("Type") in kinds}
        _different([str(one["Key"]) for one in described if one.get("Type") in kinds], "DataProperties")
        time = [name for name, one in dimensions.items() if one["Type"] == "TimeDimension"]
        lists = {name: name for name in dimensions}
        topics = [
            Topic(
                text_of(one, "Key", "DataProperties"),
                text_of(one, "Title", "DataProperties"),
                str(one.get("Default") or ""),
                _kind(one, "Datatype"),
            )
            for one in described
            if one.get("Type") == "Topic"
        ]
    _different([topic.code for topic in topics], "its list of measures")
    codes = {name: tuple(_code(one, entity, generation) for one in rows(entity)) for name, entity in lists.items()}
    for name, values in codes.items():
        written = [code.code.strip() for code in values]
        if not written or "" in written or len(set(written)) < len(written):
            raise ValueError(f"{lists[name]} has no codes, an empty one, or one of them twice")
    count = properties.get("ObservationCount")
    return Metadata(
        generation,
        str(properties.get("Title") or ""),
        text_of(properties, "Modified", generation.properties),
        count if isinstance(count, int) else None,
        time[0] if time else "",
        {name: str(one.get("Title") or "").strip() for name, one in dimensions.items()},
        codes,
        tuple(topics),
    )


def _different(names: list[str], entity: str) -> None:
    """Names become columns and files, where capitals do not count."""
    if len({name.casefold() for name in names}) < len(names) or not all(re.fullmatch(r"\w+", name) for name in names):
        raise ValueError(f"{entity}: a name is there twice, or is none")


def _kind(measure: dict[str, Any], field: str) -> str:
    return " ".join(str(measure[name]) for name in (field, "Unit") if measure.get(name)) or "empty"


def _place(measure: dict[str, Any]) -> int:
    return index if isinstance(index := measure.get("Index"), int) else 0


def first_of(rows: Rows, entity: str) -> dict[str, Any]:
    """The first row of an entity that must have one.

    Raises:
        ValueError: it has none.
    """
    if not rows:
        raise ValueError(f"{entity} has no rows")
    return rows[0]


def _code(row: dict[str, Any], entity: str, generation: Generation) -> Code:
    return Code(
        text_of(row, "Identifier" if generation is V4 else "Key", entity),
        text_of(row, "Title", entity).strip(),
        str(row.get("Description") or "").strip(),
        str(row.get("Status") or "").strip(),
    )


def text_of(row: dict[str, Any], field: str, entity: str) -> str:
    """A field of a row that must be there as text.

    Raises:
        ValueError: it is not.
    """
    if not isinstance(row.get(field), str):
        raise ValueError(f"{entity} has no text {field}")  # noqa: TRY004 - the answer is wrong, not the call
    return str(row[field])
