"""Reading a delivery: kept or refused as a whole, counted to the last row, and silent about its content."""

from __future__ import annotations

import json
import logging
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipelines.landing.deliveries import outcome, snapshots
from pipelines.privacy.pseudonyms import make_key
from pipelines.settings import UsageError
from pipelines.sources.reading import anchor, reading_code, unread
from tests.conftest import House, a_numbers, below, bsns, declared, lo_csv, non_resident, resident

HEADER = "zaaknummer;controleplaats;startdatum;wet;uitkomst;besluitdatum;aantal_boetes;boetebedrag\n"
CASES = HEADER + "Z1;Rotterdam;2025-03-04;Wav;boete;2025-05-01;1;4000\n"


def residents(count: int) -> list[dict[str, Any]]:
    return [resident(number) for number in range(count)]


def staged(house: House, source: str) -> list[Path]:
    return [path for path in below(house.settings.staged / source) if path.suffix == ".parquet"]


def rows_of(house: House, source: str) -> list[Path]:
    return [path for path in staged(house, source) if path.name != "empty.parquet"]


# kept


def test_a_delivery_is_read_into_the_record_with_where_it_came_from(house: House) -> None:
    found = house.take_in("brp", {"a.csv": lo_csv(residents(3))})
    assert (found.status, found.rows_read, found.rows_accepted, found.rows_rejected) == ("read", 3, 3, 0)
    rows = house.accepted("brp")
    assert [row["locator_row"] for row in rows] == [2, 3, 4]
    assert {(row["source"], row["scope"], str(row["reference_date"])) for row in rows} == {
        ("brp", "0394", "2026-02-01")
    }
    assert {row["delivery_id"] for row in rows} == {found.delivery_id}
    assert not any(row["synthetic"] for row in rows)


def test_a_delivery_that_says_it_is_synthetic_says_so_in_every_row(sample_house: House) -> None:
    broken = HEADER + CASES[len(HEADER) :] * 200 + "Z2;Rotterdam;yesterday;Wav;boete;2025-05-01;1;4000\n"
    found = sample_house.take_in("inspectorate", {"a.csv": broken}, sidecar={"synthetic": True})
    assert found.synthetic
    assert all(row["synthetic"] for row in sample_house.accepted("inspectorate"))
    assert [row["synthetic"] for row in sample_house.rejected("inspectorate")] == [True]


def test_few_rejects_are_set_aside_with_row_field_and_rule_and_the_rest_is_kept(house: House) -> None:
    rows = residents(120)
    rows[7] = resident(7, r01_01_20="900500000")
    found = house.take_in("brp", {"a.csv": lo_csv(rows)})
    assert (found.status, found.rows_read, found.rows_accepted, found.rows_rejected) == ("read", 120, 119, 1)
    (rejected,) = house.rejected("brp")
    assert (rejected["locator_file"], rejected["locator_row"]) == ("a.csv", 9)
    assert (rejected["field"], rejected["rule"]) == ("01.01.20", "is no BSN")
    assert 9 not in [row["locator_row"] for row in house.accepted("brp")]


def test_two_parts_are_read_as_one_delivery_and_rows_keep_their_file(house: House) -> None:
    found = house.take_in("brp", {"b.csv": lo_csv(residents(2)), "a.csv": lo_csv([resident(3)])})
    assert (found.rows_read, found.rows_accepted) == (3, 3)
    assert [(row["locator_file"], row["locator_row"]) for row in house.accepted("brp")] == [
        ("a.csv", 2),
        ("b.csv", 2),
        ("b.csv", 3),
    ]


def test_parts_may_have_their_rubrics_in_another_order(house: House) -> None:
    one, other = lo_csv([resident(0)]), lo_csv([resident(1)], sorted(resident(), reverse=True))
    assert house.take_in("brp", {"a.csv": one, "b.csv": other}).status == "read"
    first, second = house.accepted("brp")
    same = ("area_code", "start_low", "nationality_codes", "birth_year", "postcode4", "state")
    assert [first[name] for name in same] == [second[name] for name in same]


def test_a_quote_in_the_name_of_a_file_is_no_harm(house: House) -> None:
    found = house.take_in("brp", {"Haarlemmermeer's extract.csv": lo_csv(residents(1))})
    assert found.status == "read"
    assert house.accepted("brp")[0]["locator_file"] == "Haarlemmermeer's extract.csv"


# refused


def test_too_many_rejects_refuse_the_whole_and_name_file_row_and_rule(house: House) -> None:
    rows = residents(50)
    rows[3], rows[9] = resident(3, r08_09_10="0000"), resident(9, r08_09_10="0000")
    found = house.take_in("brp", {"a.csv": lo_csv(rows)})
    assert (found.status, found.rows_accepted, found.rows_rejected) == ("refused", 0, 2)
    for words in ("brp/0394/2026-02-01/a.csv row 5", "08.09.10: is not in Tabel 33", "more than 1.0% of the rows"):
        assert words in found.message
    assert rows_of(house, "brp") == []


def test_a_delivery_that_was_read_and_is_now_refused_loses_its_rows(house: House) -> None:
    house.take_in("brp", {"a.csv": lo_csv(residents(2))})
    assert len(rows_of(house, "brp")) == 1
    (snapshot,) = snapshots(house.settings)
    (snapshot.path / "a.csv").write_text(lo_csv(residents(3)), encoding="utf-8")
    _forget(house)
    (found,) = house.read("brp")
    assert found.status == "refused"
    assert rows_of(house, "brp") == []


def test_bytes_that_changed_after_landing_are_refused(house: House) -> None:
    house.deliver("brp", {"a.csv": lo_csv(residents(2))})
    (snapshot,) = house.land("brp").new
    with (snapshot.path / "a.csv").open("a", encoding="utf-8") as stream:
        stream.write(lo_csv([resident(5)]).splitlines()[1] + "\n")
    (found,) = house.read("brp")
    assert found.status == "refused"
    assert "a.csv is not what was landed" in found.message


def test_a_part_that_is_gone_from_raw_is_refused(house: House) -> None:
    house.deliver("inspectorate", {"a.csv": CASES})
    (snapshot,) = house.land("inspectorate").new
    (snapshot.path / "a.csv").unlink()
    assert house.read("inspectorate")[0].status == "refused"


def test_one_bad_part_refuses_the_whole_delivery(house: House) -> None:
    found = house.take_in("brp", {"a.csv": lo_csv(residents(2)), "b.csv": b"\x00\x01"})
    assert found.status == "refused"
    assert "b.csv" in found.message
    assert rows_of(house, "brp") == []


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"PK\x03\x04\x00\x00\x00", "a.csv row 1: its content has none of the forms"),
        (lo_csv([resident(r08_11_60="é")]).encode("latin-1"), "a.csv row 2: it is not UTF-8"),
        (lo_csv([resident()])[:-9].encode(), "a.csv row 2: the file ends within a row"),
        (lo_csv([resident()]).replace("08.09.20", "08.09.21").encode(), "rubric 08.09.20 is missing"),
        (lo_csv([resident()]).splitlines()[0].encode(), "a header and no rows"),
    ],
)
def test_a_file_that_is_no_extract_is_refused_with_the_place(house: House, content: bytes, says: str) -> None:
    found = house.take_in("brp", {"a.csv": content})
    assert found.status == "refused"
    assert says in found.message
    assert rows_of(house, "brp") == []


def test_a_byte_order_mark_is_no_fault(house: House) -> None:
    assert house.take_in("brp", {"a.csv": b"\xef\xbb\xbf" + lo_csv(residents(1)).encode()}).status == "read"


def test_synthetic_content_without_a_sidecar_that_says_so_is_refused(house: House) -> None:
    header, row = CASES.splitlines()
    found = house.take_in("inspectorate", {"a.csv": f"{header};synthetisch\n{row};ja\n"})
    assert found.status == "refused"
    assert "synthetic" in found.message


def test_reading_persons_without_a_key_says_that_a_key_is_missing(house: House) -> None:
    house.deliver("brp", {"a.csv": lo_csv(residents(1))})
    house.land("brp")
    keyless = House(replace(house.settings, key_file=None))
    try:
        message = keyless.read("brp")[0].message
    except UsageError as wrong:
        message = str(wrong)
    assert "key" in message


def test_a_key_that_is_gone_is_wrong_use_and_says_how_to_make_one(house: House) -> None:
    house.deliver("brp", {"a.csv": lo_csv(residents(1))})
    house.land("brp")
    with pytest.raises(UsageError, match="zicht key"):
        House(replace(house.settings, key_file=Path("/nowhere/secret.key"))).read("brp")


# again


def test_what_was_read_by_this_code_is_not_read_again(house: House) -> None:
    first = house.take_in("brp", {"a.csv": lo_csv(residents(2))})
    assert first.code.startswith(reading_code())
    before = [path.stat().st_mtime_ns for path in rows_of(house, "brp")]
    assert unread(house.settings) == []
    assert house.read("brp") == []
    assert [path.stat().st_mtime_ns for path in rows_of(house, "brp")] == before


def test_what_was_refused_is_not_tried_again_by_the_same_code(house: House) -> None:
    house.take_in("brp", {"a.csv": b"\x00"})
    assert house.read("brp") == []
    assert unread(house.settings) == []


def test_what_other_code_read_is_read_again(house: House) -> None:
    first = house.take_in("brp", {"a.csv": lo_csv(residents(2))})
    _forget(house)
    assert [snapshot.id for snapshot in unread(house.settings)] == [first.delivery_id]
    assert house.read("brp") == [first]
    assert len(house.accepted("brp")) == 2


def test_under_another_key_persons_are_read_again_and_get_other_pseudonyms(house: House, tmp_path: Path) -> None:
    house.take_in("brp", {"a.csv": lo_csv(residents(2))})
    before = {row["pseudonym"] for row in house.accepted("brp")}
    make_key(tmp_path / "other.key")
    rotated = House(replace(house.settings, key_file=tmp_path / "other.key"))
    assert [snapshot.manifest.source for snapshot in unread(rotated.settings)] == ["brp"]
    rotated.read("brp")
    assert not before & {row["pseudonym"] for row in rotated.accepted("brp")}


def test_what_was_read_does_not_outlive_the_bytes_it_was_read_from(house: House) -> None:
    house.take_in("brp", {"a.csv": lo_csv(residents(2))})
    shutil.rmtree(next(house.settings.raw.glob("brp/0394/*")))
    house.read("brp")
    assert house.accepted("brp") == []
    assert [
        path for path in (house.settings.staged / "brp").rglob("*") if path.is_file() and path.stem != "empty"
    ] == []


def test_what_was_read_of_persons_is_readable_by_its_owner_only(house: House) -> None:
    house.take_in("brp", {"a.csv": lo_csv(residents(1))})
    assert (house.settings.staged / "brp").stat().st_mode & 0o077 == 0


def test_the_same_delivery_gives_the_same_rows(house: House) -> None:
    house.take_in("brp", {"a.csv": lo_csv(residents(5))})
    before = house.accepted("brp")
    _forget(house)
    house.read("brp")
    assert house.accepted("brp") == before


def test_the_outcome_stands_beside_the_rows(house: House) -> None:
    found = house.take_in("inspectorate", {"a.csv": CASES})
    (snapshot,) = snapshots(house.settings)
    assert outcome(house.settings, snapshot) == found


def test_another_scope_is_left_alone(house: House) -> None:
    house.deliver("inspectorate", {"a.csv": CASES}, scope="0599")
    house.land("inspectorate")
    assert house.read("inspectorate", "0394") == []
    assert len(unread(house.settings)) == 1


def test_reading_leaves_no_scratch(house: House) -> None:
    house.take_in("brp", {"a.csv": lo_csv(residents(2))})
    house.take_in("inspectorate", {"a.csv": b"\xff"})
    assert not list(house.settings.staged.rglob(".*"))


@pytest.mark.parametrize("source", ["brp", "inspectorate"])
def test_where_nothing_was_delivered_an_empty_file_shows_the_columns(house: House, source: str) -> None:
    anchor(house.settings, declared(source))
    assert house.accepted(source) == []
    assert house.rejected(source) == []
    house.take_in(source, {"a.csv": CASES if source == "inspectorate" else lo_csv(residents(1))})
    assert len(house.accepted(source)) >= 1


def _forget(house: House) -> None:
    """As if other code had read it."""
    for path in house.settings.staged.glob("*/outcome/*/*.json"):
        known = json.loads(path.read_text(encoding="utf-8"))
        path.write_text(json.dumps(known | {"code": "older"}), encoding="utf-8")


# silence


NAME = "Verzonnennaam"
BAG = "0394010000012345"
BIRTH = "19850622"
POSTCODE = "2132QZ"


@pytest.mark.parametrize("source", ["brp", "rni"])
def test_no_identifier_passes_the_first_door_in_rows_outcomes_or_logs(
    house: House, source: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    planted = {"r01_02_40": NAME, "r01_03_10": BIRTH}
    planted |= {"r08_11_60": POSTCODE, "r08_11_80": BAG} if source == "brp" else {"r16_11_60": POSTCODE}
    make = resident if source == "brp" else non_resident
    rows = [make(number, **planted) for number in range(150)]
    rows[4] = make(4, **planted | {"r04_05_10": "9998"})
    assert house.take_in(source, {"a.csv": lo_csv(rows)}).rows_rejected == 1
    _silent(house, source, caplog, 150)


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda text: text.replace("0072", "9998"), id="every row rejected"),
        pytest.param(lambda text: text.split("\n", 1)[1], id="no header"),
        pytest.param(lambda text: text[:-30], id="cut off"),
        pytest.param(lambda text: text.replace(",", ";"), id="another separator"),
        pytest.param(lambda text: text.replace(BIRTH, f"x{BIRTH}"), id="letters in a date"),
        pytest.param(lambda text: text + "\x01", id="control character"),
    ],
)
def test_no_identifier_stands_in_the_message_of_a_refusal(
    house: House, spoil: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    planted = {"r01_02_40": NAME, "r01_03_10": BIRTH, "r08_11_60": POSTCODE, "r08_11_80": BAG}
    text = lo_csv([resident(number, **planted) for number in range(5)])
    found = house.take_in("brp", {"a.csv": spoil(text)})
    assert found.status == "refused"
    _silent(house, "brp", caplog, 5)


def _silent(house: House, source: str, caplog: pytest.LogCaptureFixture, persons: int) -> None:
    secrets = [NAME, BIRTH, "1985-06-22", POSTCODE, POSTCODE[:4] + " " + POSTCODE[4:], BAG]
    secrets += [*bsns()[:persons], *a_numbers()[:persons]]
    texts = [path.read_bytes().decode("latin-1") for path in below(house.settings.staged)]
    texts += [json.dumps(rows, default=str) for rows in (house.accepted(source), house.rejected(source))]
    texts += [caplog.text, *(str(record.__dict__) for record in caplog.records)]
    assert [secret for secret in secrets for text in texts if secret in text] == []
