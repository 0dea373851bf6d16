"""What a suite's results come to as one check of Dagster."""

from __future__ import annotations

from typing import Any

import dagster as dg
import pytest

from pipelines.assets.checks import _verdict

Result = dict[str, Any]


def result(passed: bool, severity: str = "block", table: str = "brp") -> Result:
    return {
        "table_name": table,
        "rule": f"{severity}_{passed}".lower(),
        "passed": passed,
        "severity": severity,
        "failing_rows": 3,
    }


def verdict(*results: Result) -> dg.AssetCheckResult:
    return _verdict(list(results), "brp", ["staged", "brp"], "arrival")


def test_a_suite_passes_when_every_rule_did() -> None:
    found = verdict(result(True), result(True, "warn"))
    assert found.passed is True
    assert (found.asset_key, found.check_name) == (dg.AssetKey(["staged", "brp"]), "arrival")
    assert found.metadata["rules"].value == 2


@pytest.mark.parametrize(
    ("failed", "severity"),
    [
        ([result(False, "warn")], dg.AssetCheckSeverity.WARN),
        ([result(False, "block")], dg.AssetCheckSeverity.ERROR),
        ([result(False, "warn"), result(False, "block")], dg.AssetCheckSeverity.ERROR),
    ],
)
def test_only_a_failed_blocking_rule_stops_what_follows(failed: list[Result], severity: dg.AssetCheckSeverity) -> None:
    found = verdict(result(True), *failed)
    assert found.passed is False
    assert found.severity == severity


def test_what_failed_is_listed_with_its_rows() -> None:
    assert verdict(result(False)).metadata["failed"].value == "- block_false (block): 3 rows"


def test_results_of_another_table_are_none_of_its_business() -> None:
    assert verdict(result(True), result(False, table="rni")).passed is True
