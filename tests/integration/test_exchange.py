"""Two municipalities: what the one counted stands in the release of the other, beside what that counted itself."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.conftest import lo_csv, resident
from tests.integration.conftest import new_place

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.conftest import Once, Place, Ran

CELLS = (
    "select origin_group, stay_band, universe, persons, persons_low, persons_high, availability from registered"
    " where area_type = 'GM' and area_code = '0394' and period_end = date '2026-01-01' and delivery_id {} order by all"
)


@dataclass(frozen=True)
class Exchanged:
    """The giver, the receiver who also counted many more residents of the same municipality, and what the runs said."""

    giver: Place
    receiver: Place
    runs: tuple[Ran, Ran, Ran]


@pytest.fixture(scope="module")
def exchanged(once: Once) -> Exchanged:
    def build(folder: Path) -> Exchanged:
        places = []
        for name, persons in (("giver", 23), ("receiver", 63)):
            (folder / name).mkdir()
            place = new_place(folder / name)
            rows = [resident(number) for number in range(persons)]
            place.deliver("brp", "0394", "2026-01-01", {"extract.csv": lo_csv(rows)})
            places.append(place)
        giver, receiver = places
        first = giver.refresh()
        export = giver.zicht("export", "--aggregate", "--municipality", "0394", "--out", str(folder / "out"), "--json")
        shutil.copytree(folder / "out" / "exchange", receiver.data / "landing" / "exchange")
        return Exchanged(giver, receiver, (first, export, receiver.refresh()))

    return once("exchanged", build)


def test_the_package_goes_from_one_inbox_to_another_as_it_is(exchanged: Exchanged) -> None:
    refreshed, export, received = exchanged.runs
    assert (refreshed.code, export.code, received.code) == (0, 0, 0), (export.err, received.out, received.err)
    assert export.summary["package"].endswith("exchange/0394/2026-02-15")


def test_the_counts_of_the_giver_stand_in_the_release_of_the_receiver_as_they_were_published(
    exchanged: Exchanged,
) -> None:
    given = exchanged.giver.rows(CELLS.format("is not null"))
    taken = exchanged.receiver.rows(CELLS.format("in (select delivery_id from delivery where source = 'exchange')"))
    assert taken == given
    shown = {row["persons"] for row in given if row["universe"] == "brp_residents_foreign_nationality"}
    assert shown & {20, 30}
    assert None in shown


def test_where_both_counted_the_reconciliation_says_that_they_differ(exchanged: Exchanged) -> None:
    found = exchanged.receiver.one(
        "from reconciliation where check_name = 'exchanged_vs_own' and cell = 'brp' and measured_as = 'stock'"
    )
    assert found["left_value"] in (60, 70)
    assert found["right_value"] in (20, 30)
    assert found["verdict"] == "differs"
    assert "eigen telling" in found["explanation_nl"]


def test_no_number_of_a_person_is_in_what_was_handed_over(exchanged: Exchanged) -> None:
    package = exchanged.receiver.data / "landing" / "exchange"
    person = resident(0)
    files = [path for path in package.rglob("*") if path.is_file()]
    assert len(files) == 3
    for path in files:
        assert str(person["01.01.20"]).encode() not in path.read_bytes()
        assert str(person["01.01.10"]).encode() not in path.read_bytes()
