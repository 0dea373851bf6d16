"""PDFs as a screen reader meets them: language, title, tags, tables with headers, and the warning of made-up data."""

from __future__ import annotations

import io
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pikepdf
import pypdf
import pytest
import typst

from pipelines.report import pdf

if TYPE_CHECKING:
    from collections.abc import Iterator

RELEASE: dict[str, Any] = {"release_id": "2026-02-05-eeeeeeee", "as_of": "2026-02-05", "synthetic": False}
PAGE = """
#import "base.typ": *
#let told = json(bytes(sys.inputs.told))
#show: frame.with(told, told.title)
== Kop
#figures-table("Een tabel", (1fr, auto, auto), ("Wie", "Hoeveel", "Staaf"),
  (("hier", "1.000", bar(3, 2, 4, 10)), ("daar", "2", bar(none, 0, none, 10))), right: (1,))
#notice[Let op] #note[klein]
"""
MADE_UP = "SYNTHETISCH: hier staan verzonnen gegevens."


@pytest.fixture
def template(tmp_path: Path) -> Path:
    """A document in the frame of all."""
    shutil.copy(Path(pdf.__file__).parent / "templates" / "base.typ", tmp_path)
    path = tmp_path / "page.typ"
    path.write_text(PAGE, encoding="utf-8")
    return path


def made(template: Path, **release: Any) -> bytes:
    return pdf.render(template, pdf.told({"title": "Werken en wonen"}, RELEASE | release))


def tags(content: bytes) -> list[str]:
    """The names of the tags, in the order in which they are read."""

    def below(element: Any) -> Iterator[str]:
        if isinstance(element, pikepdf.Array):
            for one in element:
                yield from below(one)
        elif isinstance(element, pikepdf.Dictionary):
            if "/S" in element:
                yield str(element.S)
            if "/K" in element:
                yield from below(element.K)

    with pikepdf.open(io.BytesIO(content)) as document:
        return list(below(document.Root.StructTreeRoot.K))


def texts(content: bytes) -> list[str]:
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages]


def test_a_document_is_accessible_by_its_own_word_with_language_and_title(template: Path) -> None:
    with pikepdf.open(io.BytesIO(made(template))) as document:
        assert document.open_metadata()["pdfuaid:part"] == "1"
        assert str(document.Root.Lang).lower().startswith("nl")
        assert document.Root.MarkInfo.Marked
        assert str(document.docinfo["/Title"]) == "Werken en wonen"


def test_its_headings_and_tables_are_tagged(template: Path) -> None:
    found = tags(made(template))
    assert found.index("/H1") < found.index("/H2") < found.index("/Table")
    assert (found.count("/TH"), found.count("/TD"), found.count("/Caption")) == (3, 6, 1)


def test_every_page_names_the_release_its_date_and_its_number(template: Path) -> None:
    template.write_text(PAGE + "#pagebreak()\nTwee", encoding="utf-8")
    first, second = texts(made(template))
    assert "uitgave 2026-02-05-eeeeeeee, peildatum 5 februari 2026" in first
    assert "bladzijde 1 van 2" in first
    assert "bladzijde 2 van 2" in second


def test_made_up_data_say_so_on_every_page_in_the_title_and_to_a_screen_reader(template: Path) -> None:
    template.write_text(PAGE + "#pagebreak()\nTwee", encoding="utf-8")
    content = made(template, synthetic=True)
    assert [MADE_UP in text for text in texts(content)] == [True, True]
    with pikepdf.open(io.BytesIO(content)) as document:
        assert str(document.docinfo["/Title"]).startswith("SYNTHETISCH: ")
    # A header is an artifact, which a screen reader passes over; a paragraph before the first heading it does not.
    assert tags(content).index("/P") < tags(content).index("/H1")


def test_real_data_carry_no_such_warning(template: Path) -> None:
    assert MADE_UP not in "".join(texts(made(template)))


def test_the_same_facts_give_the_same_bytes(template: Path) -> None:
    assert made(template) == made(template)


@pytest.mark.parametrize("odd", ["\uf0b7", "\U0001f600", "\0", "\ud800", "\U0001f469\u200d\U0001f467 \u6f22"])
def test_a_character_that_the_fonts_lack_stops_no_release(template: Path, odd: str) -> None:
    template.write_text(f"{PAGE}#told.odd", encoding="utf-8")
    content = pdf.render(template, pdf.told({"title": "Werken", "odd": f"voor {odd} na"}, RELEASE))
    (text,) = texts(content)
    assert "voor \ufffd" in text
    assert "na" in text


def test_a_picture_without_alternative_text_is_refused(template: Path) -> None:
    picture = "<svg xmlns='http://www.w3.org/2000/svg' width='1' height='1'/>"
    template.write_text(f'{PAGE}#image(bytes("{picture}"), format: "svg")', encoding="utf-8")
    with pytest.raises(typst.TypstError, match="alt"):
        made(template)
