"""What a delivery starts under declarative automation: all that depends on it, once, and nothing else.

The graph is the real one, the events are told to a real instance as a run would tell them.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import dagster as dg
import pytest

from pipelines.assets.house import LANDS_ALONE, SCOPES
from pipelines.model.dbt import nodes
from pipelines.model.warehouse import below
from pipelines.sources import all_sources

if TYPE_CHECKING:
    from collections.abc import Iterator

CATALOGUE = dg.AssetKey(["staged", "catalogue"])


@dataclass
class Night:
    """An instance on which everything was read once, and the sensor that looks at it from tick to tick."""

    instance: dg.DagsterInstance
    definitions: dg.Definitions
    cursor: Any = None
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def was_there(self, key: dg.AssetKey, scope: str | None = None) -> None:
        """That an asset had been made."""
        tags = {"dagster/data_version": "first"}
        self.instance.report_runless_asset_event(dg.AssetMaterialization(key, partition=scope, tags=tags))

    def read(
        self, source: str, version: str, *, scope: str = "0394", catalogue: str | None = None, tags: Any = LANDS_ALONE
    ) -> None:
        """That a run read a scope of a source, and that the catalogue then tells of it."""
        self.run(dg.AssetKey(["staged", source]), version, tags, scope)
        if catalogue:
            self.run(CATALOGUE, catalogue, tags)

    def run(self, key: dg.AssetKey, version: str, tags: Any = LANDS_ALONE, scope: str | None = None) -> None:
        """That a run made an asset, which has this version."""

        @dg.asset(key=key, partitions_def=SCOPES if scope else None)
        def made() -> dg.MaterializeResult:  # type: ignore[type-arg]
            return dg.MaterializeResult(data_version=dg.DataVersion(version))

        assert dg.materialize([made], instance=self.instance, partition_key=scope, tags=tags).success

    def tick(self) -> set[str]:
        """What the sensor asks for."""
        result = dg.evaluate_automation_conditions(self.definitions, self.instance, cursor=self.cursor)
        self.cursor = result.cursor
        return {one.key.to_user_string() for one in result.results if not one.true_subset.is_empty}


@pytest.fixture
def night() -> Iterator[Night]:
    from pipelines.definitions import defs

    with dg.DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions(str(SCOPES.name), ["0394", "0599", "NL"])
        found = Night(instance, defs)
        for source, scope in itertools.product(all_sources(), ("0394", "0599", "NL")):
            found.was_there(dg.AssetKey(["staged", source]), scope)
        found.was_there(CATALOGUE)
        assert found.tick() == set(), "what was there when the sensor was switched on starts nothing"
        yield found


def test_the_same_bytes_start_nothing(night: Night) -> None:
    night.read("brp", "first", catalogue="first")
    assert night.tick() == set()


def test_new_bytes_start_what_depends_on_them_up_to_the_release_once(night: Night) -> None:
    night.read("brp", "second", catalogue="second")
    asked = night.tick()
    assert {
        "staging/stg_brp__person", "staging/stg_catalogue__delivery", "model/int_register__coverage",
        "marts/registered", "marts/registration_gap", "marts/delivery", "marts/data_gap", "published/candidate",
        "published/zicht",
    } <= asked  # fmt: skip
    assert night.tick() == set()


def test_what_is_asked_for_is_all_that_a_warehouse_of_one_piece_wants(night: Night) -> None:
    """The conditions and ``model.warehouse`` say in two ways what depends on a delivery."""
    night.read("brp", "second", catalogue="second")
    catalogue = {name for name in nodes() if name.startswith("source.zicht.catalogue.")}
    needed = below({"source.zicht.staged.brp"} | catalogue)
    assert {name.rpartition("/")[2] for name in night.tick()} == needed | {"candidate", "zicht"}


def test_what_does_not_depend_on_them_is_left_alone(night: Night) -> None:
    night.read("brp", "second", catalogue="second")
    asked = night.tick()
    assert asked
    layers = {name.split("/")[0] for name in asked}
    assert layers == {"staging", "model", "marts", "published"}, "nothing is landed, read or seeded"
    assert {name for name in asked if name.startswith("staging/")} == {
        "staging/stg_brp__person", "staging/stg_catalogue__delivery",
    }  # fmt: skip
    assert asked.isdisjoint({"model/int_observations__unioned", "model/int_observations__bounded", "model/int_workers"})
    assert asked.isdisjoint({"marts/inspection", "marts/working", "marts/migration_motive", "marts/universe"})


def test_an_observation_of_one_source_reads_no_register(night: Night) -> None:
    night.read("inspectorate", "second", catalogue="second")
    asked = night.tick()
    assert {"staging/stg_inspectorate__observation", "marts/inspection", "published/zicht"} <= asked
    assert asked.isdisjoint({"staging/stg_brp__person", "model/int_person__links", "model/int_person__states"})


def test_a_delivery_that_was_stopped_at_the_door_starts_nothing(night: Night) -> None:
    """The catalogue is not made after a blocking check failed, and what waits for it goes on waiting."""
    night.read("brp", "second")
    assert night.tick() == set()


def test_once_it_is_mended_all_that_waited_is_made(night: Night) -> None:
    night.read("rni", "second")
    assert night.tick() == set()
    night.read("brp", "second", catalogue="second")
    assert {"staging/stg_brp__person", "staging/stg_rni__person", "published/zicht"} <= night.tick()


def test_a_figure_that_became_late_starts_what_tells_of_it_and_no_source(night: Night) -> None:
    night.run(CATALOGUE, "another day")
    asked = night.tick()
    assert {"marts/data_gap", "published/zicht"} <= asked
    assert {name for name in asked if name.startswith("staging/")} == {"staging/stg_catalogue__delivery"}


def test_a_run_that_goes_on_to_the_release_itself_starts_nothing_beside_it(night: Night) -> None:
    """The nightly job reads, lists and models in one run, and so does somebody who asks for more in the browser."""
    night.read("brp", "second", catalogue="second", tags={})
    assert night.tick() == set()
    night.read("rni", "third", catalogue="third")
    asked = night.tick()
    assert "staging/stg_rni__person" in asked
    assert "staging/stg_brp__person" not in asked


@pytest.mark.parametrize("source", all_sources())
def test_every_source_reaches_the_release(night: Night, source: str) -> None:
    night.read(source, "second", catalogue="second")
    asked = night.tick()
    (own,) = {name for name in asked if name.startswith("staging/")} - {"staging/stg_catalogue__delivery"}
    assert own.startswith(f"staging/stg_{source}__")
    assert "published/zicht" in asked
