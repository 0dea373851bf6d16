"""Chance that only the holder of a secret can repeat: one draw for each cell, by its name.

A cell keeps its draw from night to night and whatever else is in the table, so that the draws do not average out. What
a table makes of them may still differ with its other cells, for sums must hold.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

    from numpy.typing import NDArray

LEAST = 16
"""Bytes of a secret that nobody can try out."""


def draws(secret: bytes, purpose: str, cells: Iterable[Hashable]) -> NDArray[np.float64]:
    """(n,), a number from 0 up to 1 for each cell, by its name as ``repr`` writes it; other purposes draw others.

    Raises:
        ValueError: the secret is short.
    """
    if len(secret) < LEAST:
        raise ValueError(f"a secret has at least {LEAST} bytes")
    hashes = (hmac.digest(secret, f"{purpose} {cell!r}".encode(), "sha256") for cell in cells)
    return np.array([(int.from_bytes(one[:8], "big") >> 11) / 2**53 for one in hashes], np.float64)
