"""The layout of the public register: which column is what, and what its words mean.

Another form of the register is another file in ``layouts`` and no code. Belongs here: the form of a layout, and finding
the one that fits. Does not belong here: opening a file (``tables``), or what a case becomes (``reader``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict

from pipelines.landing.deliveries import RefusedError
from pipelines.sources import Layout, layouts_of

if TYPE_CHECKING:
    from collections.abc import Sequence

Field = Literal[
    "case", "place", "started", "law", "outcome", "sector", "company", "company_number", "seat", "appeal", "fines",
    "fine_amount", "synthetic",
]  # fmt: skip
REQUIRED: tuple[Field, ...] = ("case", "place", "started", "law", "outcome")


def plain(text: str) -> str:
    """A name or word without what does not tell it apart."""
    return text.strip().casefold()


_Plain = Annotated[str, BeforeValidator(lambda text: plain(str(text)))]


class Words(BaseModel):
    """The source's words and ours. Those of ``no_company`` stand in the column of the company and name none.

    An appeal that is pending leaves its figures provisional. A sector is one of the names given to it here.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    law: dict[_Plain, Literal["wav", "wml", "waadi"]]
    outcome: dict[_Plain, Literal["no_violation", "fine", "stop"]]
    appeal: dict[_Plain, Literal["final", "provisional"]] = {}
    sector: dict[_Plain, str] = {}
    no_company: frozenset[_Plain] = frozenset()


class Register(Layout):
    """A form of the register: its columns by name, and its words."""

    columns: dict[_Plain, Field]
    words: Words

    def fields(self, header: Sequence[str]) -> list[Field | None]:
        """What each column of a header holds; none where it is not read."""
        return [self.columns.get(plain(name)) for name in header]

    def lacking(self, header: Sequence[str]) -> list[str]:
        """The required columns that a header has not, by their names in the source."""
        there = self.fields(header)
        return [self.names(field) for field in REQUIRED if field not in there]

    def names(self, field: Field) -> str:
        """How the source calls a field."""
        return " or ".join(name for name, held in self.columns.items() if held == field)


def fitting(where: str, header: Sequence[str]) -> Register:
    """The layout that lacks nothing in a header.

    Raises:
        RefusedError: there is none, or two columns hold the same; no name of the file's own is shown.
    """
    layouts: tuple[Register, ...] = layouts_of("inspectorate", Register)
    layout = min(layouts, key=lambda one: len(one.lacking(header)))
    remedy = f"Name its columns in pipelines/sources/inspectorate/layouts/{layout.layout}.yml"
    if lacking := layout.lacking(header):
        raise RefusedError(where, f"columns are missing: {', '.join(lacking)}", remedy)
    held = [field for field in layout.fields(header) if field]
    if twice := [field for field in dict.fromkeys(held) if held.count(field) > 1]:
        raise RefusedError(where, f"two columns hold the same: {', '.join(map(layout.names, twice))}", remedy)
    return layout
