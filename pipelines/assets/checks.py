"""The two doors as asset checks: what arrived (before the models) and what leaves (on the candidate)."""

from collections.abc import Iterable, Iterator

import dagster as dg

from pipelines.assets.house import POOL, House, page_link
from pipelines.landing import drift
from pipelines.quality.checks import Result, arrivals_database, keep_results, run_suites
from pipelines.quality.disclosure import disclosure_results
from pipelines.quality.suites import AUDITED, DISCLOSURE_RULES, DisclosureRule, Door, Rule, load_suites
from pipelines.report.quality import page_of
from pipelines.settings import Settings


def arrival_checks() -> dg.AssetChecksDefinition:
    """One check for each source: its suite in ``expectations/raw``."""
    suites = load_suites("arrival")
    specs = [
        dg.AssetCheckSpec(
            name="arrival",
            asset=["staged", name],
            blocking=True,
            description=_description(suite.rules),
        )
        for name, suite in suites.items()
    ]

    @dg.multi_asset_check(name="arrival_checks", specs=specs, pool=POOL, can_subset=True)
    def check(context: dg.AssetCheckExecutionContext, house: House) -> Iterator[dg.AssetCheckResult]:
        chosen = sorted(key.asset_key.path[-1] for key in context.selected_asset_check_keys)
        with house.writing() as settings:
            results = run_suites(arrivals_database(settings), [suites[name] for name in chosen], "arrival")
            results += drift.results(settings, chosen)
            keep_results(settings, "arrival", results, whole=len(chosen) == len(suites))
        for name in chosen:
            yield _verdict(settings, results, "arrival", name)

    return check


def release_checks() -> dg.AssetChecksDefinition:
    """One check for each published table that has a suite in ``expectations/marts``; one holds the audit too."""
    suites = load_suites("release")
    specs = [
        dg.AssetCheckSpec(
            name=name,
            asset=["published", "candidate"],
            blocking=True,
            description=_description([*suite.rules, *(DISCLOSURE_RULES if name == AUDITED else ())]),
        )
        for name, suite in suites.items()
    ]

    @dg.multi_asset_check(name="release_checks", specs=specs, pool=POOL, can_subset=True)
    def check(context: dg.AssetCheckExecutionContext, house: House) -> Iterator[dg.AssetCheckResult]:
        chosen = sorted(key.name for key in context.selected_asset_check_keys)
        with house.writing() as settings:
            results = run_suites(settings.candidate, [suites[name] for name in chosen], "release")
            results += disclosure_results(settings) if AUDITED in chosen else []
            keep_results(settings, "release", results, whole=len(chosen) == len(suites))
        for name in chosen:
            yield _verdict(settings, results, "release", name)

    return check


def _description(rules: Iterable[Rule | DisclosureRule]) -> str:
    return "\n".join(f"- {rule.rule} ({rule.severity}): {rule.reason}" for rule in rules)


def _verdict(settings: Settings, results: list[Result], door: Door, table: str) -> dg.AssetCheckResult:
    """A suite passes when no rule failed; only a failed blocking rule stops what follows."""
    failed = [one for one in results if one["table_name"] == table and not one["passed"]]
    blocking = any(one["severity"] == "block" for one in failed)
    arrival = door == "arrival"
    return dg.AssetCheckResult(
        asset_key=dg.AssetKey(["staged", table] if arrival else ["published", "candidate"]),
        check_name="arrival" if arrival else table,
        passed=not failed,
        severity=dg.AssetCheckSeverity.ERROR if blocking else dg.AssetCheckSeverity.WARN,
        metadata={
            "rules": sum(one["table_name"] == table for one in results),
            "failed": dg.MetadataValue.md("\n".join(_line(one) for one in failed) or "none"),
            "history": page_link(settings, page_of(door, table)),
        },
    )


def _line(failed: Result) -> str:
    examples = f", as {failed['examples']}" if failed.get("examples") else ""
    return f"- {failed['rule']} ({failed['severity']}): {failed['failing_rows']} rows{examples}"
