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
    """A list.

    Args:
        name: in tables.
        needs_bsn: whether it holds only persons who have a citizen service number.
        unregistered_only: whether it holds only persons who are not registered in the municipality.
    """

    name: str
    needs_bsn: bool
    unregistered_only: bool = False


LISTS: Mapping[str, ListName] = {
    "inspecties": ListName("inspections", needs_bsn=False),
    "nachtopvang": ListName("night_shelter", needs_bsn=False),
    "informatiepunt": ListName("information_point", needs_bsn=False),
    # Gemeentewet, article 224: of who stays and is not entered as a resident.
    "toeristenbelasting": ListName("tourist_tax", needs_bsn=False, unregistered_only=True),
    "politie": ListName("police", needs_bsn=False),
    # What is paid for who cannot be insured; all other care (Wmo, Jeugdwet, insured) is by BSN.
    "zorg aan onverzekerden": ListName("uninsured_care", needs_bsn=False),
    "zorg": ListName("care", needs_bsn=True),
    "brp": ListName("brp", needs_bsn=True),
    "rni": ListName("rni", needs_bsn=True),
    "loonaangifte": ListName("payroll", needs_bsn=True),
}
"""Each list by the Dutch word that a municipality fills in."""

NEEDS_BSN = frozenset(one.name for one in LISTS.values() if one.needs_bsn)
UNREGISTERED_ONLY = frozenset(one.name for one in LISTS.values() if one.unregistered_only)
