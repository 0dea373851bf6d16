"""The release notes: what this release is and is made of, what changed since the one before and why, and earlier ones.

Belongs here: wording them in Dutch. Does not belong here: comparing two releases (``publish.diff``), or switching
between them (``publish.release``).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.files import read_json, sha256_of
from pipelines.report.data_gaps import kind_of, source_of
from pipelines.report.quality import state_of
from pipelines.report.site import Page
from pipelines.report.words import Words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pipelines.report.facts import Facts, Row

CAUSES = {
    "new delivery": "nieuwe levering",
    "correction": "correctie van de bron",
    "withdrawn": "ingetrokken levering",
    "code": "vernieuwd programma",
    "configuration": "andere instellingen",
    "date": "latere peildatum",
    "unknown": "onbekend",
}
"""Of a change, as ``publish.diff`` names them."""
_CHANGES = {"added": "erbij", "removed": "weg", "changed": "anders", "redelivered": "gelijk, opnieuw geleverd"}
_SHOWN_EARLIER = 100
_WORDS = Words("nl")


def pages(facts: Facts) -> Iterator[Page]:
    """The notes, which tell of all releases."""
    yield Page(path="uitgaven.html", template="releases.html", content=notes(facts))


def notes(facts: Facts) -> dict[str, Any]:
    """What the notes tell: this release, its changes, earlier ones."""
    deliveries = facts.rows(
        "select source, scope, reference_date, producer, rows_read, rows_rejected, synthetic from delivery"
        " where standing = 'current' order by source, scope, reference_date"
    )
    return {
        "checks": Counter(state_of(one) for one in facts.results),
        "gaps": {kind_of(kind): count for kind, count in facts.release["data_gaps"].items()},
        "tables": [
            {"name": name, "rows": rows, "means": facts.tables.get(name, "")}
            for name, rows in facts.release["rows"].items()
        ],
        "deliveries": [row | {"source": source_of(row["source"])} for row in deliveries],
        "change": _change(facts),
        "earlier": _earlier(facts),
    }


def _change(facts: Facts) -> dict[str, Any]:
    """What is other than in the release that stands while this one is made, or why that cannot be told."""
    import duckdb

    from pipelines.publish.diff import compare
    from pipelines.publish.release import MANIFEST
    from pipelines.settings import UsageError

    before = read_json(facts.settings.current / MANIFEST) or {}
    if before.get("release_id") == facts.release["release_id"]:  # made again
        before = read_json(facts.settings.releases / str(before.get("previous")) / MANIFEST) or {
            "release_id": before.get("previous")
        }
    told: dict[str, Any] = {"before": before.get("release_id"), "why": [], "tables": [], "same": [], "contract": []}
    if told["before"] is None:
        return told | {"state": "first"}
    if "as_of" not in before:
        return told | {"state": "gone"}
    folders = [facts.settings.releases / told["before"], _folder(facts)]
    try:
        found = compare(facts.settings, folders, [before, _manifest(facts, folders[1])])
    except (UsageError, duckdb.Error):  # a page about yesterday holds up no release of today
        return told | {"state": "unreadable"}
    differ = {name: one for name, one in found["tables"].items() if one["causes"] or one["redelivered"]}
    return told | {
        "state": "compared",
        "why": list(_why(found["why"])),
        "contract": [name for names in found["contract"].values() for name in names],
        "tables": [
            {
                "name": name,
                "means": facts.tables.get(name, ""),
                "changes": [f"{_WORDS.number(one[kind])} {word}" for kind, word in _CHANGES.items() if one[kind]],
                "causes": [f"{_cause(cause)}: {_WORDS.number(rows)}" for cause, rows in one["causes"].items()],
                "municipalities": [
                    f"{facts.municipalities.get(code, code)} ({_WORDS.number(rows)})"
                    for code, rows in one["municipalities"].items()
                ],
            }
            for name, one in differ.items()
        ],
        "same": [name for name in found["tables"] if name not in differ],
    }


def _why(why: Mapping[str, Any]) -> Iterator[str]:
    """What of all that figures depend on is another, as sentences."""
    for one in why["deliveries"]:
        what = f"{source_of(one['source'])}, {one['scope']}, {_WORDS.day(one['reference_date'])}"
        yield f"{_cause(one['cause']).capitalize()}: {what}."
    if why["date"]:
        old, new = why["date"]
        yield f"De peildatum ging van {_WORDS.day(old)} naar {_WORDS.day(new)}."
    if why["code"]:
        yield "Het programma is vernieuwd."
    for name, (old, new) in why["configuration"].items():
        yield f"De instelling {name} ging van {old} naar {new}."


def _cause(cause: str) -> str:
    return " of ".join(CAUSES[one] for one in cause.split(" or "))


def _folder(facts: Facts) -> Path:
    """Where the release is that these pages are of; it has not got its name yet."""
    (row,) = facts.rows("select path from duckdb_databases() where database_name = current_database()")
    return Path(row["path"]).parent


def _manifest(facts: Facts, folder: Path) -> dict[str, Any]:
    """What the manifest will say of what figures depend on; by the hashes of its tables equal ones are not compared."""
    from pipelines.publish.fingerprint import configuration

    tables = folder.glob("parquet/*")
    hashes = {path.relative_to(folder).as_posix(): sha256_of(path).hex() for path in tables}
    return {**facts.release, "configuration": configuration(), "files": hashes}


def _earlier(facts: Facts) -> list[Row]:
    """The releases before this one, newest first, each with what became of it."""
    fates: dict[str, list[str]] = defaultdict(list)
    made: dict[str, Row] = {}
    for entry in facts.history("release"):
        if entry.get("event") == "rolled_back":
            day = _WORDS.day(entry["at"])
            fates[entry["rolled_back"]].append(f"teruggedraaid op {day}")
            fates[entry["release_id"]].append(f"opnieuw geldig vanaf {day}")
        elif entry["release_id"] != facts.release["release_id"]:
            made[entry["release_id"]] = entry
    return [
        {
            name: entry.get(name)
            for name in ("release_id", "as_of", "released_at", "deliveries", "data_gaps", "warnings")
        }
        | {"fate": ", ".join(fates[entry["release_id"]])}
        for entry in reversed(made.values())
    ][:_SHOWN_EARLIER]
