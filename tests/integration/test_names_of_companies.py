"""Employers are named in registers of every form, and sought in everything that runs leave: then the register withdraws
them, and they are sought again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.integration.conftest import Once, Place, Ran, new_place
from tests.integration.identifiers import texts
from tests.unit.sources.inspectorate.test_reader import FORMS, PLANTED

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

EMPLOYER = "Zwijgzaam Uitzendbureau"  # of the planted cases, where it stands in each field once
SCOPES = dict(zip(FORMS, ("0394", "0599", "0363", "0518", "NL"), strict=True))


@dataclass(frozen=True)
class Register:
    """Houses after the register named employers, and after it withdrew them."""

    named: Place
    withdrawn: Place
    runs: list[Ran]


def cases(year: int, bearing: str) -> list[dict[str, str]]:
    return [
        {"zaaknummer": f"Z{year}-{number}", "bedrijf": bearing, "startdatum": f"{year}-03-04"} for number in range(600)
    ]


@pytest.fixture(scope="module")
def register(once: Once) -> Register:
    def build(folder: Path) -> Register:
        place = new_place(folder)
        for form, scope in SCOPES.items():
            place.deliver("inspectorate", scope, "2026-01-15", {form: FORMS[form]([*PLANTED, *cases(2022, EMPLOYER)])})
        place.deliver("inspectorate", "0637", "2026-01-15", {"r.csv": FORMS["semicolons.csv"](PLANTED[4:7])})
        runs = [place.refresh()]
        named = place.copy(folder / "named")
        for form, scope in SCOPES.items():
            place.deliver("inspectorate", scope, "2026-02-01", {form: FORMS[form](cases(2023, "Ander"))})
        place.deliver("inspectorate", "0637", "2026-02-01", {"r.csv": FORMS["semicolons.csv"](cases(2024, "Ander"))})
        runs += [place.refresh(), place.refresh()]
        return Register(named, place, runs)

    return once("names-of-companies", build)


def test_the_runs_came_to_an_end(register: Register) -> None:
    codes = [run.code for run in register.runs]
    assert codes == [4, 4, 4], ("one delivery was refused", [(run.out, run.err) for run in register.runs])


def test_a_name_is_in_the_delivered_bytes_and_in_nothing_else(register: Register) -> None:
    found = texts([register.named.data], {EMPLOYER})
    assert len(found) == len(SCOPES) + 1, "else the search could not find it"
    assert all("/raw/inspectorate/" in path for path in found)
    assert not any(EMPLOYER in run.out + run.err for run in register.runs)


def test_once_the_register_withdrew_it_a_name_is_nowhere(register: Register) -> None:
    assert texts([register.withdrawn.data], {EMPLOYER}) == {}


def test_what_was_withdrawn_stays_counted_with_its_day(register: Register) -> None:
    rows = register.withdrawn.rows(
        "select cases, withdrawn, last_withdrawn::varchar as day from inspection where area_code = '0599'"
        " and law = 'all' and sector = 'all' and outcome = 'all' and unit = 'companies' and year(period_start) = 2022"
        " and place_basis = 'inspection_place'"
    )
    assert rows == [{"cases": 1, "withdrawn": 1, "day": "2026-02-01"}]
