"""The history of data gaps: since when each is open, which closed, and what a release adds to the ledger about them.

Belongs here: telling whether a gap of today is one of yesterday. Does not belong here: finding gaps (``gaps``, and the
models), or writing the ledger (``ledger``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

_GAP_KEY = ("area_type", "area_code", "period_start", "period_end", "measure", "kind", "source", "synthetic")
_OF_A_DELIVERY = ("refused", "expired", "invalid_rows", "contradiction")
"""Kinds of gaps that are the fault of one delivery; the others outlive the delivery in which they were found."""


class GapHistory:
    """What the ledger tells of data gaps, by key: the open ones, and those that closed in their order."""

    def __init__(self, entries: Iterable[dict[str, Any]]) -> None:
        self.open: dict[str, dict[str, Any]] = {}
        self.closed: dict[str, list[dict[str, Any]]] = {}
        self.add(entries)

    def add(self, entries: Iterable[dict[str, Any]]) -> None:
        """Take in entries of the ledger."""
        for entry in entries:
            key, closed = _key(entry), self.closed.setdefault(_key(entry), [])
            if entry["event"] == "closed":
                self.open.pop(key, None)
                closed.append(entry)
                continue
            self.open[key] = entry
            if closed and closed[-1]["opened"] == entry["opened"]:
                closed.pop()  # closed and opened again on one day: it was never away

    def since(self, row: dict[str, Any], as_of: str) -> str:
        """When a gap that is found opened: by its own date the first time; on the day itself when it had closed."""
        key = _key(row)
        if key in self.open:
            return str(self.open[key]["opened"])
        if not self.closed.get(key):
            return str(row["opened"])
        last = self.closed[key][-1]
        return str(last["opened"] if last["closed"] == as_of else as_of)

    def compare(self, found: Iterable[dict[str, Any]], as_of: str) -> list[dict[str, Any]]:
        """New entries of the ledger: what opened or got another end, and what was open and is gone."""
        present = {_key(row): row for row in found}
        opened = [
            {"event": "opened", **row}
            for key, row in present.items()
            if key not in self.open or str(self.open[key]["period_end"]) != str(row["period_end"])
        ]
        gone = [entry for key, entry in self.open.items() if key not in present]
        return opened + [entry | {"event": "closed", "closed": as_of} for entry in gone]


def _key(row: dict[str, Any]) -> str:
    """What makes it the same gap tomorrow: not its wording, and the delivery only where that is what is wrong."""
    names = [*_GAP_KEY, "delivery_id"] if row["kind"] in _OF_A_DELIVERY else list(_GAP_KEY)
    if row["kind"] == "missing" and row["delivery_id"] is None:  # never delivered: its end moves on with the years
        names.remove("period_end")
    return "|".join("" if row[name] is None else str(row[name]) for name in names)
