"""The hash that decides whether there is something to release."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from pipelines.publish.fingerprint import code_version, fingerprint
from tests.conftest import AS_OF, lo_csv, resident

if TYPE_CHECKING:
    from tests.conftest import House


def test_the_same_house_has_the_same_fingerprint(house: House) -> None:
    assert fingerprint(house.settings) == fingerprint(house.settings)


def test_the_date_alone_changes_nothing(house: House) -> None:
    house.take_in("brp", {"a.csv": lo_csv([resident()])})
    tomorrow = replace(house.settings, as_of=AS_OF + timedelta(days=1))
    assert fingerprint(tomorrow) == fingerprint(house.settings)


def test_a_source_that_became_late_changes_it(house: House) -> None:
    house.take_in("brp", {"a.csv": lo_csv([resident()])})
    late = replace(house.settings, as_of=date(2027, 1, 1))
    assert fingerprint(late) != fingerprint(house.settings)
    assert fingerprint(replace(late, as_of=date(2027, 1, 2))) == fingerprint(late), "and once"


def test_a_delivery_changes_it_when_landed_and_again_when_read(house: House) -> None:
    marks = [fingerprint(house.settings)]
    house.deliver("brp", {"a.csv": lo_csv([resident()])})
    house.land("brp")
    marks.append(fingerprint(house.settings))
    house.read("brp")
    marks.append(fingerprint(house.settings))
    assert len(set(marks)) == 3


def test_the_sample_has_its_own(house: House) -> None:
    assert fingerprint(replace(house.settings, sample=True)) != fingerprint(house.settings)


def test_the_fingerprint_shows_nothing_of_the_key(house: House) -> None:
    assert house.settings.key_file is not None
    assert house.settings.key_file.read_text(encoding="ascii").strip() not in fingerprint(house.settings)


def test_the_code_has_one_version_within_a_process() -> None:
    assert code_version() == code_version()
    assert len(code_version()) == 16
