"""A synthetic landing tree: every source in its own file form, all telling of one invented population.

Belongs here: inventing persons, inspections and a monitor that is counted from those same persons, with the
flaws that real deliveries have (incomplete dates, suspensions, broken rows). The same arguments give the same
bytes, and 18,000,000 persons fit in the memory of one machine because everything goes in chunks.
Does not belong here: reading or judging a delivery (``sources``, ``quality``), the key that opens synthetic
deliveries (``privacy``), and any figure that could be taken for a real one.

BSN and A-nummer pass their eleven tests but come from a counter (BSN from 900000000 upward, then the lower
hundreds of millions): they are nobody's on purpose, which is not the same as never issued.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Literal

import numpy as np
import polars as pl
import xlsxwriter  # type: ignore[import-untyped]

from pipelines.sample import municipal, statline
from pipelines.sources.statline.tables import nationality_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]
    Bools = npt.NDArray[np.bool_]

REFERENCE_DATE = date(2026, 1, 1)
HAARLEMMERMEER = "0394"
CHUNK = 1_000_000

_SEEDS = Path(__file__).resolve().parents[2] / "dbt_project" / "seeds"
_INHABITANTS = Path(__file__).resolve().parent / "inhabitants_2020.csv"

# Every municipality is in a delivery of at least this many persons.
_COVERS_ALL_FROM = 5_000

# Horticulture, logistics and the airport: how many times its share of the inhabitants a municipality gets of
# the residents and of the jobs. Haarlemmermeer has far more workers than residents.
_HUBS: dict[str, tuple[float, float]] = {
    "0394": (4.0, 14.0),
    "1783": (7.0, 12.0),
    "0599": (3.0, 3.0),
    "0518": (4.0, 2.0),
    "0983": (6.0, 10.0),
    "0855": (2.5, 5.0),
    "0297": (8.0, 12.0),
    "1911": (8.0, 10.0),
    "0171": (6.0, 7.0),
    "1507": (9.0, 14.0),
    "0984": (7.0, 12.0),
    "0879": (12.0, 16.0),
    "0637": (2.5, 2.0),
}

# Tabel 32 code: weight among non-Dutch residents. The country of a nationality is in the seed
# nationality_group, for the few that are not in there it is in _COUNTRIES (Tabel 34).
_NATIONALITIES: dict[str, float] = {
    "0072": 30.0, "0074": 12.0, "0053": 6.0, "0061": 4.0, "0028": 1.0, "0027": 2.0, "0046": 2.0, "0044": 1.5,
    "0043": 1.0, "0045": 0.3, "0042": 0.3, "0055": 5.0, "0052": 2.0, "0064": 3.0, "0077": 3.0, "0073": 3.0,
    "0057": 1.5, "0059": 1.5, "0062": 0.5, "0034": 6.0, "0339": 3.0, "0312": 3.0, "0131": 2.0, "0336": 2.0,
    "0060": 1.5, "0454": 0.3, "0036": 0.2, "0253": 0.5, "0307": 0.7, "0309": 0.3, "0342": 0.2, "0000": 0.1,
    "0499": 0.1,
}  # fmt: skip
_COUNTRIES: dict[str, str] = {
    "0312": "7046", "0131": "5022", "0336": "7009", "0253": "6008", "0307": "6022", "0309": "5027",
    "0342": "8024", "0000": "0000", "0499": "0000",
}  # fmt: skip
_DUTCH = 0  # its place in _Code.nationalities
_MOE, _OTHER_EU, _OUTSIDE_EU = range(3)  # columns of the monitor
_GROUPS = ("MOE-landen", "Overige EU", "Buiten EU")
_SIGNS, _SOURCE = "x = geheim; . = onbekend; - = nihil", "Bron: synthetisch (zicht sample)"
_PROVISIONAL = "* voorlopige cijfers"
# Of earlier editions of the monitor, which are final: their share of today's workers. There is none of 2023.
_EARLIER = {2022: 0.8, 2024: 0.92}

_BRP = (
    "01.01.10", "01.01.20", "01.03.10", "01.03.30", "04.05.10", "04.64.10", "04.65.10", "04.85.10",
    "07.67.10", "07.67.20", "07.68.10", "08.09.10", "08.09.20", "08.10.10", "08.11.60", "08.11.80",
    "08.13.10", "08.13.20", "08.14.10", "08.14.20", "08.72.10", "08.83.10", "08.84.10",
)  # fmt: skip
_RNI = (
    "01.01.10", "01.01.20", "01.03.10", "01.03.30", "04.05.10", "04.64.10", "04.65.10", "04.85.10",
    "07.67.10", "07.67.20", "07.68.10", "07.71.10", "08.09.10", "08.13.10", "08.13.20", "16.09.10",
    "16.11.60", "16.18.10", "16.19.10", "16.85.10",
)  # fmt: skip

_PERSON_LEVEL = """\
legal_basis: "synthetic data about nobody: no legal basis is needed"
purpose: "trying and testing zicht"
authorisation: "synthetic data: none needed"
retain_until: 2099-12-31
"""


def generate(out: Path, *, persons: int = 12_000, non_residents: int = 5_000, seed: int = 1) -> list[Path]:
    """Write a synthetic landing tree below ``out`` and return the files written.

    Raises:
        ValueError: a number of persons is negative, or more than there are numbers to give out.
    """
    if persons < 0 or non_residents < 0:
        raise ValueError("persons and non_residents must be 0 or more")
    sample = _Sample(persons, non_residents, seed)
    files = [
        *sample.write_residents(
            _delivery(out, "brp", "NL", "2026-01-01", person_level=True) / "synthetic_brp.csv",
            _delivery(out, "brp", HAARLEMMERMEER, "2026-02-01", person_level=True) / "synthetic_brp.csv",
        ),
        sample.write_non_residents(_delivery(out, "rni", "NL", "2026-01-01", person_level=True) / "synthetic_rni.csv"),
        sample.write_monitor(
            _delivery(out, "migrantenmonitor", "NL", "2025-12-31") / "synthetic_migrantenmonitor.xlsx"
        ),
        *(
            sample.write_earlier_monitor(
                _delivery(out, "migrantenmonitor", "NL", f"{year}-12-31") / f"synthetic_migrantenmonitor_{year}.xlsx",
                year,
            )
            for year in _EARLIER
        ),
        *sample.write_residents_table(
            _delivery(out, "statline", statline.RESIDENTS, "2026-01-15", version=statline.VERSION)
        ),
        *sample.write_inhabitants_table(
            _delivery(out, "statline", statline.INHABITANTS, "2026-01-15", version=statline.VERSION)
        ),
        sample.write_inspections(_delivery(out, "inspectorate", "NL", "2026-01-01") / "synthetic_inspections.csv"),
        *municipal.write_registers(lambda source, code: _delivery(out, source, code, "2026-01-15"), sample._rng(20)),
    ]
    return [*files, *dict.fromkeys(file.with_name("delivery.yml") for file in files)]


def _delivery(out: Path, source: str, scope: str, day: str, *, person_level: bool = False, version: str = "") -> Path:
    folder = out / source / scope / day
    folder.mkdir(parents=True, exist_ok=True)
    sidecar = "synthetic: true\nproducer: zicht sample\nlicence: EUPL-1.2\n"
    text = sidecar + (_PERSON_LEVEL if person_level else "") + (f'version: "{version}"\n' if version else "")
    (folder / "delivery.yml").write_text(text, encoding="utf-8", newline="\n")
    return folder


# ---- numbers that pass the eleven tests -----------------------------------------------------------------


@dataclass(frozen=True)
class _Numbers:
    """Valid numbers as upper digits × the five lower ones that go with them: the n-th without a search."""

    uppers: Ints
    starts: Ints  # where in `lowers` the list of an upper part starts
    sizes: Ints
    lowers: Ints

    def take(self, first: int, count: int) -> Ints:
        ends = np.cumsum(self.sizes)
        if first + count > ends[-1]:
            raise ValueError(f"no more than {ends[-1]} different numbers can be given out")
        ranks = np.arange(first, first + count)
        row = np.searchsorted(ends, ranks, side="right")
        nth = ranks - (ends[row] - self.sizes[row])
        return self.uppers[row] * 100_000 + self.lowers[self.starts[row] + nth]


def _digits(numbers: Ints, width: int) -> Ints:
    return numbers[:, None] // 10 ** np.arange(width - 1, -1, -1) % 10


def _no_equal_neighbours(digits: Ints) -> Bools:
    return np.asarray((digits[:, 1:] != digits[:, :-1]).all(axis=1))


@cache
def _bsns() -> _Numbers:
    uppers = np.concatenate([np.arange(start, start + 1000) for start in range(9000, 0, -1000)])
    rest = _digits(np.arange(100_000), 5) @ np.array([5, 4, 3, 2, -1]) % 11
    wanted = -(_digits(uppers, 4) @ np.array([9, 8, 7, 6])) % 11
    lowers = np.argsort(rest, kind="stable")
    starts = np.searchsorted(rest[lowers], np.arange(12))
    return _Numbers(uppers, starts[wanted], (starts[wanted + 1] - starts[wanted]), lowers)


@cache
def _a_numbers() -> _Numbers:
    uppers = np.arange(10_000, 100_000)
    upper = _digits(uppers, 5)
    kept = _no_equal_neighbours(upper)
    uppers, upper = uppers[kept], upper[kept]
    lowers = np.arange(100_000)
    lower = _digits(lowers, 5)
    kept = _no_equal_neighbours(lower)
    lowers, lower = lowers[kept], lower[kept]
    powers = 2 ** np.arange(10)
    sums, weighted, heads = lower.sum(axis=1) % 11, lower @ powers[5:] % 11, lower[:, 0]
    lists: list[Ints] = []
    for plain in range(11):
        of_sum = np.isin((sums + plain) % 11, (0, 5))
        for weight in range(11):
            fitting = np.flatnonzero(of_sum & ((weighted + weight) % 11 == 0))
            lists.extend(lowers[fitting[heads[fitting] != last]] for last in range(10))
    sizes = np.array([len(each) for each in lists])
    starts = np.cumsum(sizes) - sizes
    key = (upper.sum(axis=1) % 11 * 11 + upper @ powers[:5] % 11) * 10 + upper[:, -1]
    return _Numbers(uppers, starts[key], sizes[key], np.concatenate(lists))


# ---- texts are looked up, never formatted per person ----------------------------------------------------

_FIRST_DAY = date(1920, 1, 1)
_DAYS = (date(2027, 1, 1) - _FIRST_DAY).days
_NO_DATE, _IMPOSSIBLE = 4 * _DAYS, 4 * _DAYS + 1


def _day(year: int, month: int = 1, day: int = 1) -> int:
    return (date(year, month, day) - _FIRST_DAY).days


_TODAY = _day(REFERENCE_DATE.year)


@cache
def _date_texts() -> pl.Series:
    """Every day four times (complete, no day, no month, nothing), no date, and a date that cannot be."""
    days = [(_FIRST_DAY + timedelta(days=n)).strftime("%Y%m%d") for n in range(_DAYS)]
    months, years = [f"{day[:6]}00" for day in days], [f"{day[:4]}0000" for day in days]
    return pl.Series([*days, *months, *years, *["00000000"] * _DAYS, None, "20251345"], dtype=pl.String)


def _dates(days: Ints, *, where: Bools | None = None, unknown: Ints | int = 0) -> Ints:
    """Places in the date texts: `unknown` 1 leaves out the day, 2 the month too, 3 everything."""
    places = days + unknown * _DAYS
    return places if where is None else np.where(where, places, _NO_DATE)


def _date_series(places: Ints) -> pl.Series:
    return _date_texts().gather(places)


def _unknown_parts(rng: np.random.Generator, count: int, shares: tuple[float, float, float]) -> Ints:
    return 3 - np.searchsorted(np.cumsum(shares[::-1]), rng.random(count), side="right")


def _choose(rng: np.random.Generator, count: int, weights: Sequence[float] | npt.NDArray[np.float64]) -> Ints:
    share = np.cumsum(weights)
    return np.minimum(np.searchsorted(share / share[-1], rng.random(count), side="right"), len(share) - 1)


def _chosen_text(
    rng: np.random.Generator, count: int, texts: dict[str | None, float], where: Bools | None = None
) -> pl.Series:
    choice = _choose(rng, count, list(texts.values()))
    labels = pl.Series([*texts, None], dtype=pl.String)
    return labels.gather(choice if where is None else np.where(where, choice, len(texts)))


@dataclass(frozen=True)
class _Code:
    """Codes of municipalities, nationalities and countries, and what each weighs."""

    municipalities: list[str]
    names: list[str]
    home_weight: npt.NDArray[np.float64]
    work_weight: npt.NDArray[np.float64]
    nationalities: list[str]
    countries: list[str]
    country_of: Ints  # nationality -> place in countries
    group_of: Ints  # nationality -> column of the monitor, -1 for Dutch
    nationality_weight: npt.NDArray[np.float64]

    @classmethod
    def load(cls) -> _Code:
        known = _seed("municipality").filter(pl.col("valid_to").is_null()).sort("municipality_code")
        municipalities = known["municipality_code"].to_list()
        inhabitants = _inhabitants()
        people = np.array([inhabitants[code] for code in municipalities], dtype=np.float64)
        factors = np.array([_HUBS.get(code, (1.0, 1.0)) for code in municipalities])
        groups = {row["nationality_code"]: row for row in _seed("nationality_group").to_dicts()}
        nationalities = ["0001", *_NATIONALITIES]
        country = _COUNTRIES | {code: row["country_code"] for code, row in groups.items()}
        countries = sorted({*(country[code] for code in nationalities), "7048"})
        column = {"nl": -1, "moe": _MOE, "other_eu": _OTHER_EU}
        origin = {code: row["origin_group"] for code, row in groups.items()}
        group = [column.get(origin.get(code, ""), _OUTSIDE_EU) for code in nationalities]
        return cls(
            municipalities,
            known["municipality_name"].to_list(),
            people * factors[:, 0],
            people * factors[:, 1],
            nationalities,
            countries,
            np.array([countries.index(country[code]) for code in nationalities]),
            np.array(group),
            np.array([0.0, *_NATIONALITIES.values()]),
        )

    def nationality(self, code: str) -> int:
        return self.nationalities.index(code)

    def country(self, code: str) -> int:
        return self.countries.index(code)


def _seed(name: str) -> pl.DataFrame:
    return pl.read_csv(_SEEDS / f"{name}.csv", infer_schema=False)


def _inhabitants(until: str = "9999-12-31") -> dict[str, int]:
    """Inhabitants of 2020 by municipality, on the borders of another day or of today."""
    rows = pl.read_csv(_INHABITANTS, infer_schema=False)
    return _on_borders({code: int(number) for code, number in rows.iter_rows()}, "2020-01-01", until)


def _on_borders(people: dict[str, int], since: str, until: str = "9999-12-31") -> dict[str, int]:
    """Numbers on one day's borders as they are on another's; who was divided goes whole to its first receiver."""
    people = dict(people)
    for event in _seed("municipality_event").sort("effective_date", maintain_order=True).iter_rows(named=True):
        if since < event["effective_date"] <= until and event["old_code"] in people:
            people[event["new_code"]] = people.get(event["new_code"], 0) + people.pop(event["old_code"])
    return people


def _apportion(weights: npt.NDArray[np.float64], total: int) -> Ints:
    """Whole numbers by largest remainder that add up to ``total``; at least 1 each where there are enough."""
    base = 1 if total >= _COVERS_ALL_FROM else 0
    exact = weights / weights.sum() * (total - base * len(weights))
    counts: Ints = np.floor(exact).astype(np.int64)
    rest = total - base * len(weights) - int(counts.sum())
    counts[np.argsort(counts - exact, kind="stable")[:rest]] += 1
    counts += base
    return counts


# ---- rows that are broken on purpose --------------------------------------------------------------------

Flaw = Literal["bsn", "date", "municipality", "columns", "a_number"]
_FLAWS: dict[Flaw, int] = {"bsn": 3, "date": 3, "municipality": 2, "columns": 2, "a_number": 2}


def _broken(rng: np.random.Generator, candidates: Ints, rows: int) -> dict[Flaw, Ints]:
    """Which rows carry which flaw: a few of each, and under one in a hundred of all rows."""
    sizes = {flaw: min(wanted, rows // 600) for flaw, wanted in _FLAWS.items()}
    total = min(sum(sizes.values()), len(candidates))
    chosen = rng.choice(candidates, total, replace=False) if total else np.empty(0, dtype=np.int64)
    cuts = np.cumsum(list(sizes.values()))[:-1]
    return {flaw: np.sort(part) for flaw, part in zip(sizes, np.split(chosen, cuts), strict=True)}


def _within(broken: dict[Flaw, Ints], start: int, stop: int) -> dict[Flaw, Ints]:
    return {flaw: rows[(rows >= start) & (rows < stop)] - start for flaw, rows in broken.items()}


def _none_of(rows: Ints, where: Bools) -> Bools:
    where[rows] = False
    return where


def _break_numbers(bsn: Ints, a_number: Ints, flaws: dict[Flaw, Ints]) -> None:
    """One digit more always fails the test of the BSN; the second digit of the A-nummer repeats the first."""
    rows = flaws["bsn"]
    bsn[rows] = bsn[rows] // 10 * 10 + (bsn[rows] + 1) % 10
    rows = flaws["a_number"]
    first = a_number[rows] // 10**9
    a_number[rows] = first * 10**9 + first * 10**8 + a_number[rows] % 10**8


def _append(handle: IO[bytes], frame: pl.DataFrame, short_rows: Ints) -> None:
    """Add rows in LO-CSV, those of ``short_rows`` without their last column."""
    start = 0
    for row in [*short_rows.tolist(), frame.height]:
        part = frame.slice(start, row - start)
        if part.height:
            part.write_csv(handle, include_header=False, quote_style="never")
        if row < frame.height:
            handle.write((",".join(cell or "" for cell in frame.row(row)[:-1]) + "\n").encode())
        start = row + 1


# ---- the population -------------------------------------------------------------------------------------


@dataclass
class _Carried:
    """What the RNI still tells of persons who became residents later."""

    bsn: Ints
    a_number: Ints
    birth: Ints
    nationality: Ints
    first: Ints

    @classmethod
    def empty(cls, count: int) -> _Carried:
        return cls(*(np.zeros(count, dtype=np.int64) for _ in range(5)))


class _Sample:
    def __init__(self, persons: int, non_residents: int, seed: int) -> None:
        self.persons, self.non_residents, self.seed = persons, non_residents, seed
        self.code = _Code.load()
        self.size = len(self.code.municipalities)
        self.own = self.code.municipalities.index(HAARLEMMERMEER)
        rng = self._rng(0)
        self.counts = _apportion(self.code.home_weight, persons)
        self.home = np.repeat(np.arange(self.size, dtype=np.int16), self.counts)
        rng.shuffle(self.home)
        self.newcomers = -(-3 * int(self.counts[self.own]) // 100)
        both = min(round(0.08 * non_residents), persons // 10)
        self.both = np.sort(rng.choice(persons, both, replace=False)) if both else np.empty(0, dtype=np.int64)
        self.carried = _Carried.empty(both)
        # Flawed rows lie where others remain: an area that is there only once must not lose its one good row.
        spare = (self.counts >= 20) & (np.arange(self.size) != self.own)
        candidates = spare[self.home]
        candidates[self.both] = False
        self.broken = _broken(rng, np.flatnonzero(candidates), persons)
        # Workers by [not registered, registered] × municipality of work × group; residents by that of home.
        self.workers = np.zeros((2, self.size, 3), dtype=np.int64)
        self.workers_at_home = np.zeros((self.size, 3), dtype=np.int64)
        self.residents = np.zeros((self.size, len(self.code.nationalities)), dtype=np.int64)
        letters = "ABCDEGHJKLMNPRSTVWXZ"
        self.letters = [a + b for a in letters for b in letters if a + b not in {"SA", "SD", "SS"}]
        self.municipality_texts = pl.Series([*self.code.municipalities, "9999", None], dtype=pl.String)
        self.country_texts = pl.Series([*self.code.countries, None], dtype=pl.String)
        self.nationality_texts = pl.Series([*self.code.nationalities, None], dtype=pl.String)
        self.municipality_numbers = np.array([int(code) for code in self.code.municipalities])

    def _rng(self, *stream: int) -> np.random.Generator:
        return np.random.default_rng([self.seed, *stream])

    @staticmethod
    def _chunks(total: int) -> Iterator[tuple[int, int, int]]:
        for number, start in enumerate(range(0, total, CHUNK)):
            yield number, start, min(start + CHUNK, total)

    # residents

    def write_residents(self, everyone: Path, own: Path) -> tuple[Path, Path]:
        """The BRP of the country, and the extract Haarlemmermeer made of its own residents a month later."""
        extract: list[pl.DataFrame] = []
        with everyone.open("wb") as handle:
            handle.write((",".join(_BRP) + "\n").encode())
            for number, start, stop in self._chunks(self.persons):
                flaws = _within(self.broken, start, stop)
                home = self.home[start:stop].astype(np.int64)
                frame = self._residents(self._rng(1, number), home, start, flaws)
                here = (pl.col("08.09.10") == HAARLEMMERMEER) & pl.col("07.67.20").is_null()
                extract.append(frame.filter(here))
                _append(handle, frame, flaws["columns"])
        newcomers = np.full(self.newcomers, self.own, dtype=np.int64)
        flawless = _within(self.broken, 0, 0)
        extract.append(self._residents(self._rng(2), newcomers, self.persons, flawless, new=True))
        with own.open("wb") as handle:
            handle.write((",".join(_BRP) + "\n").encode())
            for frame in extract:
                _append(handle, frame, np.empty(0, dtype=np.int64))
        return everyone, own

    def _residents(
        self, rng: np.random.Generator, home: Ints, start: int, flaws: dict[Flaw, Ints], *, new: bool = False
    ) -> pl.DataFrame:
        count, code = len(home), self.code
        slots = slice(*np.searchsorted(self.both, [start, start + count]).tolist())
        both = np.zeros(count, dtype=np.bool_)
        both[self.both[slots] - start] = True

        def some(share: float) -> Bools:
            return rng.random(count) < share

        bsn, a_number = _bsns().take(start, count), _a_numbers().take(start, count)
        bsn[_none_of(flaws["bsn"], some(0.002) & ~both)] = 0
        dutch = some(0.0 if new else 0.06) & ~both
        nationality = np.where(dutch, _DUTCH, _choose(rng, count, code.nationality_weight))

        age = np.where(some(0.12), 18 * rng.random(count), 18 + rng.gamma(2.2, 8.0, count)).clip(0, 90)
        age = np.where(both, age.clip(26), age)
        birth = (_TODAY - 2 - age * 365.25).astype(np.int64)
        native = (some(0.7) & dutch) | (some(0.0 if new else 0.04) & ~dutch & ~both)
        ago = np.where(both, 1 + 2999 * rng.random(count), 1 + rng.exponential(1700.0, count).clip(0, 9000))
        settled = np.maximum(_TODAY - ago.astype(np.int64), birth + 1)
        if new:
            settled = _TODAY + rng.integers(0, 31, count)
        since = np.where(native, birth + 1, settled)
        last = _TODAY + 31 if new else _TODAY
        moved = since + (some(0.5) * rng.random(count) * (last - since)).astype(np.int64)
        first = np.minimum(np.maximum(since + rng.integers(0, 40, count), _day(1994, 10)), last - 1)
        first = np.where(both, settled - rng.integers(60, 700, count), first)

        suspended = some(0.0 if new else 0.02) & ~both
        reason = _choose(rng, count, [0.6, 0.3, 0.04, 0.03, 0.03])
        suspended_on = moved + (rng.random(count) * (last - moved)).astype(np.int64)
        emigrated = suspended & (reason == 0)
        incorrect = some(0.003) & ~both

        self.carried.bsn[slots], self.carried.a_number[slots] = bsn[both], a_number[both]
        self.carried.birth[slots], self.carried.nationality[slots] = birth[both], nationality[both]
        self.carried.first[slots] = first[both]
        if not new:
            self._count_nationalities(home, nationality, ~suspended & ~incorrect)
            of_working_age = (age >= 18) & (age < 67)
            self._count_residents(rng, home, nationality, of_working_age & ~suspended & ~incorrect & (bsn > 0) & ~dutch)
        _break_numbers(bsn, a_number, flaws)
        birth_country = np.where(native, code.country("6030"), code.country_of[nationality])
        czechoslovak = np.isin(nationality, [code.nationality("0028"), code.nationality("0027")])
        birth_country[czechoslovak & ~native & (birth < _day(1993))] = code.country("7048")
        origin = np.where(some(0.05), code.country("9089"), self._abroad(rng, nationality))
        vague = np.where(both | new, 0, _unknown_parts(rng, count, (0.02, 0.01, 0.005)))
        settled_places = _dates(settled, where=~native, unknown=vague)
        settled_places[flaws["date"]] = _IMPOSSIBLE
        municipality = home.copy()
        municipality[flaws["municipality"]] = self.size
        address = (rng.random(count) * (self.counts[home] * 0.6 + 3)).astype(np.int64)
        birth_places = _dates(birth, unknown=_unknown_parts(rng, count, (0.005, 0.01, 0.005)))
        columns = {
            "01.01.10": pl.Series(a_number).cast(pl.String),
            "01.01.20": _number_text(bsn),
            "01.03.10": _date_series(birth_places),
            "01.03.30": self.country_texts.gather(birth_country),
            **self._nationality_columns(rng, nationality, birth, since, last),
            "07.67.10": _date_series(_dates(suspended_on, where=suspended)),
            "07.67.20": pl.Series(["E", "O", "F", "M", "W", None]).gather(np.where(suspended, reason, 5)),
            "07.68.10": _date_series(_dates(first)),
            "08.09.10": self.municipality_texts.gather(municipality),
            "08.09.20": _date_series(_dates(moved)),
            "08.10.10": _chosen_text(rng, count, {"W": 0.97, "B": 0.03}),
            "08.11.60": self._postcodes(home, address, ~emigrated),
            "08.11.80": _number_text(
                np.where(emigrated, 0, self.municipality_numbers[home] * 10**12 + 10**10 + address + 1), 16
            ),
            "08.13.10": self.country_texts.gather(
                np.where(emigrated, self._abroad(rng, nationality), len(code.countries))
            ),
            "08.13.20": _date_series(_dates(suspended_on, where=emigrated)),
            "08.14.10": self.country_texts.gather(np.where(native, len(code.countries), origin)),
            "08.14.20": _date_series(settled_places),
            "08.72.10": _chosen_text(rng, count, {"I": 0.7, "K": 0.09, "A": 0.14, "T": 0.05, "W": 0.02}),
            "08.83.10": _chosen_text(rng, count, {"089999": 0.01, None: 0.99}),
            "08.84.10": pl.Series([None, "O"], dtype=pl.String).gather(incorrect.astype(np.int64)),
        }
        return pl.DataFrame(columns).select(_BRP)

    def _abroad(self, rng: np.random.Generator, nationality: Ints) -> Ints:
        """The country a person comes from or left for: the own one, for the Dutch any other."""
        other = _choose(rng, len(nationality), self.code.nationality_weight)
        return self.code.country_of[np.where(nationality == _DUTCH, other, nationality)]

    def _nationality_columns(
        self, rng: np.random.Generator, nationality: Ints, birth: Ints, since: Ints, last: int
    ) -> dict[str, pl.Series]:
        """Category 04, packed: several at a time, ended, treated as Dutch (B), established non-Dutch (V)."""
        count, code = len(nationality), self.code
        dutch = nationality == _DUTCH
        roll = rng.random(count)
        second = np.where(dutch, _choose(rng, count, code.nationality_weight), code.nationality("0036"))
        two = np.where(dutch, roll < 0.25, (nationality == code.nationality("0074")) & (roll < 0.02))
        ended = ~two & (roll >= 0.25) & (roll < 0.26)
        alone = ~two & ~ended
        treated = alone & dutch & (roll > 0.99)
        established = alone & (code.group_of[nationality] == _OUTSIDE_EU) & (roll > 0.995)
        shown = np.where(treated | established, len(code.nationalities), nationality)
        later = since + (rng.random(count) * (last - since)).astype(np.int64)
        begin = np.where(two & dutch, later, birth)
        parts = pl.DataFrame(
            {
                "first": self.nationality_texts.gather(shown),
                "second": self.nationality_texts.gather(np.where(two, second, len(code.nationalities))),
                "reason": pl.Series([None, "034"], dtype=pl.String).gather(ended.astype(np.int64)),
                "treated": pl.Series([None, "B", "V"], dtype=pl.String).gather(treated + 2 * established),
                "begin": _date_series(_dates(begin)),
                "then": _date_series(_dates(np.where(ended, later, birth), where=two | ended)),
                "packed": two | ended,
            }
        )
        pairs = {
            "04.05.10": ("first", "second"),
            "04.64.10": (None, "reason"),
            "04.65.10": ("treated", None),
            "04.85.10": ("begin", "then"),
        }
        selected = []
        for rubric, (left, right) in pairs.items():
            head = pl.col(left) if left else pl.lit(None, dtype=pl.String)
            tail = pl.col(right).fill_null("") if right else pl.lit("")
            packed = pl.concat_str(head.fill_null(""), pl.lit(";"), tail)
            selected.append(pl.when("packed").then(packed).otherwise(head).alias(rubric))
        return parts.select(selected).to_dict()

    def _postcodes(self, municipality: Ints, address: Ints, where: Bools) -> pl.Series:
        block = address // 15
        figures = 1011 + municipality * 26 + block % 20
        figure_texts = pl.Series([*(f"{n}" for n in range(1000, 10_000)), None], dtype=pl.String)
        letters = pl.Series(self.letters).gather((block * 7 + municipality * 31) % len(self.letters))
        return figure_texts.gather(np.where(where, figures - 1000, 9000)) + letters

    # non-residents

    def write_non_residents(self, file: Path) -> Path:
        rng = self._rng(3)
        slots = np.full(self.non_residents, -1, dtype=np.int64)
        slots[rng.choice(self.non_residents, len(self.both), replace=False)] = np.arange(len(self.both))
        broken = _broken(rng, np.flatnonzero(slots < 0), self.non_residents)
        with file.open("wb") as handle:
            handle.write((",".join(_RNI) + "\n").encode())
            for number, start, stop in self._chunks(self.non_residents):
                flaws = _within(broken, start, stop)
                frame = self._non_residents(self._rng(4, number), slots[start:stop], start, flaws)
                _append(handle, frame, flaws["columns"])
        return file

    def _non_residents(
        self, rng: np.random.Generator, slots: Ints, start: int, flaws: dict[Flaw, Ints]
    ) -> pl.DataFrame:
        count, code = len(slots), self.code
        both = slots >= 0

        def some(share: float) -> Bools:
            return rng.random(count) < share

        rank = self.persons + self.newcomers + start
        bsn, a_number = _bsns().take(rank, count), _a_numbers().take(rank, count)
        bsn[_none_of(flaws["bsn"], some(0.002))] = 0
        emigrated = some(0.15) & ~both
        dutch = np.where(emigrated, some(0.3), some(0.02))
        nationality = np.where(dutch, _DUTCH, _choose(rng, count, code.nationality_weight))
        age = (18 + rng.gamma(2.2, 8.0, count)).clip(0, 90)
        start_of_rni, today = _day(2015), _TODAY
        first = start_of_rni + (np.sqrt(rng.random(count)) * (today - start_of_rni)).astype(np.int64)
        birth = np.minimum((today - 2 - age * 365.25).astype(np.int64), first - 16 * 366)
        for mine, carried in (
            (bsn, self.carried.bsn),
            (a_number, self.carried.a_number),
            (birth, self.carried.birth),
            (nationality, self.carried.nationality),
            (first, self.carried.first),
        ):
            mine[both] = carried[slots[both]]
        left = np.where(emigrated, first + (rng.random(count) * (today - first)).astype(np.int64), first)

        # A temporary address is asked once, at registration, and is gone when the person becomes a resident.
        addressed = ~emigrated & ~both & (first >= _day(2022, 10, 24)) & some(0.45)
        addressed[flaws["municipality"]] = True
        staying = _choose(rng, count, code.work_weight)
        begin = np.minimum(first + rng.integers(0, 30, count), today - 1)
        ending = _choose(rng, count, [0.5, 0.3, 0.2])
        past = begin + (rng.random(count) * (today - begin)).astype(np.int64)
        end = np.where(ending == 1, past, today + rng.integers(1, 120, count))
        able = ~emigrated & ~both & (nationality != _DUTCH) & (today - birth < 67 * 365) & (bsn > 0)
        works = able & some(0.8)
        place = np.where(addressed, staying, _choose(rng, count, code.work_weight))
        self._count(self.workers[0], place, nationality, works)

        _break_numbers(bsn, a_number, flaws)
        first_places = _dates(first)
        first_places[flaws["date"]] = _IMPOSSIBLE
        staying_shown = np.where(addressed, staying, self.size + 1)
        staying_shown[flaws["municipality"]] = self.size
        address = (rng.random(count) * 400).astype(np.int64)
        updated = first + (rng.random(count) * (today - first)).astype(np.int64)
        columns = {
            "01.01.10": pl.Series(a_number).cast(pl.String),
            "01.01.20": _number_text(bsn),
            "01.03.10": _date_series(_dates(birth, unknown=_unknown_parts(rng, count, (0.005, 0.01, 0.005)))),
            "01.03.30": self.country_texts.gather(code.country_of[nationality]),
            **self._nationality_columns(rng, nationality, birth, first, today),
            "07.67.10": _date_series(_dates(left)),
            "07.67.20": pl.Series(["R", "E"]).gather(emigrated.astype(np.int64)),
            "07.68.10": _date_series(first_places),
            "07.71.10": _date_series(_dates(updated, where=some(0.6))),
            "08.09.10": pl.Series(["1999"]).gather(np.zeros(count, dtype=np.int64)),
            "08.13.10": self.country_texts.gather(self._abroad(rng, nationality)),
            "08.13.20": _date_series(_dates(left, unknown=_unknown_parts(rng, count, (0.02, 0.01, 0.005)))),
            "16.09.10": self.municipality_texts.gather(staying_shown),
            "16.11.60": self._postcodes(staying, address, addressed),
            "16.18.10": _date_series(_dates(end, where=addressed & (ending > 0))),
            "16.19.10": pl.Series([None, "T"], dtype=pl.String).gather(addressed.astype(np.int64)),
            "16.85.10": _date_series(_dates(begin, where=addressed)),
        }
        return pl.DataFrame(columns).select(_RNI)

    # the monitor

    def _count(self, into: Ints, place: Ints, nationality: Ints, works: Bools) -> None:
        cells = place[works] * 3 + self.code.group_of[nationality[works]]
        into += np.bincount(cells, minlength=self.size * 3).reshape(self.size, 3)

    def _count_residents(self, rng: np.random.Generator, home: Ints, nationality: Ints, able: Bools) -> None:
        count = len(home)
        works = able & (rng.random(count) < 0.7)
        elsewhere = _choose(rng, count, self.code.work_weight)
        place = np.where(rng.random(count) < 0.45, home, elsewhere)
        self._count(self.workers[1], place, nationality, works)
        self._count(self.workers_at_home, home, nationality, works)

    def _count_nationalities(self, home: Ints, nationality: Ints, resident: Bools) -> None:
        cells = home[resident] * len(self.code.nationalities) + nationality[resident]
        self.residents += np.bincount(cells, minlength=self.residents.size).reshape(self.residents.shape)

    # StatLine

    def write_residents_table(self, folder: Path) -> list[Path]:
        """Residents by nationality on the date of the extract of the country, as a table of StatLine."""
        counts = {
            code: dict(zip(self.code.nationalities, row, strict=True))
            for code, row in zip(self.code.municipalities, self.residents.tolist(), strict=True)
        }
        return statline.write_residents(folder, counts, nationality_words(), REFERENCE_DATE.year)

    def write_inhabitants_table(self, folder: Path) -> list[Path]:
        """Inhabitants and an invented density of each municipality, as a table of StatLine."""
        rng = self._rng(30)
        inhabitants = _inhabitants()
        invented = {code: round(number * rng.uniform(0.9, 1.1)) for code, number in inhabitants.items()}
        density = {code: round(20 + number**0.65 * rng.uniform(0.3, 3)) for code, number in invented.items()}
        return statline.write_inhabitants(folder, invented, density, REFERENCE_DATE.year)

    def write_monitor(self, file: Path) -> Path:
        """The workbook in the geometry of a CBS ordered table set; every cell is rounded on its own."""
        rng = self._rng(5)
        by_work, registered, at_home = (
            np.concatenate([counts.sum(axis=0, keepdims=True), counts])
            for counts in (self.workers.sum(axis=0), self.workers[1], self.workers_at_home)
        )
        blocks = []
        for whole, part in [
            (by_work.sum(axis=1), registered.sum(axis=1)),
            *((by_work[:, group], registered[:, group]) for group in range(3)),
        ]:
            blocks += [whole, part, whole - part]
        work_cells = _cells(rng, np.stack(blocks, axis=1), unknown=6)
        home_cells = _cells(rng, _with_total(at_home), unknown=3)
        names = ["Nederland", *self.code.names]

        book = _new_book(file, "Editie 2025-synthetisch, voorlopige cijfers")
        bold, middle = book.add_format({"bold": True}), book.add_format({"bold": True, "align": "center"})
        _write_lines(
            book.add_worksheet("Toelichting"),
            [
                "Synthetisch: alle cijfers zijn geteld uit een verzonnen bevolking.",
                "Verklaring van tekens",
                "x = geheim",
                ". = onbekend",
                "- = nihil",
                "* = voorlopige cijfers",
                "Alle cijfers zijn los van elkaar afgerond op tientallen; een totaal kan daardoor afwijken.",
                "Ingeschreven = ingezetene in de BRP, ergens in Nederland.",
                "Niet ingeschreven = werkt in Nederland en is geen ingezetene.",
            ],
        )

        sheet = book.add_worksheet("Tabel 1")
        title = "Tabel 1 Werkzame personen naar werkgemeente, herkomst en inschrijving, 31 december 2025*"
        sheet.write_string(0, 0, title, bold)
        sheet.write_string(3, 0, "Code", bold)
        sheet.write_string(3, 1, "Gemeente", bold)
        columns = [2 + 4 * group + part for group in range(4) for part in range(3)]
        for group, text in enumerate(("Totaal", *_GROUPS)):
            sheet.merge_range(2, 2 + 4 * group, 2, 4 + 4 * group, text, middle)
        for column, text in zip(columns, ("Totaal", "Ingeschreven", "Niet ingeschreven") * 4, strict=True):
            sheet.write_string(3, column, text, bold)
        sheet.merge_range(4, columns[0], 4, columns[-1], "aantal", middle)
        codes: list[str | int] = [f"GM{code}" for code in self.code.municipalities]
        _write_table(sheet, 5, ["", *codes], names, columns, work_cells, _PROVISIONAL)

        title = "Werkzame ingezetenen naar woongemeente en herkomst, 31 december 2025*"
        _write_groups(book, 2, title, self.code.municipalities, names, home_cells, _PROVISIONAL)
        book.close()
        return file

    def write_earlier_monitor(self, file: Path, year: int) -> Path:
        """The workbook of an earlier year, on the borders of its last day: a part of the same workers."""
        rng, day = self._rng(40, year), f"{year}-12-31"
        people = dict(sorted(_inhabitants(day).items()))
        names = dict(_seed("municipality")[:, :2].iter_rows())
        now = np.array([self.code.municipalities.index(next(iter(_on_borders({code: 1}, day)))) for code in people])
        here = np.array(list(people.values()))
        share = _EARLIER[year] * here / np.bincount(now, here)[now]
        book = _new_book(file, f"Editie {year}-synthetisch, definitieve cijfers")
        for number, title, counts in (
            (1, "Werkzame personen naar werkgemeente", self.workers.sum(axis=0)),
            (2, "Werkzame ingezetenen naar woongemeente", self.workers_at_home),
        ):
            then = rng.binomial(counts[now], share[:, None])
            cells = _cells(rng, _with_total(np.concatenate([then.sum(axis=0, keepdims=True), then])), unknown=3)
            title = f"{title} en herkomst, 31 december {year}"
            _write_groups(book, number, title, list(people), ["Nederland", *(names[code] for code in people)], cells)
        book.close()
        return file

    # inspections

    def write_inspections(self, file: Path) -> Path:
        """A register of cases in words and woonplaatsen; its size does not follow that of the population."""
        rng = self._rng(6)
        rows, names = 400, self.code.names
        sectors = self._rng(8).choice(["uitzendbureaus", "bouw", "horeca", "land- en tuinbouw", ""], rows)
        share = self.code.work_weight / self.code.work_weight.sum()
        villages = ["Hoofddorp", "Nieuw-Vennep", "Den Haag", "Naaldwijk", "Hoek van Holland"]

        def place() -> str:
            roll = rng.random()
            if roll < 0.02:
                return "Onbekend dorp"
            return str(rng.choice(villages)) if roll < 0.25 else names[int(rng.choice(self.size, p=share))]

        header = (
            "zaaknummer;bedrijf;vestigingsplaats;controleplaats;startdatum;wet;uitkomst;besluitdatum;bezwaar;"
            "aantal_boetes;boetebedrag;sector;synthetisch"
        )
        lines = [header]
        for number in range(1, rows + 1):
            started = date(2023, 1, 2) + timedelta(days=int(rng.integers(0, 900)))
            decided = started + timedelta(days=int(rng.integers(20, 180)))
            law = str(rng.choice(["Wav", "WML", "Waadi"], p=[0.5, 0.35, 0.15]))
            outcome = str(rng.choice(["geen overtreding", "boete", "stillegging"], p=[0.6, 0.36, 0.04]))
            fines = int(rng.integers(1, 6)) if outcome == "boete" else 0
            amount = fines * int(rng.integers(4, 33)) * 250
            appeal = "geen"
            if outcome != "geen overtreding":
                appeal = str(rng.choice(["geen", "lopend", "afgehandeld"], p=[0.7, 0.15, 0.15]))
            company = int(rng.integers(1, 240))
            begin = started.isoformat()
            if number == 123:
                begin = "31-02-2024"
            if number == 321:
                law = "Onbekend"
            year = 2024 if number == 123 else started.year
            case = [f"SYN-{year}-{number:05}", f"Synthetisch bedrijf {company}", place(), place(), begin, law]
            result = [outcome, decided.isoformat(), appeal, str(fines), str(amount), str(sectors[number - 1]), "ja"]
            lines.append(";".join([*case, *result]))
        file.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
        return file


def _number_text(numbers: Ints, width: int = 9) -> pl.Series:
    """Numbers as text with their leading zeros; 0 is absent."""
    text = pl.Series("n", numbers)
    return pl.select(pl.when(text > 0).then(text.cast(pl.String).str.zfill(width))).to_series()


def _with_total(counts: Ints) -> Ints:
    """A column before the others that is their sum."""
    return np.column_stack([counts.sum(axis=1), counts])


def _cells(rng: np.random.Generator, counts: Ints, unknown: int) -> list[list[int | str]]:
    """Counts as published: nearest ten, 1 to 4 secret, none nil; a few of municipalities are unknown."""
    rounded: list[list[int | str]] = [
        ["-" if n == 0 else "x" if n < 5 else (n + 5) // 10 * 10 for n in row] for row in counts.tolist()
    ]
    rows, columns = counts.shape
    for place in rng.choice((rows - 1) * columns, unknown, replace=False).tolist():
        rounded[1 + place // columns][place % columns] = "."
    return rounded


def _new_book(file: Path, edition: str) -> Any:
    """A workbook with the cover of an edition."""
    book = xlsxwriter.Workbook(str(file), {"in_memory": True})
    created = datetime(REFERENCE_DATE.year, REFERENCE_DATE.month, REFERENCE_DATE.day, tzinfo=UTC)
    book.set_properties({"title": "Migrantenmonitor, synthetisch", "author": "zicht sample", "created": created})
    _write_lines(
        book.add_worksheet("Voorblad"),
        ["Migrantenmonitor, SYNTHETISCH VOORBEELD", edition, "Geen echte cijfers: gemaakt met zicht sample"],
    )
    return book


def _write_groups(
    book: Any,
    number: int,
    title: str,
    codes: Sequence[str],
    names: Sequence[str],
    cells: Sequence[Sequence[int | str]],
    *footer: str,
) -> None:
    """A table of everybody and each group, with the nation first."""
    bold, middle = book.add_format({"bold": True}), book.add_format({"bold": True, "align": "center"})
    sheet = book.add_worksheet(f"Tabel {number}")
    sheet.write_string(0, 0, f"Tabel {number} {title}", bold)
    for column, text in enumerate(("Code", "Gemeente", "Totaal", *_GROUPS)):
        sheet.write_string(2, column, text, bold)
    sheet.merge_range(3, 2, 3, 5, "aantal", middle)
    _write_table(sheet, 4, ["", *map(int, codes)], names, [2, 3, 4, 5], cells, *footer)


def _write_lines(sheet: Any, lines: Sequence[str]) -> None:
    for row, line in enumerate(lines):
        sheet.write_string(row, 0, line)


def _write_table(
    sheet: Any,
    top: int,
    codes: Sequence[str | int],
    names: Sequence[str],
    columns: Sequence[int],
    cells: Sequence[Sequence[int | str]],
    *footer: str,
) -> None:
    def put(row: int, column: int, value: int | str) -> None:
        write: Callable[..., Any] = sheet.write_string if isinstance(value, str) else sheet.write_number
        write(row, column, value)

    for row, (code, name, values) in enumerate(zip(codes, names, cells, strict=True), start=top):
        if code != "":
            put(row, 0, code)
        put(row, 1, name)
        for column, value in zip(columns, values, strict=True):
            put(row, column, value)
    for row, line in enumerate((_SIGNS, *footer, _SOURCE), start=top + len(codes)):
        put(row, 0, line)
