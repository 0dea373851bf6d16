"""Counts of the registers as they leave: rounded together so that all adds up, and nobody places a small one."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import replace
from datetime import date
from itertools import product
from typing import TYPE_CHECKING, Any

import duckdb
import polars as pl
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.model.dbt import DBT_PROJECT
from pipelines.privacy import counts, disclosure
from pipelines.privacy.counts import Frame, protected, revealed, rounding_secret
from pipelines.privacy.disclosure import Rules, leaks, rules
from pipelines.privacy.pseudonyms import make_key
from pipelines.privacy.tables.audit import ContradictionError
from pipelines.privacy.tables.rounding import Rounded, rounded
from pipelines.privacy.tables.table import GaveUpError
from pipelines.settings import UsageError
from tests.unit.privacy.tables.made import SECRET

if TYPE_CHECKING:
    from pathlib import Path

DAY = date(2026, 1, 1)
RESIDENTS, ARRIVALS, DEPARTURES = "brp_residents_foreign_nationality", "brp_arrivals", "brp_departures"
BANDED = {RESIDENTS}
ONLY_FROM_BELOW = {DEPARTURES}

Persons = tuple[str, str, tuple[int, int], int, int]
"""Universe, base group, first and last band, who certainly and who possibly is counted."""


def seed(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader((DBT_PROJECT / "seeds" / f"{name}.csv").open(encoding="utf-8")))


GROUPS = pl.DataFrame(seed("origin_group")).select("base_group", "origin_group")
BANDS = pl.DataFrame(seed("stay_band")).select(pl.col("place").cast(pl.Int64), "stay_band")
OF_GROUP = {one: {row["origin_group"] for row in seed("origin_group") if row["base_group"] == one}
            for one in GROUPS["base_group"].unique() if one != "nl"}  # fmt: skip
BAND_AT = dict(BANDS.iter_rows())
BASE_GROUPS = ["efta", "moe", "other_eu", "third_country", "ukraine", "unknown"]


def frame(*persons: Persons, day: date = DAY, area: str = "0394") -> Frame:
    """The counts of some persons, noughts included, and what they add up from."""
    key: dict[str, Any] = {"counted_on": day, "area_code": area, "synthetic": False}
    low: Counter[tuple[str, str, str]] = Counter()
    high: Counter[tuple[str, str, str]] = Counter()
    for universe, base_group, (first, last), certain, possible in persons:
        cells = [(universe, group, "all") for group in OF_GROUP[base_group]]
        stays = [BAND_AT[first]] if first == last else ["unknown"]
        low.update(dict.fromkeys([*cells, *((universe, "all", stay) for stay in stays)], certain))
        within = [*BAND_AT.values(), "unknown"] if first != last else stays
        high.update(dict.fromkeys([*cells, *((universe, "all", stay) for stay in within)], possible))
    universes = sorted({one[0] for one in persons})
    groups = sorted({group for of in OF_GROUP.values() for group in of})
    cells = [
        *product(universes, groups, ["all"]),
        *product([one for one in universes if one in BANDED], ["all"], [*BAND_AT.values(), "unknown"]),
    ]
    rows = [
        key | {
            "register": "brp", "universe": universe, "measured_as": "stock", "delivery_id": "d",
            "origin_group": group, "stay_band": stay, "persons_low": low[universe, group, stay],
            "persons_high": None if universe in ONLY_FROM_BELOW else high[universe, group, stay],
        }
        for universe, group, stay in cells
    ]  # fmt: skip
    made_of = [
        key | {"universe": universe, "base_group": group, "first_band": first, "last_band": last,
               "persons_low": certain, "persons_high": possible}
        for universe, group, (first, last), certain, possible in persons
    ]  # fmt: skip
    counted = pl.DataFrame(rows, schema_overrides={"persons_high": pl.Int64}, infer_schema_length=None)
    return Frame(counted, pl.DataFrame(made_of), GROUPS, BANDS)


def certainly(universe: str = RESIDENTS, band: int = 3, **persons: int) -> list[Persons]:
    """So many persons of base groups, about whom nothing is uncertain."""
    return [(universe, group, (band, band), number, number) for group, number in persons.items()]


SMALL_AND_LARGE = certainly(moe=43, other_eu=3, third_country=17, ukraine=1) + certainly(band=1, moe=6)
NEW = certainly(ARRIVALS, moe=14, other_eu=2)
UNCERTAIN: list[Persons] = [(RESIDENTS, "moe", (3, 3), 20, 24), (RESIDENTS, "efta", (1, 4), 2, 9)]
LEFT = certainly(DEPARTURES, moe=27, ukraine=4)


def shown(made: Frame, secret: bytes = SECRET) -> dict[tuple[str, str, str], dict[str, Any]]:
    """What is shown, by universe, group and length of stay."""
    rows = protected(made, secret).to_dicts()
    return {(row["universe"], row["origin_group"], row["stay_band"]): row for row in rows}


def number(row: dict[str, Any]) -> int:
    """The rounded number of a certain count; what is withheld was rounded to nought."""
    return row["persons"] or 0


# what is shown


def test_groups_of_origin_and_lengths_of_stay_add_up_as_they_are_shown() -> None:
    found = shown(frame(*SMALL_AND_LARGE, *NEW))
    for universe in (RESIDENTS, ARRIVALS):
        of = {group: number(row) for (one, group, stay), row in found.items() if one == universe and stay == "all"}
        assert of["all"] == sum(of[group] for group in BASE_GROUPS)
        assert of["eu"] == of["moe"] + of["other_eu"]
        assert of["outside_eu"] == of["efta"] + of["ukraine"] + of["third_country"]
    stays = [number(row) for (universe, _, stay), row in found.items() if universe == RESIDENTS and stay != "all"]
    assert sum(stays) == number(found[RESIDENTS, "all", "all"])


def test_no_more_of_a_part_are_shown_than_of_the_whole_it_lies_in() -> None:
    for secret in (bytes([one]) * 16 for one in range(20)):
        found = shown(frame(*certainly(moe=15), *certainly(ARRIVALS, moe=14)), secret)
        assert number(found[ARRIVALS, "moe", "all"]) <= number(found[RESIDENTS, "moe", "all"])


def test_every_group_of_origin_may_be_shown() -> None:
    found = shown(frame(*certainly(**dict.fromkeys(BASE_GROUPS, 40))))
    assert {group for (_, group, _), row in found.items() if row["availability"] == "available"} >= set(BASE_GROUPS)


def test_a_shown_count_is_a_multiple_of_ten_with_the_bounds_of_what_it_may_be() -> None:
    row = shown(frame(*certainly(moe=40)))[RESIDENTS, "moe", "all"]
    told = row["persons"], row["persons_low"], row["persons_high"], row["availability"], row["bound_kind"]
    assert told == (40, 31, 49, "available", "rounding_known")


def test_nobody_and_a_few_are_withheld_alike() -> None:
    rows = [shown(frame(*certainly(moe=few, other_eu=40)))[RESIDENTS, "moe", "all"] for few in range(10)]
    withheld = [row for row in rows if row["persons"] is None]
    assert 1 < len(withheld) < 10, "nought, and by chance some others"
    for row in withheld:
        told = row["persons_low"], row["persons_high"], row["availability"], row["bound_kind"]
        assert told == (0, 9, "suppressed", "suppressed")


def test_of_a_count_that_is_known_from_below_only_the_lower_bound_is_shown() -> None:
    found = shown(frame(*LEFT))
    assert {(row["persons"], row["persons_high"]) for row in found.values()} == {(None, None)}
    low, few = found[DEPARTURES, "moe", "all"], found[DEPARTURES, "other_eu", "all"]
    assert (low["persons_low"] in (11, 21), low["availability"]) == (True, "available")
    assert (few["persons_low"], few["availability"], few["bound_kind"]) == (0, "suppressed", "suppressed")


def test_a_count_that_may_be_more_has_a_value_only_where_both_were_rounded_alike() -> None:
    made = frame((RESIDENTS, "moe", (3, 3), 43, 46))
    seen = set()
    for secret in (bytes([one]) * 16 for one in range(20)):
        row = shown(made, secret)[RESIDENTS, "moe", "all"]
        seen.add(row["persons"] is None)
        assert row["persons_low"] <= 43
        assert row["persons_high"] >= 46
        assert (row["persons"] is None) == (row["persons_high"] - row["persons_low"] > 18)
    assert seen == {True, False}


def test_who_may_be_in_several_bands_is_of_an_unknown_stay_and_may_be_in_any() -> None:
    found = shown(frame((RESIDENTS, "moe", (1, 2), 40, 40)))
    assert found[RESIDENTS, "all", "unknown"]["persons"] == 40
    for band in BAND_AT.values():
        row = found[RESIDENTS, "all", band]
        assert (row["persons"], row["persons_low"], row["persons_high"]) == (None, 0, 49)


# chance


def test_the_same_persons_are_rounded_the_same_on_any_day_and_in_any_order() -> None:
    first = shown(frame(*SMALL_AND_LARGE, *NEW))
    later = shown(frame(*NEW, *SMALL_AND_LARGE[::-1], day=date(2026, 2, 1)))
    assert {cell: number(row) for cell, row in later.items()} == {cell: number(row) for cell, row in first.items()}


def test_a_rounding_that_is_not_proven_to_be_the_best_does_not_leave(monkeypatch: pytest.MonkeyPatch) -> None:
    def unproven(*given: Any, **asked: Any) -> Rounded:
        return replace(rounded(*given, **asked), optimal=False)

    monkeypatch.setattr("pipelines.privacy.counts.rounded", unproven)
    with pytest.raises(GaveUpError, match="not proven"):
        protected(frame(*SMALL_AND_LARGE), SECRET)


def test_another_secret_rounds_otherwise() -> None:
    made = frame(*SMALL_AND_LARGE)
    assert protected(made, SECRET).equals(protected(made, SECRET))
    assert len({protected(made, bytes([one]) * 16).write_json() for one in range(5)}) > 1


def test_the_secret_is_made_of_the_key_and_is_not_the_key(tmp_path: Path) -> None:
    make_key(tmp_path / "key")
    secret = rounding_secret(tmp_path / "key")
    assert len(secret) == 32
    assert secret.hex() not in (tmp_path / "key").read_text(encoding="ascii")


def test_without_a_key_counts_do_not_leave_and_the_message_names_its_setting() -> None:
    with pytest.raises(UsageError, match="ZICHT_PSEUDONYM_KEY_FILE"):
        rounding_secret(None)


def test_without_counts_nothing_leaves_and_no_secret_is_asked() -> None:
    made = frame(*LEFT)
    empty = protected(Frame(made.counted[:0], made.persons[:0], GROUPS, BANDS), b"")
    assert empty.schema == protected(made, SECRET).schema
    assert empty.is_empty()


def test_a_count_that_is_not_the_sum_of_its_persons_is_refused() -> None:
    made = frame(*LEFT)
    one_more = made.counted.with_columns(pl.col("persons_low") + 1)
    with pytest.raises(ValueError, match="not the sum of the persons"):
        protected(Frame(one_more, made.persons, GROUPS, BANDS), SECRET)


# what a reader can work out

few = st.integers(0, 25)


@st.composite
def anybody(draw: st.DrawFn) -> list[Persons]:
    """Residents, some of them uncertain or of an unknown stay, of whom some are new; and some who left."""
    made: list[Persons] = []
    for group in draw(st.lists(st.sampled_from(BASE_GROUPS), min_size=1, max_size=4, unique=True)):
        certain, more, new = draw(few), draw(st.integers(0, 3)), draw(few)
        band = draw(st.sampled_from([(1, 1), (3, 3), (1, 4)]))
        made.append((RESIDENTS, group, band, certain, certain + more))
        made += certainly(ARRIVALS, **{group: min(new, certain)})
        made += certainly(DEPARTURES, **{group: draw(few)})
    return made


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(anybody(), st.binary(min_size=16, max_size=16))
def test_whoever_is_counted_the_bounds_hold_them_and_no_small_count_can_be_worked_out(
    persons: list[Persons], secret: bytes
) -> None:
    made = frame(*persons)
    release = protected(made, secret)
    key = ["universe", "origin_group", "stay_band"]
    for row in release.join(made.counted, on=key, suffix="_known").to_dicts():
        assert row["persons"] is None or (row["persons"] >= 10 and row["persons"] % 10 == 0)
        assert row["persons_low"] <= row["persons_low_known"]
        assert row["persons_high"] is None or row["persons_high_known"] <= row["persons_high"]
    assert revealed(made, release) == []


def test_a_count_that_is_shown_as_it_is_gives_its_siblings_away() -> None:
    """All less the European ones are the three others."""
    made = frame(*certainly(moe=43, third_country=3))
    exact = made.counted.filter(pl.col("origin_group").is_in(["all", "eu"]) & (pl.col("stay_band") == "all"))
    exact = exact.with_columns(persons=pl.col("persons_low"))
    found = revealed(made, protected(made, SECRET), exact)
    assert ("outside_eu", "all") in {one.cell.of for _, one in found}
    assert {(key["area_code"], key["counted_on"]) for key, _ in found} == {("0394", DAY)}


def test_numbers_that_are_no_multiples_of_the_base_pass_for_no_release(monkeypatch: pytest.MonkeyPatch) -> None:
    made = frame(*SMALL_AND_LARGE)
    monkeypatch.setattr(counts, "rules", lambda: Rules(10, 5))
    fine = protected(made, SECRET)
    monkeypatch.undo()
    with pytest.raises(ContradictionError):
        revealed(made, fine)


def test_two_roundings_of_one_count_tell_more_than_one() -> None:
    made = frame(*certainly(moe=5, other_eu=5, third_country=5))
    releases = [protected(made, bytes([one]) * 16) for one in range(3)]
    assert all(revealed(made, one) == [] for one in releases)
    assert revealed(made, *releases)


# the rules


def test_the_base_is_no_smaller_than_the_threshold() -> None:
    assert rules().base >= rules().threshold


def test_a_base_below_the_threshold_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    declared = {"vars": {"disclosure_threshold": 10, "rounding_base": 5}}
    (tmp_path / "dbt_project").mkdir()
    (tmp_path / "dbt_project" / "dbt_project.yml").write_text(yaml.safe_dump(declared), encoding="utf-8")
    monkeypatch.setattr(disclosure, "PROJECT", tmp_path)
    with pytest.raises(UsageError, match="rounding_base 5 is below disclosure_threshold 10"):
        rules.__wrapped__()


@pytest.mark.parametrize(
    ("count", "is_leak"),
    [((40, 31, 49), False), ((None, 0, 9), False), ((None, 11, None), False), ((7, 0, 9), True), ((43, 31, 49), True),
     ((40, 38, 42), True), ((None, 3, 3), True)],
)  # fmt: skip
def test_a_count_that_is_told_too_precisely_leaks(count: tuple[int | None, ...], is_leak: bool) -> None:
    value, low, high = ("null::bigint" if one is None else str(one) for one in count)
    ((found,),) = duckdb.sql(f"select {leaks(value, low, high)}").fetchall()
    assert found == is_leak
