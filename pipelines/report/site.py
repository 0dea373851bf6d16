"""Writing the site of a release: ``index.html`` and the pages of checks, with the one stylesheet beside them."""

from __future__ import annotations

import shutil
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.files import write_text
from pipelines.quality import ledger
from pipelines.report.quality import histories

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jinja2 import Environment

    from pipelines.settings import Settings

SITE = "site"
_TEMPLATES = Path(__file__).parent / "templates"
_STYLE = "style.css"
_MONTHS = (
    "januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september", "oktober", "november",
    "december",
)  # fmt: skip


def write_site(settings: Settings, folder: Path, release: Mapping[str, Any], results: list[dict[str, Any]]) -> None:
    """Write the site of a release that is not there yet into its directory.

    Args:
        settings: whose ledger tells what the checks said in earlier releases.
        folder: of the release; the site is its directory ``site``.
        release: ``release_id``, ``as_of`` and ``released_at`` (ISO), ``synthetic``, ``data_gaps`` (open ones by kind)
            and ``rows`` (by table).
        results: rows of ``quality_result``.
    """
    suites = histories(release["release_id"], results, ledger.entries(settings, "quality"))
    site, environment = folder / SITE, _environment()

    def write(page: str, template: str, **content: object) -> None:
        root = "../" * page.count("/")
        write_text(site / page, environment.get_template(template).render(root=root, release=release, **content))

    write("index.html", "index.html", suites=suites)
    write("quality/index.html", "quality.html", suites=suites)
    for suite in suites:
        write(suite.page, "suite.html", suite=suite)
    shutil.copyfile(_TEMPLATES / _STYLE, site / _STYLE)


def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    made = Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    made.filters |= {"day": _day, "moment": _moment, "number": _number}
    return made


def _day(written: str) -> str:
    """A date as the Dutch write it.

    >>> _day("2026-02-01")
    '1 februari 2026'
    """
    day = date.fromisoformat(written)
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def _moment(written: str) -> str:
    moment = datetime.fromisoformat(written)
    return f"{_day(moment.date().isoformat())}, {moment:%H:%M} UTC"


def _number(count: int) -> str:
    return f"{count:,}".replace(",", ".")
