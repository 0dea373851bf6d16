"""The page on faults names a test for each, and every test of a fault is on it."""

from __future__ import annotations

import re

from pipelines.settings import PROJECT

TESTS = PROJECT / "tests"
PAGE = (PROJECT / "docs" / "reliability.md").read_text(encoding="utf-8")
# What only shows that another test compares with something.
SELF = {"test_undisturbed_there_is_something_to_compare_with"}


def named_in_files() -> set[str]:
    files = [*(TESTS / "faults").glob("test_*.py"), TESTS / "integration" / "test_faults.py"]
    return {name for path in files for name in re.findall(r"^def (test_\w+)", path.read_text(encoding="utf-8"), re.M)}


def test_every_fault_on_the_page_has_a_test_that_exists_and_every_test_of_a_fault_is_on_the_page() -> None:
    named = set(re.findall(r"`(test_\w+)`", PAGE))
    assert len(named) > 30
    assert named == named_in_files() - SELF
