"""Taking deliveries in: what is new, unchanged, superseded or refused, and what becomes of the inbox."""

from __future__ import annotations

import json
import stat
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from pipelines.landing.catalogue import write_catalogue
from pipelines.landing.deliveries import delivery_id, snapshots
from pipelines.landing.land import is_waiting, refusals, scopes
from pipelines.sources import all_sources
from tests.conftest import AS_OF, DAY, GROUNDS, House, below, lo_csv, resident

HEADER = "zaaknummer;controleplaats;startdatum;wet;uitkomst;besluitdatum;aantal_boetes;boetebedrag\n"
CASES = HEADER + "Z1;Rotterdam;2025-03-04;Wav;boete;2025-05-01;1;4000\n"
OTHER_CASES = CASES + "Z2;Rotterdam;2025-03-05;Wav;boete;2025-05-01;1;4000\n"
LATIN_1 = (HEADER + "Z1;Súdwest-Fryslân;2025-03-04;Wav;boete;2025-05-01;1;4000\n").encode("latin-1")
PERSONS = lo_csv([resident()])


def refused(house: House, source: str = "inspectorate") -> str:
    """The one refusal, as the user sees it; nothing may have been landed."""
    landed = house.land(source)
    assert not landed.new
    (refusal,) = landed.refused
    return str(refusal)


def raw(house: House, source: str) -> list[Path]:
    return [path for path in below(house.settings.raw / source) if path.name not in ("manifest.json", "refused.json")]


# new and unchanged


def test_a_new_delivery_is_copied_with_a_manifest_of_its_bytes(house: House) -> None:
    folder = house.deliver("migrantenmonitor", {"a.xlsx": CASES}, sidecar={"producer": "CBS", "version": "3"})
    (snapshot,) = house.land("migrantenmonitor").new
    assert (snapshot.path / "a.xlsx").read_text(encoding="utf-8") == CASES
    manifest = json.loads((snapshot.path / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["scope"] == "0394"
    assert manifest["reference_date"] == "2026-02-01"
    assert manifest["parts"][0]["size"] == len(CASES.encode())
    assert manifest["sidecar"]["producer"] == "CBS"
    assert (folder / "a.xlsx").exists(), "a public file is copied, not moved"


def test_landing_twice_lands_once(house: House) -> None:
    house.deliver("migrantenmonitor", {"a.xlsx": CASES})
    (snapshot,) = house.land("migrantenmonitor").new
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in below(snapshot.path)}
    again = house.land("migrantenmonitor")
    assert again.new == []
    assert again.unchanged == [snapshot.place]
    assert {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in below(snapshot.path)} == before


def test_equal_bytes_under_another_name_are_unchanged(house: House) -> None:
    folder = house.deliver("migrantenmonitor", {"a.xlsx": CASES})
    house.land("migrantenmonitor")
    (folder / "a.xlsx").rename(folder / "b.xlsx")
    again = house.land("migrantenmonitor")
    assert (again.new, again.refused) == ([], [])


def test_equal_bytes_of_a_later_day_are_another_statement(house: House) -> None:
    house.deliver("inspectorate", {"a.csv": CASES}, day="2026-02-01")
    house.deliver("inspectorate", {"a.csv": CASES}, day="2026-02-02")
    house.deliver("inspectorate", {"a.csv": CASES}, scope="0599")
    assert len({snapshot.id for snapshot in house.land("inspectorate").new}) == 3


def test_two_parts_are_one_delivery(house: House) -> None:
    house.deliver("inspectorate", {"b.csv": OTHER_CASES, "a.csv": CASES})
    (snapshot,) = house.land("inspectorate").new
    assert [path.name for path in snapshot.files] == ["a.csv", "b.csv"]


def test_no_inbox_is_no_error(house: House) -> None:
    assert not house.settings.landing.exists()
    landed = house.land("inspectorate")
    assert (landed.new, landed.unchanged, landed.refused) == ([], [], [])


def test_only_the_source_that_is_asked_for_is_landed(house: House) -> None:
    house.deliver("inspectorate", {"a.csv": CASES})
    house.deliver("brp", {"a.csv": PERSONS})
    assert len(house.land("brp").new) == 1
    assert not (house.settings.raw / "inspectorate").exists()


def test_a_suffix_in_capitals_is_taken(house: House) -> None:
    house.deliver("inspectorate", {"A.CSV": CASES})
    assert len(house.land("inspectorate").new) == 1


# the same place again


def test_other_bytes_in_the_same_place_are_refused_and_the_remedy_names_the_next_sequence(house: House) -> None:
    folder = house.deliver("inspectorate", {"a.csv": CASES}, sidecar={"sequence": 4})
    house.land("inspectorate")
    house.deliver("inspectorate", {"a.csv": OTHER_CASES})
    message = refused(house)
    assert str(folder) in message
    assert "sequence: 5" in message


def test_a_higher_sequence_supersedes_and_the_old_bytes_stay(house: House) -> None:
    house.deliver("inspectorate", {"a.csv": CASES})
    house.land("inspectorate")
    house.deliver("inspectorate", {"a.csv": OTHER_CASES}, sidecar={"sequence": 2})
    assert len(house.land("inspectorate").new) == 1
    contents = {path.read_text(encoding="utf-8") for path in raw(house, "inspectorate")}
    assert contents == {CASES, OTHER_CASES}


def test_a_lower_sequence_comes_too_late(house: House) -> None:
    house.deliver("inspectorate", {"a.csv": CASES}, sidecar={"sequence": 2})
    house.land("inspectorate")
    house.deliver("inspectorate", {"a.csv": OTHER_CASES}, sidecar={"sequence": 1})
    assert "sequence: 3" in refused(house)


def test_a_delivery_that_could_not_be_read_does_not_hold_its_place(house: House) -> None:
    house.deliver("inspectorate", {"a.csv": LATIN_1})
    house.land("inspectorate")
    assert house.read("inspectorate")[0].status == "refused"
    house.deliver("inspectorate", {"a.csv": CASES})
    landed = house.land("inspectorate")
    assert (len(landed.new), landed.refused) == (1, [])
    assert house.read("inspectorate")[0].status == "read"


def test_a_higher_sequence_may_go_back_to_the_first_bytes(house: House) -> None:
    for sequence, content in ((1, CASES), (2, OTHER_CASES), (3, CASES)):
        house.deliver("inspectorate", {"a.csv": content}, sidecar={"sequence": sequence})
        landed = house.land("inspectorate")
    assert landed.new
    assert landed.new[0].manifest.sidecar.sequence == 3


# personal data


def test_personal_data_are_moved_out_of_our_inbox_and_are_the_owners_alone(house: House) -> None:
    folder = house.deliver("brp", {"a.csv": PERSONS})
    (snapshot,) = house.land("brp").new
    assert not folder.exists()
    assert stat.S_IMODE(snapshot.path.stat().st_mode) == 0o700
    assert stat.S_IMODE((snapshot.path / "a.csv").stat().st_mode) == 0o600
    assert (snapshot.path / "a.csv").read_text(encoding="utf-8") == PERSONS


def test_personal_data_that_were_landed_before_leave_the_inbox_too(house: House) -> None:
    house.deliver("brp", {"a.csv": PERSONS})
    house.land("brp")
    folder = house.deliver("brp", {"a.csv": PERSONS})
    assert len(house.land("brp").unchanged) == 1
    assert not folder.exists()


def test_small_counts_of_persons_are_the_owners_alone_and_nothing_published_confirms_a_guess_of_them(
    house: House,
) -> None:
    rows = "gemeente;jaar;lijsten;staat op;personen;bron\n" + "".join(
        f"Haarlemmermeer;2025;politie + zorg;{held};{persons};telling\n"
        for held, persons in (("politie", 40), ("zorg", 30), ("politie + zorg", 2))
    )
    assert house.take_in("lists", {"a.csv": rows}).status == "read"
    (snapshot,) = snapshots(house.settings, "lists")
    for folder in (snapshot.path.parents[1], house.settings.staged / "lists"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700, folder
    write_catalogue(house.settings)
    (told,) = pl.read_parquet(house.settings.staged / "catalogue" / "delivery.parquet").to_dicts()
    assert (told["sha256"], told["bytes"]) == (None, None)
    manifest = snapshot.manifest
    assert told["delivery_id"] == manifest.delivery_id != delivery_id(snapshot.place, 1, manifest.parts)


def test_several_refused_at_one_place_are_one_gap_whose_mark_holds_no_name(house: House) -> None:
    house.deliver("brp", {"Jan de Vries.docx": "x", "Anna de Boer.docx": "x"})
    (house.settings.landing / "brp" / "Jan de Vries.csv").write_text("x", encoding="utf-8")
    assert {one.mark for one in house.land("brp").refused} == {"inbox brp", f"inbox brp/0394/{DAY}"}


def test_nothing_is_moved_out_of_an_inbox_that_is_not_ours(sample_house: House) -> None:
    sidecar = GROUNDS | {"synthetic": True}
    folder = sample_house.deliver("brp", {"a.csv": PERSONS}, sidecar=sidecar)
    (snapshot,) = sample_house.land("brp").new
    assert (folder / "a.csv").read_text(encoding="utf-8") == PERSONS
    assert stat.S_IMODE((snapshot.path / "a.csv").stat().st_mode) == 0o600


def test_refused_personal_data_stay_where_they_are(house: House) -> None:
    folder = house.deliver("brp", {"a.csv": PERSONS}, sidecar={})
    refused(house, "brp")
    assert (folder / "a.csv").exists()
    assert raw(house, "brp") == []


def test_a_refused_file_in_a_directory_below_a_delivery_is_not_deleted(house: House) -> None:
    folder = house.deliver("brp", {"a.csv": PERSONS})
    below_it = folder / "part 2"
    below_it.mkdir()
    (below_it / "b.csv").write_text(lo_csv([resident(1)]), encoding="utf-8")
    landed = house.land("brp")
    assert any("b.csv" in refusal.path for refusal in landed.refused)
    assert (below_it / "b.csv").exists()


def test_a_part_that_is_still_being_uploaded_is_not_deleted(house: House) -> None:
    folder = house.deliver("brp", {"a.csv": PERSONS, ".b.csv.filepart": "01.01.10,01"})
    house.land("brp")
    assert (folder / ".b.csv.filepart").exists()


def test_a_delivery_that_is_a_link_to_another_disk_does_not_end_the_run(house: House, tmp_path: Path) -> None:
    elsewhere = house.deliver("brp", {"a.csv": PERSONS}, inbox=tmp_path / "elsewhere")
    link = house.settings.landing / "brp" / "0394" / "2026-02-01"
    link.parent.mkdir(parents=True)
    link.symlink_to(elsewhere)
    landed = house.land("brp")
    assert len(landed.new) + len(landed.refused) == 1


@pytest.mark.parametrize("missing", ["legal_basis", "purpose", "authorisation", "retain_until"])
def test_a_missing_ground_is_named(house: House, missing: str) -> None:
    sidecar = {name: value for name, value in GROUNDS.items() if name != missing}
    house.deliver("rni", {"a.csv": PERSONS}, sidecar=sidecar)
    message = refused(house, "rni")
    assert missing in message
    assert not any(name in message for name in GROUNDS if name != missing)


def test_personal_data_without_a_sidecar_lack_every_ground(house: House) -> None:
    folder = house.deliver("brp", {"a.csv": PERSONS})
    (folder / "delivery.yml").unlink()
    message = refused(house, "brp")
    assert all(name in message for name in GROUNDS)


def test_public_data_need_no_ground(house: House) -> None:
    house.deliver("inspectorate", {"a.csv": CASES}, sidecar={})
    assert len(house.land("inspectorate").new) == 1


@pytest.mark.parametrize("key", [None, Path("/nowhere/secret.key")])
def test_without_a_key_personal_data_stay_out_and_the_message_says_how_to_make_one(
    house: House, key: Path | None
) -> None:
    folder = house.deliver("brp", {"a.csv": PERSONS})
    message = refused(House(replace(house.settings, key_file=key)), "brp")
    assert "zicht key" in message
    assert (folder / "a.csv").exists()


def test_without_a_key_public_data_enter(house: House) -> None:
    house.deliver("inspectorate", {"a.csv": CASES})
    assert len(House(replace(house.settings, key_file=None)).land("inspectorate").new) == 1


def test_personal_data_past_their_term_are_refused(house: House) -> None:
    house.deliver("brp", {"a.csv": PERSONS}, sidecar=GROUNDS | {"retain_until": date(2026, 2, 14)})
    assert "2026-02-14" in refused(house, "brp")


def test_personal_data_may_be_held_on_the_last_day_of_their_term(house: House) -> None:
    house.deliver("brp", {"a.csv": PERSONS}, sidecar=GROUNDS | {"retain_until": AS_OF})
    assert len(house.land("brp").new) == 1


# synthetic and real


def test_synthetic_data_do_not_enter_a_real_house(house: House) -> None:
    house.deliver("inspectorate", {"a.csv": CASES}, sidecar={"synthetic": True})
    assert "--sample" in refused(house)


def test_real_data_do_not_enter_the_sample(sample_house: House) -> None:
    sample_house.deliver("inspectorate", {"a.csv": CASES}, sidecar={"synthetic": False})
    assert "not synthetic" in refused(sample_house)


def test_the_published_figures_enter_both(house: House, sample_house: House) -> None:
    for one in (House(replace(house.settings, data=house.settings.data / "real")), sample_house):
        landed = one.land("figures")
        assert [(str(snapshot.place), snapshot.manifest.sidecar.synthetic) for snapshot in landed.new] == [
            ("figures/NL/2025-12-31", False)
        ]


# places that say nothing


@pytest.mark.parametrize(
    ("place", "says"),
    [
        ("inspectorate/a.csv", "no scope"),
        ("inspectorate/0394/a.csv", "no scope"),
        ("inspectorate/0394/2026-02-01/deeper/a.csv", "no scope"),
        ("inspectorate/0394/february/a.csv", "'february' is no reference date"),
        ("inspectorate/0394/2026-02-30/a.csv", "'2026-02-30' is no reference date"),
        ("inspectorate/394/2026-02-01/a.csv", "'394' is no scope"),
        ("inspectorate/nl/2026-02-01/a.csv", "'nl' is no scope"),
        ("inspectorate/GM0394/2026-02-01/a.csv", "'GM0394' is no scope"),
    ],
)
def test_a_place_that_is_no_place_is_refused_with_an_example(house: House, place: str, says: str) -> None:
    path = house.settings.landing / place
    path.parent.mkdir(parents=True)
    path.write_text(CASES, encoding="utf-8")
    message = refused(house)
    assert says in message
    assert "<source>/<scope>/<reference date>" in message


@pytest.mark.parametrize("day", ["20260201", "2026-W05-7"])
def test_a_reference_date_is_written_in_one_way(house: House, day: str) -> None:
    house.deliver("inspectorate", {"a.csv": CASES}, day=day)
    assert "no reference date" in refused(house)


@pytest.mark.parametrize("scope", ["0394", "NL", "Randstad", "Metropoolregio-Amsterdam"])
def test_a_scope_is_a_municipality_the_country_or_a_region(house: House, scope: str) -> None:
    house.deliver("inspectorate", {"a.csv": CASES}, scope=scope)
    assert house.land("inspectorate").new[0].manifest.scope == scope


def test_a_directory_that_no_source_claims_is_reported_with_the_sources_there_are(house: House) -> None:
    house.deliver("inspectorate", {"a.csv": CASES})
    (house.settings.landing / "inspectorate").rename(house.settings.landing / "inspectie")
    (refusal,) = refusals(house.settings)
    assert "'inspectie'" in refusal.rule
    assert "inspectorate" in refusal.rule


# files that are wrong at first sight


def test_an_empty_file_is_refused(house: House) -> None:
    house.deliver("inspectorate", {"a.csv": CASES, "b.csv": ""})
    message = refused(house)
    assert "b.csv" in message
    assert "empty" in message


def test_a_wrong_suffix_is_refused_and_the_right_one_named(house: House) -> None:
    house.deliver("inspectorate", {"a.docx": CASES})
    message = refused(house)
    assert "a.docx" in message
    assert ".csv" in message


def test_a_date_in_the_future_is_refused_and_today_is_not(house: House) -> None:
    house.deliver("inspectorate", {"a.csv": CASES}, day=str(AS_OF))
    house.deliver("inspectorate", {"a.csv": CASES}, day="2026-02-16")
    landed = house.land("inspectorate")
    assert [str(snapshot.manifest.reference_date) for snapshot in landed.new] == [str(AS_OF)]
    assert "2026-02-16" in landed.refused[0].path


def test_a_date_in_the_future_is_told_every_night_and_is_work_once(house: House) -> None:
    for source in all_sources():
        house.land(source)
    house.deliver("inspectorate", {"a.csv": CASES}, day="2027-01-01")
    assert is_waiting(house.settings)
    assert house.land("inspectorate").refused
    for days in (0, 1, 2):
        assert not is_waiting(replace(house.settings, as_of=AS_OF + timedelta(days=days)))


def test_what_another_program_kept_of_refusals_is_read_as_far_as_it_fits(house: House) -> None:
    house.deliver("inspectorate", {"a.csv": ""})
    (refusal,) = house.land("inspectorate").refused
    path = house.settings.raw / "inspectorate" / "refused.json"
    (kept,) = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps([kept | {"of_a_later_program": 1}]), encoding="utf-8")
    assert refusals(house.settings) == [refusal]
    del kept["rule"]
    path.write_text(json.dumps([kept]), encoding="utf-8")
    assert refusals(house.settings) == []
    assert is_waiting(house.settings)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: [1", "no valid YAML"),
        ("just words", "field"),
        ("sequense: 2", "sequense"),
        ("sequence: 0", "sequence"),
        ("sequence: two", "sequence"),
        ("retain_until: soon", "retain_until"),
        ("- a\n- b", "field"),
        ("\0", "no valid YAML"),
    ],
)
def test_a_broken_sidecar_is_refused_with_the_field(house: House, text: str, says: str) -> None:
    folder = house.deliver("inspectorate", {"a.csv": CASES})
    (folder / "delivery.yml").write_text(text, encoding="utf-8")
    message = refused(house)
    assert "delivery.yml" in message
    assert says in message


def test_a_sidecar_in_latin_1_is_refused(house: House) -> None:
    folder = house.deliver("inspectorate", {"a.csv": CASES})
    (folder / "delivery.yml").write_bytes("producer: Súdwest-Fryslân".encode("latin-1"))
    assert "no valid YAML" in refused(house)


def test_a_date_that_does_not_exist_in_a_sidecar_is_refused(house: House) -> None:
    folder = house.deliver("inspectorate", {"a.csv": CASES})
    (folder / "delivery.yml").write_text("retain_until: 2026-02-30", encoding="utf-8")
    assert "retain_until" in refused(house)


def test_an_empty_sidecar_says_nothing_and_is_no_fault(house: House) -> None:
    folder = house.deliver("inspectorate", {"a.csv": CASES})
    (folder / "delivery.yml").write_text("# nothing\n", encoding="utf-8")
    assert house.land("inspectorate").new[0].manifest.sidecar.sequence == 1


def test_one_bad_delivery_does_not_hold_up_the_others(house: House) -> None:
    house.deliver("inspectorate", {"a.csv": ""}, day="2026-01-01")
    house.deliver("inspectorate", {"a.csv": CASES}, day="2026-02-01")
    landed = house.land("inspectorate")
    assert (len(landed.new), len(landed.refused)) == (1, 1)


# what lies about


def test_hidden_files_are_no_part_of_a_delivery(house: House) -> None:
    house.deliver("inspectorate", {"a.csv": CASES, ".DS_Store": "x"})
    (snapshot,) = house.land("inspectorate").new
    assert [path.name for path in snapshot.files] == ["a.csv"]


def test_a_folder_with_hidden_files_alone_is_no_delivery(house: House) -> None:
    house.deliver("inspectorate", {".a.csv.part": CASES})
    landed = house.land("inspectorate")
    assert (landed.new, landed.refused) == ([], [])


def test_what_a_killed_run_left_is_removed_and_never_seen_as_a_delivery(house: House) -> None:
    left = house.settings.raw / "brp" / "0394" / ".incoming-abc"
    left.mkdir(parents=True)
    (left / "a.csv").write_text(PERSONS, encoding="utf-8")
    (left / "manifest.json").write_text("{}", encoding="utf-8")
    house.deliver("brp", {"a.csv": PERSONS})
    assert len(house.land("brp").new) == 1
    assert not left.exists()


def test_landing_leaves_nothing_half_done(house: House) -> None:
    house.deliver("brp", {"a.csv": PERSONS})
    house.land("brp")
    assert not [path for path in house.settings.raw.rglob("*") if path.name.startswith(".")]


# what is remembered


def test_refusals_are_remembered_until_they_are_mended(house: House) -> None:
    folder = house.deliver("inspectorate", {"a.csv": ""})
    house.land("inspectorate")
    (known,) = refusals(house.settings)
    assert known.source == "inspectorate"
    assert known.path == str(folder / "a.csv")
    (folder / "a.csv").write_text(CASES, encoding="utf-8")
    house.land("inspectorate")
    assert refusals(house.settings) == []


def test_a_refusal_is_logged_with_its_remedy(house: House, caplog: pytest.LogCaptureFixture) -> None:
    house.deliver("inspectorate", {"a.csv": ""})
    house.land("inspectorate")
    assert "the file is empty. Deliver it again" in caplog.text


def test_scopes_are_those_in_the_inbox_and_those_that_were_landed(house: House) -> None:
    house.deliver("brp", {"a.csv": PERSONS}, scope="0599")
    house.land("brp")
    house.deliver("inspectorate", {"a.csv": CASES}, scope="Randstad")
    assert scopes(house.settings) == ["0599", "NL", "Randstad"]
