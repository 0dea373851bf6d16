"""What changed between two releases: rows and figures by key, and each change with every cause that it may have."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from pipelines.cli import main
from pipelines.publish.diff import _Two, diff, in_words
from pipelines.publish.exports import write_exports
from pipelines.publish.release import publish
from pipelines.settings import UsageError
from tests.conftest import AS_OF, House
from tests.unit.publish.warehouse import Row, candidate, town
from tests.unit.quality import counted

if TYPE_CHECKING:
    from collections.abc import Callable

JANUARY, FEBRUARY = date(2026, 1, 1), date(2026, 2, 1)


@pytest.fixture(autouse=True)
def _without_exports(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.publish.release.write_exports", lambda *_, **__: None)
    monkeypatch.setattr("pipelines.publish.release.write_site", lambda *_, **__: None)


def delivery(name: str, source: str = "brp", day: date = JANUARY, standing: str = "current") -> Row:
    """A delivery as its table has it."""
    return {
        "delivery_id": name, "source": source, "scope": "0394", "reference_date": day, "sequence": 1, "sha256": name,
        "standing": standing,
    }  # fmt: skip


def count(persons: int | None, of: str = "d1", **changed: Any) -> Row:
    """A row of ``registered``."""
    return {
        "area_type": "GM", "area_code": "0394", "period_start": JANUARY, "period_end": JANUARY, "register": "brp",
        "origin_group": "all", "stay_band": "all", "universe": "u", "edition": "2026", "version": of,
        "synthetic": False, "delivery_id": of, "persons": persons, "persons_low": persons, "persons_high": persons,
    } | changed  # fmt: skip


Compared = dict[str, Any]


@pytest.fixture
def compared(house: House) -> Callable[..., Compared]:
    """Make two releases of these rows and compare them; the second is of the same day unless ``days`` is given."""

    def compare(before: dict[str, list[Row]], after: dict[str, list[Row]], *, days: int = 0) -> Compared:
        for rows, day in ((before, 0), (after, days)):
            that_day = House(replace(house.settings, as_of=AS_OF + timedelta(days=day)))
            # A file of the inbox, so that both have their own fingerprint.
            that_day.take_in("inspectorate", {"a.csv": f"zaaknummer\n{len(list(house.settings.raw.rglob('*')))}\n"})
            candidate(that_day, **rows)
            publish(that_day.settings)
        return diff(house.settings, "previous", "current", table="registered")

    return compare


def changes(found: Compared, table: str = "registered") -> tuple[int, int, int]:
    one = found["tables"][table]
    return one["added"], one["removed"], one["changed"]


def causes(found: Compared, table: str = "registered") -> dict[str, int]:
    told: dict[str, int] = found["tables"][table]["causes"]
    return told


# rows and figures


def test_two_releases_of_the_same_rows_differ_in_nothing(compared: Callable[..., Compared]) -> None:
    rows = {"registered": [count(100)], "delivery": [delivery("d1")], "area": [town("0394", "Haarlemmermeer")]}
    found = compared(rows, rows)
    assert found["tables"]["registered"]["rows"] == [1, 1]
    assert [name for name, one in found["tables"].items() if one["causes"] or one["redelivered"]] == []
    assert found["rows"] == []
    assert found["why"] == {"deliveries": [], "code": [], "configuration": {}, "date": []}
    assert "nothing that figures depend on" in "\n".join(in_words(found))


def test_a_changed_figure_is_told_with_old_and_new_under_its_key(compared: Callable[..., Compared]) -> None:
    same = count(50, origin_group="eu")
    found = compared(
        {"registered": [count(100), same], "delivery": [delivery("d1")]},
        {
            "registered": [count(105, of="d2"), same],
            "delivery": [delivery("d1", standing="superseded"), delivery("d2")],
        },
    )
    assert changes(found) == (0, 0, 1)
    assert found["tables"]["registered"]["columns"] == {"persons": 1, "persons_low": 1, "persons_high": 1}
    (row,) = found["rows"]
    assert row["change"] == "changed"
    assert row["columns"]["persons"] == [100, 105]
    assert (row["key"]["area_code"], row["key"]["origin_group"]) == ("0394", "all")
    assert "persons 100 -> 105" in in_words(found)[-1]


def test_added_and_removed_rows_are_told_with_their_figures(compared: Callable[..., Compared]) -> None:
    stays = count(50)
    found = compared(
        {"registered": [stays, count(10, origin_group="eu")]},
        {"registered": [stays, count(20, origin_group="moe"), count(None, origin_group="other_eu")]},
    )
    assert changes(found) == (2, 1, 0)
    told = {(row["change"], row["key"]["origin_group"]): row["columns"].get("persons") for row in found["rows"]}
    assert told == {("added", "moe"): [None, 20], ("added", "other_eu"): None, ("removed", "eu"): [10, None]}
    words = in_words(found)
    assert any(line.startswith("+ GM 0394") and "persons 20" in line for line in words)
    assert not any("SYNTHETIC" in line for line in words)
    made_up = [row | {"key": row["key"] | {"synthetic": True}} for row in found["rows"]]
    assert "u 2026 SYNTHETIC: persons" in in_words(found | {"rows": made_up})[-1]
    assert any(line.startswith("- GM 0394") and "persons 10" in line for line in words)


def test_a_figure_that_became_withheld_is_a_change_and_so_is_nothing_that_became_nought(
    compared: Callable[..., Compared],
) -> None:
    found = compared(
        {"registered": [count(12), count(None, origin_group="eu")]},
        {"registered": [count(None), count(0, origin_group="eu")]},
    )
    told = {row["key"]["origin_group"]: row["columns"]["persons"] for row in found["rows"]}
    assert told == {"all": [12, None], "eu": [None, 0]}


def test_the_same_figures_of_another_delivery_are_no_change(compared: Callable[..., Compared]) -> None:
    found = compared(
        {"registered": [count(100)], "delivery": [delivery("d1")]},
        {"registered": [count(100, of="d2")], "delivery": [delivery("d1", standing="superseded"), delivery("d2")]},
    )
    assert changes(found) == (0, 0, 0)
    assert found["tables"]["registered"]["redelivered"] == 1
    assert "the same, of another delivery: 1" in "\n".join(in_words(found))


def test_versions_that_stand_side_by_side_are_not_mixed_up(compared: Callable[..., Compared]) -> None:
    """Provisional and final have one key but for their version and delivery: each is compared with itself."""
    provisional, final = count(100, of="d1"), count(90, of="d2")
    found = compared({"registered": [provisional, final]}, {"registered": [final | {"persons": 95}, provisional]})
    (row,) = found["rows"]
    assert row["columns"]["persons"] == [90, 95]
    gone = compared({"registered": [provisional, final]}, {"registered": [final]})
    assert changes(gone) == (0, 1, 0)


def test_keys_with_nothing_in_them_are_compared_too(compared: Callable[..., Compared]) -> None:
    unknown = {"area_type": "unknown", "area_code": None}
    found = compared({"registered": [count(1, **unknown)]}, {"registered": [count(2, **unknown)]})
    assert changes(found) == (0, 0, 1)


def test_a_table_whose_columns_are_called_as_ours_is_compared(compared: Callable[..., Compared]) -> None:
    lodging = {"area_type": "GM", "area_code": "0394", "kind": "all", "locations": 3}
    found = compared({"housing": [lodging]}, {"housing": [lodging | {"locations": 4}]})
    assert found["tables"]["housing"]["columns"] == {"locations": 1}


def test_a_table_of_the_same_bytes_is_not_looked_into(
    compared: Callable[..., Compared], monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_into = []

    class Watched(_Two):
        def compare(self, table: str) -> dict[str, Any]:
            looked_into.append(table)
            return super().compare(table)

    monkeypatch.setattr("pipelines.publish.release.write_exports", write_exports)
    monkeypatch.setattr("pipelines.publish.diff._Two", Watched)
    areas = [town("0394", "Haarlemmermeer")]
    found = compared({"registered": [count(1)], "area": areas}, {"registered": [count(2)], "area": areas})
    assert set(looked_into) == {"registered"}
    assert changes(found) == (0, 0, 1)
    nothing = {"rows": [1, 1], "added": 0, "removed": 0, "changed": 0, "redelivered": 0, "causes": {}, "columns": {}}
    assert found["tables"]["area"] == nothing | {"municipalities": {}}


def test_the_municipalities_in_which_most_rows_differ_are_named(compared: Callable[..., Compared]) -> None:
    def rows(persons: int) -> list[Row]:
        there = [count(persons, area_code="0599", origin_group=group) for group in ("all", "moe")]
        return [*there, count(persons), count(persons, area_type="NL", area_code="NL"), count(7, area_code="0344")]

    found = compared({"registered": rows(1)}, {"registered": rows(2)})
    assert list(found["tables"]["registered"]["municipalities"].items()) == [("0599", 2), ("0394", 1)]
    assert found["tables"]["data_dictionary"]["municipalities"] == {}


def test_tables_of_the_run_are_not_compared(compared: Callable[..., Compared]) -> None:
    found = compared({}, {})
    assert not {"release", "quality_result"} & found["tables"].keys()
    assert {"registered", "data_gap", "delivery", "data_dictionary"} <= found["tables"].keys()


# causes


def of(*deliveries: Row, rows: list[Row]) -> dict[str, list[Row]]:
    return {"delivery": list(deliveries), "registered": rows}


OLD = delivery("d1")
REPLACED = delivery("d1", standing="superseded")


@pytest.mark.parametrize(
    ("before", "after", "cause"),
    [
        (of(OLD, rows=[]), of(OLD, delivery("d2", day=FEBRUARY), rows=[count(1, of="d2")]), "new delivery"),
        (of(OLD, rows=[count(1)]), of(REPLACED, delivery("d2"), rows=[count(2, of="d2")]), "correction"),
        (of(OLD, rows=[]), of(REPLACED, delivery("d2"), rows=[count(2, of="d2")]), "correction"),
        (of(OLD, rows=[count(1)]), of(REPLACED, delivery("d2"), rows=[]), "correction"),
        # A newer edition of the whole tells of the same period: revised.
        (
            of(OLD, rows=[count(1)]),
            of(REPLACED, delivery("d2", day=FEBRUARY), rows=[count(2, of="d2")]),
            "correction",
        ),
        # The better source came: the same key, of another source.
        (
            of(OLD, rows=[count(1)]),
            of(OLD, delivery("d2", source="statline"), rows=[count(2, of="d2")]),
            "new delivery",
        ),
        (of(OLD, rows=[count(1)]), of(delivery("d1", standing="expired"), rows=[]), "withdrawn"),
        (of(OLD, rows=[count(1)]), of(rows=[]), "withdrawn"),
        # Derived of several: one of them is another.
        (
            of(OLD, delivery("e", "rni"), rows=[count(1, of="d1 + e")]),
            of(REPLACED, delivery("d2"), delivery("e", "rni"), rows=[count(2, of="d2 + e")]),
            "correction",
        ),
        (
            of(OLD, delivery("e", "rni"), rows=[count(1, of="d1 + e")]),
            of(
                REPLACED, delivery("d2"), delivery("e", "rni", standing="expired"), delivery("f", "statline"),
                rows=[count(2, of="d2 + f")],
            ),
            "new delivery or correction or withdrawn",
        ),
        # Its own delivery is the same: through another that it does not name.
        (of(OLD, rows=[count(1)]), of(OLD, delivery("e", "rni"), rows=[count(2)]), "new delivery"),
        (of(OLD, rows=[count(1, of=None)]), of(OLD, delivery("e", "rni"), rows=[count(2, of=None)]), "new delivery"),
        # Nothing that we know of is another.
        (of(OLD, rows=[count(1)]), of(OLD, rows=[count(2)]), "unknown"),
    ],
)  # fmt: skip
def test_a_change_has_its_cause(
    compared: Callable[..., Compared], before: dict[str, list[Row]], after: dict[str, list[Row]], cause: str
) -> None:
    found = compared(before, after)
    assert causes(found) == {cause: 1}
    assert [row["cause"] for row in found["rows"]] == [cause]


def test_the_date_may_be_the_cause_of_what_no_delivery_of_its_own_explains(compared: Callable[..., Compared]) -> None:
    found = compared(of(OLD, rows=[count(1)]), of(OLD, rows=[count(2)]), days=1)
    assert causes(found) == {"date": 1}
    assert found["why"]["date"] == ["2026-02-15", "2026-02-16"]


def test_where_the_code_is_another_too_both_are_said_but_of_a_row_that_came_with_its_delivery(
    compared: Callable[..., Compared], monkeypatch: pytest.MonkeyPatch
) -> None:
    versions = iter(["old", "new"])
    monkeypatch.setattr("pipelines.publish.release.code_version", lambda: next(versions))
    found = compared(
        of(OLD, rows=[count(1), count(1, origin_group="eu", of=None)]),
        of(
            REPLACED, delivery("d2"), delivery("d3", day=FEBRUARY),
            rows=[count(2, of="d2"), count(2, origin_group="eu", of=None), count(3, of="d3", period_end=FEBRUARY)],
        ),
    )  # fmt: skip
    assert found["why"]["code"] == ["old", "new"]
    told = {(row["key"]["origin_group"], row["change"]): row["cause"] for row in found["rows"]}
    assert told == {
        ("all", "changed"): "correction or code",
        ("eu", "changed"): "new delivery or correction or code",
        ("all", "added"): "new delivery",
    }


def test_configuration_is_a_cause_by_its_name(
    compared: Callable[..., Compared], monkeypatch: pytest.MonkeyPatch
) -> None:
    versions = iter([{"rounding_base": 5}, {"rounding_base": 10}])
    monkeypatch.setattr("pipelines.publish.release.configuration", lambda: next(versions))
    found = compared(of(OLD, rows=[count(15)]), of(OLD, rows=[count(20)]))
    assert causes(found) == {"configuration": 1}
    assert "configuration: rounding_base 5 -> 10" in "\n".join(in_words(found))


def test_the_deliveries_that_came_and_went_are_named_by_their_place(compared: Callable[..., Compared]) -> None:
    found = compared(
        of(OLD, delivery("e", "rni"), rows=[]),
        of(REPLACED, delivery("d2"), delivery("d3", day=FEBRUARY), delivery("e", "rni", standing="expired"), rows=[]),
    )
    told = [(one["cause"], one["source"], one["reference_date"]) for one in found["why"]["deliveries"]]
    assert told == [
        ("correction", "brp", "2026-01-01"), ("new delivery", "brp", "2026-02-01"), ("withdrawn", "rni", "2026-01-01"),
    ]  # fmt: skip
    assert "withdrawn: rni 0394 2026-01-01" in "\n".join(in_words(found))


# other contracts


def test_releases_of_two_contracts_are_compared_in_the_columns_of_both(
    house: House, compared: Callable[..., Compared]
) -> None:
    compared(of(OLD, rows=[count(1)]), of(OLD, rows=[count(2)]))
    change(house, "alter table registered drop column unit", "alter table registered alter persons_low type varchar")
    change(house, "drop table estimate", "create table novel (a bigint)")
    found = diff(house.settings, "previous", "current")
    assert "registered.unit" in found["contract"]["only_before"]
    assert "estimate.method" in found["contract"]["only_before"]
    assert found["contract"]["only_after"] == ["novel.a"]
    assert found["contract"]["retyped"] == ["registered.persons_low BIGINT -> VARCHAR"]
    assert found["tables"]["registered"]["columns"] == {"persons": 1, "persons_high": 1}
    assert "retyped: registered.persons_low" in "\n".join(in_words(found))


def test_rows_of_a_table_whose_key_is_another_are_compared_whole(
    house: House, compared: Callable[..., Compared]
) -> None:
    twins = [count(1), count(1, stay_band="short"), count(7, origin_group="eu")]
    compared(of(OLD, rows=twins), of(OLD, rows=[count(1), count(1, stay_band="short"), count(8, origin_group="eu")]))
    change(house, "alter table registered drop column stay_band")
    found = diff(house.settings, "previous", "current")
    assert changes(found) == (1, 1, 0), "also where without that column two rows are one"


def change(house: House, *statements: str) -> None:
    """Change the standing release by hand, as another program would have made it."""
    with duckdb.connect(str(house.settings.database.resolve())) as connection:
        for statement in statements:
            connection.execute(statement)


# asking


def test_what_cannot_be_compared_is_wrong_use(house: House, compared: Callable[..., Compared]) -> None:
    compared({}, {})
    with pytest.raises(UsageError, match="--table nonsense: compared are area, "):
        diff(house.settings, "previous", "current", table="nonsense")
    with pytest.raises(UsageError, match="release 2020 is not kept; kept are: 2026"):
        diff(house.settings, "2020", "current")
    house.settings.database.resolve().write_bytes(b"no database")
    with pytest.raises(UsageError, match="cannot be opened"):
        diff(house.settings, "previous", "current")


def test_the_command_says_it_in_words_and_in_json_and_shows_no_more_rows_than_asked(
    house: House,
    compared: Callable[..., Compared],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    compared(
        of(OLD, rows=[count(1, stay_band=str(n)) for n in range(9)]),
        of(OLD, rows=[count(2, stay_band=str(n)) for n in range(9)]),
    )
    monkeypatch.setenv("ZICHT_DATA", str(house.settings.data))
    assert main(["diff", "--no-disclosure", "--table", "registered", "--limit", "3"]) == 0
    words = capsys.readouterr().out.splitlines()
    assert sum(line.startswith("~ ") for line in words) == 3
    assert any(line.split() == ["registered", "9", "9", "0", "0", "9"] for line in words)
    assert main(["diff", "previous", "current", "--no-disclosure", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["tables"]["registered"]["changed"] == 9
    assert told["rows"] == []


# what both tell together of how few persons came or went


@pytest.fixture
def disclosed(house: House, compared: Callable[..., Compared]) -> Callable[..., Compared]:
    """Make two releases of these rows of the RNI, and say what both disclose."""

    def disclose(before: list[Row], after: list[Row]) -> Compared:
        deliveries = [counted.delivery(), counted.delivery("d2", day=FEBRUARY)]
        compared({"registered": before, "delivery": deliveries}, {"registered": after, "delivery": deliveries})
        return diff(house.settings, "previous", "current", disclosure=True)

    return disclose


FEW, SOME_MORE = ({"0394": {"moe": 43, "other_eu": 7, "ukraine": ukraine}} for ukraine in (2, 5))


def by_two(row: Row) -> tuple[int, int]:
    """Bounds that are too narrow."""
    return max(row["persons_low"] - 2, 0), row["persons_low"] + 2


def test_a_small_change_that_two_releases_show_is_told_with_its_bounds(disclosed: Callable[..., Compared]) -> None:
    corrected = [row | {"delivery_id": "d2"} for row in counted.exact(counted.frame(SOME_MORE))]
    found = disclosed(counted.exact(counted.frame(FEW)), corrected)
    told = {(one["origin_group"], one["held"]): one for one in found["disclosure"]["changes"]}
    ukraine = told["ukraine", "certain"]
    assert (ukraine["low"], ukraine["high"]) == (3, 3)
    assert (told["moe", "certain"]["low"], told["moe", "certain"]["high"]) == (0, 0), "that nobody came is told too"
    assert (ukraine["area_code"], ukraine["since"], ukraine["counted_on"]) == ("0394", JANUARY, JANUARY)
    words = in_words(found)
    assert "  0394 rni_temporary_address ukraine all certain, of 2026-01-01 in both: by 3 to 3" in words
    assert json.loads(json.dumps(found, default=str))["disclosure"]["changes"]


def test_a_small_change_from_one_day_to_the_next_is_told(disclosed: Callable[..., Compared]) -> None:
    january = counted.told(counted.frame(FEW), by_two)
    february = counted.told(counted.frame(SOME_MORE, FEBRUARY), by_two)
    found = disclosed(january, january + february)["disclosure"]
    assert {(one["since"], one["counted_on"]) for one in found["changes"]} == {(JANUARY, FEBRUARY)}
    assert "ukraine" in {one["origin_group"] for one in found["changes"]}


def test_a_large_change_may_show_as_it_is(disclosed: Callable[..., Compared]) -> None:
    large = counted.exact(counted.frame({"0394": {"moe": 143, "other_eu": 7, "ukraine": 2}}))
    found = disclosed(counted.exact(counted.frame(FEW)), large)["disclosure"]["changes"]
    assert ("moe", "certain") not in {(one["origin_group"], one["held"]) for one in found}


def test_counts_as_the_models_protect_them_show_no_small_change(disclosed: Callable[..., Compared]) -> None:
    before = counted.rounded(counted.frame(FEW))
    corrected = counted.rounded(counted.frame(SOME_MORE), b"another key of the municipality")
    found = disclosed(before, corrected + counted.rounded(counted.frame(FEW, FEBRUARY)))
    assert found["disclosure"] == {"changes": [], "not_judged": []}
    assert any(line.startswith("disclosure: no changes of fewer than") for line in in_words(found))


def test_what_no_counts_agree_with_is_not_judged_and_said_so(disclosed: Callable[..., Compared]) -> None:
    def apart(row: Row) -> tuple[int, int]:
        return (500, 509) if row["origin_group"] == "moe" else (0, 30)

    found = disclosed(counted.exact(counted.frame(FEW)), counted.told(counted.frame(FEW), apart))
    (one,) = found["disclosure"]["not_judged"]
    assert (one["area_code"], one["register"]) == ("0394", "rni")
    assert "  not judged: 0394 rni, of 2026-01-01 in both; no counts agree with what is shown" in in_words(found)


def test_disclosure_is_judged_only_if_asked_for_and_not_over_two_forms(
    house: House, compared: Callable[..., Compared]
) -> None:
    assert compared(of(OLD, rows=[count(1)]), of(OLD, rows=[count(2)]))["disclosure"] is None
    change(house, "alter table registered alter persons_low type varchar")
    found = diff(house.settings, "previous", "current", disclosure=True)
    assert found["disclosure"] is None
    assert "disclosure: not judged" in in_words(found)
