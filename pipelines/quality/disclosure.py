"""The audit as a gate: whether what is to be released of the registers shows a reader small counts too precisely.

Belongs here: which counts are judged beside which releases, and what is told of that. Does not belong here: judging one
table (``privacy.counts``), or protecting it (the models). What needs the solver is imported where it judges.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

import duckdb

from pipelines.privacy.disclosure import protected
from pipelines.publish.candidate import quoted
from pipelines.publish.fingerprint import code_version, configuration
from pipelines.publish.release import current_release, kept_releases
from pipelines.quality.suites import AUDITED, VAGUE, VAGUE_TOGETHER, DisclosureRule

if TYPE_CHECKING:
    from collections.abc import Iterable

    import polars as pl

    from pipelines.privacy.counts import Frame
    from pipelines.quality.checks import Result
    from pipelines.settings import Settings

    Key = tuple[object, ...]

log = logging.getLogger("zicht.check")

_EXAMPLES = 3
_OTHER_COUNTS = (
    "What would be released does not agree with itself, or with the counts of the registers as they are modelled now:"
    " make the candidate anew"
)


class Verdict(NamedTuple):
    """Keys of tables (``counts.KEY``) that show too much, show other counts, or show too much beside other releases."""

    revealed: list[Key]
    contradicted: list[Key]
    together: list[Key]


def disclosure_results(settings: Settings) -> list[Result]:
    """A row of ``quality_result`` for each rule.

    That bounds hold the counts behind them is looked at each time. What can be computed of an area and day that the
    standing release, made by the same program, shows alike and of the same deliveries was judged with that: the nation
    has hundreds of them a month.
    """
    from pipelines.model.store import see
    from pipelines.privacy.counts import Frame
    from pipelines.privacy.shown import known_sums, shown_counts

    with duckdb.connect(config={"autoinstall_known_extensions": "false"}) as connection:
        see(connection, settings.tables)
        connection.execute(f"attach '{quoted(settings.warehouse)}' as warehouse (read_only)")
        connection.execute(f"attach '{quoted(settings.candidate)}' as candidate (read_only)")
        now = shown_counts(connection, "candidate")
        counted, persons = (
            connection.sql(f"from warehouse.int_registered__{one}").pl() for one in ("counted", "persons")
        )
        earlier = _earlier(connection, settings)
    standing = current_release(settings) or {}
    is_known = standing.get("release_id") in earlier and standing.get("code_version") == code_version()
    fresh = changed(now, earlier[standing["release_id"]]) if is_known else now
    verdict = judge(Frame(counted, persons, *known_sums()), fresh, earlier.values())
    return _told(verdict._replace(contradicted=sorted({*verdict.contradicted, *of_other_counts(now, counted)})))


def changed(now: pl.DataFrame, before: pl.DataFrame) -> pl.DataFrame:
    """All rows of an area and day of which any is other than before; both as ``shown_counts`` gives them."""
    import polars as pl

    from pipelines.privacy.counts import KEY

    differ = [
        one.join(other, on=now.columns, how="anti", nulls_equal=True) for one, other in ((now, before), (before, now))
    ]
    return now.join(pl.concat(differ), on=KEY, how="semi")


def judge(frame: Frame, now: pl.DataFrame, earlier: Iterable[pl.DataFrame] = ()) -> Verdict:
    """Judge what would be released, alone and beside what earlier releases show of the same deliveries.

    Args:
        frame: what is behind it.
        now: as ``shown_counts`` gives it.
        earlier: likewise, of releases with the same threshold and base.
    """
    from pipelines.privacy.counts import KEY

    verdict = Verdict([], [], [])
    others = of_other_counts(now, frame.counted)
    counted, persons = (one.partition_by(KEY, as_dict=True) for one in (frame.counted, frame.persons))
    before = [one.partition_by(KEY, as_dict=True) for one in earlier]
    for key, rows in sorted(now.partition_by(KEY, as_dict=True).items()):
        counts = counted.get(key, frame.counted[:0])
        behind = replace(frame, counted=counts, persons=persons.get(key, frame.persons[:0]))
        if key in others or (is_revealed := _reveal(behind, rows)) is None:
            verdict.contradicted.append(key)
        elif is_revealed:
            verdict.revealed.append(key)
        elif (other := _otherwise(rows, [one[key] for one in before if key in one])) and _reveal(behind, rows, *other):
            verdict.together.append(key)
    return verdict


def of_other_counts(now: pl.DataFrame, counted: pl.DataFrame) -> set[Key]:
    """Areas and days of which a row shows none of the counts, one that lies outside its bounds, or one twice."""
    import polars as pl

    from pipelines.privacy.counts import KEY
    from pipelines.privacy.shown import CELL

    both = now.join(counted, on=CELL, suffix="_counted", how="left")
    is_within = (pl.col("persons_low") <= pl.col("persons_low_counted")) & (
        pl.col("persons_high_counted") <= pl.col("persons_high")
    ).fill_null(value=True)
    wrong = ~is_within.fill_null(value=False) | pl.struct(CELL).is_duplicated()
    return set(both.filter(wrong).select(KEY).unique().iter_rows())


def _reveal(behind: Frame, *shown: pl.DataFrame) -> bool | None:
    """Whether these show a small count; none where no counts agree with them."""
    from pipelines.privacy.counts import revealed
    from pipelines.privacy.tables.audit import ContradictionError

    try:
        return bool(revealed(behind, *shown))
    except ContradictionError:
        return None


def _otherwise(rows: pl.DataFrame, earlier: list[pl.DataFrame]) -> list[pl.DataFrame]:
    """What earlier releases show otherwise of the same deliveries.

    Where no counts agree with both, they were counted anew in between, and are no two tellings of one count.
    """
    from pipelines.privacy.shown import CELL

    same = [one.join(rows, on=[*CELL, "delivery_id"], how="semi") for one in earlier]
    return [one for one in same if not one.join(rows, on=rows.columns, how="anti", nulls_equal=True).is_empty()]


def _earlier(connection: duckdb.DuckDBPyConnection, settings: Settings) -> dict[str, pl.DataFrame]:
    """What kept releases show, by id, of those that can be read and were rounded as now."""
    from pipelines.privacy.shown import shown_counts

    found = {}
    for manifest in kept_releases(settings):
        path = settings.releases / manifest["release_id"] / settings.database.name
        if manifest.get("configuration") == configuration():
            try:
                connection.execute(f"attach '{quoted(path)}' as kept (read_only)")
            except duckdb.Error:  # nobody else can read it either
                continue
            found[manifest["release_id"]] = shown_counts(connection, "kept")
            connection.execute("detach kept")
    return found


def _told(verdict: Verdict) -> list[Result]:
    """The results. Where two releases show too much stands in the log alone: the results are published with one."""
    blocked = [*verdict.revealed, *verdict.contradicted]
    if verdict.together:
        log.warning("%s.%s fails at %s", AUDITED, VAGUE_TOGETHER.rule, _places(verdict.together))
    said = {VAGUE.reason: verdict.revealed, _OTHER_COUNTS: verdict.contradicted}
    vague = VAGUE._replace(reason=". ".join(reason for reason, keys in said.items() if keys) or VAGUE.reason)
    return [_result(vague, blocked, _places(blocked)), _result(VAGUE_TOGETHER, verdict.together, None)]


def _result(rule: DisclosureRule, failing: list[Key], examples: str | None) -> Result:
    areas = {key[1:] for key in failing}
    return {
        "door": "release",
        "table_name": AUDITED,
        "rule": rule.rule,
        "severity": rule.severity,
        "passed": not failing,
        "failing_rows": protected(len(areas)) if areas else 0,
        "examples": examples,
        "reason": rule.reason,
        "owner": "privacy officer",
        "checked_at": datetime.now(UTC).replace(tzinfo=None, microsecond=0),
    }


def _places(keys: list[Key]) -> str | None:
    """Area and day of the first few, as examples are told."""
    return "; ".join(f"area_code {area}, period_end {day}" for day, area, _ in keys[:_EXAMPLES]) or None
