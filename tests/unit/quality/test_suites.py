"""Rules as files: of the right form, or a message that names the file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pipelines.privacy.disclosure import Rules
from pipelines.quality import suites

if TYPE_CHECKING:
    from pathlib import Path

RULE = """\
  - rule: name_present
    expect: column_values_to_not_be_null
    with: {column: name}
    severity: block
    reason: Without a name it cannot be shown
    owner: data team
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(suites, "EXPECTATIONS", tmp_path)
    (tmp_path / "raw").mkdir()
    (tmp_path / "marts").mkdir()
    return tmp_path


def test_a_suite_is_found_at_its_own_door_by_its_name(folder: Path) -> None:
    (folder / "raw" / "brp.yml").write_text("suite: brp\nrules:\n" + RULE, encoding="utf-8")
    assert set(suites.load_suites("arrival")) == {"brp"}
    assert suites.load_suites("release") == {}
    (rule,) = suites.load_suites("arrival")["brp"].rules
    assert (rule.rule, rule.severity, rule.arguments) == ("name_present", "block", {"column": "name"})


def test_one_file_may_judge_several_tables_beside_what_each_has_of_its_own(folder: Path) -> None:
    own = "suite: town\nrules:\n" + RULE
    shared = "suite: place\ntables: [town, village]\nrules:\n" + RULE.replace("name_present", "somewhere")
    (folder / "marts" / "town.yml").write_text(own, encoding="utf-8")
    (folder / "marts" / "place.yml").write_text(shared, encoding="utf-8")
    loaded = {table: {rule.rule for rule in suite.rules} for table, suite in suites.load_suites("release").items()}
    assert loaded == {"town": {"name_present", "somewhere"}, "village": {"somewhere"}}


def test_a_rule_has_the_threshold_and_the_base_of_this_installation(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(suites, "disclosure", lambda: Rules(threshold=25, base=3))
    few = RULE.replace("column_values_to_not_be_null", "unexpected_rows").replace(
        "cannot be shown", "below {threshold}"
    )
    sql = "{sql: 'select 1 from {batch} where n < {threshold} or n % {base} <> 0'}"
    (folder / "marts" / "town.yml").write_text("suite: town\nrules:\n" + few.replace("{column: name}", sql), "utf-8")
    (rule,) = suites.load_suites("release")["town"].rules
    assert rule.arguments["sql"] == "select 1 from {batch} where n < 25 or n % 3 <> 0"
    assert rule.reason.endswith("below 25")


def test_two_files_may_not_give_a_table_a_rule_of_one_name(folder: Path) -> None:
    (folder / "marts" / "town.yml").write_text("suite: town\nrules:\n" + RULE, encoding="utf-8")
    (folder / "marts" / "place.yml").write_text("suite: place\ntables: [town]\nrules:\n" + RULE, encoding="utf-8")
    with pytest.raises(ValueError, match=r"town\.yml: rule name_present: town has a rule of this name already"):
        suites.load_suites("release")


BAD = {
    "another name": ("suite: rni\nrules:\n" + RULE, "suite: it should be called 'brp'"),
    "a rule twice": ("suite: brp\nrules:\n" + RULE + RULE, "rule name_present: brp has a rule of this name already"),
    "no rule": ("suite: brp\nrules: []\n", "rules: "),
    "severity": (
        "suite: brp\nrules:\n" + RULE.replace("severity: block", "severity: stop"),
        "rule name_present: severity: Input should be 'block' or 'warn'",
    ),
    "no reason": (
        "suite: brp\nrules:\n" + RULE.replace("reason: Without a name it cannot be shown", "reason: why"),
        "rule name_present: reason: ",
    ),
    "no owner": ("suite: brp\nrules:\n" + RULE.replace("owner: data team", "owner: ''"), "rule name_present: owner: "),
    "unknown field": ("suite: brp\nrules:\n" + RULE + "    enabled: false\n", "rule name_present: enabled: "),
    "kind": (
        "suite: brp\nrules:\n" + RULE.replace("expect: column_values", "expect: Column Values"),
        "rule name_present: expect: ",
    ),
    "no name": ("suite: brp\nrules:\n" + RULE + RULE.replace("rule: name_present", "severity: warn", 1), "brp.yml: "),
    "not a rule": ("suite: brp\nrules: [name_present]\n", "rule 1: "),
    "sql without its table": (
        "suite: brp\nrules:\n"
        + RULE.replace("column_values_to_not_be_null", "unexpected_rows").replace("{column: name}", "{sql: select 1}"),
        "rule name_present: Value error, with: unexpected_rows takes sql over {batch}",
    ),
    "empty": ("", "the file: "),
    "no YAML": ("suite: [brp\n", "this is no YAML: "),
}


@pytest.mark.parametrize(("content", "said"), BAD.values(), ids=BAD)
def test_a_file_that_is_not_of_the_form_is_named_with_rule_and_field(folder: Path, content: str, said: str) -> None:
    (folder / "raw" / "brp.yml").write_text(content, encoding="utf-8")
    with pytest.raises(ValueError, match=r"raw.brp\.yml: ") as raised:
        suites.load_suites("arrival")
    assert said in str(raised.value)
    assert "\n" not in str(raised.value), "one error, on one line"
