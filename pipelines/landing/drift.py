"""Change in form: whether a delivery still has the columns, of the kinds, that its source delivered before.

Belongs here: telling the kind of a column, comparing two forms, and what the source's policy makes of it. Does not
belong here: finding the columns of a file (the readers), and whether a cell is right (their rules).
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal, get_args

from pipelines.landing.deliveries import SIDECAR, RefusedError, Snapshot, delivered, known, outcome, rank, snapshots
from pipelines.sources import all_sources

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from pipelines.settings import Settings
    from pipelines.sources import FormPolicy

Columns = dict[str, str]
"""The columns by name, and the kind of each. Never a name that may be content: those are numbered (``unread``)."""
Form = dict[str, Columns]
"""The columns of a delivery by the layout or the kind of file they stand in; they are compared within these alone."""

UNREAD, SELDOM = "unread", "seldom"
"""Kinds of columns that are not read, and of members of JSON that most rows do not have, so that none may well do."""
_UNTOLD = frozenset({UNREAD, SELDOM, "empty", "mixed"})
"""Kinds that say nothing of the content. Forms outlive the bytes they were read from: a kind keeps its name."""

MOST = 0.9
"""A column is of the kind that so large a share of its filled cells are."""
_ENOUGH = 1000

_DATE = re.compile(r"(?:\d{4}-\d{1,2}-\d{1,2}|\d{1,2}-\d{1,2}-\d{4})(?:[T ][0-9:.]*Z?)?", re.ASCII)
_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)*", re.ASCII)

Way = Literal["missing", "retyped", "added"]


@dataclass(frozen=True)
class Change:
    """A column that is there no more or is new, or is of another kind than it was."""

    way: Way
    column: str
    was: str = ""
    now: str = ""

    def weight(self, policy: FormPolicy) -> str:
        """What the policy makes of it; a column that nobody reads is missed as little as a new one."""
        return policy.added if UNREAD in (self.was, self.now) else str(getattr(policy, self.way))

    def __str__(self) -> str:
        return f"{self.column} was {self.was}, is {self.now}" if self.way == "retyped" else self.column


class FormChangedError(RefusedError):
    """A delivery of another form than those before it, where the policy of its source blocks that."""


def spread(length: int) -> range:
    """Places of rows enough to tell kinds by, from the first to the last: none is worth a second reading."""
    return range(0, length, max(1, length // _ENOUGH))


def kind_of(cells: Iterable[object], *, typed: bool = False) -> str:
    """What the filled cells of a column are: ``number``, ``date``, ``truth``, ``text``; ``mixed``, or ``empty``.

    ``typed``: the file tells numbers from texts itself, so that a text is none though it looks like one.
    """
    kinds = Counter(_kind(cell, typed=typed) for cell in cells if cell is not None and cell != "")
    if not kinds:
        return "empty"
    [(kind, count)] = kinds.most_common(1)
    return kind if count >= MOST * kinds.total() else "mixed"


def _kind(cell: object, *, typed: bool) -> str:
    if isinstance(cell, bool):
        return "truth"
    if isinstance(cell, int | float):
        return "number"
    text = str(cell).strip()
    if _DATE.fullmatch(text):
        return "date"
    return "number" if not typed and _NUMBER.fullmatch(text) else "text"


def unread(count: int) -> Columns:
    """Columns whose names may be content, as those of a file without a header are: they are only counted."""
    return {f"unread column {number}": UNREAD for number in range(1, count + 1)}


def joined(one: Form, other: Form) -> Form:
    """The form of a delivery from those of two parts of it."""
    return one | {name: _together(one.get(name, {}), columns) for name, columns in other.items()}


def _together(one: Columns, other: Columns) -> Columns:
    result = dict(one)
    for name, kind in other.items():
        kinds = {kind, result.get(name, kind)}
        told = sorted(kinds - {UNREAD, SELDOM, "empty"}) or sorted(kinds)[:1]
        result[name] = told[0] if len(told) == 1 else "mixed"
    return result


def compare(before: Columns, now: Columns) -> list[Change]:
    """How columns changed; a kind that says nothing is no other kind, and what is seldom there may lack."""
    return [
        *(Change("missing", name, was=kind) for name, kind in before.items() if name not in now and kind != SELDOM),
        *(
            Change("retyped", name, before[name], kind)
            for name, kind in now.items()
            if kind != before.get(name, kind) and _UNTOLD.isdisjoint({kind, before[name]})
        ),
        *(Change("added", name, now=kind) for name, kind in now.items() if name not in before and kind != SELDOM),
    ]


def in_words(changes: Iterable[Change]) -> str:
    """The difference, as ``missing: 08.11.80; retyped: 08.83.10 was number, is text``."""
    told = {way: [str(one) for one in changes if one.way == way] for way in get_args(Way)}
    return "; ".join(f"{way}: {', '.join(columns)}" for way, columns in told.items() if columns)


def judge(settings: Settings, snapshot: Snapshot, form: Form) -> tuple[Form, str]:
    """Hold the form of a delivery against those before it: the form to keep, and what is to be told of its change.

    Its sidecar may say that the change is known; then nothing is told.

    Raises:
        FormChangedError: the source's policy blocks a change.
    """
    policy = all_sources()[snapshot.manifest.source].form
    kept, told, weights = dict(form), [], set[str]()
    for name, (day, before) in _before(settings, snapshot).items():
        if name not in form:
            continue
        # Where this one says nothing of a column, what was known of it stays known.
        kept[name] = form[name] | {
            column: before[column] for column, kind in form[name].items() if kind in _UNTOLD and column in before
        }
        changes = [one for one in compare(before, form[name]) if one.weight(policy) != "accept"]
        weights |= {one.weight(policy) for one in changes}
        if changes:
            told.append(f"its form ({name}) is not that of {day}: {in_words(changes)}")
    change = "" if snapshot.manifest.sidecar.form_changed else "; ".join(told)
    if change and "block" in weights:
        remedy = (
            f"Deliver it again as it was; or if it is to be so, put a {SIDECAR} that says form_changed: true at"
            f" {snapshot.place} in the inbox"
        )
        raise FormChangedError(str(snapshot.place), change, remedy)
    return kept, change


def _before(settings: Settings, snapshot: Snapshot) -> dict[str, tuple[date, Columns]]:
    """The form of each layout as the newest delivery before this one had it, and the date of that.

    Also as those had it that may no longer be held: the term of the last has often passed when the next comes. One that
    was landed later says nothing, so that what was taken in is judged the same when it is read again.
    """
    manifest = snapshot.manifest
    found: dict[str, tuple[date, Columns]] = {}
    for one in sorted(delivered(settings, manifest.source, manifest.scope), key=rank):
        if rank(one) < rank(snapshot) and one.manifest.landed_at <= manifest.landed_at:
            found |= {name: (one.place.reference_date, columns) for name, columns in known(one).form.items()}
    return found


def results(settings: Settings, sources: Iterable[str]) -> list[dict[str, Any]]:
    """A row of ``quality_result`` for each source: whether the newest delivery of each scope has the form before it.

    None of them stops a release: what a policy blocks was refused, and is in no figure.
    """
    moment = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
    rows = []
    for source in sources:
        landed = sorted(snapshots(settings, source), key=lambda one: (rank(one), one.manifest.landed_at))
        newest = {one.manifest.scope: one for one in landed}.values()
        read = {one.place: outcome(settings, one) for one in newest}
        changed = [
            f"{place}: {one.form_change}{', and it was refused' if one.status == 'refused' else ''}"
            for place, one in read.items()
            if one and one.form_change
        ]
        rows.append(
            {
                "door": "arrival",
                "table_name": source,
                "rule": "form_unchanged",
                "severity": "warn",
                "passed": not changed,
                "failing_rows": len(changed),
                "reason": "A column that is lost or came to mean something else shows in no figure",
                "owner": all_sources()[source].owner,
                "checked_at": moment,
                "examples": ". ".join(changed) or None,
            }
        )
    return rows
