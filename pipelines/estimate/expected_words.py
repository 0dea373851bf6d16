"""What is said of a nowcast, in Dutch and in English: what it assumes, how far it was off, or why there is none.

Belongs here: sentences. Does not belong here: what decides between them (``expected``, ``nowcast``).
"""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Any

from pipelines.estimate.nowcast.backtest import ORIGINS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipelines.estimate.nowcast.backtest import Score

Words = tuple[str, str]
"""Dutch, English."""

_ASSUMPTION: Mapping[str, Words] = {
    "nowcast_denton": (
        "dat het landelijke aantal even snel verandert als de reeks {series}",
        "that the national figure changes as fast as the series {series}",
    ),
    "nowcast_chow_lin": (
        "dat het landelijke aantal met de reeks {series} blijft samenhangen als in eerdere jaren",
        "that the national figure goes on to follow the series {series} as in earlier years",
    ),
}
_SIZE: Mapping[str, Words] = {
    "under_100": ("met minder dan 100 personen", "of fewer than 100 persons"),
    "from_100": ("met 100 tot 1.000 personen", "of 100 to 1,000 persons"),
    "from_1000": ("met 1.000 personen of meer", "of 1,000 persons or more"),
}
_REASON: Mapping[str, Words] = {
    "no_national_figure": (
        "van {year} is er geen landelijk cijfer, en wat gemeenten samen tellen is dat niet",
        "of {year} there is no national figure, and what municipalities count together is none",
    ),
    "contradiction": (
        "in {year} tellen de gemeenten samen meer personen dan het land",
        "in {year} municipalities count more persons together than the nation",
    ),
    "no_series": (
        "er is geen landelijke reeks per maand of kwartaal om op te varen: geen is aangewezen, of zij kwam niet binnen",
        "there is no national series by month or quarter to go by: none is declared, or it did not arrive",
    ),
    "series_too_short": (
        "de reeks {series} heeft niet alle kwartalen van {year}",
        "the series {series} has not all quarters of {year}",
    ),
    "last_figure_unknown": (
        "het cijfer van {last} is onderdrukt, te ruim begrensd of nul",
        "the figure of {last} is suppressed, too widely bounded or nought",
    ),
    "synthetic": ("de cijfers zijn verzonnen", "the figures are made up"),
    "too_few_origins": (
        "{known} jaren op rij zijn bekend; ten minste {needed} zijn nodig, en {origins} waarin de methode iets geeft",
        "{known} years in a row are known; at least {needed} are needed, and {origins} in which the method gives any",
    ),
    "too_few_errors": (
        "er zijn te weinig eerdere cijfers om grenzen uit af te leiden",
        "there are too few earlier figures to derive bounds from",
    ),
    "no_better_than_carry_forward": (
        "in eerdere jaren was de verwachting niet beter dan het laatste bekende cijfer",
        "in earlier years the nowcast was no better than the last known figure",
    ),
    "not_identifiable": (
        "de jaren zijn te weinig, of lijken te veel op elkaar, om te leren hoe zij de reeks {series} volgen",
        "years are too few, or too much alike, to learn how they follow the series {series}",
    ),
    "no_maximum": (
        "hoe de jaren de reeks {series} volgen is niet van toeval te onderscheiden",
        "how years follow the series {series} cannot be told from chance",
    ),
    "negative": (
        "de reeks {series} zou een aantal van nul of minder geven",
        "the series {series} would give a number of nought or less",
    ),
}


def of_figure(method: str, series: Words, score: Score) -> Words:
    """What a nowcast assumes, and how far it was off in the past."""
    nl, en = (text.format(series=title) for text, title in zip(_ASSUMPTION[method], series, strict=True))
    size_nl, size_en = _SIZE[score.size_class]
    error, carried = (f"{max(ceil(100 * part), 1)}%" for part in (score.error, score.error_carried))
    level = f"{score.level:.0%}"
    said_nl = (
        f"Verwacht aantal; er is nog geen cijfer. Aangenomen is {nl}, en dat het aandeel van de gemeente verandert als"
        " in eerdere jaren; een bedrijf dat sindsdien kwam of ging telt niet mee."
        f" Beproefd in {score.origins} eerdere jaren: van de gemeenten {size_nl} was de helft van de verwachtingen er"
        f" minder dan {error} naast (van de laatste bekende cijfers: {carried})."
        f" De grenzen omvatten de middelste {level} van die fouten"
    )
    said_en = (
        f"Expected number; there is no figure yet. It assumes {en}, and that the share of the municipality changes as"
        " in earlier years; a company that came or went since is not seen."
        f" Tried in {score.origins} earlier years: of municipalities {size_en} half of the nowcasts were off by less"
        f" than {error} (of the last known figures: {carried})."
        f" The bounds hold the middle {level} of these errors"
    )
    return said_nl, said_en


def of_past(low: float, high: float) -> Words:
    """By how many persons a nowcast was above the figure that came, which may be an interval.

    >>> of_past(-30, -20)[1].rsplit(": ")[-1]
    'too low by 20 to 30 persons'
    """
    least, most = sorted((abs(low), abs(high)))
    if most == 0:
        nl, en = "juist", "right"
    elif low < 0 < high:
        nl, en = f"er hoogstens {_number(most)[0]} personen naast", f"off by at most {_number(most)[1]} persons"
    else:
        nl, en = _number(most)
        if least < most:
            nl, en = f"{_number(least)[0]} tot {nl}", f"{_number(least)[1]} to {en}"
        nl = f"{nl} personen te {'hoog' if high > 0 else 'laag'}"
        en = f"too {'high' if high > 0 else 'low'} by {en} persons"
    return (
        f"Het cijfer is er. Herberekend met de cijfers zoals ze nu zijn, was de verwachting een jaar eerder: {nl}",
        f"The figure has come. Computed again with the figures as they are now, the nowcast a year before was: {en}",
    )


def of_refusal(year: int, reasons: Mapping[str, int], of: int, told: Mapping[str, Any]) -> Words:
    """Why there is no nowcast of a year: each reason with for how many municipalities it holds, ``of`` so many.

    Args:
        year: that was asked.
        reasons: how many municipalities each withholds, in the order in which they are told.
        of: how many municipalities there are.
        told: what the reasons speak of: year, series (both languages), last, known, needed.
    """
    withheld = sum(reasons.values())
    said = []
    for language, (start, some) in enumerate(
        (("Geen verwachting voor 31 december", "van {} van de {} gemeenten"),
         ("No nowcast for 31 December", "of {} of the {} municipalities"))
    ):  # fmt: skip
        speaks = {name: one[language] if isinstance(one, tuple) else one for name, one in told.items()}
        texts = [
            _REASON[reason][language].format(**speaks, origins=ORIGINS)
            + (f" ({_number(count)[language]})" if len(reasons) > 1 else "")
            for reason, count in reasons.items()
        ]
        which = "" if withheld == of else " " + some.format(_number(withheld)[language], _number(of)[language])
        said.append(f"{start} {year}{which}: {'; '.join(texts)}")
    nl, en = said
    return nl, en


def _number(number: float) -> Words:
    text = f"{number:,.0f}"
    return text.replace(",", "."), text
