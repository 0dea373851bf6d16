"""Pages that are made from the product say what the product says now."""

from __future__ import annotations

from pipelines.records import as_markdown
from pipelines.settings import PROJECT


def test_the_page_of_the_records_is_made_from_the_records() -> None:
    page = (PROJECT / "docs" / "records.md").read_text(encoding="utf-8")
    assert page == as_markdown(), "run `make docs`"
