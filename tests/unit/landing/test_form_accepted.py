"""A form that is meant to be another: after a refusal a word in the sidecar is enough, wherever the bytes are."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from pipelines.landing import land
from pipelines.landing.deliveries import Outcome, snapshots, standing
from pipelines.landing.land import waiting
from pipelines.privacy.at_rest import make_raw_key
from tests.conftest import GROUNDS, House, below, lo_csv, resident

if TYPE_CHECKING:
    from pathlib import Path

BEFORE, NOW, LATER = "2026-01-01", "2026-02-01", "2026-02-10"
ROWS = [resident(number) for number in range(12)]
WHOLE = lo_csv(ROWS)
LESS = lo_csv(ROWS, [rubric for rubric in ROWS[0] if rubric != "08.11.80"])

HEADER = "zaaknummer;controleplaats;startdatum;wet;uitkomst;sector\n"
CASES = HEADER + "Z1;Rotterdam;2025-03-04;Wav;boete;bouw\n"
NO_SECTOR = CASES.replace(";sector", "").replace(";bouw", "")


@pytest.fixture
def refused(house: House) -> House:
    """A house in which the newest extract was refused for its form, and has left the inbox."""
    assert house.take_in("brp", {"a.csv": WHOLE}, day=BEFORE).status == "read"
    outcome = house.take_in("brp", {"a.csv": LESS}, day=NOW)
    assert (outcome.status, outcome.form_change != "") == ("refused", True)
    assert not list(below(house.settings.landing))
    return house


def say(house: House, day: str = NOW, **said: Any) -> Path:
    """Put a sidecar alone at the place of a delivery."""
    folder = house.deliver("brp", {}, day=day, sidecar=said)
    assert [path.name for path in folder.iterdir()] == ["delivery.yml"]
    return folder


def waits(house: House, source: str = "brp") -> bool:
    """Whether landing would change anything of a source."""
    return any(name == source for name, _ in waiting(house.settings))


def standings(house: House, source: str = "brp") -> dict[str, str]:
    stands = standing(house.settings)
    return {str(one.place.reference_date): stands[one.id] for one in snapshots(house.settings, source)}


def test_a_refused_delivery_leaves_the_earlier_one_to_count(refused: House) -> None:
    assert standings(refused) == {BEFORE: "current", NOW: "refused"}
    assert refused.read("brp") == [], "it is not read again until something changes"


def test_a_sidecar_alone_accepts_a_delivery_that_has_left_the_inbox(refused: House) -> None:
    folder = say(refused, form_changed=True)
    assert waits(refused)
    landed = refused.land("brp")
    assert landed.refused == []
    (outcome,) = refused.read("brp")
    assert (outcome.status, outcome.rows_accepted, outcome.form_change) == ("read", 12, "")
    assert standings(refused) == {BEFORE: "current", NOW: "current"}
    assert not folder.exists()


def test_the_grounds_of_what_is_accepted_stay_as_they_were(refused: House) -> None:
    say(refused, form_changed=True)
    refused.land("brp")
    sidecar = snapshots(refused.settings, "brp")[-1].manifest.sidecar
    assert sidecar.model_dump(include=set(GROUNDS)) == GROUNDS
    assert sidecar.form_changed


def test_what_was_accepted_is_the_form_that_the_next_is_held_against(refused: House) -> None:
    say(refused, form_changed=True)
    refused.land("brp")
    refused.read("brp")
    assert refused.take_in("brp", {"a.csv": LESS}, day=LATER).form_change == ""


def test_an_acceptance_is_for_one_delivery_and_no_longer(refused: House) -> None:
    say(refused, form_changed=True)
    refused.land("brp")
    refused.read("brp")
    fewer = lo_csv(ROWS, [rubric for rubric in ROWS[0] if rubric not in ("08.11.80", "08.11.60")])
    assert "missing: 08.11.60." in refused.take_in("brp", {"a.csv": fewer}, day=LATER).message


def test_the_same_bytes_again_take_back_no_acceptance(refused: House) -> None:
    say(refused, form_changed=True)
    refused.land("brp")
    refused.read("brp")
    refused.deliver("brp", {"a.csv": LESS}, day=NOW)
    assert refused.land("brp").new == []
    assert refused.read("brp") == []
    assert standings(refused)[NOW] == "current"


@pytest.mark.parametrize("content", [WHOLE, LESS], ids=["as it was", "the same"])
def test_bytes_that_come_again_with_the_word_are_taken_in_too(refused: House, content: str) -> None:
    refused.deliver("brp", {"a.csv": content}, day=NOW, sidecar=GROUNDS | {"form_changed": True})
    assert len(refused.land("brp").new) == 1
    assert [outcome.status for outcome in refused.read("brp")] == ["read"]


def test_bytes_that_come_as_they_were_need_no_word(refused: House) -> None:
    refused.deliver("brp", {"a.csv": WHOLE}, day=NOW)
    refused.land("brp")
    assert [(outcome.status, outcome.form_change) for outcome in refused.read("brp")] == [("read", "")]


def test_a_delivery_that_says_it_beforehand_is_read_at_once(house: House) -> None:
    house.take_in("brp", {"a.csv": WHOLE}, day=BEFORE)
    outcome = house.take_in("brp", {"a.csv": LESS}, day=NOW, sidecar=GROUNDS | {"form_changed": True})
    assert (outcome.status, outcome.form_change) == ("read", "")


def test_a_delivery_that_stays_in_the_inbox_needs_the_word_beside_it_alone(house: House) -> None:
    for day, columns in ((BEFORE, "gemeente;jaar;bron;controles"), (NOW, "gemeente;jaar;bron")):
        row = ";".join({"gemeente": "0394", "jaar": "2025", "bron": "x", "controles": "2"}[one]
                       for one in columns.split(";"))  # fmt: skip
        folder = house.deliver("housing", {"h.csv": f"{columns}\n{row}\n"}, day=day)
    house.land("housing")
    outcomes = house.read("housing")
    assert [one.form_change != "" for one in outcomes] == [False, True]
    (folder / "delivery.yml").write_text("form_changed: true\n", encoding="utf-8")
    assert waits(house, "housing")
    assert len(house.land("housing").new) == 1
    assert [one.form_change for one in house.read("housing")] == [""]
    assert not waits(house, "housing")
    assert (folder / "h.csv").exists()


def test_a_register_that_names_companies_is_accepted_after_it_left_the_inbox_too(house: House) -> None:
    house.take_in("inspectorate", {"r.csv": CASES}, day=BEFORE)
    assert house.take_in("inspectorate", {"r.csv": NO_SECTOR}, day=NOW).status == "refused"
    house.deliver("inspectorate", {}, day=NOW, sidecar={"form_changed": True})
    house.land("inspectorate")
    assert [one.status for one in house.read("inspectorate")] == ["read"]


def test_bytes_that_are_encrypted_are_accepted_like_others(house: House, tmp_path: Path) -> None:
    make_raw_key(tmp_path / "raw.key")
    encrypted = House(replace(house.settings, raw_key_file=tmp_path / "raw.key"))
    encrypted.take_in("brp", {"a.csv": WHOLE}, day=BEFORE)
    assert encrypted.take_in("brp", {"a.csv": LESS}, day=NOW).status == "refused"
    say(encrypted, form_changed=True)
    encrypted.land("brp")
    assert [one.status for one in encrypted.read("brp")] == ["read"]


# what is no acceptance


@pytest.mark.parametrize(
    ("day", "said"),
    [(NOW, GROUNDS), (NOW, GROUNDS | {"form_changed": False}), (BEFORE, {"form_changed": True}),
     (LATER, {"form_changed": True})],
    ids=["without the word", "the word is no", "of a delivery that was read", "before the file has come"],
)  # fmt: skip
def test_a_sidecar_that_waits_for_its_file_is_left_alone(refused: House, day: str, said: dict[str, Any]) -> None:
    before = snapshots(refused.settings, "brp")
    folder = say(refused, day, **said)
    assert not waits(refused)
    landed = refused.land("brp")
    assert (landed.new, landed.refused) == ([], [])
    assert (folder / "delivery.yml").exists()
    assert snapshots(refused.settings, "brp") == before
    assert refused.read("brp") == []


def test_a_word_that_is_misspelt_is_refused_with_the_fields_there_are(refused: House) -> None:
    folder = say(refused, form_chnged=True)
    assert waits(refused)
    (refusal,) = refused.land("brp").refused
    assert "form_chnged" in str(refusal)
    assert "form_changed" in refusal.remedy
    assert (folder / "delivery.yml").exists()
    assert not waits(refused), "it is told every night, and is no work"


def test_bytes_that_are_damaged_meanwhile_are_not_accepted(refused: House) -> None:
    (path,) = refused.settings.raw.glob(f"brp/0394/{NOW}-*/a.csv")
    path.write_text(LESS.replace("2132AB", "2132AC"), encoding="utf-8")
    say(refused, form_changed=True)
    refused.land("brp")
    (outcome,) = refused.read("brp")
    assert outcome.status == "refused"
    assert "is not what was landed. Deliver it again" in outcome.message
    refused.deliver("brp", {"a.csv": LESS}, day=NOW, sidecar=GROUNDS | {"form_changed": True})
    assert len(refused.land("brp").new) == 1
    assert [one.status for one in refused.read("brp")] == ["read"], "and delivered again it is whole"


def test_of_two_refused_at_one_place_the_newest_is_accepted(refused: House) -> None:
    refused.deliver("brp", {"b.csv": LESS.replace("2132AB", "2132AC")}, day=NOW)
    refused.land("brp")
    (again,) = refused.read("brp")
    assert again.status == "refused"
    for path in refused.settings.raw.glob(f"brp/0394/{NOW}-*/manifest.json"):
        manifest = json.loads(path.read_text(encoding="utf-8"))
        second = manifest["delivery_id"] == again.delivery_id
        manifest["landed_at"] = f"2026-02-0{2 if second else 1}T06:00:00Z"
        path.write_text(json.dumps(manifest), encoding="utf-8")
    say(refused, form_changed=True)
    refused.land("brp")
    (accepted,) = refused.read("brp")
    assert (accepted.delivery_id, accepted.status) == (again.delivery_id, "read")


# an earlier extract that may no longer be held


@pytest.mark.parametrize("erased", [False, True])
def test_an_extract_is_held_against_one_of_which_the_term_has_passed(house: House, *, erased: bool) -> None:
    then = House(replace(house.settings, as_of=date(2026, 1, 20)))
    then.take_in("brp", {"a.csv": WHOLE}, day=BEFORE, sidecar=GROUNDS | {"retain_until": then.settings.as_of})
    if erased:
        house.land("brp")
        assert not list(house.settings.staged.glob(f"brp/outcome/0394/{BEFORE}*"))
    outcome = house.take_in("brp", {"a.csv": LESS}, day=NOW)
    assert outcome.status == "refused"
    assert "missing: 08.11.80" in outcome.message


# killed on the way


@pytest.mark.parametrize("killed_in", ["write_text", "outcome_path", "_empty"])
def test_an_acceptance_that_was_killed_is_finished_by_the_next_run(
    refused: House, killed_in: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(refused, form_changed=True)

    def kill(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(land, killed_in, kill)
        with pytest.raises(KeyboardInterrupt):
            refused.land("brp")
    refused.land("brp")
    assert [outcome.status for outcome in refused.read("brp")] == ["read"]
    assert standings(refused) == {BEFORE: "current", NOW: "current"}


def test_an_outcome_of_an_earlier_version_has_no_form_and_is_held_against_nothing(house: House) -> None:
    house.take_in("brp", {"a.csv": WHOLE}, day=BEFORE)
    (path,) = house.settings.staged.glob(f"brp/outcome/0394/{BEFORE}-*.json")
    kept = yaml.safe_load(path.read_text(encoding="utf-8"))
    for name in ("form", "form_change"):
        del kept[name]
    path.write_text(json.dumps(kept), encoding="utf-8")
    for still_known in house.settings.raw.glob("brp/0394/*/.reading.json"):
        still_known.unlink()
    assert Outcome(**kept).form == {}
    assert house.take_in("brp", {"a.csv": LESS}, day=NOW).form_change == ""
