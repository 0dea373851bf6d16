"""Synthetic registers of two municipalities: indicators of two years, a commitment each, housing, and persons by lists.

Belongs here: what a policy officer could fill in, made up. Does not belong here: what it means (``sources``).
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from pipelines.sources.housing.reader import HOUSING
from pipelines.sources.indicators.reader import COMMITMENTS, INDICATORS
from pipelines.sources.lists.reader import COUNTS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    import numpy as np

    from pipelines.sources.templates import Template

_SAYS = "SYNTHETISCH, verzonnen voor zicht"
_NEIGHBOURHOODS = {"0394": "Synthetisch Veld", "0599": "Synthetische Haven"}
_YEARS = (2024, 2025)

# Made up: the examples of docs/methods.md, in tens, which rounding leaves as they are; and lists of which one needs a
# BSN, so that nothing can be estimated.
_LISTS: dict[str, dict[tuple[str, str], dict[str, int]]] = {
    "0394": {
        ("2025", "inspecties + nachtopvang + informatiepunt"): {
            "inspecties": 410, "nachtopvang": 140, "informatiepunt": 270, "inspecties + nachtopvang": 30,
            "inspecties + informatiepunt": 60, "nachtopvang + informatiepunt": 60,
            "inspecties + nachtopvang + informatiepunt": 10,
        },
        ("2024", "brp + inspecties"): {"brp": 3120, "inspecties": 298, "brp + inspecties": 74},
    },
    "0599": {
        ("2025", "inspecties + nachtopvang"): {"inspecties": 410, "nachtopvang": 180, "inspecties + nachtopvang": 60},
    },
}  # fmt: skip
_CONTACTS = {"0599": {"glastuinbouw": (130, 50, 20, 10), "logistiek": (180, 30, 10)}}


def write_registers(delivery: Callable[[str, str], Path], rng: np.random.Generator) -> list[Path]:
    """Write them into the folder that ``delivery`` gives for a source and a municipality; return the files."""
    return [
        file
        for code in _NEIGHBOURHOODS
        for file in (
            *_indicators(delivery("indicators", code), code, rng),
            _housing(delivery("housing", code), code, rng),
            _lists(delivery("lists", code), code),
        )
    ]


def _indicators(folder: Path, code: str, rng: np.random.Generator) -> list[Path]:
    shared = {"gemeente": code, "document": _SAYS, "datum": "2026-01-15"}
    indicators = []
    for year in _YEARS:
        reports, checks = int(rng.integers(200, 400)), int(rng.integers(60, 120))
        found = int(rng.integers(10, checks))
        for key, unit, value, more in (
            ("meldingen", "meldingen", reports, ("380", "300", "hoogstens", "")),
            ("controles", "woningen", checks, ("70", "90", "minstens", "")),
            ("overbewoond", "woningen", found, ("", "", "", "SYN-controles")),
        ):
            indicators.append(
                shared | dict(zip(("uitgangswaarde", "streefwaarde", "richting", "deel van"), more, strict=True))
                | {"indicator-id": f"SYN-{key}", "indicator": f"{key} (synthetisch)", "domein": "huisvesting"}
                | {"definitie": "verzonnen", "eenheid": unit, "jaar": str(year), "waarde": str(value)}
                | {"citaat": f"synthetisch: {value} {unit}"}
            )  # fmt: skip
    promised = int(rng.integers(50, 100))
    commitment = shared | {
        "nummer": f"SYN-{code}-1", "soort": "toezegging", "status": "in uitvoering", "jaar": "2025",
        "vervaldatum": "2026-12-31", "indicator-id": "SYN-controles",
        "tekst": f"Synthetisch: elk jaar {promised} woningen controleren", "citaat": "synthetisch",
    }  # fmt: skip
    return [
        _write(folder / "synthetic_indicators.csv", INDICATORS, indicators),
        _write(folder / "synthetic_commitments.csv", COMMITMENTS, [commitment]),
    ]


def _housing(folder: Path, code: str, rng: np.random.Generator) -> Path:
    rows = []
    for kind, count in (("grootschalig", 3), ("recreatie", 2), ("bij werkgever", 4)):
        for number in range(count):
            places = 10 * int(rng.integers(4, 30))
            rows.append(
                {"gemeente": code, "peildatum": "2026-01-01", "soort": kind, "bron": _SAYS}
                | {"buurt": _NEIGHBOURHOODS[code] if number else "", "vergunde plaatsen": str(places)}
                | {"bezette plaatsen": str(int(rng.integers(places // 2, places)))}
                | {"vergunning": "ja" if number else "onbekend", "controles": str(int(rng.integers(0, 3)))}
                | {"overbewoonde locaties": "0", "meldingen overbewoning": str(number)}
            )
    if code == "0394":  # which knows of its dwellings only how many there are
        rows.append({"gemeente": code, "peildatum": "2026-01-01", "soort": "woning", "locaties": "40", "bron": _SAYS})
    return _write(folder / "synthetic_housing.csv", HOUSING, rows)


def _lists(folder: Path, code: str) -> Path:
    shared = {"gemeente": code, "bron": _SAYS}
    rows = [
        shared | {"jaar": year, "lijsten": lists, "staat op": held, "personen": str(persons)}
        for (year, lists), counts in _LISTS[code].items()
        for held, persons in counts.items()
    ]
    one = shared | {"jaar": "2025", "lijsten": "inspecties", "staat op": "inspecties"}
    rows += [
        one | {"groep": group, "keer gezien": str(times), "personen": str(persons)}
        for group, counts in _CONTACTS.get(code, {}).items()
        for times, persons in enumerate(counts, 1)
    ]
    return _write(folder / "synthetic_lists.csv", COUNTS, rows)


def _write(file: Path, template: Template, rows: Sequence[Mapping[str, str]]) -> Path:
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, template.columns, restval="", delimiter=";", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return file
