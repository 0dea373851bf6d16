"""The form in which the answers of StatLine are kept: one gzipped file for each page, its body unchanged inside.

Belongs here: the names of those files, and what stands in an answer of either generation. Does not belong here: asking
(``client``), and what the rows mean (``metadata``, ``reader``).
"""

from __future__ import annotations

import gzip
import json
import re
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from pipelines.landing.deliveries import RefusedError

if TYPE_CHECKING:
    from pipelines.sources.forms import DeliveredFile

Rows = list[dict[str, Any]]

REQUEST = "request.json.gz"
"""What was asked for: ``filter``, and ``selection``, the layout's mark."""
REMEDY = "Remove this delivery and download it again"
_BROKEN = (ValueError, OSError, EOFError, RecursionError, zlib.error)
_HEAD = 1 << 16
NAME = re.compile(r"(?P<entity>\w+)-[0-9]{5}\.json\.gz")


@dataclass(frozen=True, eq=False)
class Generation:
    """Where the two generations of the interface differ.

    Attributes:
        properties: what says when the table was changed.
        observations: the rows themselves.
        key: number of a row.
        count, next: of an answer: rows of all its pages together, and where the next one is.
        query: what every request says; ``counted`` what the first page of observations says beside it.
    """

    name: Literal["v4", "v3"]
    properties: str
    observations: str
    key: str
    count: str
    next: str
    query: dict[str, str]
    counted: dict[str, str]


V4 = Generation("v4", "Properties", "Observations", "Id", "@odata.count", "@odata.nextLink", {}, {"$count": "true"})
V3 = Generation(
    "v3", "TableInfos", "TypedDataSet", "ID", "odata.count", "odata.nextLink",
    {"$format": "json"}, {"$inlinecount": "allpages"},
)  # fmt: skip


def name_of(entity: str, number: int) -> str:
    """Name of the file with page ``number`` (from 1)."""
    return f"{entity}-{number:05}.json.gz"


def packed(body: bytes) -> bytes:
    """A body as it is kept; equal bodies give equal bytes."""
    return gzip.compress(body, compresslevel=6, mtime=0)


def content_of(file: DeliveredFile) -> dict[str, Any]:
    """What a kept page says.

    Raises:
        RefusedError: it is not whole, or no JSON object.
    """
    try:
        with file.open() as stream, gzip.open(stream) as plain:
            content = json.load(plain)
    except _BROKEN:
        content = None
    if not isinstance(content, dict):
        raise RefusedError(file.name, "it is no whole page of JSON", REMEDY)
    return content


def first_row(file: DeliveredFile) -> set[str]:
    """Column names of a page's first row, from its head alone; none where it has no rows.

    Raises:
        RefusedError: its head is no JSON.
    """
    try:
        with file.open() as stream, gzip.open(stream) as plain:
            head = plain.read(_HEAD).decode(errors="replace")
        start = re.search(r'"value"\s*:\s*\[\s*(?=\{)', head)
        return set(json.JSONDecoder().raw_decode(head, start.end())[0]) if start else set()
    except _BROKEN:
        raise RefusedError(file.name, "it is no whole page of JSON", REMEDY) from None


def of_entity(files: list[DeliveredFile], entity: str) -> list[DeliveredFile]:
    """The pages of one entity, in order."""
    named = ((match, file) for file in files if (match := NAME.fullmatch(file.name)))
    return sorted((file for match, file in named if match["entity"] == entity), key=lambda file: file.name)


def rows_in(content: dict[str, Any]) -> Rows:
    """The rows of an answer; of one without rows, itself.

    Raises:
        ValueError: they are no list of objects.
    """
    rows = content.get("value", [content])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ValueError("its value is no list of rows")
    return rows
