"""Making a part of the models anew: what a part must hold, and what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import pytest

from pipelines.files import write_text
from pipelines.landing.catalogue import write_catalogue
from pipelines.model.dbt import nodes
from pipelines.model.warehouse import (
    DECLARED,
    HalfMadeError,
    below,
    follows,
    made_of,
    making,
    require_enough,
    require_whole,
)
from pipelines.publish.fingerprint import FINGERPRINT, fingerprint
from tests.conftest import House, lo_csv, resident

if TYPE_CHECKING:
    from pathlib import Path

BRP = "source.zicht.staged.brp"


def list_deliveries(house: House) -> None:
    """What the catalogue's step does."""
    write_catalogue(house.settings)
    write_text(house.settings.staged / "catalogue" / FINGERPRINT, fingerprint(house.settings))


def model(house: House) -> None:
    """A warehouse of the catalogue as it is: of its tables only that of deliveries."""
    house.settings.build.mkdir(parents=True, exist_ok=True)
    house.settings.warehouse.unlink(missing_ok=True)
    with making(house.settings), duckdb.connect(str(house.settings.warehouse)) as connection:
        delivery = house.settings.staged / "catalogue" / "delivery.parquet"
        connection.execute(f"create table delivery as from '{delivery}'")


def deliver(house: House, day: str) -> None:
    """An extract of the BRP, landed, read and listed."""
    house.take_in("brp", {"a.csv": lo_csv([resident()])}, day=day)
    list_deliveries(house)


@pytest.fixture
def modelled(house: House) -> House:
    """A house with one extract of the BRP and a warehouse of it."""
    deliver(house, "2026-01-01")
    model(house)
    return house


# what follows what


def test_a_model_that_only_looks_up_does_not_follow() -> None:
    node = nodes()["model.zicht.int_inspections__latest"]
    assert "model.zicht.stg_catalogue__delivery" in node["depends_on"]["nodes"]
    assert follows(node) == {"model.zicht.int_observations__unioned"}


def test_what_changes_with_the_code_alone_is_followed_by_nothing() -> None:
    tables = {node["name"] for name, node in nodes().items() if name.startswith("source.zicht.catalogue.")}
    assert tables > DECLARED
    assert below({f"source.zicht.catalogue.{table}" for table in DECLARED}) == set()


def test_below_a_register_lies_what_is_counted_of_it_and_no_figure_of_others() -> None:
    found = below({BRP})
    assert {"stg_brp__person", "int_registered__protected", "registered", "registration_gap"} <= found
    assert found.isdisjoint({"stg_rni__person", "int_observations__unioned", "inspection", "delivery"})


@pytest.mark.parametrize(
    "name", sorted(name for name in nodes() if nodes()[name]["config"].get("meta", {}).get("looks_up"))
)
def test_a_model_that_looks_up_follows_something_else(name: str) -> None:
    node = nodes()[name]
    looked_up = node["config"]["meta"]["looks_up"]
    if node["name"] in looked_up:
        return
    assert follows(node), "else nothing would ever make it anew"
    assert set(looked_up) <= {one.rpartition(".")[2] for one in node["depends_on"]["nodes"]}, (
        "it looks up what it names"
    )


# a warehouse of one piece


def test_a_warehouse_is_whole_once_it_was_made_without_an_error(modelled: House) -> None:
    assert made_of(modelled.settings)["fingerprint"] == fingerprint(modelled.settings)
    require_whole(modelled.settings)


def test_a_warehouse_of_which_making_failed_is_not_whole(modelled: House) -> None:
    with pytest.raises(RuntimeError), making(modelled.settings):
        raise RuntimeError("dbt")
    assert made_of(modelled.settings) == {}
    with pytest.raises(HalfMadeError, match="refresh"):
        require_whole(modelled.settings)
    with pytest.raises(HalfMadeError, match="not whole"):
        require_enough(modelled.settings, below({BRP}))


def test_a_warehouse_that_is_gone_is_not_whole(modelled: House) -> None:
    modelled.settings.warehouse.unlink()
    assert made_of(modelled.settings) == {}


def test_no_candidate_is_made_of_a_warehouse_that_lacks_a_delivery_that_is_listed(modelled: House) -> None:
    deliver(modelled, "2026-02-01")
    with pytest.raises(HalfMadeError, match="refresh"):
        require_whole(modelled.settings)


# a part that is enough


def test_any_part_will_do_where_nothing_changed(modelled: House) -> None:
    require_enough(modelled.settings, {"area"})


def test_after_a_delivery_everything_below_its_source_and_the_catalogue_must_be_made(modelled: House) -> None:
    deliver(modelled, "2026-02-01")
    catalogue = {name for name in nodes() if name.startswith("source.zicht.catalogue.")}
    needed = below({BRP} | catalogue)
    require_enough(modelled.settings, needed)
    for left_out in ("stg_brp__person", "registered", "data_gap"):
        with pytest.raises(HalfMadeError, match=left_out):
            require_enough(modelled.settings, needed - {left_out})


def test_other_code_wants_everything_anew(modelled: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.model.warehouse.code_version", lambda: "newer")
    with pytest.raises(HalfMadeError, match="other code"):
        require_enough(modelled.settings, {"area"})


def test_a_delivery_that_was_taken_out_counts_too(modelled: House, tmp_path: Path) -> None:
    deliver(modelled, "2026-02-01")
    model(modelled)
    for path in (modelled.settings.raw / "brp" / "0394").glob("2026-02-01-*"):
        path.rename(tmp_path / path.name)
    list_deliveries(modelled)
    with pytest.raises(HalfMadeError, match="stg_brp__person"):
        require_enough(modelled.settings, {"delivery"})
