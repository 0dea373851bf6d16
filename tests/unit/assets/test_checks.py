"""What a suite's results come to as one check of Dagster."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import dagster as dg
import pytest

from pipelines.assets.checks import _verdict, release_checks
from pipelines.quality.suites import DISCLOSURE_RULES

if TYPE_CHECKING:
    from tests.conftest import House

Result = dict[str, Any]


def result(passed: bool, severity: str = "block", table: str = "brp", examples: str | None = None) -> Result:
    return {
        "table_name": table,
        "rule": f"{severity}_{passed}".lower(),
        "passed": passed,
        "severity": severity,
        "failing_rows": 3,
        "examples": examples,
    }


def verdict(house: House, *results: Result) -> dg.AssetCheckResult:
    return _verdict(house.settings, list(results), "arrival", "brp")


def test_a_suite_passes_when_every_rule_did(house: House) -> None:
    found = verdict(house, result(True), result(True, "warn"))
    assert found.passed is True
    assert (found.asset_key, found.check_name) == (dg.AssetKey(["staged", "brp"]), "arrival")
    assert found.metadata["rules"].value == 2


def test_a_suite_of_a_table_is_a_check_of_the_candidate_by_the_name_of_the_table(house: House) -> None:
    found = _verdict(house.settings, [result(True, table="housing")], "release", "housing")
    assert (found.asset_key, found.check_name) == (dg.AssetKey(["published", "candidate"]), "housing")


@pytest.mark.parametrize(
    ("failed", "severity"),
    [
        ([result(False, "warn")], dg.AssetCheckSeverity.WARN),
        ([result(False, "block")], dg.AssetCheckSeverity.ERROR),
        ([result(False, "warn"), result(False, "block")], dg.AssetCheckSeverity.ERROR),
    ],
)
def test_only_a_failed_blocking_rule_stops_what_follows(
    house: House, failed: list[Result], severity: dg.AssetCheckSeverity
) -> None:
    found = verdict(house, result(True), *failed)
    assert found.passed is False
    assert found.severity == severity


def test_what_failed_is_listed_with_its_rows_and_where_some_of_them_stand(house: House) -> None:
    assert verdict(house, result(False)).metadata["failed"].value == "- block_false (block): 3 rows"
    shown = verdict(house, result(False, examples="scope 0394, locator_cell 12"))
    assert shown.metadata["failed"].value == "- block_false (block): 3 rows, as scope 0394, locator_cell 12"


def test_results_of_another_table_are_none_of_its_business(house: House) -> None:
    assert verdict(house, result(True), result(False, table="rni")).passed is True


def test_a_check_links_to_the_history_of_its_rules_where_the_site_is_served(house: House) -> None:
    served = replace(house.settings, site_url="https://zicht.example")
    link = _verdict(served, [result(True)], "arrival", "brp").metadata["history"]
    assert link == dg.MetadataValue.url("https://zicht.example/quality/arrival/brp.html")


def test_a_check_tells_where_the_page_lies_where_the_site_is_not_served(house: House) -> None:
    place = str(house.settings.published / "site" / "quality" / "arrival" / "brp.html")
    assert verdict(house, result(True)).metadata["history"] == dg.MetadataValue.path(place)


def test_the_check_of_counted_persons_says_that_it_holds_the_audit_too() -> None:
    (said,) = (spec.description or "" for spec in release_checks().check_specs if spec.name == "registered")
    for rule in DISCLOSURE_RULES:
        assert f"- {rule.rule} ({rule.severity}): {rule.reason}" in said
