"""Whole houses with the processes that run beside them, on this machine alone. The houses are those of integration."""

import re
import sys
from pathlib import Path

from pipelines.settings import PROJECT
from tests.bi.test_postgres import server  # noqa: F401
from tests.integration.conftest import _manifest, once, real  # noqa: F401


def program(name: str) -> str:
    """A program of this environment."""
    return str(Path(sys.executable).parent / name)


def documented(page: str, beginning: str) -> str:
    """What stands in a page as a block of code that begins so: what is told is what is tested."""
    text = (PROJECT / "docs" / page).read_text(encoding="utf-8")
    (block,) = re.findall(rf"^```\w*\n({re.escape(beginning)}.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return str(block)
