"""The declarations of the sources, and how they are found."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest
import yaml

import pipelines.sources
from pipelines import records
from pipelines.sources import Source, all_sources

NAMES = sorted(all_sources())


def test_the_sources_that_exist_are_found_in_alphabetical_order() -> None:
    assert list(all_sources()) == NAMES
    assert {"brp", "figures", "inspectorate", "migrantenmonitor", "rni"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_every_source_has_a_reader(name: str) -> None:
    assert callable(importlib.import_module(f"pipelines.sources.{name}.reader").read)


@pytest.mark.parametrize("name", NAMES)
def test_every_source_says_in_two_languages_what_it_is_and_how_to_get_it(name: str) -> None:
    declared = all_sources()[name]
    texts = [declared.title_en, declared.title_nl, declared.remedy_en, declared.remedy_nl]
    for universe in declared.universes:
        texts += [universe.title_en, universe.title_nl, universe.definition_en, universe.definition_nl]
    assert all(text.strip() for text in texts)


@pytest.mark.parametrize("name", NAMES)
def test_persons_are_read_only_from_sources_that_say_they_hold_persons(name: str) -> None:
    declared = all_sources()[name]
    assert declared.record != "person" or declared.person_level


@pytest.mark.parametrize("name", NAMES)
def test_every_source_says_itself_what_a_change_of_its_form_does(name: str) -> None:
    text = (Path(pipelines.sources.__file__).parent / name / "source.yml").read_text(encoding="utf-8")
    assert set(yaml.safe_load(text)["form"]) == {"added", "missing", "retyped"}


def test_a_universe_belongs_to_one_source() -> None:
    names = [universe.universe for source in all_sources().values() for universe in source.universes]
    assert len(names) == len(set(names))


def test_pairs_compare_universes_that_are_declared_and_no_pair_twice() -> None:
    known = {universe.universe for source in all_sources().values() for universe in source.universes}
    pairs = [pair for source in all_sources().values() for pair in source.universe_pairs]
    assert {name for pair in pairs for name in (pair.workers_universe, pair.residents_universe)} <= known
    keys = [(pair.workers_universe, pair.residents_universe) for pair in pairs]
    assert len(keys) == len(set(keys))


def test_the_headline_has_one_preferred_pair() -> None:
    preferences = [pair.preference for source in all_sources().values() for pair in source.universe_pairs]
    assert len(preferences) == len(set(preferences))


def test_units_of_universes_are_units_of_the_record() -> None:
    (units,) = (column.values for column in records.load("observation").columns if column.name == "unit")
    assert units
    assert {universe.unit for source in all_sources().values() for universe in source.universes} <= set(units)


def test_figures_with_a_citation_and_workbooks_tolerate_no_reject() -> None:
    assert all_sources()["figures"].max_reject_share == 0
    assert all_sources()["migrantenmonitor"].max_reject_share == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"max_reject_share": 1.5},
        {"record": "people"},
        {"cadence": {"every_days": 0, "grace_days": 1}},
        {"x": 1},
        {"form": {"added": "warn"}},
        {"form": {"added": "warn", "missing": "block", "retyped": "shout"}},
    ],
)
def test_a_wrong_declaration_is_refused(wrong: dict[str, object]) -> None:
    right = all_sources()["brp"].model_dump()
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Source.model_validate(right | wrong)
