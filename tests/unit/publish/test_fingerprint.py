"""The hash that decides whether there is something to release."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from pipelines.publish import fingerprint as module
from pipelines.publish.fingerprint import basis, code_version, configuration, contract_version, fingerprint
from tests.conftest import AS_OF, GROUNDS, House, lo_csv, resident


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


def test_what_became_late_changes_the_fingerprint_and_not_the_basis(house: House) -> None:
    house.take_in("brp", {"a.csv": lo_csv([resident()])})
    late = replace(house.settings, as_of=date(2027, 1, 1))
    assert fingerprint(late) != fingerprint(house.settings)
    assert basis(late) == basis(house.settings)


def test_a_delivery_changes_the_basis_when_landed_and_again_when_read(house: House) -> None:
    marks = [basis(house.settings)]
    house.deliver("brp", {"a.csv": lo_csv([resident()])})
    house.land("brp")
    marks.append(basis(house.settings))
    house.read("brp")
    marks.append(basis(house.settings))
    assert len(set(marks)) == 3


@pytest.mark.parametrize("content", [lo_csv([resident()]), "nonsense"], ids=["read", "refused"])
def test_a_term_that_passed_changes_the_fingerprint_and_not_the_basis(house: House, content: str) -> None:
    house.take_in("brp", {"a.csv": content}, sidecar=GROUNDS | {"retain_until": AS_OF})
    later = House(replace(house.settings, as_of=AS_OF + timedelta(days=1)))
    before = fingerprint(house.settings), basis(house.settings)
    for _ in ("passed", "erased"):
        assert (fingerprint(later.settings) == before[0], basis(later.settings) == before[1]) == (False, True)
        later.land("brp")


def test_another_configuration_is_another_basis_and_the_same_code(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, before = code_version.__wrapped__(), basis(house.settings)
    declared = module._declared()
    assert configuration()["rounding_base"] == 10
    monkeypatch.setattr(module, "_declared", lambda: declared | {"vars": declared["vars"] | {"rounding_base": 20}})
    assert configuration()["rounding_base"] == 20
    assert code_version.__wrapped__() == code
    assert basis(house.settings) != before
    monkeypatch.setattr(module, "_declared", lambda: declared | {"model-paths": ["elsewhere"]})
    assert code_version.__wrapped__() != code


def test_the_version_of_the_contract_has_one_home_and_is_no_configuration() -> None:
    assert contract_version() >= 1
    assert "contract_version" not in configuration()
