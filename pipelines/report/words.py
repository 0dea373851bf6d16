"""How a page writes figures: numbers, intervals, dates, and what is said where a figure is not there.

Belongs here: notation and the fixed words for statuses and estimates, in Dutch and English. Does not belong here:
sentences of one page (the module of that page).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

from babel.dates import format_date
from babel.numbers import format_decimal

if TYPE_CHECKING:
    from collections.abc import Mapping

Lang = Literal["nl", "en"]

_STATUS = {
    "suppressed": ("niet gepubliceerd: te klein of geheim", "not published: too small or confidential"),
    "missing": ("ontbreekt", "missing"),
    "not_applicable": ("niet van toepassing", "not applicable"),
}
_FINALITY = {"provisional": ("voorlopig", "provisional"), "estimated": ("geschat", "estimated")}
MARGIN = (
    "Afrondingsmarge: zegt niets over definitie of dekking.",
    "Rounding margin: says nothing about definition or coverage.",
)
"""What an interval means, wherever one is shown."""
METHODS = {
    "two_lists_lincoln_petersen": ("Twee lijsten (Lincoln-Petersen)", "Two lists (Lincoln–Petersen)"),
    "two_lists_chapman": ("Twee lijsten (Chapman)", "Two lists (Chapman)"),
    "two_lists_stratified": ("Twee lijsten, groepen opgeteld", "Two lists, groups added up"),
    "loglinear": ("Samenhangende lijsten (loglineair)", "Dependent lists (log-linear)"),
    "heterogeneity_chao": ("Moeilijk vindbaar, ten minste (Chao)", "Hard to find, at least (Chao)"),
    "heterogeneity_poisson": ("Moeilijk vindbaar (Poisson)", "Hard to find (Poisson)"),
    "heterogeneity_darroch": ("Moeilijk vindbaar (Darroch)", "Hard to find (Darroch)"),
    "average": ("Gemiddelde van alle modellen", "Average of all models"),
    "repeated_poisson": ("Hoe vaak gezien (Poisson)", "How often seen (Poisson)"),
    "repeated_zelterman": ("Hoe vaak gezien (Zelterman)", "How often seen (Zelterman)"),
    "repeated_chao": ("Hoe vaak gezien, ten minste (Chao)", "How often seen, at least (Chao)"),
    "nowcast_denton": ("In de loop van kwartaalcijfers (Denton)", "Following quarterly figures (Denton)"),
    "nowcast_chow_lin": ("Uit kwartaalcijfers (Chow-Lin)", "From quarterly figures (Chow–Lin)"),
}
"""Methods of an estimate, in the order in which they are told."""
LISTS = {
    "inspections": ("inspecties", "inspections"),
    "night_shelter": ("nachtopvang", "night shelter"),
    "information_point": ("informatiepunt", "information point"),
    "tourist_tax": ("toeristenbelasting", "tourist tax"),
    "police": ("politie", "police"),
    "uninsured_care": ("zorg aan onverzekerden", "care of the uninsured"),
    "care": ("zorg", "care"),
    "brp": ("BRP", "BRP"),
    "rni": ("RNI", "RNI"),
    "payroll": ("loonaangifte", "payroll"),
}
REFUSALS = {
    "needs_bsn": (
        "een van de lijsten kent alleen mensen met een burgerservicenummer",
        "one of the lists knows only people who have a citizen service number",
    ),
    "too_few_lists": ("te weinig lijsten", "too few lists"),
    "overlap_too_small": ("te weinig mensen meer dan eens gezien", "too few people seen more than once"),
    "not_identifiable": ("bij deze cijfers past veel even goed als weinig", "many fit these counts as well as few"),
    "no_maximum": ("deze cijfers begrenzen het aantal niet", "these counts do not bound the number"),
    "not_converged": ("de berekening kwam niet tot een uitkomst", "the computation came to no result"),
    "negative": ("de lijsten overlappen minder dan door toeval", "the lists overlap less than by chance"),
    "too_few_to_show": ("te weinig mensen om te laten zien", "too few people to be shown"),
}
"""Why there is no estimate of who is in no list."""
ASSUMPTIONS = {
    "odds_ratio": ("Als de lijsten samenhangen", "If the lists depend on each other"),
    "links_missed": ("Als dezelfde persoon niet altijd is herkend", "If the same person was not always recognised"),
    "model": ("Als andere lijsten samenhangen", "If other lists depend on each other"),
}
"""Assumptions that are varied, as what would be so if they failed."""
_DUTCH = {
    "newest snapshot": "jongste momentopname",
    "facts with citation; the documents are public": "feiten met bronvermelding; de stukken zijn openbaar",
    "facts with citation": "feiten met bronvermelding",
    "residents under integration duty with status": "statushouders die moeten inburgeren",
}
_PLACES = ((r"\bnot in this edition\b", "niet in deze editie"), (r"\bpersons\b", "personen in het register"),
           (r"!row (\d+)", ", rij \\1"), (r" and (\d+) more\b", " en nog \\1"))  # fmt: skip


@dataclass(frozen=True)
class Words:
    """A language as pages write it.

    >>> nl, en = Words("nl"), Words("en")
    >>> nl.number(12345), en.number(12345), nl.number(-3.25, 1)
    ('12.345', '12,345', '−3,2')
    >>> nl.day("2026-02-01"), en.day("2026-02-01")
    ('1 februari 2026', '1 February 2026')
    """

    lang: Lang

    def say(self, nl: str, en: str) -> str:
        """The one of two texts that is in this language."""
        return nl if self.lang == "nl" else en

    def number(self, value: float, digits: int = 0) -> str:
        """A number with its thousands apart and so many digits behind the comma; a true minus sign."""
        written = _decimal(abs(value), digits, self._locale)
        return f"−{written}" if value < 0 and written.strip("0.,") else written

    def day(self, written: str) -> str:
        """A date given as ISO text."""
        return _day(written[:10], self._locale)

    def moment(self, written: str) -> str:
        """A moment given as ISO text, UTC."""
        return f"{self.day(written)}, {datetime.fromisoformat(written):%H:%M} UTC"

    def period(self, start: str | None, end: str | None) -> str:
        """A period given as ISO text: its year or years, its day, or its first and last day; nothing of no period.

        >>> nl = Words("nl")
        >>> nl.period("2024-01-01", "2024-12-31"), nl.period("2019-01-01", "2024-12-31")
        ('2024', '2019–2024')
        """
        if not start or not end:
            return ""
        if (start[5:], end[5:]) == ("01-01", "12-31"):
            return start[:4] if start[:4] == end[:4] else f"{start[:4]}–{end[:4]}"
        return (
            self.day(end)
            if start == end
            else self.say("{} tot en met {}", "{} to {}").format(self.day(start), self.day(end))
        )

    def figure(self, row: Mapping[str, Any], name: str, *, digits: int = 0, unit: str = "") -> str:
        """A figure of a row: its value with its bounds, its bounds alone, or why there is none.

        Args:
            row: has ``<name>``, ``<name>_low``, ``<name>_high`` and ``availability``.
            name: of the figure.
            digits: behind the comma.
            unit: put behind it, such as ``%``.

        >>> row = {"x": 30, "x_low": 25, "x_high": 34, "availability": "available"}
        >>> Words("nl").figure(row, "x"), Words("en").figure(row | {"x": None}, "x")
        ('30 (25 tot 34)', 'between 25 and 34')
        >>> Words("nl").figure({"x": None, "x_low": 0, "x_high": 9, "availability": "suppressed"}, "x")
        'niet gepubliceerd: te klein of geheim (tussen 0 en 9)'
        >>> Words("nl").figure(row | {"x": 0.231, "x_low": 0.2166, "x_high": 0.2454}, "x", digits=1)
        '0,23 (0,22 tot 0,25)'
        """
        value, low, high = row[name], row[f"{name}_low"], row[f"{name}_high"]
        between = self._between(low, high, digits, unit)
        if value is None:
            status = self.status(row["availability"])
            return f"{status} ({between})" if status and between else status or between or self.say(*_STATUS["missing"])
        if low is None or high is None or low == high:
            return f"{self.number(value, digits)}{unit}"
        fine = _digits(low, high, digits)
        # Python rounds both 81.5 and 82.5 to 82.
        alike = round(low, digits) == round(high, digits) and high - low < 10**-digits
        if alike or not round(low, fine) <= round(value, digits) <= round(high, fine):
            digits = fine
        bounds = self.say("({} tot {})", "({} to {})").format(self.number(low, fine), self.number(high, fine))
        return f"{self.number(value, digits)}{unit} {bounds}"

    def told(self, text: str) -> str:
        """What a delivery or the release says in fixed English words, such as an edition or a licence.

        >>> Words("nl").told("newest snapshot"), Words("en").told("newest snapshot"), Words("nl").told("2025")
        ('jongste momentopname', 'newest snapshot', '2025')
        """
        return self.say(_DUTCH.get(text, text), text)

    def place(self, cell: str) -> str:
        """Where in deliveries a figure stands.

        >>> Words("nl").place("figures.csv!row 13"), Words("nl").place("Tabel 1!D9 and 8 more")
        ('figures.csv, rij 13', 'Tabel 1!D9 en nog 8')
        """
        for english, dutch in _PLACES if self.lang == "nl" else ():
            cell = re.sub(english, dutch, cell)
        return cell

    def status(self, availability: str) -> str:
        """Why a figure is not there; nothing where it is."""
        return self.say(*_STATUS.get(availability, ("", "")))

    def finality(self, finality: str) -> str:
        """That a figure is provisional or estimated; nothing where it is final."""
        return self.say(*_FINALITY.get(finality, ("", "")))

    def _between(self, low: float | None, high: float | None, digits: int, unit: str) -> str:
        if not low and high is None:  # "at least nought" says nothing
            return ""
        if high is None:
            return self.say("ten minste {}", "at least {}").format(f"{self.number(low or 0, digits)}{unit}")
        if low is None:
            return self.say("hoogstens {}", "at most {}").format(f"{self.number(high, digits)}{unit}")
        digits = _digits(low, high, digits)
        return self.say("tussen {} en {}", "between {} and {}").format(
            f"{self.number(low, digits)}{unit}", f"{self.number(high, digits)}{unit}"
        )

    @property
    def _locale(self) -> str:
        return "nl_NL" if self.lang == "nl" else "en_GB"


def _digits(low: float, high: float, digits: int) -> int:
    """As many more, at most three, as bounds need not to look alike; one more where that writes them in full."""
    for more in range(4):
        if low == high or round(low, digits + more) != round(high, digits + more):
            break
    cut = any(round(bound, digits) != bound for bound in (low, high))
    in_full = cut and all(round(bound, digits + 1) == bound for bound in (low, high))
    return digits + max(more, int(in_full))


# Pages write the same numbers and days over and over, and Babel reads its pattern anew each time.
@lru_cache(maxsize=100_000)
def _decimal(value: float, digits: int, locale: str) -> str:
    return format_decimal(value, format="#,##0" + ("." + "0" * digits if digits else ""), locale=locale)


@lru_cache(maxsize=10_000)
def _day(written: str, locale: str) -> str:
    return format_date(date.fromisoformat(written), format="d MMMM y", locale=locale)
