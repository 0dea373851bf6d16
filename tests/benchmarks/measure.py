"""Running a command and knowing what it took: wall seconds, and the most memory it and all its children held at once.

Belongs here: measuring any command. Does not belong here: which commands (``__main__``). Memory is the sum of the
resident sets of the process tree, looked at twenty times a second in ``/proc``, and at least the highest that one of
its processes ever had. Pages that processes share count for each of them. Without ``/proc`` it is what the system says
of the largest single process.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

SECONDS_BETWEEN_LOOKS = 0.05
_PROC = Path("/proc")


class FailedError(Exception):
    """A command ended with another code than 0; the message holds the end of what it said."""


@dataclass(frozen=True)
class Run:
    """What one run of a command took, and what it printed."""

    seconds: float
    peak_bytes: int
    output: str


@dataclass(frozen=True)
class Measured:
    """The medians of some runs, and what each of them printed."""

    seconds: float
    peak_bytes: int
    outputs: tuple[str, ...]

    @property
    def printed_seconds(self) -> float:
        """The median of the seconds that the runs printed on their last line, of the part that counts.

        Raises:
            ValueError: a run printed something else.
        """
        return statistics.median(float(output.strip().rpartition("\n")[2]) for output in self.outputs)


def medians(command: Sequence[str], runs: int, environment: Mapping[str, str] | None = None) -> Measured:
    """Run a command some times and take the medians.

    Raises:
        FailedError: a run ended with another code than 0.
        ValueError: there are no runs.
    """
    if runs < 1:
        raise ValueError("runs must be 1 or more")
    done = [run(command, environment) for _ in range(runs)]
    return Measured(
        statistics.median(one.seconds for one in done),
        round(statistics.median(one.peak_bytes for one in done)),
        tuple(one.output for one in done),
    )


def run(command: Sequence[str], environment: Mapping[str, str] | None = None) -> Run:
    """Run a command once.

    Raises:
        FailedError: it ended with another code than 0.
    """
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=output, stderr=errors, env=environment)
        peak = _Peak(process.pid)
        peak.start()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        peak.stop()
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            raise FailedError(f"{command[0]} ended with {process.returncode}: {_end_of(errors.fileno())}")
        output.seek(0)
        text = output.read().decode(errors="replace")
    # What the system says of a child starts at the size of its parent, so it is used only where nothing else is.
    return Run(seconds, peak.bytes or _maximum_resident(usage.ru_maxrss), text)


def _end_of(handle: int) -> str:
    size = os.fstat(handle).st_size
    return os.pread(handle, 2000, max(0, size - 2000)).decode(errors="replace")


def _maximum_resident(value: int) -> int:
    """What the system says in kilobytes; macOS says it in bytes."""
    return value if sys.platform == "darwin" else value * 1024


class _Peak(threading.Thread):
    """Looks at a process tree until it is told to stop."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.bytes = 0
        self._pid = pid
        self._stopped = threading.Event()

    def run(self) -> None:
        while _PROC.is_dir() and not self._stopped.wait(SECONDS_BETWEEN_LOOKS):
            sizes = [_resident(pid) for pid in _tree(self._pid)]
            self.bytes = max(self.bytes, sum(now for now, _ in sizes), *(highest for _, highest in sizes))

    def stop(self) -> None:
        self._stopped.set()
        self.join()


def _tree(pid: int) -> Iterator[int]:
    """A process and all below it; those that end meanwhile are left out."""
    yield pid
    for thread in _listed(_PROC / str(pid) / "task"):
        for child in _words(thread / "children"):
            yield from _tree(int(child))


def _listed(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def _words(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="utf-8", errors="replace").split()
    except OSError:
        return []


def _resident(pid: int) -> tuple[int, int]:
    """What a process holds now and the most it ever held, in bytes; nothing of one that ended."""
    words = _words(_PROC / str(pid) / "status")
    now, highest = (int(words[words.index(name) + 1]) if name in words else 0 for name in ("VmRSS:", "VmHWM:"))
    return now * 1024, highest * 1024
