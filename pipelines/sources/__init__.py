"""The sources: one directory each, with a declaration (``source.yml``) and a reader (``reader.py``).

Here stands the form of a declaration and how declarations and readers are found. Adding a source adds a directory and
edits nothing here. What a reader gets and gives back is in ``sources.reading``; what several readers share about one
file form has its own module (``lo_csv``, ``rubrics``).
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

_HERE = Path(__file__).parent

Relation = Literal["same", "nested", "overlapping", "different", "unknown"]


class _Declared(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Cadence(_Declared):
    """When the next delivery is due: ``every_days`` after the last reference date; after the grace days it is late."""

    every_days: int = Field(gt=0)
    grace_days: int = Field(ge=0)


class Universe(_Declared):
    """Whom a figure counts."""

    universe: str
    title_en: str
    title_nl: str
    definition_en: str
    definition_nl: str
    unit: str
    age: str
    definition_kind: Literal["motive", "birth", "origin", "nationality", "job", "case", "unknown"]


class UniversePair(_Declared):
    """How two universes relate and why; two universes are compared only where such a pair is declared.

    ``preference`` orders the pairs of one municipality and year: the headline takes the lowest.
    """

    workers_universe: str
    residents_universe: str
    relation: Relation
    relation_claimed: Relation
    reason_en: str
    reason_nl: str
    preference: int


class Source(_Declared):
    """A source as its ``source.yml`` declares it."""

    source: str
    title_en: str
    title_nl: str
    record: Literal["person", "observation"]
    person_level: bool
    suffixes: tuple[str, ...]
    owner: str
    licence: str
    max_reject_share: float = Field(default=0.01, ge=0, le=1)
    cadence: Cadence | None = None
    expected: bool = Field(description="absence of any delivery is a data gap")
    measures: tuple[str, ...] = Field(description="what cannot be known without it")
    remedy_en: str
    remedy_nl: str
    columns: dict[str, str] = Field(default={}, description="of a plain CSV: column name in lower case, and its rubric")
    universes: tuple[Universe, ...] = ()
    universe_pairs: tuple[UniversePair, ...] = ()


@cache
def all_sources() -> dict[str, Source]:
    """Every declared source by name, in alphabetical order.

    Raises:
        ValueError: a declaration names another source than its directory does.
    """
    found: dict[str, Source] = {}
    for path in sorted(_HERE.glob("*/source.yml")):
        declared = Source.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
        if declared.source != path.parent.name:
            raise ValueError(f"{path}: declares {declared.source!r}, but its directory is {path.parent.name!r}")
        found[declared.source] = declared
    return found
