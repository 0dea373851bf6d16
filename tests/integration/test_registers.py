"""Who is counted where: deliveries of both registers through a whole refresh, with what must come of them by hand.

Most cases have a municipality of their own in the deliveries of the country, so that its count tells of them alone.
What is exact is looked up in the warehouse, what may be known in the published file.
"""

from __future__ import annotations

import hashlib
import hmac
import itertools
import re
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pipelines.quality.checks import arrivals_database, run_suites
from pipelines.quality.suites import load_suites
from pipelines.sources import all_sources
from pipelines.sources.reading import anchor
from tests.conftest import below, is_a_number, is_bsn, lo_csv, make_house, non_resident, resident
from tests.integration.conftest import Once, Place, Ran, installed, new_place

if TYPE_CHECKING:
    from tests.conftest import Cell

pytestmark = pytest.mark.slow


Person = dict[str, "Cell"]

D = "2026-02-01"
JUNE, JANUARY, FEBRUARY = "2025-06-01", "2026-01-01", "2026-02-10"
ASKED = ("2013-06-30", "2013-07-01", "2019-07-01", "2020-01-31", "2020-02-01")

RESIDENTS, ARRIVALS, FROM_RNI, DEPARTURES = (
    "brp_residents_foreign_nationality", "brp_arrivals", "brp_arrivals_from_rni", "brp_departures",
)  # fmt: skip
TEMPORARY, RECENT = "rni_temporary_address", "rni_temporary_address_recent"
UNDER_4, TO_12, TO_60, MORE = "under_4_months", "4_to_12_months", "1_to_5_years", "5_years_and_more"

# the persons

_A_NUMBERS = (f"{n}" for n in itertools.count(8_201_010_101) if is_a_number(f"{n}"))
_BSNS = (f"{n}" for n in itertools.count(901_000_000) if is_bsn(f"{n}"))


def lives(municipality: str, **changed: Cell) -> Person:
    """Somebody new in the BRP: of Polish nationality, there since 15 March 2024, at an address that is not told."""
    numbers: Person = {"r01_01_10": next(_A_NUMBERS), "r01_01_20": next(_BSNS)}
    return resident(0, **(numbers | {"r08_09_10": municipality, "r08_11_80": ""} | changed))


def stays(municipality: str = "", **changed: Cell) -> Person:
    """Somebody new in the RNI: of Polish nationality, of reason R, registered on 2 March 2025."""
    numbers: Person = {"r01_01_10": next(_A_NUMBERS), "r01_01_20": next(_BSNS)}
    return non_resident(0, **(numbers | {"r16_09_10": municipality} | changed))


def many(times: int, make: Any, municipality: str, **changed: Cell) -> list[Person]:
    return [make(municipality, **changed) for _ in range(times)]


def as_non_resident(person: Person, **changed: Cell) -> Person:
    """The record that the RNI holds of somebody who is in the BRP."""
    same: Person = {"r01_01_10": person["01.01.10"], "r01_01_20": person["01.01.20"]}
    return non_resident(0, **(same | changed))


def again(person: Person, **changed: Cell) -> Person:
    """Another record of the same person."""
    return person | {name.removeprefix("r").replace("_", "."): content for name, content in changed.items()}


# Eindhoven: residents of whom the RNI still holds an open record with a temporary address.
BACK = many(12, lives, "0772")
BACK_IN_RNI = [as_non_resident(one, r16_09_10="0772", r16_85_10="20250302") for one in BACK]

# Utrecht: one of each that is no resident, and one resident.
ENDS = {
    "resident": lives("0344"),
    "deceased": lives("0344", r07_67_10="20250401", r07_67_20="O"),
    "left": lives("0344", r07_67_10="20250402", r07_67_20="E"),
    "left for the RNI": lives("0344", r07_67_10="20250403", r07_67_20="R"),
    "left by decision": lives("0344", r07_67_10="20250404", r07_67_20="M"),
    "left for reasons unknown": lives("0344", r07_67_10="20250405", r07_67_20="."),
    "left long ago": lives("0344", r07_67_10="20241231", r07_67_20="E"),
    "in error": lives("0344", r07_67_10="20250406", r07_67_20="F"),
    "wiped": lives("0344", r07_67_10="20250407", r07_67_20="W"),
    "incorrect": lives("0344", r08_84_10="O"),
    "against public order": lives("0344", r01_84_10="S"),
}
ENDS_IN_RNI = {
    "non-resident": stays(),
    "emigrated": stays(r07_67_20="E"),
    "deceased": stays("0344", r07_67_20="O"),
    "in error": stays("0344", r07_67_20="F"),
    "incorrect": stays("0344", r08_84_10="O"),
}

# Haarlemmermeer, told of by itself and by the country: 9 and 6 and 1 by both, 2 and 1 by one. The 6 have an impossible
# birth; of 4 others suspended without a date both tell too.
BOTH = many(9, lives, "0394")
BORN_WRONG_TWICE = many(6, lives, "0394", r01_03_10="18500101")
UNDATED_TWICE = many(4, lives, "0394", r07_67_20="E")
MOVED = lives("0394", r08_09_20="20260115")
MOVED_BEFORE = again(MOVED, r08_09_10="0599", r08_09_20="20200301")
ONLY_ITSELF, ONLY_COUNTRY = many(2, lives, "0394"), many(1, lives, "0394")

# The Hague, told of by a region and by the country: twelve at one address.
REGIONAL = many(12, lives, "0518", r08_11_80="0518010000000011")

# Tilburg: a start known by its year, and one before it.
VAGUE, SURE = many(3, lives, "0855", r08_09_20="20190000"), many(2, lives, "0855", r08_09_20="20180101")

# Groningen: nationalities.
_TURKISH, _POLISH, _UKRAINIAN, _SWISS, _GERMAN = "0339", "0072", "0034", "0081", "0055"
_CROATIAN, _BRITISH = "0043", "0060"
NATIONALITIES: dict[str, tuple[Person, str]] = {
    "Dutch beside Polish": (lives("0014", r04_05_10=[_POLISH, "0001"]), "nl"),
    "treated as Dutch": (lives("0014", r04_05_10="", r04_65_10="B"), "nl"),
    "treated as Dutch beside Turkish": (lives("0014", r04_05_10=[_TURKISH, ""], r04_65_10=["", "B"]), "nl"),
    "Dutch until 2020, now Polish": (lives("0014", r04_05_10=["", _POLISH], r04_64_10=["20200101", ""]), "moe"),
    "Polish until 2020, now Turkish": (
        lives("0014", r04_05_10=["", _TURKISH], r04_64_10=["20200101", ""]), "third_country",
    ),
    "nothing that has not ended": (lives("0014", r04_05_10="", r04_64_10="20200101"), "unknown"),
    "established non-Dutch": (lives("0014", r04_05_10="", r04_65_10="V"), "unknown"),
    "Polish by mistake, Turkish": (
        lives("0014", r04_05_10=[_POLISH, _TURKISH], r04_84_10=["O", ""]), "third_country",
    ),
    "Dutch by mistake, Polish": (lives("0014", r04_05_10=["0001", _POLISH], r04_84_10=["S", ""]), "moe"),
    "stateless": (lives("0014", r04_05_10="0499"), "unknown"),
    "Ukrainian and Polish": (lives("0014", r04_05_10=[_UKRAINIAN, _POLISH]), "moe"),
    "Ukrainian and Turkish": (lives("0014", r04_05_10=[_TURKISH, _UKRAINIAN]), "ukraine"),
    "Swiss": (lives("0014", r04_05_10=_SWISS), "efta"),
    "German and Turkish": (lives("0014", r04_05_10=[_TURKISH, _GERMAN]), "other_eu"),
}  # fmt: skip
CODELESS = lives("0034", r04_05_10="", r04_64_10=["20100101", ""], r04_65_10=["", "B"])
CROATIAN = lives("0014", r04_05_10=_CROATIAN, r08_09_20="20100101")
BRITISH = lives("0014", r04_05_10=_BRITISH, r08_09_20="20100101")

# Leiden: suspended, and nobody knows since when.
UNDATED = [
    *many(5, lives, "0546", r08_09_20="20100101", r07_67_20="O"),
    *many(5, lives, "0546", r08_09_20="20100101", r07_67_10="00000000", r07_67_20="E"),
]

# Dordrecht and Rotterdam: established not to live at their address.
ABSENT = many(10, lives, "0505", r08_83_10="089999")
ABSENT_TWICE = many(6, lives, "0599", r08_83_10="089999")

# Zoetermeer: arrivals of the twelve months up to 1 February 2026, of which the first day is 2 February 2025.
CAME = [
    *many(3, lives, "0637", r08_09_20="20250601"),
    lives("0637", r08_09_20="20250202"),
    lives("0637", r08_09_20="20250201"),
    lives("0637", r08_09_20="20250000"),
    lives("0637", r08_09_20="20250601", r08_72_10="W"),
    lives("0637", r08_09_20="20250601", r08_72_10="T"),
]

# Zaanstad: registered in the RNI on, resident since, and the bands that their time there may lie in.
MOVES: list[tuple[str, str, set[str]]] = [
    ("20250302", "20250701", {UNDER_4}),
    ("20250301", "20250701", {TO_12}),
    ("20240702", "20250701", {TO_12}),
    ("20240701", "20250701", {TO_60}),
    ("20200702", "20250701", {TO_60}),
    ("20200701", "20250701", {MORE}),
    ("20250000", "20250701", {UNDER_4, TO_12}),
]
MOVERS = [lives("0479", r08_09_20=start) for _, start, _ in MOVES]
MOVED_LONG_AGO = lives("0479", r08_09_20="20240101")
MOVED_ON_PAPER = lives("0479", r08_09_20="20250701", r08_72_10="W")
CAME_BACK = lives("0479", r08_09_20="20250701")

# Enschede: three persons whose records bear several A-nummers, and one without a BSN.
FIRST = stays("0153", r01_01_20="")
FIRST_RESIDENT = lives("0153", r01_01_20="", r01_20_10=FIRST["01.01.10"])
FIRST = again(FIRST, r01_20_20=FIRST_RESIDENT["01.01.10"])
_BETWEEN = next(_A_NUMBERS)
SECOND, SECOND_RESIDENT = stays("0153", r01_20_20=_BETWEEN), lives("0153", r01_20_10=_BETWEEN)
THIRD = stays("0153")
THIRD_RESIDENT = lives("0153", r01_01_20=THIRD["01.01.20"])
NUMBERLESS = lives("0153", r01_01_20="")
LINKED = [(FIRST, FIRST_RESIDENT), (SECOND, SECOND_RESIDENT), (THIRD, THIRD_RESIDENT)]

# Waalwijk: temporary addresses; registered too short ago to be due.
_LATELY: dict[str, Cell] = {"r07_67_10": "20251101", "r07_68_10": "20251101", "r16_85_10": "20251101"}
_OLD: dict[str, Cell] = {"r07_67_10": "20220101", "r07_68_10": "20220101", "r16_85_10": "20220101"}
CURRENT = many(11, stays, "0867", **_LATELY)
ENDS_TODAY = stays("0867", r16_18_10="20260201", **_LATELY)
ENDS_TOMORROW = stays("0867", r16_18_10="20260202", **_LATELY)
ENDS_NEXT_YEAR = stays("0867", r16_18_10="20270101", **_LATELY)
ENDS_THIS_YEAR = stays("0867", r16_18_10="20260000", **_LATELY)
EMIGRATED_THERE = stays("0867", **(_LATELY | {"r07_67_20": "E"}))
SILENT = many(2, stays, "0867", **_OLD)
VERIFIED = stays("0867", r07_71_10="20250101", **_OLD)

# What the controls must find; beside each some that they must not.
DUE = many(12, stays, "0758", r07_67_10="20250901", r07_68_10="20250901", r16_85_10="20250901")
NOT_DUE = many(3, stays, "0758", **_LATELY) + many(1, stays, "0758", **_OLD)
EXPIRED = many(12, stays, "0796", r16_18_10="20251231", r16_85_10="20250302")
DUTCH_ABROAD = many(10, lives, "0202", r07_67_10="20250402", r07_67_20="E", r08_13_10="6030")
POLISH_ABROAD = many(2, lives, "0202", r07_67_10="20250402", r07_67_20="E", r08_13_10="7028")
BORN_WRONG = [*many(10, lives, "0268", r01_03_10="19050101"), lives("0268", r01_03_10="20270101")]
BORN_LONG_AGO = many(5, lives, "0268", r01_03_10="19060101")
CROWD = many(11, lives, "0307", r08_11_80="0307010000000011")
HOUSEHOLD = many(10, lives, "0307", r08_11_80="0307010000000022")
MIXED = many(8, lives, "0222", r08_11_80="0222010000000011")
MIXED_IN_RNI = many(8, stays, "0222", r16_11_80="0222010000000011", **_LATELY)
DOUBLE = many(10, lives, "0361")
TWO_PLACES = many(10, lives, "0200")
TWO_PLACES_ELSEWHERE = [again(one, r08_09_10="0606", r08_09_20="20250801") for one in TWO_PLACES]

# Amsterdam today, Gouda before, Barendrecht before that.
HISTORY = many(12, lives, "0363", r08_09_20="20220501", r58_09_10=["0513", "0489"], r58_09_20=["20180101", "20150101"])

# Disclosure. Vlaardingen: 14 of 20 residents are new. Capelle: 40 of 45 arrivals came from the RNI, ten in each band.
# Haarlem: three from outside the EU. Hilversum: every cell may be shown, and the bands are at their edges.
NEW_OF_TWENTY = many(6, lives, "0622") + many(14, lives, "0622", r08_09_20="20250601")
BANDED = [(entered, lives("0502", r08_09_20="20250701")) for entered in
          ("20250601", "20240801", "20230101", "20150101") for _ in range(10)]  # fmt: skip
BESIDE_BANDED = many(5, lives, "0502", r08_09_20="20250701") + many(10, lives, "0502")
THREE_OUTSIDE = [
    *many(13, lives, "0392"),
    *many(12, lives, "0392", r04_05_10=_GERMAN),
    *many(3, lives, "0392", r04_05_10=_TURKISH),
]
_SETTLED = ["20251002"] * 11 + ["20251001"] * 6 + ["20250202"] * 5 + ["20250201"] * 6 + ["20210202"] * 5
_SETTLED += ["20210201"] * 11
ALL_SHOWN = [
    lives("0402", r04_05_10=code, r08_14_20=settled)
    for code, settled in zip([_POLISH] * 16 + [_GERMAN] * 14 + [_TURKISH] * 14, _SETTLED, strict=True)
]
# Barneveld: settled on an unknown date, or in a year.
UNSETTLED = [lives("0203", r08_14_20=""), lives("0203", r08_14_20="20250000")]

COUNTRY = [
    *BACK, *ENDS.values(), *BOTH, *BORN_WRONG_TWICE, *UNDATED_TWICE, MOVED, *ONLY_COUNTRY, *REGIONAL, *VAGUE, *SURE,
    *(person for person, _ in NATIONALITIES.values()), CODELESS, CROATIAN, BRITISH, *UNDATED, *ABSENT, *ABSENT_TWICE,
    *CAME, *MOVERS, MOVED_LONG_AGO, MOVED_ON_PAPER, CAME_BACK, FIRST_RESIDENT, SECOND_RESIDENT, THIRD_RESIDENT,
    NUMBERLESS, *DUTCH_ABROAD, *POLISH_ABROAD, *BORN_WRONG, *BORN_LONG_AGO, *CROWD, *HOUSEHOLD, *MIXED, *DOUBLE,
    *DOUBLE, *TWO_PLACES, *HISTORY, *NEW_OF_TWENTY, *(person for _, person in BANDED), *BESIDE_BANDED, *THREE_OUTSIDE,
    *ALL_SHOWN, *UNSETTLED,
]  # fmt: skip
OWN = [*BOTH, *BORN_WRONG_TWICE, *UNDATED_TWICE, MOVED, *ONLY_ITSELF]
RNI = [
    *BACK_IN_RNI, *ENDS_IN_RNI.values(), FIRST, SECOND, THIRD, *CURRENT, ENDS_TODAY, ENDS_TOMORROW, ENDS_NEXT_YEAR,
    ENDS_THIS_YEAR, EMIGRATED_THERE, *SILENT, VERIFIED, *DUE, *NOT_DUE, *EXPIRED, *MIXED_IN_RNI,
]  # fmt: skip


def _registered(person: Person, since: str, reason: str = "R") -> Person:
    return as_non_resident(person, r07_67_10=since, r07_68_10=since, r07_67_20=reason)


RNI_IN_JUNE = [
    *(_registered(person, since) for person, (since, _, _) in zip(MOVERS, MOVES, strict=True)),
    _registered(MOVED_LONG_AGO, "20230101"),
    _registered(MOVED_ON_PAPER, "20230101"),
    _registered(CAME_BACK, "20230101", "E"),
    *(_registered(person, entered) for entered, person in BANDED),
]
ROTTERDAM_IN_JANUARY = [*ABSENT_TWICE, MOVED_BEFORE]
TILBURG_IN_2019 = many(12, lives, "0855", r08_09_20="20180101", r08_14_20="20180101")
HAARLEMMERMEER_LATER = [*BOTH, *ONLY_ITSELF, lives("0394", r08_09_20="20260205")]


@dataclass(frozen=True)
class Chapter:
    """A house after a refresh."""

    place: Place
    ran: Ran


@pytest.fixture(scope="session")
def story(once: Once) -> Chapter:
    """Both registers of the country, with those of three municipalities and a region beside them."""

    def build(folder: Path) -> Chapter:
        place = new_place(folder)
        place = Place(place.data, place.environment, installed(folder / "program", register_dates=list(ASKED)))
        place.deliver("brp", "NL", D, {"a.csv": lo_csv(COUNTRY)})
        place.deliver("brp", "0394", D, {"a.csv": lo_csv(OWN)})
        place.deliver("brp", "Haaglanden", D, {"a.csv": lo_csv(REGIONAL)})
        place.deliver("brp", "0606", D, {"a.csv": lo_csv(TWO_PLACES_ELSEWHERE)})
        place.deliver("brp", "0599", JANUARY, {"a.csv": lo_csv(ROTTERDAM_IN_JANUARY)})
        place.deliver("rni", "NL", D, {"a.csv": lo_csv(RNI)})
        place.deliver("rni", "NL", JUNE, {"a.csv": lo_csv(RNI_IN_JUNE)})
        return Chapter(place, place.refresh())

    return once("registers", build)


@pytest.fixture(scope="session")
def house(story: Chapter) -> Place:
    assert story.ran.code == 0, (story.ran.out, story.ran.err)
    assert story.ran.summary["rows"]["rejected"] == 0
    return story.place


@dataclass(frozen=True)
class Later:
    """The same house when two municipalities delivered again, and what was staged before."""

    place: Place
    ran: Ran
    before: dict[str, tuple[int, int, bytes]]
    after: dict[str, tuple[int, int, bytes]]


@pytest.fixture(scope="session")
def later(story: Chapter, once: Once) -> Later:
    """Tilburg delivered the extract of 2019 that was missing, Haarlemmermeer a newer one."""

    def build(folder: Path) -> Later:
        place = story.place.copy(folder / "data")
        before = staged(place)
        place.deliver("brp", "0855", "2019-07-01", {"a.csv": lo_csv(TILBURG_IN_2019)})
        place.deliver("brp", "0394", FEBRUARY, {"a.csv": lo_csv(HAARLEMMERMEER_LATER)})
        ran = place.refresh()
        return Later(place, ran, before, staged(place))

    return once("registers_later", build)


def staged(place: Place) -> dict[str, tuple[int, int, bytes]]:
    """What was read of each delivery: when it was written, where it lies and what it holds."""
    root = place.data / "staged"
    return {
        path.relative_to(root).as_posix(): (path.stat().st_mtime_ns, path.stat().st_ino, path.read_bytes())
        for path in below(root)
        if len(path.relative_to(root).parts) > 3  # <source>/<kind>/<scope>/…
    }


# looking up


def keys(place: Place, *persons: Person) -> list[str]:
    """What the models call these persons: the pseudonyms of their A-nummers, to 128 bits."""
    secret = bytes.fromhex(Path(place.environment["ZICHT_PSEUDONYM_KEY_FILE"]).read_text(encoding="ascii").strip())
    digests = (hmac.new(secret, str(one["01.01.10"]).encode(), hashlib.sha256).hexdigest() for one in persons)
    return [str(uuid.UUID(digest[:32])) for digest in digests]


def given(place: Place, *records: Person, on: str = D) -> tuple[str, str]:
    """State and area that a person is given on a date."""
    (row,) = place.modelled(
        "select state, area_code from int_states__possible"
        " where counted_on = ? and rank = 1 and list_contains(?, cast(person as varchar))",
        on, keys(place, *records),
    )  # fmt: skip
    return row["state"], row["area_code"]


def group(place: Place, person: Person, on: str = D) -> str:
    """The group of origin that a person is counted in."""
    (row,) = place.modelled(
        "select base_group from int_states__possible where counted_on = ? and rank = 1 and cast(person as varchar) = ?",
        on, keys(place, person)[0],
    )  # fmt: skip
    return str(row["base_group"])


def counted(
    place: Place, universe: str, area: str, on: str = D, origin: str = "all", band: str = "all"
) -> tuple[int, int | None]:
    """Bounds of a count before it is protected."""
    (row,) = place.modelled(
        "select persons_low, persons_high from int_registered__counted where universe = ? and area_code = ?"
        " and counted_on = ? and origin_group = ? and stay_band = ?",
        universe, area, on, origin, band,
    )  # fmt: skip
    return row["persons_low"], row["persons_high"]


def possible(place: Place, universe: str, area: str, on: str) -> tuple[int, int]:
    """How many certainly and how many possibly are in a universe, of those that the deliveries tell of."""
    (row,) = place.modelled(
        "select sum(persons_low)::bigint as low, sum(persons_high)::bigint as high from int_registered__persons"
        " where universe = ? and area_code = ? and counted_on = ?",
        universe, area, on,
    )  # fmt: skip
    return row["low"], row["high"]


def published(
    place: Place, universe: str, area: str, on: str = D, origin: str = "all", band: str = "all"
) -> tuple[int | None, int, int | None, str]:
    """A count as it left: value, bounds, availability."""
    row = place.one(
        "from registered where universe = ? and area_code = ? and period_end = ?"
        " and origin_group = ? and stay_band = ?",
        universe, area, on, origin, band,
    )  # fmt: skip
    return row["persons"], row["persons_low"], row["persons_high"], row["availability"]


WITHHELD = (None, 0, 9, "suppressed")


def bounds_hold(
    place: Place, universe: str, area: str, on: str = D, origin: str = "all", band: str = "all"
) -> tuple[int | None, int, int | None, str]:
    """A count as it left, once its bounds were seen to hold what was counted."""
    shown = published(place, universe, area, on, origin, band)
    known_low, known_high = counted(place, universe, area, on, origin, band)
    assert shown[1] <= known_low
    assert (shown[2] is None) == (known_high is None)
    assert shown[2] is None or known_high is None or known_high <= shown[2]
    return shown


def found_by(place: Place, control: str, on: str = D) -> dict[str, int]:
    """How many persons a control finds, by municipality."""
    rows = place.modelled(
        "select area_code, persons from int_register__controls where control = ? and reference_date = ?", control, on
    )
    return {row["area_code"]: row["persons"] for row in rows}


def told_of(place: Place, control: str) -> dict[str, str]:
    """What the published gaps say of a control, by municipality."""
    rows = place.rows("from data_gap where kind = 'register_control' and measure = ?", control)
    return {row["area_code"]: row["explanation_en"] for row in rows}


# one state


def test_everybody_told_of_has_exactly_one_state_on_the_date(house: Place) -> None:
    rows = house.modelled(
        "select cast(person as varchar) as person, count(*) as n from int_states__possible"
        " where counted_on = ? and rank = 1 group by person", D,
    )  # fmt: skip
    assert {row["n"] for row in rows} == {1}
    told = [*COUNTRY, *OWN, *ROTTERDAM_IN_JANUARY, *RNI]
    assert {row["person"] for row in rows} <= set(keys(house, *told))
    of_one = {str(other["01.01.10"]): str(one["01.01.10"]) for one, other in LINKED}
    persons = {of_one.get(str(one["01.01.10"]), str(one["01.01.10"])) for one in told}
    assert len(rows) == len(persons)


def test_on_no_date_has_anybody_two_states_or_none(house: Place) -> None:
    rows = house.modelled(
        "select counted_on, count_if(rank = 1) as given, count(distinct person) as persons from int_states__possible"
        " group by counted_on"
    )
    assert {str(row["counted_on"]) for row in rows} == {D, JUNE, JANUARY, *ASKED}
    assert [row for row in rows if row["given"] != row["persons"]] == []


def test_a_resident_with_an_open_record_in_the_rni_is_a_resident_and_stale(house: Place) -> None:
    assert {given(house, one) for one in BACK} == {("resident", "0772")}
    assert counted(house, RESIDENTS, "0772") == (12, 12)
    assert counted(house, TEMPORARY, "0772") == (0, 0)
    assert found_by(house, "stale_rni_record")["0772"] == 12


@pytest.mark.parametrize(
    ("who", "state"),
    [
        ("resident", "resident"),
        ("deceased", "deceased"),
        ("left", "left"),
        ("left for the RNI", "left"),
        ("left by decision", "left"),
        ("left for reasons unknown", "left"),
        ("left long ago", "left"),
        ("in error", "in_error"),
        ("wiped", "in_error"),
        ("incorrect", "in_error"),
        ("against public order", "in_error"),
    ],
)
def test_what_became_of_a_resident_is_told_apart(house: Place, who: str, state: str) -> None:
    assert given(house, ENDS[who]) == (state, "0344")


@pytest.mark.parametrize(
    ("who", "state"),
    [
        ("non-resident", "non_resident"),
        ("emigrated", "left"),
        ("deceased", "deceased"),
        ("in error", "in_error"),
        ("incorrect", "in_error"),
    ],
)
def test_what_became_of_a_non_resident_is_told_apart(house: Place, who: str, state: str) -> None:
    assert given(house, ENDS_IN_RNI[who]) == (state, "unknown")


def test_only_who_is_a_resident_now_is_counted_as_one(house: Place) -> None:
    assert counted(house, RESIDENTS, "0344") == (1, 1)


def test_departures_of_twelve_months_are_a_lower_bound_without_the_dead_and_the_errors(house: Place) -> None:
    assert counted(house, DEPARTURES, "0344") == (4, None)


@pytest.mark.parametrize("state", ["resident", "deceased", "left"])
def test_before_it_ended_everybody_was_a_resident(house: Place, state: str) -> None:
    person = ENDS[state]
    assert given(house, person, on=JANUARY) == given(house, person)
    # They came on 15 March 2024, and went in April 2025: on no date asked for were they there.
    assert given(house, person, on="2020-02-01") == ("non_resident", "unknown")


# overlap


def test_who_stands_in_the_extract_of_the_municipality_and_of_the_country_counts_once(house: Place) -> None:
    assert counted(house, RESIDENTS, "0394") == (19, 19)
    assert bounds_hold(house, RESIDENTS, "0394")[0] in (10, 20)


def test_who_stands_in_the_extract_of_a_region_and_of_the_country_counts_once(house: Place) -> None:
    assert counted(house, RESIDENTS, "0518") == (12, 12)


def test_the_figure_names_the_municipality_s_own_delivery_and_else_the_region_s(house: Place) -> None:
    scopes = {row["delivery_id"]: row["scope"] for row in house.rows("from delivery")}
    rows = house.rows("from registered where area_type = 'GM' and universe = ? and period_end = ?", RESIDENTS, D)
    named = {row["area_code"]: scopes[row["delivery_id"]] for row in rows}
    assert (named["0394"], named["0518"], named["0599"]) == ("0394", "Haaglanden", "NL")


def test_who_moved_between_two_extracts_lives_in_one_place_on_each_date(house: Place) -> None:
    assert given(house, MOVED, on=JANUARY) == ("resident", "0599")
    assert given(house, MOVED) == ("resident", "0394")
    assert counted(house, RESIDENTS, "0599", on=JANUARY) == (7, 7)
    assert counted(house, RESIDENTS, "0599") == (6, 6)


def test_who_stands_in_two_municipalities_is_counted_in_one_of_them(house: Place) -> None:
    low = counted(house, RESIDENTS, "0200")[0] + counted(house, RESIDENTS, "0606")[0]
    assert low == 10


# incomplete dates and earlier dates


def test_an_incomplete_start_counts_in_the_high_and_not_in_the_low(house: Place) -> None:
    assert possible(house, RESIDENTS, "0855", on="2019-07-01") == (2, 5)
    assert possible(house, RESIDENTS, "0855", on=D) == (5, 5)


def test_who_came_in_some_month_of_a_year_may_or_may_not_be_an_arrival(house: Place) -> None:
    assert counted(house, ARRIVALS, "0637") == (4, 5)


def test_of_a_date_before_the_delivery_only_a_lower_bound_is_known(house: Place) -> None:
    assert counted(house, RESIDENTS, "0855", on="2019-07-01") == (2, None)
    value, low, high, _ = published(house, RESIDENTS, "0513", on="2019-07-01")
    assert (value, high) == (None, None)
    assert low in (1, 11)


@pytest.mark.parametrize(("source", "measure"), [("brp", "residents"), ("rni", "non_residents")])
def test_a_lower_bound_is_an_open_gap_of_its_municipality_and_date(house: Place, source: str, measure: str) -> None:
    gap = house.one(
        "from data_gap where kind = 'lower_bound' and area_code = '0855' and period_start = date '2019-07-01'"
        " and source = ? and measure = ?", source, measure,
    )  # fmt: skip
    assert gap["closed"] is None
    assert gap["remedy_en"]
    assert gap["remedy_nl"]


def test_no_count_of_an_earlier_date_has_a_value_or_an_upper_bound(house: Place) -> None:
    rows = house.rows("from registered where period_end in (select unnest(?::date[]))", list(ASKED))
    assert len(rows) > 1000
    assert [row for row in rows if row["persons"] is not None or row["persons_high"] not in (None, 9)] == []
    assert {row["measured_as"] for row in rows} == {"stock"}


def test_a_date_with_a_delivery_is_no_lower_bound(house: Place) -> None:
    gaps = house.rows("from data_gap where kind = 'lower_bound' and period_start = ?", D)
    assert gaps == []
    brp = house.rows("from data_gap where kind = 'lower_bound' and period_start = ? and source = 'brp'", JANUARY)
    assert brp
    assert "0599" not in {gap["area_code"] for gap in brp}


def test_the_gap_closes_when_the_delivery_of_that_date_arrives(later: Later) -> None:
    assert later.ran.summary["released"] is True, (later.ran.out, later.ran.err)
    rows = later.place.rows(
        "from data_gap where kind = 'lower_bound' and period_start = date '2019-07-01' and source = 'brp'"
    )
    closed = {row["area_code"] for row in rows if row["closed"]}
    assert closed == {"0855"}
    assert "0513" in {row["area_code"] for row in rows if row["closed"] is None}
    assert counted(later.place, RESIDENTS, "0855", on="2019-07-01") == (12, 12)
    assert bounds_hold(later.place, RESIDENTS, "0855", on="2019-07-01")[0] in (10, 20)


def test_only_that_gap_closes(later: Later) -> None:
    closed = later.place.rows("from data_gap where closed is not null")
    assert [(row["kind"], row["area_code"], str(row["period_start"])) for row in closed] == [
        ("lower_bound", "0855", "2019-07-01")
    ]


def test_a_suspension_without_a_date_ends_the_residence_and_may_have_ended_it_before(house: Place) -> None:
    dead, gone = UNDATED[0], UNDATED[-1]
    assert given(house, dead) == ("deceased", "0546")
    assert given(house, gone) == ("left", "0546")
    assert counted(house, RESIDENTS, "0546") == (0, 0)
    assert possible(house, RESIDENTS, "0546", on="2019-07-01") == (0, 10)


def test_on_an_earlier_date_a_person_is_a_resident_of_where_they_lived_then(house: Place) -> None:
    def where(on: str) -> set[tuple[str, str]]:
        return {given(house, one, on=on) for one in HISTORY}

    assert where(D) == {("resident", "0363")}
    assert where("2019-07-01") == where("2020-02-01") == {("resident", "0513")}
    assert where("2013-06-30") == {("non_resident", "unknown")}
    assert counted(house, RESIDENTS, "0363") == (12, 12)
    assert counted(house, RESIDENTS, "0513", on="2019-07-01") == (12, None)
    assert counted(house, RESIDENTS, "0489", on="2019-07-01") == (0, None)
    assert counted(house, RESIDENTS, "0363", on="2019-07-01") == (0, None)
    assert counted(house, RESIDENTS, "0513") == (0, 0)


# nationality


@pytest.mark.parametrize("who", NATIONALITIES)
def test_of_several_nationalities_the_one_that_gives_most_here_counts(house: Place, who: str) -> None:
    person, expected = NATIONALITIES[who]
    assert group(house, person) == expected


def test_who_is_dutch_or_treated_as_dutch_is_in_no_count(house: Place) -> None:
    foreign = [expected for _, expected in NATIONALITIES.values() if expected != "nl"]
    assert counted(house, RESIDENTS, "0014") == (len(foreign) + 2, len(foreign) + 2)


def test_treated_as_dutch_after_a_nationality_that_ended_is_dutch(house: Place) -> None:
    assert group(house, CODELESS) == "nl"
    assert counted(house, RESIDENTS, "0034") == (0, 0)


@pytest.mark.parametrize(("on", "croatian"), [("2013-06-30", "third_country"), ("2013-07-01", "moe"), (D, "moe")])
def test_croatia_is_in_the_union_from_1_july_2013(house: Place, on: str, croatian: str) -> None:
    assert group(house, CROATIAN, on=on) == croatian


@pytest.mark.parametrize(
    ("on", "british"), [("2013-06-30", "other_eu"), ("2020-01-31", "other_eu"), ("2020-02-01", "third_country")]
)
def test_great_britain_is_in_the_union_until_31_january_2020(house: Place, on: str, british: str) -> None:
    assert group(house, BRITISH, on=on) == british


# flows


def test_established_absent_is_a_resident_still(house: Place) -> None:
    assert {given(house, one) for one in ABSENT} == {("resident", "0505")}
    assert counted(house, RESIDENTS, "0505") == (10, 10)


def test_a_technical_start_is_no_arrival(house: Place) -> None:
    assert counted(house, RESIDENTS, "0637") == (8, 8)
    technical = [one for one in CAME if one.get("08.72.10")]
    assert len(technical) == 2
    # Of the other six one came a day too early.
    assert counted(house, ARRIVALS, "0637")[1] == 8 - len(technical) - 1


def test_arrivals_from_the_rni_are_new_residents_who_stood_there_for_reason_r(house: Place) -> None:
    assert counted(house, FROM_RNI, "0479") == (7, 7)
    assert counted(house, ARRIVALS, "0479") == (8, 8)


@pytest.mark.parametrize("band", [UNDER_4, TO_12, TO_60, MORE])
def test_how_long_the_rni_held_them_is_counted_in_whole_months(house: Place, band: str) -> None:
    low = sum(bands == {band} for _, _, bands in MOVES)
    high = sum(band in bands or len(bands) > 1 for _, _, bands in MOVES)
    assert counted(house, FROM_RNI, "0479", band=band) == (low, high)


@pytest.mark.parametrize("band", [UNDER_4, TO_12, TO_60, MORE])
def test_length_of_stay_changes_band_on_the_day(house: Place, band: str) -> None:
    assert counted(house, RESIDENTS, "0402", band=band) == (11, 11)


@pytest.mark.parametrize("band", [UNDER_4, TO_12, TO_60, MORE])
def test_who_settled_on_an_unknown_date_may_be_in_any_band(house: Place, band: str) -> None:
    assert counted(house, RESIDENTS, "0203", band=band) == (0, 2)
    assert counted(house, RESIDENTS, "0203", band="unknown") == counted(house, RESIDENTS, "0203") == (2, 2)


# one person


@pytest.mark.parametrize("at", range(len(LINKED)), ids=["next and previous", "over a third number", "one BSN"])
def test_records_of_several_a_nummers_are_one_person_and_the_residence_counts(house: Place, at: int) -> None:
    assert given(house, *LINKED[at]) == ("resident", "0153")


def test_linked_persons_and_who_has_no_bsn_count_once(house: Place) -> None:
    assert counted(house, RESIDENTS, "0153") == (4, 4)
    assert counted(house, TEMPORARY, "0153") == (0, 0)
    assert given(house, NUMBERLESS) == ("resident", "0153")


# the RNI


def test_a_temporary_address_counts_until_the_day_before_its_end(house: Place) -> None:
    assert {given(house, one) for one in CURRENT} == {("temporary_address", "0867")}
    assert given(house, ENDS_TODAY) == ("non_resident", "unknown")
    assert given(house, ENDS_TOMORROW) == given(house, ENDS_NEXT_YEAR) == ("temporary_address", "0867")


def test_who_emigrated_never_counts_at_a_temporary_address(house: Place) -> None:
    assert given(house, EMIGRATED_THERE) == ("left", "unknown")


def test_the_recency_filter_stands_beside_as_another_universe(house: Place) -> None:
    # 11 current, 2 that end later, 2 silent, 1 verified; 1 whose end is known by its year.
    assert counted(house, TEMPORARY, "0867") == (16, 17)
    assert counted(house, RECENT, "0867") == (14, 15)


def test_how_few_the_filter_takes_away_cannot_be_worked_out(house: Place) -> None:
    """Two are not recent."""
    recent, all_of_them = (bounds_hold(house, universe, "0867") for universe in (RECENT, TEMPORARY))
    assert all_of_them[2] is not None
    assert all_of_them[2] - recent[1] >= 9


# controls

CONTROLS = {
    "possibly_due": {"0758": 12, "0867": 1},
    "temporary_address_expired": {"0796": 12, "0867": 1},
    "established_absent": {"0505": 10, "0599": 6},
    "abroad_country_is_dutch": {"0202": 10},
    "birth_year_impossible": {"0268": 11},
    "suspended_without_date": {"0546": 10},
    "crowded_address": {"0307": 11},
    "double_record": {"0361": 10},
    "two_municipalities": {"0200": 10, "0606": 10},
    "stale_rni_record": {"0772": 12, "0153": 3},
}
# These have tests of their own: two deliveries tell of them, two registers, or only an older delivery.
TOLD_TWICE = {"birth_year_impossible": ("0394", 6), "suspended_without_date": ("0394", 4),
              "crowded_address": ("0518", 12)}  # fmt: skip
APART = {"0394", "0518", "0222", "0479", "0502"}
# In all 13, 13, 16, 10, 17, 14, 39, 10, 10 and 15 persons, to the nearest ten.
SHOWN = {
    "possibly_due": 10, "temporary_address_expired": 10, "established_absent": 20, "abroad_country_is_dutch": 10,
    "birth_year_impossible": 20, "suspended_without_date": 10, "crowded_address": 40, "double_record": 10,
    "two_municipalities": 10, "stale_rni_record": 20,
}  # fmt: skip


@pytest.mark.parametrize("control", CONTROLS)
def test_a_control_finds_exactly_the_persons_planted_for_it(house: Place, control: str) -> None:
    found = found_by(house, control)
    assert {area: persons for area, persons in found.items() if area not in APART} == CONTROLS[control]


@pytest.mark.parametrize("control", TOLD_TWICE)
def test_a_control_finds_once_whom_two_deliveries_tell_of(house: Place, control: str) -> None:
    area, persons = TOLD_TWICE[control]
    assert found_by(house, control)[area] == persons


def test_a_municipality_is_not_named_for_six_of_whom_two_deliveries_tell(house: Place) -> None:
    assert "0394" not in told_of(house, "birth_year_impossible")


def test_who_moved_out_of_the_rni_since_its_last_extract_has_no_stale_record(house: Place) -> None:
    assert not {"0479", "0502"} & set(found_by(house, "stale_rni_record"))


def test_eight_residents_and_eight_non_residents_at_one_address_are_sixteen(house: Place) -> None:
    assert found_by(house, "crowded_address").get("0222") == 16


@pytest.mark.parametrize("control", CONTROLS)
def test_a_municipality_with_fewer_than_ten_is_not_named(house: Place, control: str) -> None:
    named = {area for area, persons in CONTROLS[control].items() if persons >= 10}
    assert set(told_of(house, control)) - APART == named


@pytest.mark.parametrize("control", CONTROLS)
def test_a_gap_of_a_control_says_in_words_what_was_found_and_a_rounded_number(house: Place, control: str) -> None:
    told = {area: words for area, words in told_of(house, control).items() if area not in APART}
    assert told
    for area, words in told.items():
        (number,) = re.findall(r": ([\d,]+) persons, rounded$", words)
        assert control not in words, "a citizen reads this"
        assert abs(int(number) - CONTROLS[control][area]) <= 5
        assert int(number) % 10 == 0


@pytest.mark.parametrize("control", CONTROLS)
def test_every_control_has_its_result(house: Place, control: str) -> None:
    row = house.one("from quality_result where door = 'register' and rule = ?", f"{control} v1")
    assert (row["severity"], row["passed"]) == ("warn", False)
    assert protected(row["failing_rows"])


@pytest.mark.parametrize("control", CONTROLS)
def test_in_the_result_of_a_control_each_person_is_found_once(house: Place, control: str) -> None:
    row = house.one("from quality_result where door = 'register' and rule = ?", f"{control} v1")
    assert row["failing_rows"] == SHOWN[control]


def test_there_are_no_other_controls_than_these(house: Place) -> None:
    rows = house.rows("select rule from quality_result where door = 'register'")
    assert {row["rule"] for row in rows} == {f"{control} v1" for control in CONTROLS}


# protection


def test_what_is_shown_holds_the_count_and_adds_up(house: Place) -> None:
    # 44, 30, 14, 16, 14, and 11 in each band: multiples beside them.
    shown = {origin: bounds_hold(house, RESIDENTS, "0402", origin=origin)[0] or 0
             for origin in ("all", "eu", "outside_eu", "moe", "other_eu", "third_country", "unknown")}  # fmt: skip
    assert shown["all"] == shown["eu"] + shown["outside_eu"] in (40, 50)
    assert shown["eu"] == shown["moe"] + shown["other_eu"] == 30, "what is a multiple stays"
    assert shown["outside_eu"] == shown["third_country"] in (10, 20)
    bands = [bounds_hold(house, RESIDENTS, "0402", band=band)[0] or 0 for band in (UNDER_4, TO_12, TO_60, MORE)]
    assert sum(bands) == shown["all"]
    assert set(bands) <= {10, 20}


def test_nobody_is_withheld_and_so_may_a_few_be(house: Place) -> None:
    assert counted(house, RESIDENTS, "0758") == (0, 0)
    assert published(house, RESIDENTS, "0758") == WITHHELD
    assert published(house, RESIDENTS, "0855") in (WITHHELD, (10, 1, 19, "available"))


def test_beside_a_small_group_its_siblings_are_shown_and_say_nothing_of_it(house: Place) -> None:
    """28 residents, of whom 13 and 12 from within the EU and 3 from outside."""
    for origin in ("all", "eu", "outside_eu", "moe", "other_eu"):
        bounds_hold(house, RESIDENTS, "0392", origin=origin)
    _, low, high, _ = published(house, RESIDENTS, "0392", origin="outside_eu")
    assert (low, high) in ((0, 9), (1, 19))
    assert published(house, RESIDENTS, "0392", origin="eu")[0] in (20, 30)


def test_how_many_residents_are_not_new_cannot_be_worked_out_where_they_are_few(house: Place) -> None:
    """14 of 20 residents are new."""
    whole, part = (bounds_hold(house, universe, "0622") for universe in (RESIDENTS, ARRIVALS))
    assert whole[0] == 20
    assert part[0] in (10, 20)
    assert (whole[0] - part[0]) in (0, 10)


def test_arrivals_from_the_rni_are_among_the_arrivals_in_what_is_shown(house: Place) -> None:
    assert counted(house, ARRIVALS, "0502") == (45, 45)
    assert counted(house, FROM_RNI, "0502") == (40, 40)
    assert [counted(house, FROM_RNI, "0502", band=band) for band in (UNDER_4, TO_12, TO_60, MORE)] == [(10, 10)] * 4
    assert published(house, FROM_RNI, "0502") == (40, 31, 49, "available")
    assert published(house, ARRIVALS, "0502")[0] in (40, 50)
    for band in (UNDER_4, TO_12, TO_60, MORE):
        assert published(house, FROM_RNI, "0502", band=band) == (10, 1, 19, "available")


def protected(number: int) -> bool:
    return number >= 10 and number % 10 == 0


def test_no_count_of_persons_below_ten_or_unrounded_is_in_the_published_file(house: Place) -> None:
    persons = "select delivery_id from delivery where source in ('brp', 'rni')"
    for table in house.tables(having="delivery_id"):
        columns = {row["column_name"] for row in house.rows(f"describe {table}")}
        for figure in columns & {"persons", "residents", "non_residents_here", "workers", "count", "value"}:
            values = house.rows(f"select distinct {figure} as n from {table} where delivery_id in ({persons})")
            assert all(row["n"] is None or protected(row["n"]) for row in values), (table, figure)
    results = house.rows(
        "from quality_result"
        " where (door = 'register' or table_name in ('brp', 'rni')) and rule <> 'form_unchanged'"  # counts deliveries
    )
    assert len(results) > 10
    assert all(row["failing_rows"] in (None, 0) or protected(row["failing_rows"]) for row in results)
    for gap in house.rows("from data_gap where kind = 'register_control'"):
        for words in (gap["explanation_nl"], gap["explanation_en"]):
            (number,) = re.findall(r": ([\d.,]+) person", words)
            assert protected(int(re.sub(r"\D", "", number)))


def test_the_bounds_of_a_withheld_count_are_nought_to_nine_or_none(house: Place) -> None:
    rows = house.rows(
        "select distinct persons, persons_low, persons_high from registered"
        " where area_type = 'GM' and bound_kind = 'suppressed'"
    )
    assert {(row["persons"], row["persons_low"]) for row in rows} == {(None, 0)}
    assert {row["persons_high"] for row in rows} <= {9, None}
    rows = house.rows(
        "select distinct persons_low, persons_high from registered"
        " where area_type = 'GM' and bound_kind = 'rounding_known'"
    )
    assert all(row["persons_low"] == 0 or row["persons_low"] % 10 == 1 for row in rows)
    assert all(row["persons_high"] is None or row["persons_high"] % 10 == 9 for row in rows)


def test_how_many_rows_a_delivery_of_persons_has_is_protected_too(house: Place) -> None:
    rows = house.rows("from delivery where source in ('brp', 'rni')")
    for row in rows:
        for count in (row["rows_read"], row["rows_accepted"], row["rows_rejected"]):
            assert count in (None, 0) or protected(count), (row["source"], row["scope"], count)


# only what changed


def test_a_delivery_of_one_municipality_leaves_what_was_staged_of_others_untouched(later: Later) -> None:
    assert len({name.split("/")[2] for name in later.before}) == 5
    assert {name for name, was in later.before.items() if later.after.get(name) != was} == set()
    new = {tuple(name.split("/")[:3]) for name in set(later.after) - set(later.before)}
    assert {scope for _, kind, scope in new if kind == "accepted"} == {"0394", "0855"}
    assert {source for source, *_ in new} == {"brp"}
    assert later.ran.summary["rows"] == {"read": len(TILBURG_IN_2019) + len(HAARLEMMERMEER_LATER), "rejected": 0}


def test_figures_of_others_stay_as_they_were(house: Place, later: Later) -> None:
    # Both municipalities, and the provinces that hold them.
    select = "from registered where area_code not in ('0394', '0855', 'PV27', 'PV30') order by all"
    assert later.place.rows(select) == house.rows(select)


def test_a_newer_extract_is_another_date_and_changes_no_earlier_one(house: Place, later: Later) -> None:
    assert counted(later.place, RESIDENTS, "0394", on=FEBRUARY) == (12, 12)
    assert counted(later.place, RESIDENTS, "0394") == counted(house, RESIDENTS, "0394")


# at the door


def test_an_extract_of_one_municipality_may_tell_where_its_residents_lived_before(tmp_path: Path) -> None:
    """Rubrics 58 are asked for; the rule that blocks is about who lives there now."""
    one = make_house(tmp_path)
    extract = lo_csv(many(12, lives, "0394", r58_09_10=["0599"], r58_09_20=["20180101"]))
    assert one.take_in("brp", {"a.csv": extract}).status == "read"
    for source in all_sources().values():
        anchor(one.settings, source)
    results = run_suites(arrivals_database(one.settings), [load_suites("arrival")["brp"]], "arrival")
    assert [result["rule"] for result in results if not result["passed"] and result["severity"] == "block"] == []
