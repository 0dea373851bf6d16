"""The sources: one directory each, with a declaration (``source.yml``) and a reader (``reader.py``).

Where a publisher changes the form of its deliveries from year to year or from table to table, each form is a layout: a
file in ``<source>/layouts``. Here stands what declarations and layouts have in common, and how they are found. Adding
a source adds a directory, adding an edition or a table adds a file, and nothing is edited here. What a reader gets and
gives back is in ``sources.reading``; the forms in which persons arrive are in ``sources.forms``.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipelines.files import from_yaml

_HERE = Path(__file__).parent

Relation = Literal["same", "nested", "overlapping", "different", "unknown"]


class _Declared(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Cadence(_Declared):
    """When the next delivery is due: ``every_days`` after the last reference date; after the grace days it is late.

    After ``stale_after_days`` what the last one says is no longer taken for what is.
    """

    every_days: int = Field(gt=0)
    grace_days: int = Field(ge=0)
    stale_after_days: int | None = Field(default=None, gt=0)


class Expected(_Declared):
    """Figures that a source brings of every reporting year since its first, due so many days after the year's last.

    ``area``: of ``each`` municipality, or of those ``known`` from it.
    """

    measures: tuple[str, ...] = Field(min_length=1)
    area: Literal["each", "known"]
    due_after_days: int = Field(ge=0)


class FormPolicy(_Declared):
    """What becomes of a delivery whose form is not that of the one before it, by how it changed.

    A column that is not read counts as ``added`` when it comes and when it goes.
    """

    added: Literal["accept", "warn", "block"]
    missing: Literal["accept", "warn", "block"]
    retyped: Literal["accept", "warn", "block"]


class Universe(_Declared):
    """Whom a figure counts; ``definition`` is the population, ``editions`` those of the source that count so."""

    universe: str
    title_en: str
    title_nl: str
    definition_en: str
    definition_nl: str
    unit: str
    age: str
    definition_kind: Literal["motive", "birth", "origin", "nationality", "job", "case", "inhabitant", "area", "unknown"]
    editions: str = "all"
    source_address: str | None = Field(default=None, description="where the source defines it")


class UniversePair(_Declared):
    """How two universes relate and why; two universes are compared only where such a pair is declared.

    ``same_definition``: both count people of one definition, the one where they work, the other where they live.
    ``preference`` orders the pairs of one municipality and year: the headline takes the lowest.
    """

    workers_universe: str
    residents_universe: str
    same_definition: bool = False
    relation: Relation
    relation_claimed: Relation
    reason_en: str
    reason_nl: str
    preference: int


class SeriesBreak(_Declared):
    """From ``since`` on the figures of a universe cannot be compared with those before.

    ``successor`` is the universe that goes on with the series, where the population itself changed.
    """

    universe: str
    since: date
    measure: str
    successor: str | None = None
    reason_en: str
    reason_nl: str


class Sum(_Declared):
    """Figures of one table that differ in ``dimension`` alone and add up: the ``parts`` to the ``total``.

    ``complete``: they are all the parts; otherwise together at most the total. In the dimension ``area`` the total is
    ``NL`` and the part ``GM``, for every municipality.
    """

    table_id: str
    dimension: str
    total: str
    parts: tuple[str, ...] = Field(min_length=1)
    complete: bool


class Declaration(_Declared):
    """What a source or one of its layouts says of the figures in it."""

    universes: tuple[Universe, ...] = ()
    universe_pairs: tuple[UniversePair, ...] = ()
    series_breaks: tuple[SeriesBreak, ...] = ()


class Layout(Declaration):
    """What every layout says; a source adds what its reader needs (``migrantenmonitor.profile``, ``statline.tables``).

    ``verified`` says that a real delivery confirmed it before it was shipped. Otherwise the first real one that is read
    is its evidence (``landing.catalogue``), and until then the layout is shown as unverified. ``edition`` and
    ``version`` are those of its figures, where the layout decides them.
    """

    layout: str
    edition: str = ""
    version: str = ""
    title_en: str
    title_nl: str
    verified: bool
    source_address: str | None = None
    sums: tuple[Sum, ...] = ()


class Source(Declaration):
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
    form: FormPolicy
    supersedes: Literal["its place", "its scope"] = Field(
        default="its place", description="which deliveries a newer one replaces: of its date too, or of any date"
    )
    names_withdrawn: bool = Field(
        default=False, description="it names companies until it withdraws them: a newer delivery ends the older bytes"
    )
    small_counts: bool = Field(
        default=False, description="its figures are counts of persons, which leave protected only"
    )
    fetched: bool = Field(default=False, description="zicht downloads it itself: its module ``fetch``")
    cadence: Cadence | None = None
    expected: bool = Field(description="absence of any delivery is a data gap")
    expects: tuple[Expected, ...] = Field(default=(), description="absence of these figures is a data gap")
    in_step_with: dict[str, int] = Field(
        default={}, description="sources of which it needs figures of its own date, give or take so many days"
    )
    measures: tuple[str, ...] = Field(description="what cannot be known without it")
    remedy_en: str
    remedy_nl: str
    columns: dict[str, str] = Field(default={}, description="of a plain CSV: column name in lower case, and its rubric")

    @property
    def names_somebody(self) -> bool:
        """Whether its bytes name persons or companies."""
        return self.person_level or self.names_withdrawn

    @property
    def is_confidential(self) -> bool:
        """Whether its bytes tell of single persons or of few: nobody may read them, or guess them and be right."""
        return self.person_level or self.small_counts


AnyLayout = TypeVar("AnyLayout", bound=Layout)


@cache
def all_sources() -> dict[str, Source]:
    """Every declared source by name, in alphabetical order.

    Raises:
        ValueError: a declaration names another source than its directory does.
    """
    found: dict[str, Source] = {}
    for path in sorted(_HERE.glob("*/source.yml")):
        declared = Source.model_validate(from_yaml(path.read_text(encoding="utf-8")))
        if declared.source != path.parent.name:
            raise ValueError(f"{path}: declares {declared.source!r}, but its directory is {path.parent.name!r}")
        found[declared.source] = declared
    return found


@cache
def layouts_of(source: str, form: type[AnyLayout]) -> tuple[AnyLayout, ...]:
    """The layouts of a source as ``form`` reads them, in order of file name.

    Raises:
        ValueError: a layout is not of that form; the message names the file.
    """
    return tuple(_layout(path, form) for path in _layout_files(source))


@cache
def all_layouts() -> dict[str, tuple[Layout, ...]]:
    """What the layouts of every source that has any have in common, by source."""
    heads = {
        source: tuple(_layout(path, Layout, common=True) for path in _layout_files(source)) for source in all_sources()
    }
    return {source: layouts for source, layouts in heads.items() if layouts}


def _layout_files(source: str) -> list[Path]:
    return sorted((_HERE / source / "layouts").glob("*.yml"))


def _layout(path: Path, form: type[AnyLayout], *, common: bool = False) -> AnyLayout:
    content = from_yaml(path.read_text(encoding="utf-8"))
    if common:
        content = {name: content[name] for name in Layout.model_fields if name in content}
    try:
        return form.model_validate(content)
    except ValidationError as error:
        fault = error.errors()[0]
        raise ValueError(f"{path.name}: {'.'.join(map(str, fault['loc']))} {fault['msg']}") from None
