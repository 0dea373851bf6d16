"""The release: judged results taken in, one switch, old releases kept, a history that only grows."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.privacy.pseudonyms import make_key
from pipelines.publish.candidate import build_candidate, columns_of
from pipelines.publish.fingerprint import code_version, contract_version, fingerprint
from pipelines.publish.release import NotJudgedError, Release, current_release, publish, rollback
from pipelines.quality import ledger
from pipelines.quality.checks import keep_results, kept_results, run_suites
from pipelines.quality.suites import DISCLOSURE_RULES, load_suites, rules_of_release
from pipelines.settings import UsageError
from tests.conftest import AS_OF, House, below
from tests.contract.project import prepared_manifest
from tests.unit.publish.warehouse import Row, candidate, gap, judge, published, town, warehouse

RESULT: dict[str, Any] = {
    "door": "release", "table_name": "area", "rule": "name_present", "severity": "warn", "passed": False,
    "failing_rows": 2, "reason": "for a test", "owner": "me", "checked_at": "2026-02-15 02:30:00",
}  # fmt: skip


def release(house: House, *gaps: Row, on: date = AS_OF, **rows: list[Row]) -> Release:
    """A release of these rows on a day."""
    today = House(replace(house.settings, as_of=on))
    candidate(today, data_gap=list(gaps), **rows)
    return publish(today.settings)


def on_day(number: int) -> date:
    return AS_OF + timedelta(days=number)


@pytest.fixture(autouse=True)
def _without_exports(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second for each release, and no matter of these tests; those of going back have them."""
    monkeypatch.setattr("pipelines.publish.release.write_exports", lambda *_, **__: None)
    monkeypatch.setattr("pipelines.publish.release.write_site", lambda *_, **__: None)


def test_before_the_first_release_none_stands(house: House) -> None:
    assert current_release(house.settings) is None


def test_a_release_has_a_file_a_manifest_and_an_entry_in_the_ledger(house: House) -> None:
    made = release(house, gap(), area=[town("0394", "Haarlemmermeer")])
    assert published(house, "select area_name from area") == [{"area_name": "Haarlemmermeer"}]
    stands = current_release(house.settings)
    assert stands is not None
    assert (stands["release_id"], stands["fingerprint"], stands["as_of"]) == (
        made.release_id, made.fingerprint, str(AS_OF),
    )  # fmt: skip
    assert stands["data_gaps"] == {"missing": 1}
    assert stands["rows"]["area"] == 1
    (entry,) = ledger.entries(house.settings, "release")
    assert (entry["release_id"], entry["data_gaps"]) == (made.release_id, 1)
    (row,) = published(house, "from release")
    assert (row["release_id"], row["is_current"]) == (made.release_id, True)


def test_a_manifest_without_its_file_is_no_release(house: House) -> None:
    release(house)
    house.settings.database.unlink()
    assert current_release(house.settings) is None


def test_what_the_checks_said_is_published_and_counted(house: House) -> None:
    keep_results(house.settings, "release", [RESULT, RESULT | {"rule": "other", "passed": True}], whole=True)
    made = release(house)
    assert made.checks == {"passed": len(rules_of_release()), "warned": 1, "failed": 0}
    rows = published(
        house, "select rule, passed, failing_rows from quality_result where failing_rows = 2 order by rule"
    )
    assert rows == [
        {"rule": "name_present", "passed": False, "failing_rows": 2},
        {"rule": "other", "passed": True, "failing_rows": 2},
    ]
    written = ledger.entries(house.settings, "quality")
    assert {entry["release_id"] for entry in written} == {made.release_id}
    assert len(written) == sum(made.checks.values())


def test_the_file_knows_the_releases_before_it_and_marks_itself(house: House) -> None:
    first, second = release(house), release(house, on=on_day(1))
    rows = published(house, "select release_id, is_current from release order by as_of")
    assert [(row["release_id"], row["is_current"]) for row in rows] == [
        (first.release_id, False), (second.release_id, True),
    ]  # fmt: skip


def test_the_manifest_tells_of_what_the_release_was_made(house: House) -> None:
    delivery = {
        "source": "brp", "scope": "0394", "reference_date": date(2026, 2, 1), "sequence": 1, "files": "jansen.csv",
        "sha256": "aa, bb",
    }  # fmt: skip
    current, old = delivery | {"delivery_id": "d2", "standing": "current"}, delivery | {"delivery_id": "d1"}
    first = release(house)
    made = release(house, on=on_day(1), delivery=[current, old | {"standing": "superseded"}])
    stands = current_release(house.settings)
    assert stands == vars(made)
    assert stands["deliveries"] == [
        {"delivery_id": "d2", "source": "brp", "scope": "0394", "reference_date": "2026-02-01", "sequence": 1}
        | {"sha256": ["aa", "bb"]}
    ]
    assert "jansen" not in json.dumps(stands), "a file of persons may be named after one"
    assert (stands["previous"], stands["contract_version"]) == (first.release_id, contract_version())
    assert stands["code_version"] == code_version()
    assert stands["configuration"]["rounding_base"] == 10
    kept = house.settings.releases / made.release_id
    written = {path.relative_to(kept).as_posix() for path in below(kept)} - {"release.json"}
    assert stands["files"].keys() == written
    assert stands["files"]["zicht.duckdb"] == hashlib.sha256(house.settings.database.read_bytes()).hexdigest()
    (row,) = published(house, "from release where is_current")
    assert (row["contract_version"], row["code_version"]) == (contract_version(), code_version())


def test_the_release_is_of_the_date_on_which_gaps_were_sought_though_it_is_another_when_it_is_published(
    house: House,
) -> None:
    candidate(house)
    assert publish(replace(house.settings, as_of=on_day(1))).as_of == str(AS_OF)


def test_judged_tables_are_published_as_they_were_judged(house: House) -> None:
    """Also the history of data gaps: it is told in the candidate."""
    release(house, gap("residents"), gap("workers"), area=[town("0394", "Haarlemmermeer")])
    tomorrow = House(replace(house.settings, as_of=on_day(1)))
    candidate(tomorrow, data_gap=[gap("workers", opened="2026-02-16")], area=[town("0394", "Haarlemmermeer")])
    judge(house, RESULT)
    before = house.settings.candidate.read_bytes()
    publish(tomorrow.settings)
    assert house.settings.candidate.read_bytes() == before
    with duckdb.connect() as connection:
        connection.execute(f"attach '{house.settings.candidate}' as judged (read_only)")
        connection.execute(f"attach '{house.settings.database}' as published (read_only)")
        tables = columns_of(connection, "judged")
        assert tables == columns_of(connection, "published")
        changed = {
            table
            for table in tables
            if connection.sql(f"from judged.{table}").fetchall() != connection.sql(f"from published.{table}").fetchall()
        }
        kept = connection.sql("select measure, opened, closed from judged.data_gap order by 1").fetchall()
    assert changed == {"quality_result", "release"}
    assert kept == [("residents", AS_OF, on_day(1)), ("workers", AS_OF, None)], "not vacuously: one closed, one lasts"


# the switch


def test_a_reader_that_has_the_old_file_open_keeps_it(house: House) -> None:
    release(house, area=[town("0394", "old")])
    inode = house.settings.database.stat().st_ino
    release(house, on=on_day(1), area=[town("0394", "new")])
    assert house.settings.database.stat().st_ino != inode, "another file took the name; nobody wrote in the old one"
    assert published(house, "select area_name from area") == [{"area_name": "new"}]


def test_all_files_of_a_release_change_by_one_link(house: House) -> None:
    made = release(house)
    assert str(house.settings.current.readlink()) == f"releases/{made.release_id}"
    for name in ("zicht.duckdb", "release.json", "site"):
        assert str((house.settings.published / name).readlink()) == f"current/{name}"


def test_the_same_release_made_again_stands_at_every_moment(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is put in place of itself: each time a directory goes away, what stands is whole."""
    release(house, area=[town("0394", "same")])
    seen = []
    remove = shutil.rmtree

    def watched(path: str | Path, **how: Any) -> None:
        if Path(path).exists():
            seen.append((Path(path).name, published(house, "select area_name from area")))
        remove(path, **how)

    monkeypatch.setattr("pipelines.publish.release.shutil.rmtree", watched)
    made = release(house, area=[town("0394", "same")])
    assert {name for name, _ in seen} == {f".gone-{made.release_id}", f".replaced-{made.release_id}"}
    assert [rows for _, rows in seen] == [[{"area_name": "same"}]] * 2
    assert [path.name for path in house.settings.releases.iterdir()] == [made.release_id]


def test_what_a_killed_run_left_half_made_goes_with_the_next_release(house: House) -> None:
    (house.settings.releases / ".incoming-killed").mkdir(parents=True)
    made = release(house)
    assert [path.name for path in house.settings.releases.iterdir()] == [made.release_id]


def test_a_release_that_cannot_be_completed_leaves_nothing_and_the_last_one_stands(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = release(house, area=[town("0394", "old")])

    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "no space left on device")

    monkeypatch.setattr("pipelines.publish.release.write_exports", full)
    with pytest.raises(OSError, match="no space"):
        release(house, on=on_day(1))
    assert [path.name for path in house.settings.releases.iterdir()] == [old.release_id]
    assert published(house, "select area_name from area") == [{"area_name": "old"}]
    assert len(ledger.entries(house.settings, "release")) == 1


def test_of_the_releases_that_are_too_old_the_one_that_stands_is_kept(house: House) -> None:
    made = [release(house, on=on_day(number)) for number in range(3)]
    one = replace(house.settings, kept_releases=1)
    rollback(one, made[0].release_id)
    assert {path.name for path in house.settings.releases.iterdir()} == {one.release_id for one in made}
    monday = House(replace(one, as_of=on_day(3)))
    monday.take_in("inspectorate", {"a.csv": "zaaknummer\n"})  # or the hold would last
    newest = release(monday, on=on_day(3), delivery=[{"delivery_id": "d", "standing": "current", "sha256": "a"}])
    assert [path.name for path in house.settings.releases.iterdir()] == [newest.release_id]


def test_the_last_releases_are_kept_byte_for_byte_and_older_ones_go(house: House) -> None:
    made = [release(house, on=on_day(number)) for number in range(house.settings.kept_releases + 2)]
    kept = house.settings.published / "releases"
    assert {path.name for path in kept.iterdir()} == {one.release_id for one in made[-house.settings.kept_releases :]}
    newest = kept / made[-1].release_id
    assert (newest / "zicht.duckdb").read_bytes() == house.settings.database.read_bytes()
    assert json.loads((newest / "release.json").read_text(encoding="utf-8")) == current_release(house.settings)
    assert len(ledger.entries(house.settings, "release")) == len(made), "the ledger forgets none"


def test_nothing_half_written_stays_beside_the_release(house: House) -> None:
    release(house)
    assert not [path for path in below(house.settings.published) if path.name.startswith(".")]


# the history of data gaps


def gaps_of(house: House) -> list[tuple[str, str, str | None]]:
    rows = published(house, "select measure, opened, closed from data_gap order by measure, opened, closed")
    return [(row["measure"], str(row["opened"]), str(row["closed"]) if row["closed"] else None) for row in rows]


def test_a_gap_that_lasts_is_written_in_the_ledger_once(house: House) -> None:
    for number in range(3):
        release(house, gap(), on=on_day(number))
    assert [entry["event"] for entry in ledger.entries(house.settings, "data_gap")] == ["opened"]
    assert gaps_of(house) == [("residents", "2026-02-15", None)]


def test_a_gap_that_is_gone_is_closed_on_the_day_and_shown_as_such_from_then_on(house: House) -> None:
    release(house, gap("residents"), gap("workers"))
    release(house, gap("workers"), on=on_day(1))
    release(house, gap("workers"), on=on_day(2))
    assert gaps_of(house) == [("residents", "2026-02-15", "2026-02-16"), ("workers", "2026-02-15", None)]
    (row,) = published(house, "from data_gap where closed is not null")
    assert row["remedy_nl"] == "vraag"


def test_a_gap_that_opens_again_is_another_one(house: House) -> None:
    release(house, gap())
    release(house, on=on_day(1))
    release(house, gap(opened=str(on_day(2))), on=on_day(2))
    assert gaps_of(house) == [("residents", "2026-02-15", "2026-02-16"), ("residents", "2026-02-17", None)]
    release(house, on=on_day(3))
    assert [closed for *_, closed in gaps_of(house)] == ["2026-02-16", "2026-02-18"]


def test_a_gap_that_opens_again_is_a_new_row_from_that_day_whatever_its_own_date_says(house: House) -> None:
    """What is withheld in a figure is dated by its source, the second time too."""
    release(house, gap(opened="2025-12-31"))
    release(house, on=on_day(1))
    release(house, gap(opened="2025-12-31"), on=on_day(2))
    release(house, gap(opened="2025-12-31"), on=on_day(3))
    assert gaps_of(house) == [("residents", "2025-12-31", "2026-02-16"), ("residents", "2026-02-17", None)]


def test_a_gap_that_was_gone_and_came_back_within_a_day_was_never_away(house: House) -> None:
    release(house, gap())
    for _ in range(2):
        release(house, on=on_day(1))
        release(house, gap(), on=on_day(1))
    assert gaps_of(house) == [("residents", "2026-02-15", None)]
    release(house, on=on_day(1))
    release(house, on=on_day(2))
    assert gaps_of(house) == [("residents", "2026-02-15", "2026-02-16")]


def test_two_releases_of_one_day_show_a_gap_once(house: House) -> None:
    release(house, gap("residents"), gap("workers"))
    release(house, gap("workers"))
    release(house, gap("workers"), gap("migrants"))
    assert gaps_of(house) == [
        ("migrants", "2026-02-15", None), ("residents", "2026-02-15", "2026-02-15"), ("workers", "2026-02-15", None),
    ]  # fmt: skip


def test_other_words_another_severity_and_a_newer_delivery_leave_it_the_same_gap(house: House) -> None:
    release(house, gap(kind="suppressed", delivery_id="d1"))
    release(house, gap(kind="suppressed", delivery_id="d2", remedy_nl="bel", severity="low", owner="wij",
                       opened=str(on_day(1))), on=on_day(1))  # fmt: skip
    assert gaps_of(house) == [("residents", "2026-02-15", None)]
    (row,) = published(house, "from data_gap")
    assert (row["delivery_id"], row["remedy_nl"], row["severity"], row["owner"]) == ("d2", "bel", "low", "wij")


STRETCH: Row = {"period_start": "2021-01-01", "opened": "2023-01-01"}


def test_years_that_never_came_stay_one_gap_when_another_is_added(house: House) -> None:
    release(house, gap(**STRETCH, period_end="2021-12-31"))
    release(house, gap(**STRETCH, period_end="2022-12-31"), on=on_day(1))
    assert gaps_of(house) == [("residents", "2023-01-01", None)]
    assert [str(row["period_end"]) for row in published(house, "from data_gap")] == ["2022-12-31"]
    release(house, on=on_day(2))
    assert gaps_of(house) == [("residents", "2023-01-01", str(on_day(2)))]
    assert [str(row["period_end"]) for row in published(house, "from data_gap")] == ["2022-12-31"]


def test_a_month_and_a_year_that_a_delivery_does_not_know_are_two_gaps(house: House) -> None:
    month, year = (gap(**STRETCH, period_end=end, delivery_id="d1") for end in ("2021-01-31", "2021-12-31"))
    release(house, month, year)
    release(house, year, on=on_day(1))
    assert [closed for *_, closed in gaps_of(house)] == [str(on_day(1)), None]


@pytest.mark.parametrize("kind", ["refused", "expired", "invalid_rows", "contradiction"])
def test_where_the_delivery_is_what_is_wrong_the_next_one_is_another_gap(house: House, kind: str) -> None:
    release(house, gap(kind=kind, delivery_id="d1"))
    release(house, gap(kind=kind, delivery_id="d2", opened=str(on_day(1))), on=on_day(1))
    assert gaps_of(house) == [("residents", "2026-02-15", "2026-02-16"), ("residents", "2026-02-16", None)]


def test_a_gap_of_synthetic_figures_is_not_that_of_real_ones(house: House) -> None:
    release(house, gap(synthetic=True))
    release(house, gap(synthetic=False, opened=str(on_day(1))), on=on_day(1))
    assert gaps_of(house) == [("residents", "2026-02-15", "2026-02-16"), ("residents", "2026-02-16", None)]


def test_the_order_in_which_gaps_are_found_changes_no_history(house: House) -> None:
    release(house, gap("residents"), gap("workers"))
    release(house, gap("workers"), gap("residents"), on=on_day(1))
    assert len(ledger.entries(house.settings, "data_gap")) == 2
    assert gaps_of(house) == [("residents", "2026-02-15", None), ("workers", "2026-02-15", None)]


def test_only_open_gaps_are_counted_as_such(house: House) -> None:
    release(house, gap("residents"), gap("workers"))
    made = release(house, gap("workers"), on=on_day(1))
    assert made.data_gaps == {"missing": 1}
    assert published(house, "select data_gaps from release where is_current") == [{"data_gaps": 1}]


def test_nulls_in_a_gap_are_values_of_its_key(house: House) -> None:
    release(house, gap(area_code=None, area_type="unknown"))
    release(house, gap(area_code=None, area_type="unknown"), on=on_day(1))
    assert len(ledger.entries(house.settings, "data_gap")) == 1


@pytest.mark.parametrize(
    ("changed", "is_one"),
    [
        ({}, True),
        ({"severity": "low", "remedy_nl": "bel"}, True),
        ({"delivery_id": None, "period_end": "2024-12-31"}, True),
        ({"kind": "suppressed", "delivery_id": "d2"}, True),
        ({"kind": "refused"}, True),
        ({"kind": "refused", "delivery_id": "d2"}, False),
        ({"area_code": "0394"}, False),
        ({"period_end": "2024-12-31"}, False),
        ({"source": "brp: x"}, False),
        ({"synthetic": True}, False),
    ],
)
def test_a_warning_tells_of_two_gaps_that_the_ledger_takes_for_one(house: House, changed: Row, *, is_one: bool) -> None:
    other = gap(delivery_id="d1", period_end="2025-12-31") | changed
    kind = {"kind": other["kind"], "delivery_id": None if other["delivery_id"] is None else "d1"}
    release(house, gap(period_end="2025-12-31", **kind), other)
    assert len(ledger.entries(house.settings, "data_gap")) == (1 if is_one else 2), "what the ledger takes for one"
    suite = load_suites("release")["data_gap"]
    results = run_suites(house.settings.database, [suite], "release")
    (told,) = [result for result in results if result["rule"] == "every_gap_is_told_once"]
    assert (told["passed"], told["severity"]) == (not is_one, "warn")


# one rounding


@pytest.mark.parametrize("source", ["rni", "lists"])
def test_counts_rounded_under_another_key_are_not_released_beside_those_of_the_old_one_unless_it_is_said(
    house: House, tmp_path: Path, source: str
) -> None:
    persons = {"delivery_id": "d", "source": source, "standing": "current"}
    release(house, delivery=[persons])
    make_key(tmp_path / "other.key")
    rotated = House(replace(house.settings, key_file=tmp_path / "other.key"))
    candidate(rotated, area=[town("0394", "Haarlemmermeer")], delivery=[persons])
    with pytest.raises(UsageError, match="ZICHT_ROUNDS_ANEW=") as refused:
        publish(rotated.settings)
    mark = str(refused.value).rpartition("=")[2]
    assert publish(replace(rotated.settings, rounds_anew=mark)).rounding_key == mark


def test_where_nothing_confidential_was_delivered_a_key_may_be_another(house: House, tmp_path: Path) -> None:
    release(house)
    make_key(tmp_path / "other.key")
    rotated = House(replace(house.settings, key_file=tmp_path / "other.key"))
    assert release(rotated, area=[town("0394", "Haarlemmermeer")]).rounding_key == ""


# again, and without


def test_publishing_the_same_candidate_again_does_no_harm(house: House) -> None:
    """The asset can be materialised again by itself."""
    keep_results(house.settings, "release", [RESULT], whole=True)
    release(house, gap())
    publish(house.settings)
    assert len(published(house, "from quality_result where rule = 'name_present'")) == 1
    assert len(published(house, "from release")) == 1


def test_what_is_made_of_the_same_on_another_day_pushes_none_of_the_kept_ones_out(house: House) -> None:
    made = release(house)
    before = current_release(house.settings)
    for day in (1, 2):
        today = House(replace(house.settings, as_of=on_day(day), kept_releases=1))
        candidate(today)
        assert publish(today.settings).release_id == made.release_id
    assert current_release(house.settings) == before
    assert [path.name for path in house.settings.releases.iterdir()] == [made.release_id]
    assert len(ledger.entries(house.settings, "release")) == 1


def test_without_a_candidate_there_is_nothing_to_publish(house: House) -> None:
    house.settings.candidate.parent.mkdir(parents=True)
    with pytest.raises(FileNotFoundError):
        publish(house.settings)
    assert not house.settings.candidate.exists()


def test_a_candidate_that_was_not_checked_is_not_released(house: House) -> None:
    candidate(house)
    for path in (house.settings.build / "checks").glob("*.json"):
        path.unlink()
    with pytest.raises(NotJudgedError, match="not checked"):
        publish(house.settings)
    assert current_release(house.settings) is None


def test_a_candidate_made_after_another_was_judged_is_not_released_once_one_rule_looked_at_it(house: House) -> None:
    prepared_manifest()
    warehouse(house)
    build_candidate(house.settings)
    judge(house)
    build_candidate(house.settings)
    keep_results(house.settings, "release", [RESULT], whole=False)
    with pytest.raises(NotJudgedError, match=f"not checked since it was made by {len(rules_of_release()) - 1} rules"):
        publish(house.settings)
    assert current_release(house.settings) is None


def test_a_candidate_is_not_released_before_both_rules_on_persons_looked_at_it(house: House) -> None:
    candidate(house)
    unseen = {rule.rule for rule in DISCLOSURE_RULES}
    judged = [one for one in kept_results(house.settings) if one["rule"] not in unseen]
    keep_results(house.settings, "release", judged, whole=True)
    with pytest.raises(NotJudgedError, match=r"by 2 rules, among them registered\."):
        publish(house.settings)


def test_a_candidate_that_failed_a_blocking_rule_is_not_released(house: House) -> None:
    candidate(house)
    judge(house, RESULT | {"severity": "block"})
    with pytest.raises(NotJudgedError, match="name_present"):
        publish(house.settings)
    assert current_release(house.settings) is None


def test_what_arrived_after_the_models_is_no_part_of_the_release(house: House) -> None:
    candidate(house)
    house.take_in("inspectorate", {"a.csv": "zaaknummer\n"})
    made = publish(house.settings)
    assert made.fingerprint != fingerprint(house.settings)


def test_a_run_that_was_killed_before_its_claim_writes_the_ledger_once(house: House) -> None:
    release(house, gap())
    (house.settings.current / "release.json").unlink()
    publish(house.settings)
    assert len(ledger.entries(house.settings, "release")) == 1
    assert len(ledger.entries(house.settings, "data_gap")) == 1


def test_a_damaged_claim_is_no_release(house: House) -> None:
    release(house)
    (house.settings.current / "release.json").write_text("{", encoding="utf-8")
    assert current_release(house.settings) is None


# the ledger


@pytest.mark.parametrize("written", [0, 1, 2])
def test_what_a_killed_run_did_not_write_in_the_ledger_is_written_by_the_next_and_nothing_twice(
    house: House, written: int
) -> None:
    """Killed after the switch, while it wrote the first, the second or the last entry."""
    release(house, gap("residents"))
    before = (house.settings.ledger / "data_gap.jsonl").read_bytes()
    release(house, gap("workers"), gap("migrants"), on=on_day(1))
    whole = (house.settings.ledger / "data_gap.jsonl").read_bytes()
    lines = whole.removeprefix(before).splitlines(keepends=True)
    assert len(lines) == 3
    (house.settings.ledger / "data_gap.jsonl").write_bytes(before + b"".join(lines[:written]) + lines[written][:9])
    release(house, gap("workers"), gap("migrants"), on=on_day(2))
    told = [(entry["event"], entry["measure"]) for entry in ledger.entries(house.settings, "data_gap")]
    assert told == [("opened", "residents"), ("opened", "workers"), ("opened", "migrants"), ("closed", "residents")]
    assert gaps_of(house) == [
        ("migrants", "2026-02-15", None), ("residents", "2026-02-15", "2026-02-16"), ("workers", "2026-02-15", None),
    ]  # fmt: skip


def test_a_gap_that_came_back_within_a_day_is_open_in_the_ledger_too(house: House) -> None:
    """Its second opening is in the same words as the first; it is another entry all the same."""
    release(house, gap())
    release(house, on=on_day(1))
    release(house, gap(), on=on_day(1))
    assert [entry["event"] for entry in ledger.entries(house.settings, "data_gap")] == ["opened", "closed", "opened"]
    release(house, gap(), on=on_day(2))
    assert gaps_of(house) == [("residents", "2026-02-15", None)]


def test_the_books_only_grow_over_releases_failures_and_a_rollback(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep_results(house.settings, "release", [RESULT], whole=True)
    books: dict[str, bytes] = {}

    def grew(*names: str) -> None:
        now = {path.name: path.read_bytes() for path in below(house.settings.ledger)}
        assert {name for name in now if now[name] != books.get(name)} == {f"{name}.jsonl" for name in names}
        assert all(now[name].startswith(content) for name, content in books.items())
        books.update(now)

    release(house, gap("residents"))
    grew("release", "quality", "data_gap")
    release(house, gap("workers"), on=on_day(1))
    grew("release", "quality", "data_gap")
    publish(house.settings)
    grew()
    rollback(house.settings)
    grew("release")
    monkeypatch.setattr("pipelines.publish.fingerprint.code_version", lambda: "mended")
    release(house, on=on_day(2))
    grew("release", "quality", "data_gap")
    candidate(house)
    judge(house, RESULT | {"severity": "block"})
    with pytest.raises(NotJudgedError):
        publish(house.settings)
    grew()
    (house.settings.ledger / "release.jsonl").write_bytes(books["release.jsonl"][:-8])
    books["release.jsonl"] = books["release.jsonl"][:-8]
    judge(house, RESULT)
    release(house, on=on_day(3))
    grew("release", "quality")
    told = [entry["release_id"][:10] for entry in ledger.entries(house.settings, "release")]
    assert told == ["2026-02-15", "2026-02-16", "2026-02-15", "2026-02-17", "2026-02-18"]
