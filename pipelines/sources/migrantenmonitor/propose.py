"""Proposes a profile for a workbook that no profile knows, and says what it could not place.

Belongs here: guesses from places and from Dutch words. What is not certain is left open, which keeps the profile from
being used until a person has decided. Does not belong here: reading figures (``reader``).
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

import yaml

from pipelines.areas.names import municipalities_named
from pipelines.landing.deliveries import RefusedError
from pipelines.sources.migrantenmonitor.profile import INHERITED, OPEN, left_open
from pipelines.sources.migrantenmonitor.reader import CODE, heads, number_in, unmarked
from pipelines.sources.observations import rounding_base
from pipelines.sources.workbooks import column_letters, grids

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipelines.sources.migrantenmonitor.reader import Head
    from pipelines.sources.workbooks import Grid

Facts = dict[str, Any]

_MONTHS = (
    "januari", "februari", "maart", "april", "mei", "juni",
    "juli", "augustus", "september", "oktober", "november", "december",
)  # fmt: skip
_PERIOD = re.compile(rf"(?:(?:\b([1-9]|[12]\d|3[01]) )?\b({'|'.join(_MONTHS)}) )?\b(20[0-4]\d)\b", re.IGNORECASE)
_UNIT = re.compile(r"\(?(?:\b(aantal|personen|abs\.?|absoluut)|\b(?:x ?)?(1[ .]?000)\b|(%|procent))\)?", re.IGNORECASE)
_EDITION = re.compile(r"editie|versie|20\d\d", re.IGNORECASE)
_TABLE = re.compile(r"\b(\d+[a-z]?)\b")
_LEGEND = re.compile(r"(?:^|;)\s*(x|\.|-|blanco)\s*[=:]\s*([^;]+)")
_USUAL = {"x": "suppressed", "-": "nil"}
_MEANINGS = {"geheim": "suppressed", "nihil": "nil", "onbekend": "missing"}
_NATION = re.compile(r"(?:totaal )?nederland(?: totaal)?", re.IGNORECASE)
_HEADER_LEVELS = 4


def _word(pattern: str) -> re.Pattern[str]:
    return re.compile(f"(?:waarvan )?(?:{pattern})", re.IGNORECASE)


_WORDS: tuple[tuple[re.Pattern[str], Facts], ...] = (
    (_word(r"totaal|werkzame personen|werkenden"), {}),
    (_word(r"niet[ -]?ingeschreven(?:en)?"), {"home_area": "not_resident"}),
    (_word(r"(?:wel )?ingeschreven(?:en)?"), {"home_area": "resident"}),
    (_word(r"werknemers"), {"employment": "employee"}),
    (_word(r"zelfstandigen"), {"employment": "self_employed"}),
    (_word(r"moe(?:-?landen)?(?: \(.*\))?"), {"origin_group": "moe"}),
    (_word(r"overige? eu(?:-?landen)?(?: \(.*\))?"), {"origin_group": "other_eu"}),
    (_word(r"buiten (?:de )?eu"), {"origin_group": "outside_eu"}),
    (_word(r"eu(?:-?27|-?landen)?(?: \(.*\))?"), {"origin_group": "eu"}),
    (_word(r"efta(?:-?landen)?"), {"origin_group": "efta"}),
    (_word(r"kandidaat-?(?:lidstaten|landen)"), {"origin_group": "candidate"}),
    (_word(r"oekra[iï]ne"), {"origin_group": "ukraine"}),
    (_word(r"derde ?landen"), {"origin_group": "third_country"}),
)
_TITLES: tuple[tuple[str, Facts], ...] = (
    (
        r"werk(?:gemeente|regio|gebied)",
        {"measure": "workers", "universe": "monitor_workers_work_area", "workplace_basis": OPEN},
    ),
    (
        r"woon(?:gemeente|regio|gebied)",
        {"measure": "residents", "universe": "monitor_workers_home_area", "home_area": "here"},
    ),
    (r"", {"measure": OPEN, "universe": OPEN}),
)


class _Plain(yaml.SafeDumper):
    """Writes what two places share twice: a person edits each."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - the name is PyYAML's
        return True


@dataclass
class Proposal:
    """A profile as its YAML would hold it, and what was left to a person, each in one sentence."""

    profile: Facts
    unplaced: list[str]

    def as_yaml(self) -> str:
        """The profile's file, with the report as comments on top."""
        todo = "".join(f"# - {line}\n" for line in self.unplaced)
        body = yaml.dump(
            self.profile, Dumper=_Plain, sort_keys=False, allow_unicode=True, default_flow_style=None, width=118
        )
        return f'# Proposed by `zicht profile`. Decide what is "{OPEN}", and check the rest:\n{todo}{body}'


def propose(name: str, content: bytes) -> Proposal:
    """A profile for the workbook ``content``; ``name`` is that of its file.

    Raises:
        RefusedError: it is no workbook, or no sheet has rows of areas with figures.
    """
    book = grids(name, content)
    unplaced: list[str] = []
    legend = _legend(book)
    sheets = []
    for title, grid in book.items():
        guess = _Guess(title, grid, legend)
        if guess.areas:
            sheets.append(guess.sheet())
            unplaced += [f"{title}: {line}" for line in guess.unplaced]
        else:
            unplaced.append(f"{title}: no rows of areas, left out")
    if not sheets:
        raise RefusedError(name, "no sheet has rows of municipalities with figures", "Is it the Migrantenmonitor?")
    profile: Facts = {"layout": OPEN, "title_en": OPEN, "title_nl": OPEN, "verified": False}
    profile |= {"edition": OPEN, "version": OPEN, "recognise": [_recognised_by(book)]}
    profile |= _hoisted(sheets) | {"sheets": sheets}
    unplaced.append(f"left open: {', '.join(left_open(profile))}")
    return Proposal(profile, unplaced)


@dataclass
class _Guess:
    """What can be told of a sheet from its cells."""

    title: str
    grid: Grid
    legend: dict[str, str]
    unplaced: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        year = next((match for row in self.grid.texts for text in row if (match := _PERIOD.search(text or ""))), None)
        self.on = date(int(year[3]), 12, 31) if year else None
        cells = [(row, number) for row in range(self.grid.height) for number in range(self.grid.width)]
        named = [place for place in cells if municipalities_named(self._word(*place), self.on)]
        coded = [place for place in cells if re.fullmatch(r"GM\d{4}", self._word(*place))]
        self.name_column = _commonest(named)
        self.code_column = self._code_column() if named else _commonest(coded)
        heads = [number for number in (self.code_column, self.name_column) if number is not None]
        known = {row for row, number in named + coded if number in heads}
        nation = {row for row in range(self.grid.height) if _NATION.fullmatch(self._name(row))}
        beside = [number for number in range(self.grid.width) if number not in heads]
        self.areas = sorted(
            row for row in known | nation if any(number_in(self.grid, row, number) is not None for number in beside)
        )
        self.nations = [row for row in self.areas if row in nation]
        self.numbers = [number for number in beside if any(self.grid.word(row, number) for row in self.areas)]

    def _word(self, row: int, number: int) -> str:
        return unmarked(self.grid.word(row, number))[0]

    def _name(self, row: int) -> str:
        return "" if self.name_column is None else self._word(row, self.name_column)

    def _code_column(self) -> int | None:
        """The column whose codes are those that the names beside them have."""
        fits = Counter(
            number
            for row in range(self.grid.height)
            for number in range(self.grid.width)
            if (match := CODE.fullmatch(self.grid.word(row, number)))
            and match[1].zfill(4) in municipalities_named(self._name(row), self.on)
        )
        return fits.most_common(1)[0][0] if fits else None

    def sheet(self) -> Facts:
        """The sheet's entry in the profile; each column says everything, which ``_hoisted`` moves up."""
        header, unit_row = self._header_rows()
        table = _TABLE.search(self.title)
        head: Facts = {
            "sheet": self.title,
            "table_id": table[1] if table else self._open("the number of the table"),
            "header_rows": header,
            "unit_row": unit_row,
            "first_row": self.areas[0] + 1,
            "code_column": None if self.code_column is None else column_letters(self.code_column),
            "name_column": None if self.name_column is None else column_letters(self.name_column),
            "national_name": self._name(self.nations[0]) if self.nations else None,
        }
        if not self.nations:
            self.unplaced.append("no row of the Netherlands found")
        for row in range(self.areas[0], self.areas[-1] + 1):
            if row not in self.areas and any(number_in(self.grid, row, number) is not None for number in self.numbers):
                self.unplaced.append(f"row {row + 1} has figures of no area that is known: {self._name(row)!r}")
        return {name: fact for name, fact in head.items() if fact is not None} | {
            "columns": self._columns(header, unit_row)
        }

    def _open(self, what: str) -> str:
        self.unplaced.append(f"{what} is not certain")
        return OPEN

    def _header_rows(self) -> tuple[list[int], int | None]:
        """Rows with words above the figures, and the one among them that holds units alone."""
        rows, unit_row = [], None
        for row in range(self.areas[0]):
            words = [word for number in self.numbers if (word := self._word(row, number))]
            if words and all(_UNIT.fullmatch(word) for word in words):
                unit_row = row + 1
            elif words:
                rows.append(row + 1)
        if not 0 < len(rows) <= _HEADER_LEVELS:
            self.unplaced.append(f"{len(rows)} rows of header: 1 to {_HEADER_LEVELS} were expected")
        return rows[-_HEADER_LEVELS:], unit_row

    def _columns(self, header: list[int], unit_row: int | None) -> list[Facts]:
        above = heads(self.grid, header, unit_row)
        top = header[0] - 1 if header else self.areas[0]
        title = " ".join(self.grid.word(row, number) for row in range(top) for number in range(self.grid.width))
        said = next(facts for pattern, facts in _TITLES if re.search(pattern, title, re.IGNORECASE))
        if OPEN in said.values():
            self.unplaced.append(f"{', '.join(name for name in said if said[name] == OPEN)}: the title does not say")
        columns: dict[int, Facts] = {}
        for number in self.numbers:
            if number not in above:
                self.unplaced.append(f"column {column_letters(number)} has figures and no header")
                continue
            head = above[number]
            columns[number] = {"header": head.words} | said | self._unit(number, head.unit, [*head.words, title])
            columns[number] |= self._period(title, head) | self._placed(number, head.words)
        self._add_bases(columns)
        symbols = self._symbols()
        return [facts | {"bound_kind": "rounding_assumed", "symbols": dict(symbols)} for facts in columns.values()]

    def _unit(self, number: int, unit: str, texts: list[str]) -> Facts:
        """The unit from its row or, where there is none, from the words and the title; decimals from the figures."""
        said = next((found for text in [unit, *texts] if (found := _UNIT.findall(text))), [])
        decimals = max((len(f"{value:.6f}".rstrip("0").partition(".")[2]) for value in self._values(number)), default=0)
        facts: Facts = {"unit_text": unit} if unit else {}
        if any(share for _, _, share in said):
            self.unplaced.append(f"column {column_letters(number)}: a share of what (measure, denominator)?")
            return facts | {"unit": "percent", "decimals": decimals, "measure": OPEN, "denominator": OPEN}
        if any(thousand for _, thousand, _ in said):
            facts |= {"factor": 1000, "decimals": decimals}
        jobs = re.search(r"\bbanen\b", " ".join(texts), re.IGNORECASE)
        return facts | {"unit": "jobs" if jobs else "persons" if said else self._open("the unit")}

    def _add_bases(self, columns: dict[int, Facts]) -> None:
        """The coarsest base that all counts of one factor allow."""
        counts = {number: facts for number, facts in columns.items() if facts["unit"] != "percent"}
        for factor in {facts.get("factor", 1) for facts in counts.values()}:
            alike = [number for number, facts in counts.items() if facts.get("factor", 1) == factor]
            base = rounding_base([round(value * factor, 6) for number in alike for value in self._values(number)])
            self.unplaced.append(f"the figures allow the rounding base {base}: compare it with the notes")
            for number in alike:
                columns[number]["rounding_base"] = base
        for number in columns.keys() - counts.keys():
            columns[number]["rounding_base"] = 1  # a share has decimals, and no base

    @staticmethod
    def _period(title: str, head: Head) -> Facts:
        found = _PERIOD.findall(" ".join(head.words)) or _PERIOD.findall(title)
        is_provisional = head.is_starred or "*" in title or "voorlopig" in title.lower()
        finality = {"finality": "provisional" if is_provisional else OPEN}
        if len(set(found)) != 1:
            return dict.fromkeys(("period_start", "period_end", "date_precision", "measured_as"), OPEN) | finality
        day, month, year = found[0]
        first, last = (_MONTHS.index(month.lower()) + 1,) * 2 if month else (1, 12)
        days = monthrange(int(year), last)[1]
        start = date(int(year), first, min(int(day or 1), days))
        period: Facts = {"period_start": start, "period_end": start if day else date(int(year), last, days)}
        period["date_precision"] = "day" if day else "month" if month else "year"
        return period | {"measured_as": "stock" if day else OPEN} | finality

    def _placed(self, number: int, levels: list[str]) -> Facts:
        """The dimensions that the words of a header name; a word that names none leaves one open."""
        facts: Facts = {}
        for word in levels:
            plain = _UNIT.sub("", word).strip()
            if not plain or _PERIOD.fullmatch(word):
                continue
            fitting = [said for pattern, said in _WORDS if pattern.fullmatch(word) or pattern.fullmatch(plain)]
            if fitting:
                facts |= fitting[0]
            else:
                facts["sector" if "origin_group" in facts else "origin_group"] = OPEN
                self.unplaced.append(f"column {column_letters(number)}: the word {word!r} could not be placed")
        return facts

    def _symbols(self) -> dict[str, str]:
        """What stands where figures do and is none; by the legend, or as CBS is used to."""
        found: dict[str, str] = {}
        for row in self.areas:
            for number in self.numbers:
                word = self._word(row, number)
                if word not in found and number_in(self.grid, row, number) is None:
                    found[word] = self.legend.get(word, OPEN)
                    if found[word] == OPEN:
                        self.unplaced.append(f"{column_letters(number)}{row + 1}: what does {word!r} stand for?")
        return found

    def _values(self, number: int) -> list[float]:
        found = (number_in(self.grid, row, number) for row in self.areas)
        return [round(value, 6) for value in found if value is not None]


def _commonest(places: Sequence[tuple[int, int]]) -> int | None:
    """The column in which most of the cells stand."""
    counted = Counter(number for _, number in places).most_common(1)
    return counted[0][0] if counted else None


def _legend(book: dict[str, Grid]) -> dict[str, str]:
    """What the workbook says of its symbols, on top of what CBS always means by them."""
    said = dict(_USUAL)
    for grid in book.values():
        for row in range(grid.height):
            for number in range(grid.width):
                for symbol, words in _LEGEND.findall(grid.word(row, number)):
                    meant = {meaning for word, meaning in _MEANINGS.items() if word in words}
                    said["" if symbol == "blanco" else symbol] = meant.pop() if len(meant) == 1 else OPEN
    return said


def _recognised_by(book: dict[str, Grid]) -> Facts:
    """The first cell that names an edition or a year in words."""
    for title, grid in book.items():
        for row in range(grid.height):
            for number in range(grid.width):
                word = grid.word(row, number)
                if _EDITION.search(word) and re.search("[a-z]", word):
                    return {"sheet": title, "cell": f"{column_letters(number)}{row + 1}", "contains": word}
    return {"sheet": OPEN, "cell": OPEN, "contains": OPEN}


def _hoisted(sheets: list[Facts]) -> Facts:
    """Moves up what most columns of a sheet say, and gives what most sheets then say."""
    for sheet in sheets:
        columns = sheet.pop("columns")
        sheet |= _commonly_said(columns) | {"columns": columns}
    return _commonly_said(sheets)


def _commonly_said(entries: list[Facts]) -> Facts:
    """Of what all entries say something of, the commonest; it is taken out of those that say it."""
    said: Facts = {}
    for name in [name for one in entries[:1] for name in one if name in INHERITED]:
        if not all(name in one for one in entries):
            continue
        facts = [one[name] for one in entries]
        said[name] = max(facts, key=facts.count)
        for one in entries:
            if one[name] == said[name]:
                del one[name]
    return said
