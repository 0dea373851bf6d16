"""What an estimate of persons in no list means, and why one is refused, in sentences.

The sentences are in ``explained.yml``. Does not belong here: numbers, and what pages call methods and lists.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pipelines.files import from_yaml

if TYPE_CHECKING:
    from collections.abc import Iterable

Theme = Literal["estimate", "assumption", "refusal"]


def explained(theme: Theme, name: str, notes: Iterable[str] = (), **words: str) -> dict[str, str]:
    """``explanation_nl`` and ``explanation_en`` of a method, an assumption that is varied, or a reason of refusal.

    Args:
        theme: which of these.
        name: its word, as in the columns ``method``, ``assumption`` and ``refused_because``.
        notes: what is said besides, each a sentence.
        words: what the sentences leave open.
    """
    said = [_sentences()[theme][name], *(_sentences()["note"][note] for note in notes)]
    return {
        f"explanation_{language}": " ".join(one[language] for one in said).format(**words) for language in ("nl", "en")
    }


@cache
def _sentences() -> dict[str, Any]:
    content: dict[str, Any] = from_yaml(Path(__file__).with_suffix(".yml").read_text(encoding="utf-8"))
    return content
