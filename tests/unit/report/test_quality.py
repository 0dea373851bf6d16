"""The history of a rule: what it came to in each release, since when, and which of them stand first."""

from __future__ import annotations

from typing import Any

from pipelines.report.quality import SuiteHistory, histories

Entry = dict[str, Any]
NOW = "2026-02-05-eeeeeeee"


def result(rule: str = "named", failing_rows: int = 0, **changed: Any) -> Entry:
    usual = {"door": "arrival", "table_name": "figures", "rule": rule, "severity": "warn", "reason": "why"}
    return usual | {"passed": not failing_rows, "failing_rows": failing_rows} | changed


def entries(*failing_rows: int) -> list[Entry]:
    """What the ledger holds of one rule: a release each day from the first of February."""
    return [result(failing_rows=rows, release_id=f"2026-02-0{day}-x") for day, rows in enumerate(failing_rows, start=1)]


def only(found: list[SuiteHistory]) -> SuiteHistory:
    (suite,) = found
    return suite


def test_releases_in_which_a_rule_came_to_the_same_are_one_stretch_and_the_newest_is_first() -> None:
    (rule,) = only(histories(NOW, [result(failing_rows=7)], entries(0, 0, 7, 3))).rules
    assert [(one.state, one.failing_rows, one.first, one.last, one.releases) for one in rule.stretches] == [
        ("warned", 7, "2026-02-05", "2026-02-05", 1),
        ("warned", 3, "2026-02-04", "2026-02-04", 1),
        ("warned", 7, "2026-02-03", "2026-02-03", 1),
        ("passed", None, "2026-02-01", "2026-02-02", 2),
    ]


def test_a_rule_says_when_it_first_failed_and_since_when_it_does_without_a_break() -> None:
    (again,) = only(histories(NOW, [result(failing_rows=2)], entries(9, 0, 1, 2))).rules
    assert (again.first_failed, again.failing_since) == ("2026-02-01", "2026-02-03")
    (mended,) = only(histories(NOW, [result()], entries(9, 0))).rules
    assert (mended.first_failed, mended.failing_since) == ("2026-02-01", None)
    (never,) = only(histories(NOW, [result()], entries(0, 0))).rules
    assert (never.first_failed, never.failing_since) == (None, None)


def test_in_the_first_release_there_is_only_that() -> None:
    (rule,) = only(histories(NOW, [result(failing_rows=2)], [])).rules
    assert [(one.state, one.first, one.releases) for one in rule.stretches] == [("warned", "2026-02-05", 1)]
    assert (rule.first_failed, rule.failing_since) == ("2026-02-05", "2026-02-05")


def test_a_release_that_is_made_again_counts_once() -> None:
    (rule,) = only(histories(NOW, [result(failing_rows=2)], [*entries(0), result(release_id=NOW)])).rules
    assert [(one.state, one.releases) for one in rule.stretches] == [("warned", 1), ("passed", 1)]


def test_what_failed_is_first_among_rules_and_among_tables() -> None:
    found = histories(
        NOW,
        [
            result("a"),
            result("z", 1),
            result("y", 1, severity="block"),
            result("b", door="release", table_name="area"),
            result("c", 1, door="release", table_name="housing"),
        ],
        [],
    )
    assert [(suite.door, suite.table, suite.state) for suite in found] == [
        ("arrival", "figures", "failed"),
        ("release", "housing", "warned"),
        ("release", "area", "passed"),
    ]
    assert [rule.result["rule"] for rule in found[0].rules] == ["y", "z", "a"]
    assert found[1].page == "quality/release/housing.html"


def test_a_rule_of_another_door_or_table_has_a_history_of_its_own_and_one_that_is_no_more_has_none() -> None:
    earlier = [
        *entries(5),
        result(failing_rows=5, table_name="housing", release_id="2026-02-01-x"),
        result(failing_rows=5, door="release", release_id="2026-02-01-x"),
        result("gone", 5, release_id="2026-02-01-x"),
    ]
    (rule,) = only(histories(NOW, [result()], earlier)).rules
    assert rule.first_failed == "2026-02-01"
    assert [one.releases for one in rule.stretches] == [1, 1]


def test_a_rule_that_changes_every_night_does_not_make_its_page_endless() -> None:
    earlier = [result(failing_rows=day, release_id=f"2025-01-01-{day}") for day in range(1, 400)]
    (rule,) = only(histories(NOW, [result()], earlier)).rules
    assert len(rule.stretches) == 50
    assert rule.stretches[0].state == "passed"
    assert rule.first_failed == "2025-01-01", "though that is no longer shown"
