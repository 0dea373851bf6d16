"""What all assets share: the settings of the run, owners, the pool, when to follow, tables and pages as metadata."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import dagster as dg

from pipelines import logs
from pipelines.refresh import require_ready
from pipelines.report.site import SITE
from pipelines.settings import TIME_ZONE, Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipelines.records import Record

OWNERS = ["team:data"]
# One process writes; runs queue for it instead of dying on DuckDB's lock.
POOL = "duckdb"
SCOPES = dg.DynamicPartitionsDefinition(name="scope")

# Looked at between midnight and six, be it that nothing had changed: later somebody should know that the night failed.
EVERY_NIGHT = dg.FreshnessPolicy.cron("0 6 * * *", lower_bound_delta=timedelta(hours=6), timezone=TIME_ZONE)
# On a run that lands, reads and lists, and leaves it to others to go on from there.
LANDS_ALONE = {"zicht/lands": "alone"}
# Such a run read something other than before; the nightly run goes on to the release itself.
ON_NEW_VERSIONS = dg.AutomationCondition.any_deps_match(
    dg.AutomationCondition.data_version_changed() & dg.AutomationCondition.executed_with_tags(tag_values=LANDS_ALONE)
).since(dg.AutomationCondition.newly_requested() | dg.AutomationCondition.initial_evaluation())
# In the same run as what it is made of: one run up to the release, or none.
ALONG = dg.AutomationCondition.any_deps_match(dg.AutomationCondition.will_be_requested())


class House(dg.ConfigurableResource):  # type: ignore[type-arg]
    """The settings, read when a step runs: a code server outlives the day it was started on."""

    sample: bool | None = None

    def setup_for_execution(self, context: dg.InitResourceContext) -> None:
        """Let what the run logs carry its identity, and let no run begin that could not tell the truth.

        Raises:
            UsageError: see ``refresh.require_ready``.
        """
        logs.run.set(context.run_id)
        if context.run_id:  # sensors and schedules look for themselves, and tell somebody
            require_ready(self.settings())

    def settings(self) -> Settings:
        """Settings of this moment."""
        return Settings.from_environment(sample=self.sample)

    @contextmanager
    def writing(self) -> Iterator[Settings]:
        """Settings under the lock that the headless command takes too."""
        settings = self.settings()
        with settings.lock:
            yield settings


def page_link(settings: Settings, page: str) -> dg.UrlMetadataValue | dg.PathMetadataValue:
    """A page of the last release: a link where the site is served, else its place on this machine."""
    if settings.site_url:
        return dg.MetadataValue.url(f"{settings.site_url}/{page}")
    return dg.MetadataValue.path(str(settings.published / SITE / page))


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
