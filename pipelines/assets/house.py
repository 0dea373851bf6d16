"""What all assets share: the settings at the time of the run, owners, the pool, tables as metadata."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import dagster as dg

from pipelines.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipelines.records import Record

OWNERS = ["team:data"]
# One process writes; runs queue for it instead of dying on DuckDB's lock.
POOL = "duckdb"
SCOPES = dg.DynamicPartitionsDefinition(name="scope")


class House(dg.ConfigurableResource):  # type: ignore[type-arg]
    """The settings, read when a step runs: a code server outlives the day it was started on."""

    sample: bool | None = None

    def settings(self) -> Settings:
        """Settings of this moment."""
        return Settings.from_environment(sample=self.sample)

    @contextmanager
    def writing(self) -> Iterator[Settings]:
        """Settings under the lock that the headless command takes too."""
        settings = self.settings()
        with settings.lock:
            yield settings


def column_schema(record: Record) -> dg.TableSchema:
    """A record's columns as Dagster shows them."""
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                column.name,
                column.type,
                description=f"{column.nl} / {column.en}",
                constraints=dg.TableColumnConstraints(nullable=not column.required),
            )
            for column in record.columns
        ]
    )
