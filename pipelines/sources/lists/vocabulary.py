"""The lists that may be laid side by side, and whether a person needs a BSN to be in one.

Belongs here: their names. Does not belong here: what their overlap tells (``estimate``), or what pages call them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class ListName:
    """A list: its name in tables, and whether it holds only persons who have a citizen service number."""

    name: str
    needs_bsn: bool


LISTS: Mapping[str, ListName] = {
    "inspecties": ListName("inspections", needs_bsn=False),
    "nachtopvang": ListName("night_shelter", needs_bsn=False),
    "informatiepunt": ListName("information_point", needs_bsn=False),
    "toeristenbelasting": ListName("tourist_tax", needs_bsn=False),
    "politie": ListName("police", needs_bsn=False),
    "zorg": ListName("care", needs_bsn=False),
    "brp": ListName("brp", needs_bsn=True),
    "rni": ListName("rni", needs_bsn=True),
    "loonaangifte": ListName("payroll", needs_bsn=True),
}
"""Each list by the Dutch word that a municipality fills in."""
