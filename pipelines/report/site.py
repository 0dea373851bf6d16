"""Writing the site of a release: asks every module for its pages, renders them, and takes over what stayed the same.

Belongs here: files, templates and how they are rendered. Does not belong here: what a page tells (its own module).
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.files import read_json, write_json, write_text
from pipelines.report.words import Lang, Words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from concurrent.futures import Executor, Future

    from jinja2 import Environment

    from pipelines.report.facts import Facts
    from pipelines.settings import Settings

SITE = "site"
_TEMPLATES = Path(__file__).parent / "templates"
_ASSETS = ("style.css", "dashboard.js", "municipality.js")
_KEPT = "pages.json"
"""Beside the pages: of each that may be taken over, the hash of all that it tells."""


@dataclass(frozen=True, kw_only=True)
class Page:
    """A file of the site.

    Attributes:
        path: relative to the site; an English page is ``en/<path of the Dutch one>``.
        template: ``*.html`` is rendered by Jinja2, ``*.typ`` by Typst to a PDF, ``*.svg`` names a chart of
            ``charts``, and none writes ``content["text"]`` as it is.
        content: what the template tells, as JSON can hold it.
        lang: of its words.
        twin: the same page is there in the other language.
        kept: as long as it tells the same it is taken over from the release before, whose id and date it then shows.
    """

    path: str
    template: str | None
    content: Mapping[str, Any] = field(default_factory=dict)
    lang: Lang = "nl"
    twin: bool = False
    kept: bool = False


def pages(facts: Facts) -> Iterator[Page]:
    """Every page of a release."""
    from pipelines.report import council, dashboard, data_gaps, municipality, quality, releases, statement

    yield from dashboard.pages(facts)
    yield from municipality.pages(facts)
    yield from council.pages(facts)
    yield from data_gaps.pages(facts)
    yield from releases.pages(facts)
    yield from statement.pages(facts)
    yield from quality.pages(facts)


def write_site(settings: Settings, folder: Path, release: Mapping[str, Any], results: list[dict[str, Any]]) -> None:
    """Write the site of a release that is not there yet into its directory.

    Args:
        settings: the house, whose ledger tells what earlier releases said, and whose standing release may lend pages.
        folder: of the release, with its complete ``zicht.duckdb``; the site is its directory ``site``.
        release: see ``Facts``.
        results: rows of ``quality_result``.
    """
    import duckdb

    from pipelines.report.facts import Facts

    with (
        duckdb.connect(str(folder / settings.database.name), read_only=True) as connection,
        ThreadPoolExecutor(os.cpu_count()) as typesetters,
    ):
        site = _Site(folder / SITE, settings.current, release, typesetters)
        for page in pages(Facts(settings, release, results, connection)):
            site.write(page)
        site.finish()


class _Site:
    """A site while it is written."""

    def __init__(self, folder: Path, standing: Path, release: Mapping[str, Any], typesetters: Executor) -> None:
        self.folder, self.release = folder, release
        self.typesetters = typesetters
        self.documents: list[Future[int]] = []
        self.environment = _environment()
        self.keys: dict[str, str] = {}
        self.lent = standing / SITE
        self.lendable: dict[str, str] = read_json(self.lent / _KEPT) or {}
        self.hashes: dict[str, str] = (read_json(standing / "release.json") or {}).get("files", {})

    def write(self, page: Page) -> None:
        path = self.folder / page.path
        path.parent.mkdir(parents=True, exist_ok=True)
        if page.kept:
            self.keys[page.path] = self._key(page)
            if self._take_over(page.path):
                return
        self._render(page, path)

    def finish(self) -> None:
        for document in self.documents:
            document.result()
        write_json(self.folder / _KEPT, self.keys)
        for name in _ASSETS:
            shutil.copyfile(_TEMPLATES / name, self.folder / name)

    def _key(self, page: Page) -> str:
        told = [page.template, page.lang, page.content, self.release["code_version"], self.release["synthetic"]]
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()

    def _take_over(self, path: str) -> bool:
        """Copy a page of the standing release that tells the same, if it is whole."""
        if self.lendable.get(path) != self.keys[path] or not (self.lent / path).is_file():
            return False
        content = (self.lent / path).read_bytes()
        if hashlib.sha256(content).hexdigest() != self.hashes.get(f"{SITE}/{path}"):
            return False
        (self.folder / path).write_bytes(content)
        return True

    def _render(self, page: Page, path: Path) -> None:
        kind = Path(page.template or "").suffix
        if kind == ".html":
            words = Words(page.lang)
            shown = {"root": "../" * page.path.count("/"), "release": self.release, "page": page, "words": words}
            write_text(path, self.environment.get_template(str(page.template)).render(**shown, **page.content))
        elif kind == ".typ":
            from pipelines.report.pdf import render, told

            template, content = _TEMPLATES / str(page.template), told(page.content, self.release)
            self.documents.append(self.typesetters.submit(lambda: path.write_bytes(render(template, content))))
        elif kind == ".svg":
            from pipelines.report.charts import draw

            write_text(path, draw(Path(str(page.template)).stem, page.content))
        else:
            write_text(path, page.content["text"])


@cache  # with what it compiled of the templates
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    made = Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    dutch = Words("nl")
    made.filters |= {"day": dutch.day, "moment": dutch.moment, "number": dutch.number}
    return made
