"""Rules as files: of the right form, or a message that names the file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

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


@pytest.mark.parametrize(
    "content",
    [
        "suite: rni\nrules:\n" + RULE,
        "suite: brp\nrules:\n" + RULE + RULE,
        "suite: brp\nrules: []\n",
        "suite: brp\nrules:\n" + RULE.replace("severity: block", "severity: stop"),
        "suite: brp\nrules:\n" + RULE.replace("reason: Without a name it cannot be shown", "reason: why"),
        "suite: brp\nrules:\n" + RULE + "    enabled: false\n",
        "suite: brp\nrules:\n" + RULE.replace("expect: column_values", "expect: Column Values"),
        "",
    ],
    ids=["another name", "a rule twice", "no rule", "severity", "no reason", "unknown field", "kind", "empty"],
)
def test_a_file_that_is_not_of_the_form_is_named(folder: Path, content: str) -> None:
    (folder / "raw" / "brp.yml").write_text(content, encoding="utf-8")
    with pytest.raises(ValueError, match=r"raw.brp\.yml"):
        suites.load_suites("arrival")
