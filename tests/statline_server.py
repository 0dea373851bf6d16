"""A server on loopback that speaks both generations of StatLine's interface about made-up tables.

Their titles say "verzonnen" and not "synthetisch": that word refuses a table as a sample, and here the whole way is
tried.

Belongs here: how CBS answers, also when it does not: each fault is switched on for a path and a number of requests.
Does not belong here: anything of the product, whose client must find its own way. v4 answers below ``/v4``, v3 (the
Feed) below ``/v3``; without ``feed``, v3 is the other service that gives no pages and refuses large answers.
"""

from __future__ import annotations

import json
import math
import re
import socket
import struct
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import parse_qs, unquote_plus, urlencode, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

Fault = Literal[
    "reset", "503", "503 and when", "429 and a date", "half a body", "cut JSON", "text 500", "no JSON", "slow", "404",
    "page repeated", "page missing", "page leads back", "other column", "other attribute", "another host",
    "one row less counted", "no count", "changed meanwhile", "no end", "no rows", "drip", "odd charset",
]  # fmt: skip
Row = dict[str, Any]


@dataclass(frozen=True)
class Value:
    """A value of a dimension."""

    title: str
    status: str = ""
    description: str = ""


@dataclass(frozen=True)
class Dimension:
    """A dimension; ``kind`` as v4 calls it."""

    values: dict[str, Value]
    kind: str = "Dimension"


@dataclass(frozen=True)
class Measure:
    """A measure: its column in v3, and what an empty cell of it means there."""

    title: str
    column: str
    empty: str = "Missing"
    is_text: bool = False
    type: str = "Long"
    unit: str = "aantal"


@dataclass
class Table:
    """A made-up table. ``cells`` are measure, codes in the order of the dimensions, and value, text, or attribute."""

    name: str
    dimensions: dict[str, Dimension]
    measures: dict[str, Measure]
    cells: list[tuple[str, tuple[str, ...], float | str | None, str]]
    modified: str = "2026-01-10T02:00:00+01:00"
    title: str = "Verzonnen, van een server voor tests"

    def observations(self) -> list[Row]:
        """The cells as v4 gives them."""
        return [
            {
                "Id": number,
                "Measure": measure,
                "ValueAttribute": attribute,
                "Value": None if isinstance(value, str) else value,
                "StringValue": value if isinstance(value, str) else None,
                **dict(zip(self.dimensions, codes, strict=True)),
            }
            for number, (measure, codes, value, attribute) in enumerate(self.cells)
        ]

    def typed(self) -> list[Row]:
        """The cells as v3 gives them: a column for each measure, codes and texts padded with blanks."""
        wide: dict[tuple[str, ...], Row] = {}
        for measure, codes, value, _ in self.cells:
            padded = {name: self.padded(name, code) for name, code in zip(self.dimensions, codes, strict=True)}
            empty = {one.column: None for one in self.measures.values()}
            row = wide.setdefault(codes, {"ID": len(wide)} | padded | empty)
            row[self.measures[measure].column] = f"{value}    " if isinstance(value, str) else value
        return list(wide.values())

    def padded(self, dimension: str, code: str) -> str:
        """A code as wide as v3 makes those of its dimension."""
        return code.ljust(max(len(one) for one in self.dimensions[dimension].values) + 2)


@dataclass
class StatLine:
    """The server; as a context it runs. ``asked`` holds what every request asked for, in order.

    ``odd`` gives the answer to an entity, by the end of its path, from the good one.
    """

    tables: dict[str, Table]
    page: int = 100_000
    feed: bool = True
    largest: int = 10_000
    seconds: float = 3.0
    asked: list[str] = field(default_factory=list)
    odd: dict[str, Callable[[Any], Any]] = field(default_factory=dict)
    _faults: list[list[Any]] = field(default_factory=list)

    def break_down(self, path: str, fault: Fault, times: float = math.inf, after: int = 0) -> None:
        """Answer requests whose plain path holds ``path`` with a fault, ``times`` times, once ``after`` went well.

        A fault that is to happen a number of times must have happened when the server stops.
        """
        self._faults.append([path, fault, times, after])

    def mend(self) -> None:
        """No more faults."""
        self._faults.clear()

    def __enter__(self) -> StatLine:
        statline = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_GET(self) -> None:
                statline.answer(self)

            def log_message(self, *_: object) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self.address = f"http://127.0.0.1:{self._http.server_port}"
        threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(self, kind: type | None, _error: BaseException | None, _trace: TracebackType | None) -> None:
        self._http.shutdown()
        self._http.server_close()
        unused = [one for one in self._faults if 0 < one[2] < math.inf]
        assert kind or not unused, unused

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        """Answer one request, well or with a fault."""
        url = urlsplit(request.path)
        self.asked.append(unquote_plus(request.path))
        fault = self._fault(self.asked[-1])
        if fault == "slow":
            time.sleep(self.seconds)
        if fault in ("reset", "slow"):
            linger = struct.pack("ii", 1, 0)  # closes with a reset
            request.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            request.connection.close()
            request.close_connection = True
            return
        if fault == "changed meanwhile":
            for table in self.tables.values():
                table.modified = "2026-02-11T02:00:00+01:00"
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        found = self._found(url.path, query, fault)
        if found is not None:
            found = self.odd.get(url.path.rpartition("/")[2], lambda good: good)(found)
        status, headers, body = 200, {"Content-Type": "application/json"}, json.dumps(found).encode()
        if found is None or fault == "404":
            status, body = 404, b"{}"
        elif found == "large":
            status, body = 500, b"The result has too many rows; ask for less than 10000"
        elif fault in ("503", "503 and when", "429 and a date"):
            status, body = int(fault[:3]), b"busy"
            wait = {"503 and when": "7", "429 and a date": "Wed, 01 Jan 2120 00:00:00 GMT"}.get(fault)
            headers |= {"Retry-After": wait} if wait else {}
        elif fault == "text 500":
            status, body = 500, b"An error has occurred"
        elif fault == "no JSON":
            body = b"<html>maintenance</html>"
        elif fault == "odd charset":
            headers["Content-Type"], body = "text/html; charset=base64", b"<html>"
        elif fault == "cut JSON":
            body = body[: len(body) // 2]
        request.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            request.send_header(name, value)
        request.end_headers()
        if fault == "drip":
            with suppress(OSError):
                for byte in body:
                    request.wfile.write(bytes([byte]))
                    time.sleep(0.02)
            return
        request.wfile.write(body[: len(body) // 2] if fault == "half a body" else body)
        request.close_connection = fault == "half a body"

    def _fault(self, path: str) -> Fault | None:
        for one in self._faults:
            if one[0] in path and one[2] > 0:
                if one[3] > 0:
                    one[3] -= 1
                    return None
                one[2] -= 1
                found: Fault = one[1]
                return found
        return None

    def _found(self, path: str, query: dict[str, str], fault: Fault | None) -> Any:
        _, generation, name, entity = path.split("/")
        table = self.tables.get(name)
        if table is None:
            return None
        described = (v4 if generation == "v4" else v3)(table).get(entity)
        if isinstance(described, dict):
            return described
        if described is not None:
            return {"value": described}
        if (generation, entity) == ("v4", "Observations"):
            return self._page(path, query, table.observations(), "@odata", fault)
        if (generation, entity) == ("v3", "TypedDataSet"):
            rows = table.typed()
            if not self.feed and len(_filtered(rows, query)) > self.largest:
                return "large"
            return self._page(path, query, rows, "odata", fault)
        return None

    def _page(self, path: str, query: dict[str, str], rows: list[Row], mark: str, fault: Fault | None) -> Row:
        rows = _filtered(rows, query)
        skip = int(query.get("$skip", 0))
        first = max(0, skip - self.page) if fault == "page repeated" else skip
        if fault == "no end":
            first = skip % len(rows)
        shown = [dict(row) for row in rows[first : first + self.page]]
        if fault == "other column":
            shown = [
                {f"New{name}" if name in ("RegioS", "Value") else name: row[name] for name in row} for row in shown
            ]
        if fault == "other attribute":
            shown[0]["ValueAttribute"] = "Embargoed"
        answer: Row = {f"{mark}.context": "SYNTHETIC"}
        if ("$count" in query or "$inlinecount" in query) and fault != "no count":
            count = len(rows) + (fault == "one row less counted")
            answer[f"{mark}.count"] = count if mark == "@odata" else str(count)
        answer["value"] = shown
        following = skip + self.page * (2 if fault == "page missing" else 1)
        if fault == "page leads back":
            following = skip
        if fault == "no rows":
            answer["value"] = []
        if following < len(rows) or fault == "no end":
            host = "http://elsewhere.invalid" if fault == "another host" else self.address
            answer[f"{mark}.nextLink"] = f"{host}{path}?{urlencode({**query, '$skip': following})}"
        return answer


def _filtered(rows: list[Row], query: dict[str, str]) -> list[Row]:
    conditions = [
        re.findall(r"(\w+) eq '([^']*)'", condition)
        for condition in query.get("$filter", "").split(" and ")
        if condition
    ]
    return [row for row in rows if all(any(row[name] == code for name, code in any_of) for any_of in conditions)]


def v4(table: Table) -> dict[str, Any]:
    return {
        "Properties": {
            "Identifier": table.name, "Title": table.title, "Modified": table.modified, "Version": "1",
            "ObservationCount": len(table.cells),
        },
        "Dimensions": [{"Identifier": name, "Title": name, "Kind": one.kind} for name, one in table.dimensions.items()],
        "MeasureCodes": [
            {
                "Identifier": code, "Title": one.title, "Index": place, "MeasureGroupId": None,
                "DataType": one.type, "Unit": one.unit,
            }
            for place, (code, one) in enumerate(table.measures.items())
        ],
    } | {
        f"{name}Codes": [
            {"Identifier": code, "Title": one.title, "Status": one.status or None, "Description": one.description}
            for code, one in dimension.values.items()
        ]
        for name, dimension in table.dimensions.items()
    }  # fmt: skip


def v3(table: Table) -> dict[str, Any]:
    dimensions = [{"Type": one.kind, "Key": name, "Title": name} for name, one in table.dimensions.items()]
    topics = [
        {
            "Type": "Topic",
            "Key": one.column,
            "Title": one.title,
            "Default": one.empty,
            "Datatype": one.type,
            "Unit": one.unit,
        }
        for one in table.measures.values()
    ]
    group = {"Type": "TopicGroup", "Key": "", "Title": "SYNTHETISCHE groep", "Default": None}
    return {
        "TableInfos": [{"Identifier": table.name, "Title": table.title, "Modified": table.modified[:19]}],
        "DataProperties": [*dimensions, group, *topics],
    } | {
        name: [
            {
                "Key": table.padded(name, code), "Title": f"{one.title}  ", "Status": one.status or None,
                "Description": one.description,
            }
            for code, one in dimension.values.items()
        ]
        for name, dimension in table.dimensions.items()
    }  # fmt: skip
