"""The two records that every source ends in, person and observation, and the form of a rejected row.

The YAML files beside this module are the only description of each: Parquet types, the checks at the first door and
``docs/records.md`` follow from them. Does not belong here: how a source becomes a record (``sources``).
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict

from pipelines.files import from_yaml

if TYPE_CHECKING:
    import duckdb

RecordName = Literal["person", "observation", "rejected"]


class Column(BaseModel):
    """One column: DuckDB type, whether it may be null, its closed vocabulary and its meaning in two languages."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    type: Literal["VARCHAR", "BIGINT", "DOUBLE", "BOOLEAN", "DATE", "VARCHAR[]"]
    required: bool = False
    values: tuple[str, ...] | None = None
    en: str
    nl: str


class Record(BaseModel):
    """A record's columns in their order."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    record: RecordName
    description_en: str
    description_nl: str
    columns: tuple[Column, ...]

    def conform(self, relation: duckdb.DuckDBPyRelation) -> duckdb.DuckDBPyRelation:
        """The relation with exactly this record's columns, order and types; columns it lacks are null.

        Raises:
            ValueError: it carries a column that the record does not know.
        """
        unknown = sorted(set(relation.columns) - {column.name for column in self.columns})
        if unknown:
            raise ValueError(f"{self.record}: no such columns: {', '.join(unknown)}")
        present = set(relation.columns)
        return relation.project(
            ", ".join(
                f'cast({column.name if column.name in present else "null"} as {column.type}) as "{column.name}"'
                for column in self.columns
            )
        )

    def violations(self, relation: duckdb.DuckDBPyRelation) -> list[str]:
        """What in the relation breaks the record: a required column that is null, a word outside its vocabulary.

        One pass over the rows; no value is shown.
        """
        tests = [(f"{column.name} is null", f"{column.name} is null") for column in self.columns if column.required] + [
            (f"{column.name} is outside its vocabulary", f"{column.name} not in {_sql_list(column.values)}")
            for column in self.columns
            if column.values
        ]
        counts = relation.aggregate(", ".join(f"count(*) filter (where {test})" for _, test in tests)).fetchone()
        assert counts is not None  # noqa: S101 - an aggregate always has its row
        return [f"{message} in {count} rows" for (message, _), count in zip(tests, counts, strict=True) if count]


def _sql_list(values: tuple[str, ...]) -> str:
    return "(" + ", ".join(f"'{value}'" for value in values) + ")"


@cache
def load(record: RecordName) -> Record:
    """The record as its YAML file describes it."""
    text = (Path(__file__).parent / f"{record}.yml").read_text(encoding="utf-8")
    return Record.model_validate(from_yaml(text))


def as_markdown() -> str:
    """The page ``docs/records.md``: the records as tables."""
    parts = ["# The records\n\nMade from `pipelines/records/*.yml` by `make docs`; edit those.\n"]
    for name in ("person", "observation", "rejected"):
        record = load(name)
        parts.append(f"## {record.record}\n\n{record.description_en}\n\n{record.description_nl}\n")
        rows = ["| column | type | meaning | betekenis |", "|---|---|---|---|"]
        for column in record.columns:
            words = f" One of: {', '.join(column.values)}." if column.values else ""
            kind = column.type + (", required" if column.required else "")
            rows.append(f"| `{column.name}` | {kind} | {column.en}.{words} | {column.nl}. |")
        parts.append("\n".join(rows) + "\n")
    return "\n".join(parts)
