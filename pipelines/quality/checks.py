"""Running suites with Great Expectations on DuckDB, and keeping what they said until the release takes it in.

Great Expectations is imported inside the function that runs: it takes seconds, and most nights have nothing to check.
Results carry counts and places, never what stands in a row; what of a row may be told at all is decided in ``told``.
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
from pipelines.model.dbt import marts
from pipelines.privacy.disclosure import protected
from pipelines.sources import all_sources

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from pipelines.quality.suites import Door, Rule, Suite
    from pipelines.settings import Settings

log = logging.getLogger("zicht.check")

Result = dict[str, Any]
"""A row of ``quality_result``."""


_EXAMPLES = 3
_PLACE = ("scope", "reference_date", "locator_file", "locator_sheet", "locator_cell")
_PLACE_IN_THE_LOG = ("scope", "reference_date", "locator_row")


def told(door: Door, table: str) -> tuple[str, ...]:
    """The columns of a failing row that a result may tell: where it stands, never what it says.

    Of what arrived that is its place, but nothing where the source names persons or companies: a file may be named
    after one. Of a published table it is the key, which holds no figure.
    """
    if door == "release":
        return next((tuple(node["config"]["meta"]["grain"]) for node in marts() if node["name"] == table), ())
    source = all_sources().get(table)
    return _PLACE if source and not source.names_somebody else ()


def run_suites(database: Path, suites: Iterable[Suite], door: Door) -> list[Result]:
    """Judge tables or views of a DuckDB file, each by the suite of its name.

    Where a rule fails, ``examples`` tells of up to three rows the columns in ``told``. Of a source that names persons
    or companies the operator's log says scope, date and number of the row instead.

    Raises:
        RuntimeError: an expectation could not be evaluated; that is no verdict, whatever its severity.
    """
    import great_expectations as gx

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}  # type: ignore[assignment]
    # Without the last two options every expectation on DuckDB fails: it keeps no transaction of its own.
    source = context.data_sources.add_sql(  # type: ignore[call-arg]  # its stub lacks kwargs
        "duckdb",
        connection_string=f"duckdb:///{database.as_posix()}",
        kwargs={"isolation_level": "AUTOCOMMIT", "skip_autocommit_rollback": True},
    )
    try:
        judged = [
            (rule, verdict, _result(door, suite.suite, rule, verdict))
            for suite in suites
            for rule, verdict in _verdicts(source, suite, _columns(door, suite.suite))
        ]
    finally:
        # Both engines that GX made keep a connection, and while one is open nobody else may open the file.
        source.get_execution_engine().close()
        source.get_engine().dispose()
    with duckdb.connect(str(database), read_only=True) as connection:
        for rule, verdict, result in judged:
            if not verdict.success:
                _tell(connection, rule, verdict, result)
    return [result for _, _, result in judged]


def _verdicts(source: Any, suite: Suite, columns: tuple[str, ...]) -> Iterator[tuple[Rule, Any]]:
    """Each rule of a suite with what Great Expectations says: counts, and these columns of the first failing rows."""
    import great_expectations as gx

    asked = gx.ExpectationSuite(name=suite.suite, expectations=[_expectation(rule) for rule in suite.rules])
    wanted: dict[str, Any] = {"result_format": "BASIC", "partial_unexpected_count": 0}
    if columns:
        wanted = {
            "result_format": "SUMMARY",
            "partial_unexpected_count": _EXAMPLES,
            "unexpected_index_column_names": list(columns),
        }
    asset = source.add_table_asset(suite.suite, table_name=suite.suite)
    batch = asset.add_batch_definition_whole_table("whole").get_batch()
    said = {
        verdict.expectation_config.meta["rule"]: verdict
        for verdict in batch.validate(asked, result_format=wanted).results
    }
    for rule in suite.rules:
        verdict = said[rule.rule]
        if verdict.exception_info and _raised(verdict.exception_info):
            raise RuntimeError(
                f"the rule {suite.suite}.{rule.rule} could not be evaluated; mend its SQL or its columns in the file of"
                " expectations that holds it"
            )
        yield rule, verdict


def _expectation(rule: Rule) -> Any:
    from great_expectations.expectations.registry import get_expectation_impl

    name, arguments = f"expect_{rule.expect}", rule.arguments
    if rule.expect == "unexpected_rows":
        name, arguments = "unexpected_rows_expectation", {"unexpected_rows_query": rule.arguments["sql"]}
    return get_expectation_impl(name)(**arguments, meta={"rule": rule.rule})


def _result(door: Door, table: str, rule: Rule, verdict: Any) -> Result:
    return {
        "door": door,
        "table_name": table,
        "rule": rule.rule,
        "severity": rule.severity,
        "passed": bool(verdict.success),
        "failing_rows": _shown(table, _failing(rule, verdict.result)),
        "examples": None,
        "reason": rule.reason,
        "owner": rule.owner,
        "checked_at": datetime.now(UTC).replace(tzinfo=None, microsecond=0),
    }


def _columns(door: Door, table: str) -> tuple[str, ...]:
    """What of failing rows is looked up: what may be told, or may stand in the operator's log alone."""
    return told(door, table) or (_PLACE_IN_THE_LOG if door == "arrival" and table in all_sources() else ())


def _tell(connection: duckdb.DuckDBPyConnection, rule: Rule, verdict: Any, result: Result) -> None:
    """Give the first failing rows as examples, or where those may not be told, as places to the log."""
    door, table = result["door"], result["table_name"]
    columns = _columns(door, table)
    rows: list[dict[str, Any]] = verdict.result.get("partial_unexpected_index_list") or []
    if rule.expect == "unexpected_rows":  # of these Great Expectations gives all columns or none
        query = connection.sql(str(rule.arguments["sql"]).format(batch=table))
        columns = tuple(name for name in columns if name in query.columns)
        found = query.project(", ".join(columns)).distinct().order("all").limit(_EXAMPLES).fetchall() if columns else []
        rows = [dict(zip(columns, row, strict=True)) for row in found]
    text = "; ".join(", ".join(f"{name} {row[name]}" for name in columns if row[name] is not None) for row in rows)
    if text and told(door, table):
        result["examples"] = text
    elif text:
        log.warning("%s.%s fails at %s", table, rule.rule, text)


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
    counted = {"door": door, "rules": len(results), "warned": len(failed) - blocked, "failed": blocked}
    log.info("checked %s: %d rules, %d warned, %d failed", *counted.values(), extra=counted)
    for one in failed:
        where = f" ({one['examples']})" if one.get("examples") else ""
        log.warning("%s %s.%s: %s%s", one["severity"], one["table_name"], one["rule"], one["reason"], where)
    results = [{"examples": None} | one for one in results]  # neither dbt nor the controls tell any
    path = settings.build / "checks" / f"{door}.json"
    if not whole and path.exists():
        run = {(one["table_name"], one["rule"]) for one in results}
        kept = json.loads(path.read_text(encoding="utf-8"))
        results = [one for one in kept if (one["table_name"], one["rule"]) not in run] + results
    write_json(path, results)


def forget_results(settings: Settings, door: str = "*") -> None:
    """Forget what a door, or all, said earlier, so that it is not taken for what is said of what is there now."""
    for path in (settings.build / "checks").glob(f"{door}.json"):
        path.unlink()


def counted(results: Iterable[Result]) -> dict[str, int]:
    """How many rules ``passed``, ``warned`` and ``failed``; only those that block fail."""
    found = {"passed": 0, "warned": 0, "failed": 0}
    for one in results:
        found["passed" if one["passed"] else "failed" if one["severity"] == "block" else "warned"] += 1
    return found


def kept_results(settings: Settings) -> list[Result]:
    """The results of all doors of this run."""
    return [
        result
        for path in sorted((settings.build / "checks").glob("*.json"))
        for result in json.loads(path.read_text(encoding="utf-8"))
    ]
