"""What is forbidden or fixed outright: figures typed in code, heavy imports, borders that do not add up."""

from __future__ import annotations

import csv
import gzip
import itertools
import json
import re
import subprocess
import sys
from collections import Counter, defaultdict
from datetime import date
from typing import TYPE_CHECKING

import pytest

from pipelines.sample.generate import generate
from pipelines.settings import PROJECT, SAMPLE, SHIPPED
from tests.conftest import below
from tests.contract.project import SEEDS, prepared_manifest

if TYPE_CHECKING:
    from pathlib import Path

MEGABYTE = 1_000_000
# What the published figures imply: these too must be computed.
IMPLIED = ("13670", "13615", "13725", "17350", "17450", "3725", "3735", "1070", "1201", "1809", "1940", "3010", "3030")
MUNICIPALITIES = {
    2010: 431, 2011: 418, 2012: 415, 2013: 408, 2014: 403, 2015: 393, 2016: 390, 2017: 388, 2018: 380, 2019: 355,
    2020: 355, 2021: 352, 2022: 345, 2023: 342, 2024: 342, 2025: 342, 2026: 342,
}  # fmt: skip
PROVINCES = {
    "Groningen": 10, "Fryslân": 18, "Drenthe": 12, "Overijssel": 25, "Flevoland": 6, "Gelderland": 51, "Utrecht": 26,
    "Noord-Holland": 44, "Zuid-Holland": 50, "Zeeland": 13, "Noord-Brabant": 56, "Limburg": 31,
}  # fmt: skip


def table(name: str) -> list[dict[str, str]]:
    """The rows of a seed."""
    with (SEEDS / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


# figures


def published_values() -> list[str]:
    """The shipped figures of four digits and more, which nobody types by accident."""
    values = set()
    for pattern, delimiter, column in (
        ("figures/**/figures.csv", ",", "value"), ("indicators/**/indicatoren.csv", ";", "waarde"),
    ):  # fmt: skip
        for path in SHIPPED.glob(pattern):
            with path.open(encoding="utf-8-sig", newline="") as stream:
                values |= {row[column] for row in csv.DictReader(stream, delimiter=delimiter)}
    return sorted(value for value in values if re.fullmatch(r"\d{4,}", value))


def code() -> list[Path]:
    """Everything that computes or judges a figure."""
    folders = [
        (PROJECT / "pipelines", {".py", ".yml"}),
        (PROJECT / "dbt_project" / "models", {".sql", ".py", ".yml"}),
        (PROJECT / "dbt_project" / "macros", {".sql"}),
        (PROJECT / "expectations", {".yml"}),
    ]
    return [
        path
        for folder, kinds in folders
        for path in below(folder)
        if path.suffix in kinds and not path.is_relative_to(SHIPPED)
    ]


def test_the_best_known_figures_are_among_the_shipped_ones() -> None:
    """Or the next test would search for nothing."""
    assert {"17400", "3730", "18480", "7975", "4025", "2525", "4700"} <= set(published_values())


def test_no_published_figure_nor_what_it_implies_is_typed_in_the_code() -> None:
    sought = {value: _written(value) for value in (*published_values(), *IMPLIED)}
    found = [
        f"{path.relative_to(PROJECT)}: {value}"
        for path in code()
        for value, pattern in sought.items()
        if pattern.search(path.read_text(encoding="utf-8"))
    ]
    assert found == []


@pytest.mark.parametrize("typed", ["17400", "17_400", "17.400", "17,400", "= 17400.0"])
def test_a_figure_is_found_however_it_is_typed(typed: str) -> None:
    assert _written("17400").search(f"value {typed} persons")
    assert not _written("17400").search("a hash 3174002, a code 174001")


def _written(value: str) -> re.Pattern[str]:
    head, tail = value[:-3], value[-3:]
    return re.compile(rf"(?<![0-9a-zA-Z_.]){head}[_.,]?{tail}(?![0-9a-zA-Z_])")


# imports


def test_the_command_starts_without_the_heavy_half_of_its_dependencies() -> None:
    """A night on which nothing changed starts no Dagster, no dbt and no Great Expectations."""
    heavy = "dagster", "great_expectations", "dbt", "dagster_dbt", "polars", "pandas", "scipy", "numpy", "duckdb"
    script = f"import sys, pipelines.cli; print(*[name for name in {heavy!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_help_costs_no_heavy_import_either() -> None:
    script = (
        "import sys\nfrom pipelines.cli import main\n"
        "try:\n    main(['refresh', '--help'])\nexcept SystemExit as end:\n    assert end.code == 0\n"
        "assert not {'dagster', 'polars', 'great_expectations', 'dbt'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


# borders


@pytest.mark.parametrize(("year", "count"), MUNICIPALITIES.items())
def test_as_many_municipalities_stand_on_new_year_as_the_netherlands_had(year: int, count: int) -> None:
    day = f"{year}-01-01"
    valid = [
        row["municipality_code"]
        for row in table("municipality")
        if (row["valid_from"] or "0000") <= day and (row["valid_to"] or "9999") > day
    ]
    assert len(valid) == count
    assert len(set(valid)) == count, "a code stands twice on one day"


def test_whoever_walks_the_changes_from_those_of_2009_meets_the_same_municipalities() -> None:
    """The counts come out of dated events; the table of validity only says where they start."""
    events = table("municipality_event")
    standing = _valid_on("2009-12-31")
    for year, count in MUNICIPALITIES.items():
        before, day = f"{year - 1}-01-01", f"{year}-01-01"
        now = [event for event in events if before < event["effective_date"] <= day]
        for moment in sorted({event["effective_date"] for event in now}):
            changes = [event for event in now if event["effective_date"] == moment]
            standing -= {event["old_code"] for event in changes}
            standing |= {event["new_code"] for event in changes}
        assert standing == _valid_on(day)
        assert len(standing) == count


def _valid_on(day: str) -> set[str]:
    return {
        row["municipality_code"]
        for row in table("municipality")
        if (row["valid_from"] or "0000") <= day < (row["valid_to"] or "9999")
    }


def test_every_municipality_has_a_code_of_four_digits_and_a_period_that_ends_after_it_began() -> None:
    for row in table("municipality"):
        assert re.fullmatch(r"\d{4}", row["municipality_code"])
        assert row["municipality_name"].strip() == row["municipality_name"] != ""
        for name in ("valid_from", "valid_to"):
            assert not row[name] or date.fromisoformat(row[name])
        if row["valid_from"] and row["valid_to"]:
            assert row["valid_from"] < row["valid_to"]


def test_periods_of_one_code_do_not_overlap() -> None:
    periods = defaultdict(list)
    for row in table("municipality"):
        periods[row["municipality_code"]].append((row["valid_from"] or "0000", row["valid_to"] or "9999"))
    for code_, found in periods.items():
        found.sort()
        assert all(first[1] <= second[0] for first, second in itertools.pairwise(found)), code_


def test_every_change_of_borders_is_between_municipalities_that_exist_on_that_day() -> None:
    known = table("municipality")
    for event in table("municipality_event"):
        day = event["effective_date"]
        assert date.fromisoformat(day)
        old = [row for row in known if row["municipality_code"] == event["old_code"]]
        new = [row for row in known if row["municipality_code"] == event["new_code"]]
        assert any((row["valid_from"] or "0000") < day <= (row["valid_to"] or "9999") for row in old), event
        assert any((row["valid_from"] or "0000") <= day < (row["valid_to"] or "9999") for row in new), event


def test_who_ended_has_a_successor_and_who_began_a_predecessor() -> None:
    events = table("municipality_event")
    ended = {(row["municipality_code"], row["valid_to"]) for row in table("municipality") if row["valid_to"]}
    began = {
        (row["municipality_code"], row["valid_from"])
        for row in table("municipality")
        if row["valid_from"] >= "2010-01-01"
    }
    assert {one for one in ended if one[1] >= "2010-01-01"} <= {(e["old_code"], e["effective_date"]) for e in events}
    assert began <= {(e["new_code"], e["effective_date"]) for e in events}


def test_as_many_municipalities_lie_in_each_province_as_since_2023() -> None:
    rows = table("municipality_province")
    standing = _valid_on("2024-01-01")
    assert Counter(row["area_name"] for row in rows if row["municipality_code"] in standing) == PROVINCES
    named = {(row["area_code"], row["area_name"]) for row in rows}
    assert sorted(named) == [(f"PV{number}", name) for number, name in enumerate(PROVINCES, 20)]


def test_whoever_merged_lay_in_the_province_of_its_successor_but_for_two_that_went_to_utrecht() -> None:
    rows = table("municipality_province")
    province = {row["municipality_code"]: row["area_name"] for row in rows}
    assert len(rows) == len(province)
    assert province.keys() == {row["municipality_code"] for row in table("municipality")}
    moved = {
        (event["old_code"], province[event["old_code"]], province[event["new_code"]])
        for event in table("municipality_event")
        if province[event["old_code"]] != province[event["new_code"]]
    }
    # Leerdam and Zederik became Vijfheerenlanden with Vianen, which lay in Utrecht since 2002.
    assert moved == {("0545", "Zuid-Holland", "Utrecht"), ("0707", "Zuid-Holland", "Utrecht")}
    assert province["0620"] == "Utrecht"


def test_the_shares_of_one_municipality_on_one_day_are_a_whole_or_all_unknown() -> None:
    shares = defaultdict(list)
    for event in table("municipality_event"):
        shares[event["old_code"], event["effective_date"]].append(event["share"])
    for place, found in shares.items():
        if all(found):
            assert sum(float(share) for share in found) == pytest.approx(1.0, abs=0.0001), place
            assert all(0 < float(share) <= 1 for share in found), place
        else:
            assert not any(found), f"{place}: some shares known and some not"


# the sample


def test_the_tracked_sample_is_what_the_program_generates(tmp_path: Path) -> None:
    generate(tmp_path)
    made = {path.relative_to(tmp_path).as_posix(): path.read_bytes() for path in below(tmp_path)}
    tracked = {path.relative_to(SAMPLE).as_posix(): path.read_bytes() for path in below(SAMPLE)}
    assert set(made) == set(tracked)
    differ = [name for name, content in made.items() if content != tracked[name]]
    assert differ == [], "write the sample anew: `zicht sample --out data/sample`"


def test_the_sample_is_small_and_says_in_every_name_and_sidecar_that_it_is_made_up() -> None:
    files = list(below(SAMPLE))
    assert sum(path.stat().st_size for path in files) < 5 * MEGABYTE
    for path in files:
        if path.name == "delivery.yml":
            assert "synthetic: true" in path.read_text(encoding="utf-8")
        elif path.suffix != ".gz":
            assert path.name.startswith("synthetic_")


def test_synthetic_tables_of_statline_say_so_in_their_titles_for_their_pages_have_the_names_of_their_kind() -> None:
    tables = list(SAMPLE.glob("statline/*/*/Properties-00001.json.gz"))
    assert all("SYNTHETISCH" in json.loads(gzip.decompress(one.read_bytes()))["Title"] for one in tables)
    assert {path.parent for path in below(SAMPLE) if path.suffix == ".gz"} == {one.parent for one in tables} != set()


def test_the_manifest_names_no_place_of_this_machine() -> None:
    """One manifest serves every data directory, so none may be in it."""
    text = prepared_manifest().read_text(encoding="utf-8")
    assert "read_parquet('/" not in text
    assert str(PROJECT / "data") not in text
