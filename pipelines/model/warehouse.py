"""What the warehouse was made of, and what of it must be made anew once deliveries changed.

A run may make a part of the models anew, as dbt and Dagster can, but never a part that leaves the rest behind. Belongs
here: which models follow which inputs, and the mark of a warehouse that is whole. Does not belong here: running dbt.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import duckdb

from pipelines.files import read_json, write_json
from pipelines.model.dbt import nodes
from pipelines.publish.fingerprint import FINGERPRINT, code_version
from pipelines.sources import all_sources

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pipelines.settings import Settings

DECLARED = frozenset({"in_step", "series_break", "source", "sum", "universe", "universe_pair"})
"""Tables of the catalogue that change with the code alone, after which everything is made anew."""


class HalfMadeError(Exception):
    """The warehouse is not of one piece: a part of it was made of other deliveries or by other code."""


def follows(node: Mapping[str, Any]) -> set[str]:
    """What a model is made anew with: ids of nodes, without what changes with the code alone.

    Nor what the model only looks up (``looks_up`` in its meta): the rows that it joins there belong to rows that come
    from another of its inputs, and change with those.
    """
    looked_up = node["config"]["meta"].get("looks_up", [])
    return {
        one
        for one in node["depends_on"]["nodes"]
        if one.rpartition(".")[2] not in looked_up
        and one not in {f"source.zicht.catalogue.{table}" for table in DECLARED}
    }


def below(inputs: set[str]) -> set[str]:
    """Names of the models that follow some nodes, directly or not."""
    models = {name: follows(node) for name, node in nodes().items() if node["resource_type"] == "model"}
    found, more = set(inputs), True
    while more:
        new = {name for name, parents in models.items() if name not in found and parents & found}
        found, more = found | new, bool(new)
    return {name.rpartition(".")[2] for name in found - inputs}


@contextmanager
def making(settings: Settings) -> Iterator[None]:
    """Mark the warehouse as whole when the models were made without an error, and as not whole until then."""
    (settings.build / "made_of.json").unlink(missing_ok=True)
    fingerprint = _of_catalogue(settings)
    yield
    write_json(settings.build / "made_of.json", {"fingerprint": fingerprint, "code": code_version()})


def made_of(settings: Settings) -> dict[str, str]:
    """Fingerprint and code version of a whole warehouse; nothing where it is not whole or not there."""
    return (read_json(settings.build / "made_of.json") or {}) if settings.warehouse.exists() else {}


def require_whole(settings: Settings) -> None:
    """Look whether the warehouse is of what the catalogue tells now: an analyst may run one step alone.

    Raises:
        HalfMadeError: it is not.
    """
    if made_of(settings).get("fingerprint") != _of_catalogue(settings):
        raise HalfMadeError("the warehouse was not made of the deliveries that stand now: run the job refresh")


def require_enough(settings: Settings, chosen: set[str]) -> None:
    """Look whether making only some models anew leaves a warehouse of one piece.

    Raises:
        HalfMadeError: it does not, and the message names what else must be made anew.
    """
    was = made_of(settings)
    if was.get("code") != code_version():
        raise HalfMadeError("the warehouse is not whole, or was made by other code: run the job refresh")
    if was["fingerprint"] == _of_catalogue(settings):
        return
    changed = {f"source.zicht.staged.{source}" for source in _changed(settings)}
    catalogue = {name for name in nodes() if name.startswith("source.zicht.catalogue.")}
    if left_out := below(changed | catalogue) - chosen:
        raise HalfMadeError(f"deliveries changed on which {', '.join(sorted(left_out))} rest too: run the job refresh")


def _changed(settings: Settings) -> set[str]:
    """The sources of which other deliveries stand than those that the warehouse was made of."""
    with duckdb.connect(str(settings.warehouse), read_only=True) as connection:
        catalogue = f"from '{(settings.staged / 'catalogue' / 'delivery.parquet').as_posix()}'"
        columns = "select source, delivery_id, standing"
        found = connection.execute(
            f"select distinct source from (({columns} {catalogue} except {columns} from delivery) union all"
            f" ({columns} from delivery except {columns} {catalogue}))"
        ).fetchall()
    return {source for (source,) in found} & set(all_sources())


def _of_catalogue(settings: Settings) -> str:
    return (settings.staged / "catalogue" / FINGERPRINT).read_text(encoding="utf-8")
