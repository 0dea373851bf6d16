"""What the pages of checks tell: each rule with its result in this release and its history over the releases.

Pure functions of results (rows of ``quality_result``) and of the ledger's book of them. Does not belong here: how it
looks (``templates``), or running rules (``quality.checks``).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby, takewhile
from typing import TYPE_CHECKING, Any

from pipelines.report.site import Page

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pipelines.report.facts import Facts

_SHOWN_STRETCHES = 50
_STATES = ("failed", "warned", "passed")
"""What a rule may come to, worst first."""


@dataclass(frozen=True)
class Stretch:
    """Releases in a row, first and last of them by date, in which a rule came to the same."""

    state: str
    failing_rows: int | None
    first: str
    last: str
    releases: int


@dataclass(frozen=True)
class RuleHistory:
    """A rule as its page shows it.

    ``stretches`` are newest first; ``first_failed`` and ``failing_since`` are dates of releases, or none.
    """

    result: Mapping[str, Any]
    state: str
    stretches: tuple[Stretch, ...]
    first_failed: str | None
    failing_since: str | None


@dataclass(frozen=True)
class SuiteHistory:
    """The rules on one table at one door, those that failed first."""

    door: str
    table: str
    rules: tuple[RuleHistory, ...]

    @property
    def state(self) -> str:
        """That of its worst rule."""
        return self.rules[0].state

    @property
    def page(self) -> str:
        """Where its page stands in the site."""
        return page_of(self.door, self.table)


def page_of(door: str, table: str) -> str:
    """The page of a suite, relative to the site."""
    return f"quality/{door}/{table}.html"


def pages(facts: Facts) -> Iterator[Page]:
    """That of all checks, and one for each suite."""
    suites = histories(facts.release["release_id"], facts.results, facts.history("quality"))
    yield Page(path="quality/index.html", template="quality.html", content={"suites": suites})
    for suite in suites:
        meaning = facts.tables.get(suite.table)
        yield Page(path=suite.page, template="suite.html", content={"suite": suite, "meaning": meaning})


def histories(
    release_id: str, results: Iterable[Mapping[str, Any]], earlier: Iterable[Mapping[str, Any]]
) -> list[SuiteHistory]:
    """Every suite of a release, those that failed first.

    Args:
        release_id: of the release; as every one it begins with the date as of which it is.
        results: of the release.
        earlier: the ledger's entries; those of this release, made again, are passed over.
    """
    present = [{**one, "release_id": release_id} for one in results]
    suites: dict[tuple[str, str], dict[str, list[Mapping[str, Any]]]] = {}
    for one in present:
        suites.setdefault((one["door"], one["table_name"]), {})[one["rule"]] = []
    for entry in [*(one for one in earlier if one["release_id"] != release_id), *present]:
        rules = suites.get((entry["door"], entry["table_name"]), {})
        if entry["rule"] in rules:  # else the rule is no more
            rules[entry["rule"]].append(entry)
    found = [
        SuiteHistory(door, table, tuple(sorted(map(_history, rules.values()), key=_worst_first)))
        for (door, table), rules in suites.items()
    ]
    return sorted(found, key=lambda suite: (_STATES.index(suite.state), suite.door, suite.table))


def _worst_first(rule: RuleHistory) -> tuple[int, str]:
    return _STATES.index(rule.state), rule.result["rule"]


def _history(entries: list[Mapping[str, Any]]) -> RuleHistory:
    stretches = []
    for (state, failing_rows), group in groupby(entries, lambda one: (state_of(one), one["failing_rows"] or None)):
        dates = [one["release_id"][:10] for one in group]
        stretches.append(Stretch(state, failing_rows, dates[0], dates[-1], len(dates)))
    stretches.reverse()
    failed = [one.first for one in stretches if one.state != "passed"]
    standing = [one.first for one in takewhile(lambda one: one.state != "passed", stretches)]
    return RuleHistory(
        result=entries[-1],
        state=stretches[0].state,
        stretches=tuple(stretches[:_SHOWN_STRETCHES]),
        first_failed=failed[-1] if failed else None,
        failing_since=standing[-1] if standing else None,
    )


def state_of(result: Mapping[str, Any]) -> str:
    """What a rule came to: one of ``_STATES``."""
    if result["passed"]:
        return "passed"
    return "failed" if result["severity"] == "block" else "warned"
