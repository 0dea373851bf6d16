"""Runs a step of the program in a process of its own, and lets a shell command run at one place in it.

    python -m tests.faults.driver before pipelines.landing.land:_copy b.csv 'kill -9 $PPID' land brp

The place is a function where it is called from, and the first call of it whose arguments hold the given text. So the
program needs no hooks, and what happens to it is real: it is killed, its disk fills up, its files change.
"""

from __future__ import annotations

import subprocess
import sys
from functools import reduce
from importlib import import_module
from typing import TYPE_CHECKING, Any

from pipelines.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

HAPPENED = "what had to happen has happened"


def main(words: Sequence[str]) -> int:
    """Lay the trap and run the step."""
    when, place, text, action, step, *arguments = words
    _trap(when, place, text, action)
    result = globals()[f"run_{step}"](*arguments)
    return int(result or 0)


def _trap(when: str, place: str, text: str, action: str) -> None:
    module, _, name = place.partition(":")
    *outer, last = name.split(".")
    owner = reduce(getattr, outer, import_module(module))
    original = getattr(owner, last)
    armed = True

    def trapped(*args: Any, **options: Any) -> Any:
        nonlocal armed
        hit = armed and text in f"{args}{options}"
        armed = armed and not hit
        if hit and when == "before":
            _act(action)
        result = original(*args, **options)
        if hit and when == "after":
            _act(action)
        return result

    setattr(owner, last, trapped)


def _act(action: str) -> None:
    print(HAPPENED, file=sys.stderr, flush=True)
    subprocess.run(["sh", "-c", action], stdout=subprocess.DEVNULL, check=False)


def run_land(source: str) -> None:
    """Land what lies in the inboxes for a source."""
    from pipelines.landing.land import land
    from pipelines.sources import all_sources

    land(Settings.from_environment(), all_sources()[source])


def run_read(source: str, scope: str) -> None:
    """Read what was landed."""
    from pipelines.sources import all_sources
    from pipelines.sources.reading import read_scopes

    read_scopes(Settings.from_environment(), all_sources()[source], [scope])


def run_candidate() -> None:
    """Make the candidate of the warehouse that is there."""
    from pipelines.publish.candidate import build_candidate

    build_candidate(Settings.from_environment())


def run_publish() -> None:
    """Release the candidate that is there and was judged."""
    from pipelines.publish.release import publish

    publish(Settings.from_environment())


def run_zicht(*words: str) -> int:
    """The command."""
    from pipelines.cli import main as zicht

    return zicht(words)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
