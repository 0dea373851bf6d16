"""Whether two ways of doing the job say the same: an exact comparison, and extracts in which rare things are common.

Belongs here: the comparison of the JSON that the baselines write, and the spoiling of a sample, without which equal
counts would say little about escapes, incomplete dates and broken rows. Does not belong here: timing.

``python -m tests.benchmarks.equal_counts ONE.json OTHER.json`` compares and exits 1 where they differ;
``python -m tests.benchmarks.equal_counts --spoil EXTRACT.csv OUT.csv`` writes an extract full of rare rows.
"""

from __future__ import annotations

import itertools
import json
import sys
from pathlib import Path
from typing import Any

# Each of these stands in for the content of its rubric in every so many rows.
RARE = (
    ("01.01.10", ""), ("01.01.10", "1010101011"), ("01.01.10", "0101010101"), ("01.01.10", "１２３４５６７８９０"),
    ("01.01.20", ""), ("01.01.20", "000000000"), ("01.01.20", "123456789"), ("01.01.20", "12345678"),
    ("01.03.10", ""), ("01.03.10", "00000000"), ("01.03.10", "20230229"), ("01.03.10", "19000200"),
    ("01.03.10", "00000101"), ("01.03.10", "20230015"), ("01.03.10", "20270101"), ("01.03.30", "a\\,b\\\\"),
    ("04.05.10", ""), ("04.05.10", "0001\\;0072"), ("04.05.10", "0072;0001"), ("04.05.10", "0072;"),
    ("04.05.10", "0499"), ("04.05.10", "0060"), ("04.05.10", "9999"), ("04.05.10", "0000"), ("04.05.10", ";"),
    ("04.65.10", "B"), ("04.65.10", "V"), ("04.65.10", "B;V"), ("04.64.10", "034;"),
    ("07.67.10", "00000000"), ("07.67.10", "20260000"), ("07.67.10", "20260102"), ("07.67.10", "20250000"),
    ("07.67.20", ""), ("07.67.20", "R"), ("07.67.20", "."), ("07.67.20", "X"), ("07.67.20", "O"),
    ("07.68.10", "20261300"), ("07.68.10", ""), ("08.09.10", "1999"), ("08.09.10", ""), ("08.09.10", "0518"),
    ("08.09.20", ""), ("08.09.20", "20260000"), ("08.09.20", "20260200"), ("08.09.20", "00000000"),
    ("08.14.20", "20250230"), ("08.14.20", "2025010"), ("08.84.10", "S"), ("08.84.10", "x"),
    ("16.09.10", ""), ("16.09.10", "0599"), ("16.09.10", "9999"), ("16.85.10", "20260101"), ("16.85.10", "20260102"),
    ("16.18.10", "20260000"), ("16.18.10", "00000000"), ("16.18.10", "20260100"), ("16.18.10", "20260101"),
    ("16.18.10", "20250000"), ("16.18.10", "2025"), ("16.18.10", ""),
)  # fmt: skip
EVERY = 3


def main(arguments: list[str]) -> int:
    """Compare or spoil; return the exit code."""
    if arguments[0] == "--spoil":
        spoil(Path(arguments[1]), Path(arguments[2]))
        return 0
    found = differences(*(json.loads(Path(path).read_text(encoding="utf-8")) for path in arguments))
    print("\n".join(found) or "equal")
    return 1 if found else 0


def differences(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """What two results do not agree on, one sentence each; none if they are equal."""
    found = [
        f"rows of {register}: {one['rows'].get(register)} and {other['rows'].get(register)}"
        for register in sorted(one["rows"].keys() | other["rows"].keys())
        if one["rows"].get(register) != other["rows"].get(register)
    ]
    left, right = by_cell(one), by_cell(other)
    return found + [
        f"{' '.join(cell)}: {left.get(cell)} and {right.get(cell)}"
        for cell in sorted(left.keys() | right.keys())
        if left.get(cell) != right.get(cell)
    ]


def by_cell(result: dict[str, Any]) -> dict[tuple[str, str, str], tuple[int, int]]:
    """Bounds by register, municipality and group.

    Raises:
        ValueError: a cell stands there twice.
    """
    cells = {
        (count["register"], count["municipality"], count["base_group"]): (count["persons_low"], count["persons_high"])
        for count in result["counts"]
    }
    if len(cells) != len(result["counts"]):
        raise ValueError("a register, municipality and group have two counts")
    return cells


def spoil(extract: Path, out: Path) -> None:
    """Copy an extract with a rare content in some of its rows; every thousandth row has a column too many or few."""
    with (
        extract.open(encoding="utf-8", newline="\n") as source,
        out.open("w", encoding="utf-8", newline="\n") as target,
    ):
        header = source.readline()
        target.write(header)
        rubrics = header.rstrip("\n").split(",")
        rare = itertools.cycle((rubrics.index(rubric), content) for rubric, content in RARE if rubric in rubrics)
        for number, line in enumerate(source):
            target.write(spoiled(line, number, rare))


def spoiled(line: str, number: int, rare: itertools.cycle[tuple[int, str]]) -> str:
    """One row, as it is or with a rare content."""
    if number % 1000 == 0:
        return line.replace("\n", ",\n")
    if number % 1000 == 1:
        return line.rsplit(",", 1)[0] + "\n"
    if number % EVERY:
        return line
    cells = line.rstrip("\n").split(",")
    place, content = next(rare)
    if place < len(cells):
        cells[place] = content
    return ",".join(cells) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
