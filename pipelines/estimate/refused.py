"""Why no estimate is given: what every method raises where none has a meaning."""

from __future__ import annotations

from typing import Literal

Reason = Literal["too_few_lists", "overlap_too_small", "not_identifiable", "no_maximum", "not_converged", "negative"]
"""Why no estimate is given."""


class RefusedError(ValueError):
    """No estimate has a meaning here; ``reason`` says why in one word, the text in a sentence."""

    def __init__(self, reason: Reason, text: str) -> None:
        super().__init__(text)
        self.reason = reason
