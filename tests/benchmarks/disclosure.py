"""How long tables take to be rounded, suppressed and audited, and what protection costs.

``python -m tests.benchmarks.disclosure`` prints a line for each table and way of protecting it. Counts are made up,
with fixed seeds, and skewed as those of municipalities are. The goal for 342 municipalities by 12 groups with margins
is 5 s for protection and audit together. Of a cross of three dimensions the audit is by far the dearer part.
"""

from __future__ import annotations

import itertools
import time
from typing import TYPE_CHECKING

import numpy as np

from pipelines.privacy.tables.audit import audit, release_of
from pipelines.privacy.tables.hierarchy import Hierarchy, layout
from pipelines.privacy.tables.rounding import rounded
from pipelines.privacy.tables.sensitive import vague_below, withheld_below
from pipelines.privacy.tables.suppression import suppressed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipelines.privacy.tables.table import Table

THRESHOLD = 10
SECRET = b"made up for this benchmark"
GROUPS = [f"g{place}" for place in range(12)]


def area(municipalities: int, provinces: int) -> Hierarchy:
    """Municipalities in provinces in the country."""
    codes = [f"GM{code:04}" for code in range(municipalities)]
    names = [f"PV{code}" for code in range(provinces)]
    return {"NL": names, **{name: codes[at::provinces] for at, name in enumerate(names)}}


def tables() -> Iterator[tuple[str, Table]]:
    """Tables by what they are."""
    nested: Hierarchy = {"all": ["eu", "outside"], "eu": GROUPS[:5], "outside": GROUPS[5:]}
    shapes: dict[str, dict[str, Hierarchy]] = {
        "342 x 12": {"area": {"NL": [*area(342, 1)["PV0"]]}, "group": {"all": GROUPS}},
        "342 in 12 x 12 in 2": {"area": area(342, 12), "group": nested},
        "12 x 4 x 3": {"area": area(12, 2), "group": {"all": GROUPS[:4]}, "stay": {"all": ["a", "b", "c"]}},
        "30 x 5 x 4": {"area": area(30, 3), "group": {"all": GROUPS[:5]}, "stay": {"all": ["a", "b", "c", "d"]}},
    }
    for name, dimensions in shapes.items():
        finest = [[part for parts in one.values() for part in parts if part not in one] for one in dimensions.values()]
        rows = list(itertools.product(*finest))
        codes = {dimension: [row[at] for row in rows] for at, dimension in enumerate(dimensions)}
        persons = np.random.default_rng(8).negative_binomial(0.4, 0.01, len(rows))
        yield name, layout(dimensions, codes).table(persons)


def main() -> None:
    """Protect and audit each, and print what it took."""
    print("table                 way          cells  small  protect s  audit s  found  what it cost")
    for name, table in tables():
        small = int((table.values < THRESHOLD).sum())
        for base in (5, 10):
            start = time.perf_counter()
            whole = rounded(table, base, SECRET, two_steps=True)
            took = time.perf_counter() - start
            release = release_of(table, whole.values.astype(float), base, whole.reach)
            start = time.perf_counter()
            found = len(audit(vague_below(table, THRESHOLD, base - 1), release))
            judged = time.perf_counter() - start
            off = np.abs(whole.values - table.values).sum() / table.values.sum()
            cost = f"{off:.1%} of the counts moved, proven: {whole.optimal}, steps {whole.steps}"
            print(
                f"{name:21} base {base:<4} {len(table.cells):8} {small:6} {took:10.2f} {judged:8.2f} {found:6}  {cost}"
            )
        required = withheld_below(table, THRESHOLD)
        start = time.perf_counter()
        gone = suppressed(table, required, secret=SECRET)
        took = time.perf_counter() - start
        release = release_of(table, np.where(gone.withheld, np.nan, table.values))
        start = time.perf_counter()
        found = len(audit(required, release))
        judged = time.perf_counter() - start
        cost = f"{gone.withheld.sum() / small:.2f} cells withheld for each small one, proven least: {gone.optimal}"
        print(f"{name:21} withheld  {len(table.cells):8} {small:6} {took:10.2f} {judged:8.2f} {found:6}  {cost}")


if __name__ == "__main__":
    main()
