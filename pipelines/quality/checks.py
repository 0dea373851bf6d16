"""Running suites with Great Expectations on DuckDB, and keeping what they said until the release takes it in.

Great Expectations is imported inside the function that runs: it takes seconds, and most nights have nothing to check.
Results carry counts, never values.
"""

from __future__ import annotations

import json
import logging
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import duckdb

from pipelines.files import write_json
from pipelines.landing.deliveries import standing
from pipelines.privacy.disclosure import protected
from pipelines.sources import all_sources

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from pipelines.quality.suites import Rule, Suite
    from pipelines.settings import Settings

log = logging.getLogger("zicht.check")

Result = dict[str, Any]
"""A row of ``quality_result``."""


def run_suites(database: Path, suites: Iterable[Suite], door: str) -> list[Result]:
    """Judge tables or views of a DuckDB file, each by the suite of its name.

    Raises:
        RuntimeError: an expectation could not be evaluated; that is no verdict, whatever its severity.
    """
    import great_expectations as gx
    from great_expectations.expectations.registry import get_expectation_impl

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}  # type: ignore[assignment]
    # Without the last two options every expectation on DuckDB fails: it keeps no transaction of its own.
    source = context.data_sources.add_sql(  # type: ignore[call-arg]  # its stub lacks kwargs
        "duckdb",
        connection_string=f"duckdb:///{database.as_posix()}",
        kwargs={"isolation_level": "AUTOCOMMIT", "skip_autocommit_rollback": True},
    )
    results: list[Result] = []
    try:
        for suite in suites:
            expectations = []
            for rule in suite.rules:
                arguments = dict(rule.arguments)
                if rule.expect == "unexpected_rows":
                    name, arguments = (
                        "unexpected_rows_expectation",
                        {"unexpected_rows_query": arguments["sql"]},
                    )
                else:
                    name = f"expect_{rule.expect}"
                expectations.append(get_expectation_impl(name)(**arguments, meta={"rule": rule.rule}))
            asset = source.add_table_asset(suite.suite, table_name=suite.suite)
            batch = asset.add_batch_definition_whole_table("whole").get_batch()
            validated = batch.validate(
                gx.ExpectationSuite(name=suite.suite, expectations=expectations), result_format="BASIC"
            )
            verdicts = {_rule_of(one): one for one in validated.results}
            for rule in suite.rules:
                verdict = verdicts[rule.rule]
                if verdict.exception_info and _raised(verdict.exception_info):
                    raise RuntimeError(f"the rule {suite.suite}.{rule.rule} could not be evaluated")
                results.append(
                    {
                        "door": door,
                        "table_name": suite.suite,
                        "rule": rule.rule,
                        "severity": rule.severity,
                        "passed": bool(verdict.success),
                        "failing_rows": _shown(suite.suite, _failing(rule, verdict.result)),
                        "reason": rule.reason,
                        "owner": rule.owner,
                        "checked_at": datetime.now(UTC).replace(tzinfo=None, microsecond=0),
                    }
                )
    finally:
        # Both engines that GX made keep a connection, and while one is open nobody else may open the file.
        source.get_execution_engine().close()
        source.get_engine().dispose()
    return results


def _rule_of(verdict: Any) -> str:
    return str(verdict.expectation_config.meta["rule"])


def _raised(info: dict[str, Any]) -> bool:
    """Whether an expectation raised: the information is flat, or one entry for each metric."""
    return bool(info.get("raised_exception")) or any(
        isinstance(one, dict) and one.get("raised_exception") for one in info.values()
    )


def _failing(rule: Rule, result: dict[str, Any]) -> int | None:
    """How many rows fail, where the expectation counts rows."""
    count = result.get("observed_value" if rule.expect == "unexpected_rows" else "unexpected_count")
    return None if count is None else int(re.match(r"\d+", str(count))[0])  # type: ignore[index]


def _shown(table: str, count: int | None) -> int | None:
    """Failing rows as they may be published: how many persons fail a rule is person-derived."""
    source = all_sources().get(table)
    return protected(count) if count and source and source.person_level else count


def arrivals_database(settings: Settings) -> Path:
    """A DuckDB file with a view for each source over what was read of its current deliveries, and of its rejects."""
    path = settings.build / "arrivals.duckdb"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    current = [identity for identity, stands in standing(settings).items() if stands == "current"]
    with duckdb.connect(str(path)) as connection:
        connection.execute("create table current_delivery as select unnest(?::varchar[]) as delivery_id", [current])
        for source in all_sources():
            for kind, view in (("accepted", source), ("rejected", f"{source}_rejected")):
                files = (settings.staged / source / kind / "**" / "*.parquet").as_posix()
                connection.execute(
                    f"create view {view} as from read_parquet('{files}') semi join current_delivery using (delivery_id)"
                )
    return path


def keep_results(settings: Settings, door: str, results: list[Result], *, whole: bool) -> None:
    """Keep the results of a door for the release, in place of those of the last run.

    Where only a part was run, the results of the other rules stay.
    """
    failed = [result for result in results if not result["passed"]]
    blocked = sum(one["severity"] == "block" for one in failed)
    log.info("checked %s: %d rules, %d warned, %d failed", door, len(results), len(failed) - blocked, blocked)
    for one in failed:
        log.warning("%s %s.%s: %s", one["severity"], one["table_name"], one["rule"], one["reason"])
    path = settings.build / "checks" / f"{door}.json"
    if not whole and path.exists():
        run = {(one["table_name"], one["rule"]) for one in results}
        kept = json.loads(path.read_text(encoding="utf-8"))
        results = [one for one in kept if (one["table_name"], one["rule"]) not in run] + results
    write_json(path, results)


def forget_results(settings: Settings) -> None:
    """Forget what an earlier run left, so that its results are not taken for those of this one."""
    for path in (settings.build / "checks").glob("*.json"):
        path.unlink()


def kept_results(settings: Settings) -> list[Result]:
    """The results of all doors of this run."""
    return [
        result
        for path in sorted((settings.build / "checks").glob("*.json"))
        for result in json.loads(path.read_text(encoding="utf-8"))
    ]
