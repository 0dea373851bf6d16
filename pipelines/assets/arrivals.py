"""Land and read: for each source ``raw/<source>`` and ``staged/<source>``, then the catalogue of deliveries.

What zicht downloads itself comes before: ``fetched/<source>``, of a job of its own, because it asks and waits. A scope
(a municipality, a region, a table, NL) is a partition of what is staged. ``raw`` is not partitioned: looking into the
inbox is what finds the scopes.
"""

from typing import Any

import dagster as dg

from pipelines import records
from pipelines.assets.house import OWNERS, POOL, SCOPES, House, column_schema
from pipelines.files import write_text
from pipelines.landing.catalogue import write_catalogue
from pipelines.landing.deliveries import outcome, snapshots
from pipelines.landing.land import land, scopes
from pipelines.publish.fingerprint import FINGERPRINT, fingerprint
from pipelines.settings import Settings
from pipelines.sources import Source, all_sources
from pipelines.sources.fetching import fetch, outages
from pipelines.sources.reading import read_scopes, reading_code

# Run what is downstream when a delivery brought new bytes, not when the same were landed again.
ON_NEW_BYTES = (
    dg.AutomationCondition.any_deps_match(dg.AutomationCondition.data_version_changed()).since(
        dg.AutomationCondition.newly_requested() | dg.AutomationCondition.initial_evaluation()
    )
    & ~dg.AutomationCondition.in_progress()
    & ~dg.AutomationCondition.any_deps_in_progress()
    & dg.AutomationCondition.all_deps_blocking_checks_passed()
)


def fetched_asset(source: Source) -> dg.AssetsDefinition:
    """``fetched/<source>``: what its publisher changed since it was last asked, in the inbox of downloads."""

    @dg.asset(
        key=["fetched", source.source],
        group_name="fetch",
        kinds={"file"},
        owners=OWNERS,
        pool=POOL,
        description=f"{source.title_nl}: opgehaald wat nieuw is. / {source.title_en}: what is new, downloaded.",
    )
    def fetched(house: House) -> dg.MaterializeResult[Any]:
        with house.writing() as settings:
            new = fetch(settings, source)
            failed = outages(settings, source)
        return dg.MaterializeResult(
            metadata={
                "new": new,
                "failed": len(failed),
                "faults": dg.MetadataValue.md("\n".join(f"- {one.scope}: {one.fault}" for one in failed) or "none"),
            }
        )

    return fetched


def raw_asset(source: Source) -> dg.AssetsDefinition:
    """``raw/<source>``: snapshots of what lay in the inboxes."""

    @dg.asset(
        key=["raw", source.source],
        deps=[["fetched", source.source]] if source.fetched else [],
        group_name="land",
        kinds={"file"},
        owners=OWNERS,
        pool=POOL,
        description=f"{source.title_nl}: wat is aangekomen, ongewijzigd. / {source.title_en}: what arrived, unchanged.",
        tags={"person_level": str(source.person_level).lower()},
    )
    def raw(context: dg.AssetExecutionContext, house: House) -> dg.MaterializeResult[Any]:
        with house.writing() as settings:
            landed = land(settings, source)
            found = scopes(settings)
            kept = snapshots(settings, source.source)
        context.instance.add_dynamic_partitions(str(SCOPES.name), found)
        return dg.MaterializeResult(
            metadata={
                "new": len(landed.new),
                "unchanged": len(landed.unchanged),
                "refused": len(landed.refused),
                "dagster/row_count": len(kept),
                "refusals": dg.MetadataValue.md("\n".join(f"- {refusal}" for refusal in landed.refused) or "none"),
            },
            data_version=dg.DataVersion(_version([snapshot.id for snapshot in kept])),
        )

    return raw


def staged_asset(source: Source) -> dg.AssetsDefinition:
    """``staged/<source>``: a scope's deliveries as the source's record."""

    @dg.asset(
        key=["staged", source.source],
        deps=[["raw", source.source]],
        partitions_def=SCOPES,
        backfill_policy=dg.BackfillPolicy.single_run(),
        group_name="read",
        kinds={"duckdb", "parquet"},
        owners=OWNERS,
        pool=POOL,
        code_version=reading_code(),
        automation_condition=ON_NEW_BYTES,
        description=f"{source.title_nl}, gelezen als {source.record}. / {source.title_en}, read as {source.record}.",
        metadata={"dagster/column_schema": column_schema(records.load(source.record))},
    )
    def staged(context: dg.AssetExecutionContext, house: House) -> dg.MaterializeResult[Any]:
        with house.writing() as settings:
            read_now = read_scopes(settings, source, list(context.partition_keys))
            totals = _totals(settings, source, context.partition_keys)
        return dg.MaterializeResult(
            metadata={
                "deliveries_read_now": len(read_now),
                "refused_now": sum(one.status == "refused" for one in read_now),
                "rows_read_now": sum(one.rows_read for one in read_now),
                "rows_rejected_now": sum(one.rows_rejected for one in read_now),
                "dagster/row_count": totals["rows_accepted"],
                **totals,
            },
            data_version=dg.DataVersion(_version(context.partition_keys, [str(totals)])),
        )

    return staged


@dg.asset(
    key=["staged", "catalogue"],
    deps=[["staged", name] for name in all_sources()],
    group_name="read",
    kinds={"parquet"},
    owners=OWNERS,
    pool=POOL,
    automation_condition=ON_NEW_BYTES,
    description="Leveringen, populaties en datahiaten in de aankomst. / Deliveries, universes, gaps in arrivals.",
)
def catalogue(house: House) -> dg.MaterializeResult[Any]:
    """What the models must know beside the records."""
    with house.writing() as settings:
        rows = write_catalogue(settings)
        write_text(settings.staged / "catalogue" / FINGERPRINT, fingerprint(settings))
    return dg.MaterializeResult(metadata={"dagster/row_count": rows["delivery"], **rows})


def arrival_assets() -> list[dg.AssetsDefinition]:
    """All assets of downloading, landing and reading."""
    sources = all_sources().values()
    built = [asset for source in sources for asset in (raw_asset(source), staged_asset(source))]
    return [*(fetched_asset(source) for source in sources if source.fetched), *built, catalogue]


def _totals(settings: Settings, source: Source, chosen: list[str]) -> dict[str, int]:
    """Rows of the chosen scopes over all their deliveries: read = accepted + rejected."""
    outcomes = [
        read
        for scope in chosen
        for snapshot in snapshots(settings, source.source, scope)
        if (read := outcome(settings, snapshot))
    ]
    return {
        "rows_read": sum(one.rows_read for one in outcomes if one.status == "read"),
        "rows_accepted": sum(one.rows_accepted for one in outcomes if one.status == "read"),
        "rows_rejected": sum(one.rows_rejected for one in outcomes if one.status == "read"),
    }


def _version(*parts: list[str]) -> str:
    import hashlib

    return hashlib.sha256("|".join(item for part in parts for item in part).encode()).hexdigest()[:32]
