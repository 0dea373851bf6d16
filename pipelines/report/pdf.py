"""PDFs of pages: a Typst template with what it tells, as PDF/UA-1 (accessible), the same bytes for the same facts.

Does not belong here: what a document tells (its own module), or how it looks (``templates/*.typ``).
"""

from __future__ import annotations

import json
import re
import unicodedata
from threading import local
from typing import TYPE_CHECKING, Any, cast

from pipelines.report.words import Words

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from typst import Compiler

_ODD = "\ufffd"
_JOINERS = (0x200C, 0x200D, 0xFE0E, 0xFE0F)
"""They tie characters together, and no font can tie U+FFFD."""
_OF_THREAD = local()


def told(content: Mapping[str, Any], release: Mapping[str, Any]) -> str:
    """What a document tells, as the JSON that its template reads.

    Args:
        content: ``charts`` in it, by name what each draws (``charts.draw``), arrive as SVG text.
        release: of which it is made; ``release_id``, ``as_of``, ``synthetic`` and ``day`` (that date in words) arrive
            as ``release``.
    """
    from pipelines.report.charts import draw

    drawn = {name: draw(name, chart, thousands=".") for name, chart in content.get("charts", {}).items()}
    shown = {name: release[name] for name in ("release_id", "as_of", "synthetic")}
    whole = {**content, "charts": drawn, "release": shown | {"day": Words("nl").day(release["as_of"])}}
    return _without_odd(json.dumps(whole, ensure_ascii=False))


def render(template: Path, told: str) -> bytes:
    """A document as PDF; a character that its fonts lack becomes U+FFFD, as one odd text must not stop a release.

    Typst lets other threads go on meanwhile.

    Args:
        template: reads ``json(bytes(sys.inputs.told))``.
        told: that JSON.

    Raises:
        typst.TypstError: the template has an error, or the document would not be accessible.
    """
    from typst import TypstError

    compiler = _compiler(template.parent)
    while True:
        try:
            made = compiler.compile(template, sys_inputs={"told": told}, pdf_standards=["ua-1"])
        except TypstError as error:
            lacking = set(_lacking(str(error))) & (set(told) - {_ODD})
            if not lacking:
                raise
            told = told.translate(dict.fromkeys(map(ord, lacking), _ODD) | dict.fromkeys(_JOINERS))
        else:
            return cast("bytes", made)


def _without_odd(told: str) -> str:
    r"""JSON without characters that no font has: control, private-use, unassigned and surrogate ones.

    >>> _without_odd('["a\\u0000b\\n \\\\u0000", "\uf0b7"]') == '["a\ufffdb\\n \\\\u0000", "\ufffd"]'
    True
    """
    told = re.sub(r"\\\\|\\u[0-9a-f]{4}", lambda found: _ODD if "u" in found[0] else found[0], told)
    return "".join(_ODD if unicodedata.category(one) in ("Cc", "Co", "Cn", "Cs") else one for one in told)


def _lacking(error: str) -> str:
    """Of a message that a text could not be displayed, the characters other than ASCII of that text."""
    found = re.search(r'the text `"(.*)"` could not be displayed', error)
    text = re.sub(r"\\u\{([0-9a-f]+)\}", lambda code: chr(int(code[1], 16)), found[1]) if found else ""
    return "".join(one for one in text if not one.isascii())


def _compiler(root: Path) -> Compiler:
    """One for all documents of a thread: it keeps what it read. Fonts are its own: a PDF is the same everywhere."""
    import typst

    kept: dict[str, Compiler] = vars(_OF_THREAD)
    if str(root) not in kept:
        kept[str(root)] = typst.Compiler(root=root, ignore_system_fonts=True)
    return kept[str(root)]
