"""What pages tell: the tables of the release, the ledger's history, and which municipalities get pages of their own.

Belongs here: reading them, and questions that more than one page asks. Does not belong here: words (``words``), the
questions of one page (its module), or any figure that is not in the release.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pipelines.quality import ledger
from pipelines.settings import PROJECT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import duckdb

    from pipelines.settings import Settings

Row = dict[str, Any]


def web_address(text: str | None) -> str | None:
    """An address of a source, if a page may lead there: nothing but http."""
    return text if text and text.startswith(("https://", "http://")) else None


@dataclass(frozen=True)
class Facts:
    """A release as its pages see it.

    Attributes:
        settings: of the house, for its ledger and its configuration.
        release: ``release_id``, ``as_of``, ``released_at`` (ISO), ``synthetic``, ``code_version``, ``previous``,
            ``data_gaps`` (open ones by kind), ``rows`` (by table).
        results: rows of ``quality_result``.
        connection: to the release's file.
    """

    settings: Settings
    release: Mapping[str, Any]
    results: Sequence[Row]
    connection: duckdb.DuckDBPyConnection

    def rows(self, query: str, *values: object) -> list[Row]:
        """Rows of the release; dates and moments are ISO text."""
        found = self.connection.execute(query, list(values))
        names = [column[0] for column in found.description or []]
        return [
            {
                name: str(value) if isinstance(value, date | datetime) else value
                for name, value in zip(names, row, strict=True)
            }
            for row in found.fetchall()
        ]

    def history(self, book: ledger.Book) -> list[Row]:
        """What the ledger told before this release."""
        return list(ledger.entries(self.settings, book))

    @cached_property
    def area_names(self) -> dict[tuple[str, str | None], str]:
        """Name of every area by its type and code; of one that is no more the last."""
        named = self.rows(
            "select area_type, area_code, arg_max(area_name, coalesce(valid_to, date '9999-12-31')) as name"
            " from area group by all"
        )
        return {(row["area_type"], row["area_code"]): row["name"] for row in named} | {("NL", "NL"): "Nederland"}

    @cached_property
    def municipalities(self) -> dict[str, str]:
        """Code and name of every municipality that exists as of the release or has a figure in it, by name."""
        found = self.rows(
            "select distinct area_code from area where area_type = 'GM' and (valid_to is null"
            " or valid_to > cast(? as date) or area_code in (select municipality_code from registration_gap))",
            self.release["as_of"],
        )
        names = {row["area_code"]: self.area_names["GM", row["area_code"]] for row in found}
        return dict(sorted(names.items(), key=lambda one: (one[1], one[0])))

    @cached_property
    def own_pages(self) -> dict[str, str]:
        """Of those, the ones that get pages of their own (``ZICHT_FACTSHEETS``)."""
        wanted = self.settings.factsheets
        return {code: name for code, name in self.municipalities.items() if wanted is None or code in wanted}

    @cached_property
    def origin_groups(self) -> dict[str, tuple[str, str]]:
        """Groups of origin and what they are called in Dutch and English, all of them first.

        Source: the seed origin_group.
        """
        with (PROJECT / "dbt_project" / "seeds" / "origin_group.csv").open(encoding="utf-8", newline="") as seed:
            found = {row["origin_group"]: (row["label_nl"], row["label_en"]) for row in csv.DictReader(seed)}
        return {"all": found["all"]} | found

    @cached_property
    def tables(self) -> dict[str, str]:
        """Every published table, with what it holds, in Dutch."""
        found = self.rows("select table_name, description_nl from data_dictionary where position = 0")
        return {row["table_name"]: row["description_nl"] for row in found}
