"""The examples, run as an analyst runs them: three languages, one answer."""

from __future__ import annotations

import csv
import io
import re
import sys
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from pipelines.settings import PROJECT
from tests.bi.clients import KNOWN_ANSWER
from tests.bi.conftest import TOLD_TWICE, needs, run

if TYPE_CHECKING:
    from pathlib import Path

    from tests.bi.conftest import Published

EXAMPLES = PROJECT / "examples"
QUESTIONS = sorted(EXAMPLES.glob("*.sql"))


def table(text: str) -> list[list[Any]]:
    """What an example printed."""
    return [[value(cell) for cell in row] for row in csv.reader(io.StringIO(text.strip()))]


def value(cell: str) -> Any:
    """A cell, however a language writes it: 21.0 or 21, TRUE or true; R prints fifteen digits. Codes stay text."""
    if re.fullmatch(r"-?(0|[1-9]\d*)(\.\d+)?", cell):
        return float(f"{float(cell):.12g}")
    return cell.lower()


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda path: path.stem)
@pytest.mark.parametrize("language", ["Python", "R"])
@pytest.mark.parametrize("release", ["published", "told_twice"])
def test_another_language_gives_the_answer_of_sql(
    question: Path, language: str, release: str, request: pytest.FixtureRequest
) -> None:
    asked: Published = request.getfixturevalue(release)
    if language == "R":
        needs("Rscript")
        program = ["Rscript", "--vanilla", question.with_suffix(".R")]
    else:
        program = [sys.executable, question.with_suffix(".py")]
    header, *found = table(run([*program, asked.current], LC_ALL="C.UTF-8"))
    sql = question.read_text(encoding="utf-8")
    expected = [[value(str(cell)) for cell in row] for row in asked.rows(sql)]
    assert expected
    assert found == expected
    assert header == asked.columns(sql)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda path: path.stem)
def test_another_document_of_the_same_leaves_each_figure_as_it_was(
    question: Path, published: Published, told_twice: Published
) -> None:
    sql = question.read_text(encoding="utf-8")
    once, again = (Counter(map(str, one.rows(sql))) for one in (published, told_twice))
    assert again >= once
    assert max(again.values()) == 1  # each row says of whom it is
    assert (again > once) == any(f"from {name}\n" in sql for name in TOLD_TWICE)


def test_the_first_question_holds_the_figures_of_the_audit_office(published: Published) -> None:
    rows = published.rows((EXAMPLES / "1_work_and_registered.sql").read_text(encoding="utf-8"))
    workers, residents, gap = KNOWN_ANSWER[0]
    (real,) = [row for row in rows if not row[-1]]
    *bounds, relation, _ = real[6:]
    assert relation == "unknown"
    for figure, low, high in zip((workers, residents, gap), bounds[::2], bounds[1::2], strict=True):
        assert low < figure < high


def test_there_are_five_questions_and_each_has_its_answer_in_words() -> None:
    assert len(QUESTIONS) == 5
    words = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    for question in QUESTIONS:
        assert question.stem in words
        for other in (".py", ".R"):
            assert question.with_suffix(other).exists()
