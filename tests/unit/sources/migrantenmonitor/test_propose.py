"""Proposing a profile: what a person fills in is all that is missing, and the figures are then right."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pipelines.cli import main
from pipelines.landing.deliveries import RefusedError
from pipelines.settings import SAMPLE
from pipelines.sources.migrantenmonitor.profile import OPEN, Profile, all_profiles, left_open
from pipelines.sources.migrantenmonitor.propose import Proposal, propose
from pipelines.sources.migrantenmonitor.reader import observations
from pipelines.sources.workbooks import grids
from tests.unit.sources.migrantenmonitor.books import Value, book
from tests.unit.sources.migrantenmonitor.test_example_of_the_page import block, drawn

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

NAMES = {"layout": "nieuw", "title_en": "New", "title_nl": "Nieuw", "edition": "nieuw", "version": "1"}


def filled_in(proposal: Proposal, answers: Mapping[str, Any]) -> dict[str, Any]:
    """The proposed file as a person completes it: each place that was left open, and no other."""
    content: dict[str, Any] = yaml.safe_load(proposal.as_yaml())
    places = list(left_open(content))
    assert set(places) == {*NAMES, *answers}
    with pytest.raises(ValueError, match="left open"):
        Profile.model_validate(content)
    for place in places:
        *way, last = place.split("/")
        inner: Any = content
        for step in way:
            inner = inner[int(step) if step.isdecimal() else step]
        inner[int(last) if last.isdecimal() else last] = ({**NAMES, **answers})[place]
    return content


def read(content: bytes, known: Profile) -> list[dict[str, Any]]:
    """The figures without the names of the edition, which a person chose."""
    leave_out = {"edition", "version"}
    rows = observations("f", grids("f", content), known)
    return [{name: fact for name, fact in row.items() if name not in leave_out} for row in rows]


def test_the_proposed_profile_of_the_sample_reads_what_its_own_profile_reads() -> None:
    (path,) = SAMPLE.glob("migrantenmonitor/NL/2025-12-31/*.xlsx")
    content = path.read_bytes()
    (own,) = (known for known in all_profiles() if known.layout == "2025-synthetic")
    proposed = filled_in(propose(path.name, content), {"sheets/0/workplace_basis": "modelled"})
    assert proposed["recognise"] == [
        {"sheet": "Voorblad", "cell": "A2", "contains": proposed["recognise"][0]["contains"]}
    ]
    # What the notes of the edition say, and no cell can.
    proposed |= {"symbols": {**proposed["symbols"], "-": "zero"}, "bound_kind": "rounding_known", "suppressed_high": 9}
    rows = read(content, Profile.model_validate(proposed))
    assert len(rows) > 5000
    assert rows == read(content, own)


@pytest.mark.parametrize("kind", ["xlsx", "xls"])
def test_the_proposed_profile_of_names_alone_in_thousands_reads_what_the_page_reads(kind: str) -> None:
    content = book({"Voorblad": [["Zomaar een blad"]], "Tabel 3": drawn()}, kind)
    own: dict[str, Any] = {**yaml.safe_load(block("yaml")), "absent": [], "sums": []}
    december = {"period_start": date(2021, 12, 1), "period_end": date(2021, 12, 31)}
    share = "employees who work in the area"
    answers = {
        "recognise/0/sheet": "Tabel 3",
        "recognise/0/cell": "A2",
        "recognise/0/contains": "verzonnen",
        "measure": "workers",
        "universe": "monitor_workers_work_area",
        "measured_as": "stock",
        "finality": "final",
        "symbols/.": "missing",
        "sheets/0/columns/4/denominator": share,
    }
    proposal = propose("f", content)
    proposed = filled_in(proposal, answers)
    # A proposed profile in which a share would count workers is refused, so that its measure is looked at.
    with pytest.raises(ValueError, match="only they, are in percent"):
        Profile.model_validate(proposed)
    proposed["sheets"][0]["columns"][4]["measure"] = "share_of_migrants"
    proposed |= {"workplace_basis": "modelled", "date_precision": "month", **december}
    for column in proposed["sheets"][0]["columns"][3:]:
        column["period_start"] = date(2022, 12, 1)
    rows = read(content, Profile.model_validate(proposed))
    assert len(rows) == 20
    assert rows == read(content, Profile.model_validate(own))
    report = "\n".join(proposal.unplaced)
    for told in ("Voorblad: no rows of areas", "column H: a share of what", "E8: what does '.' stand for", "base 100"):
        assert told in report


def test_what_could_not_be_placed_is_told_with_its_place_and_left_open() -> None:
    rows: list[list[Value]] = [
        ["Tabel over 2021 en 2022"],
        ["", "", "Polen", "Totaal", ""],
        ["GM0394", "Haarlemmermeer", 10, 20, 30],
        ["", "Atlantis", 10, 20, 30],
        ["GM0599", "Rotterdam", "?!", "", 30],
    ]
    proposal = propose("f", book({"Blad": rows}))
    report = "\n".join(proposal.unplaced)
    for told in (
        "the number of the table is not certain",
        "measure, universe: the title does not say",
        "column C: the word 'Polen' could not be placed",
        "column E has figures and no header",
        "C5: what does '?!' stand for",
        "D5: what does '' stand for",
        "row 4 has figures of no area that is known: 'Atlantis'",
        "no row of the Netherlands found",
    ):
        assert told in report
    (sheet,) = proposal.profile["sheets"]
    assert (sheet["table_id"], sheet["columns"][0]["origin_group"]) == (OPEN, OPEN)
    assert (sheet["code_column"], sheet["name_column"], sheet["first_row"], sheet["header_rows"]) == ("A", "B", 3, [2])
    assert proposal.profile["period_start"] == OPEN
    assert set(left_open(proposal.profile)) <= set(proposal.unplaced[-1].removeprefix("left open: ").split(", "))


@pytest.mark.parametrize(
    ("title", "period"),
    [
        ("stand 31 december 2022", (date(2022, 12, 31), date(2022, 12, 31), "day", "stock")),
        ("in februari 2024*", (date(2024, 2, 1), date(2024, 2, 29), "month", OPEN)),
        ("over 2022", (date(2022, 1, 1), date(2022, 12, 31), "year", OPEN)),
        ("zonder jaar", (OPEN, OPEN, OPEN, OPEN)),
    ],
)
def test_the_period_is_that_of_the_title(title: str, period: tuple[object, ...]) -> None:
    rows: list[list[Value]] = [[f"Tabel 1 {title}"], ["", "Totaal"], ["Haarlemmermeer", 10], ["Nederland", 50]]
    said = propose("f", book({"Tabel 1": rows})).profile
    assert tuple(said[name] for name in ("period_start", "period_end", "date_precision", "measured_as")) == period
    assert said["finality"] == ("provisional" if "*" in title else OPEN)


def test_a_unit_in_the_header_is_a_factor_too() -> None:
    rows: list[list[Value]] = [["2022"], ["", "Werknemers (x 1 000)"], ["Haarlemmermeer", 1.5], ["Nederland", 50]]
    said = propose("f", book({"T": rows})).profile
    assert (said["factor"], said["decimals"], said["unit"], said["rounding_base"]) == (1000, 1, "persons", 500)
    assert said["employment"] == "employee"


@pytest.mark.parametrize("content", [b"x", book({"Blad": [["Toelichting"], ["Utrecht"]]})])
def test_a_workbook_without_figures_of_areas_is_refused(content: bytes) -> None:
    with pytest.raises(RefusedError, match="f: "):
        propose("f", content)


WORDS = "Haarlemmermeer,Bergen,Nederland,GM0394,394,x 1 000,%,2022*,31 februari 2022,Totaal,Polen,x,.,-,x = geheim"
CELLS = st.sampled_from(["", *WORDS.split(","), 0, 5, 28.9, 394, 2022])


@given(rows=st.lists(st.lists(CELLS, min_size=4, max_size=4), min_size=1, max_size=6))
def test_any_sheet_gives_a_proposal_that_a_person_must_complete_or_is_refused(rows: list[list[Value]]) -> None:
    try:
        proposal = propose("f", book({"Blad": rows}))
    except RefusedError:
        return
    assert yaml.safe_load(proposal.as_yaml()) == proposal.profile
    assert list(left_open(proposal.profile))


# the command


@pytest.fixture
def workbook(tmp_path: Path) -> Path:
    path = tmp_path / "synthetic.xlsx"
    path.write_bytes(book({"Tabel 1": [["2022"], ["", "Totaal"], ["Haarlemmermeer", 10], ["Nederland", 50]]}))
    return path


def test_the_command_writes_the_profile_and_tells_what_to_decide(
    workbook: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "nieuw.yml"
    assert main(["profile", str(workbook), "--out", str(out)]) == 0
    told = capsys.readouterr().out
    expected = propose(workbook.name, workbook.read_bytes())
    assert out.read_text(encoding="utf-8") == expected.as_yaml()
    assert [line for line in expected.unplaced if line not in told] == []
    assert main(["profile", str(workbook), "--out", str(out)]) == 2
    assert "exists; name a new file" in capsys.readouterr().err


def test_without_a_file_to_write_the_profile_is_what_is_printed(
    workbook: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["profile", str(workbook)]) == 0
    printed = yaml.safe_load(capsys.readouterr().out)
    assert main(["profile", str(workbook), "--json"]) == 0
    as_json = json.loads(capsys.readouterr().out)
    assert as_json["profile"] == json.loads(json.dumps(printed, default=str))
    assert as_json["unplaced"]


def test_a_file_that_is_not_there_or_no_workbook_is_wrong_use(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "a.csv"
    other.write_text("a;b\n", encoding="utf-8")
    assert main(["profile", str(tmp_path / "gone.xlsx")]) == 2
    assert main(["profile", str(other)]) == 2
    gone, no_workbook = capsys.readouterr().err.splitlines()
    assert gone.endswith("gone.xlsx does not exist")
    assert "a.csv: it is no workbook" in no_workbook
