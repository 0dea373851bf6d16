"""Land and read: for each source ``raw/<source>`` and ``staged/<source>``, then the catalogue of deliveries.

What zicht downloads itself comes before: ``fetched/<source>``, of a job of its own, because it asks and waits. A scope
(a municipality, a region, a table, NL) is a partition of what is staged. ``raw`` is not partitioned: looking into the
inbox is what finds the scopes.
"""

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any

import dagster as dg

from pipelines import records
from pipelines.assets.house import EVERY_NIGHT, OWNERS, POOL, SCOPES, House, column_schema
from pipelines.files import write_text
from pipelines.landing.catalogue import gaps, write_catalogue
from pipelines.landing.deliveries import delivered, outcome, snapshots, standing
from pipelines.landing.land import land, scopes
from pipelines.privacy.disclosure import protected
from pipelines.publish.fingerprint import FINGERPRINT, fingerprint
from pipelines.quality.checks import kept_results
from pipelines.report import boundaries
from pipelines.settings import Settings
from pipelines.sources import Source, all_sources
from pipelines.sources.fetching import fetch, outages
from pipelines.sources.reading import read_scopes, reading_code


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


@dg.asset(
    key=["fetched", "boundaries"],
    group_name="fetch",
    kinds={"file"},
    owners=OWNERS,
    pool=POOL,
    description="Gemeentegrenzen voor de kaart, opgehaald. / Borders of municipalities for the map, downloaded.",
)
def fetched_boundaries(house: House) -> dg.MaterializeResult[Any]:
    """The borders of the years that are reported on; without them the map is one of tiles."""
    with house.writing() as settings:
        new = boundaries.fetch(settings)
    return dg.MaterializeResult(metadata={"new": new})


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
        freshness_policy=EVERY_NIGHT,
    )
    def raw(context: dg.AssetExecutionContext, house: House) -> dg.MaterializeResult[Any]:
        with house.writing() as settings:
            landed = land(settings, source)
            found = scopes(settings, source.source)
            kept = snapshots(settings, source.source)
            version = version_of_raw(settings, source)
        context.instance.add_dynamic_partitions(str(SCOPES.name), found)
        return dg.MaterializeResult(
            metadata={
                "new": len(landed.new),
                "unchanged": len(landed.unchanged),
                "refused": len(landed.refused),
                "dagster/row_count": len(kept),
                "refusals": dg.MetadataValue.md(
                    "\n".join(f"- {refusal.without_names()}" for refusal in landed.refused) or "none"
                ),
            },
            data_version=version,
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
        description=f"{source.title_nl}, gelezen als {source.record}. / {source.title_en}, read as {source.record}.",
        metadata={"dagster/column_schema": column_schema(records.load(source.record))},
    )
    def staged(context: dg.AssetExecutionContext, house: House) -> dg.MaterializeResult[Any]:
        with house.writing() as settings:
            read_now = read_scopes(settings, source, list(context.partition_keys))
            totals = _totals(settings, source, context.partition_keys)
            version = _version_of(settings, source)
        return dg.MaterializeResult(
            metadata={
                "deliveries_read_now": len(read_now),
                "refused_now": sum(one.status == "refused" for one in read_now),
                **{name: count for name, count in totals.items() if count is not None},
            },
            data_version=version,
        )

    return staged


@dg.asset(
    key=["staged", "catalogue"],
    deps=[["staged", name] for name in all_sources()],
    group_name="read",
    kinds={"parquet"},
    owners=OWNERS,
    pool=POOL,
    description="Leveringen, populaties en datahiaten in de aankomst. / Deliveries, universes, gaps in arrivals.",
)
def catalogue(house: House) -> dg.MaterializeResult[Any]:
    """What the models must know beside the records."""
    with house.writing() as settings:
        _require_admitted(settings)
        rows = write_catalogue(settings)
        state = fingerprint(settings)
        write_text(settings.staged / "catalogue" / FINGERPRINT, state)
    return dg.MaterializeResult(
        metadata={"dagster/row_count": rows["delivery"], **rows}, data_version=dg.DataVersion(state)
    )


def _require_admitted(settings: Settings) -> None:
    """Stop where a source was stopped at its door, be it in an earlier run: one source may be read alone.

    Raises:
        Failure: a blocking rule of an arrival fails.
    """
    failed = [one for one in kept_results(settings) if one["door"] == "arrival" and not one["passed"]]
    if stopped := sorted({one["table_name"] for one in failed if one["severity"] == "block"}):
        raise dg.Failure(f"blocking rules still fail for what arrived of {', '.join(stopped)}: mend that first")


def arrival_assets() -> list[dg.AssetsDefinition]:
    """All assets of downloading, landing and reading."""
    sources = all_sources().values()
    built = [asset for source in sources for asset in (raw_asset(source), staged_asset(source))]
    fetched = [fetched_asset(source) for source in sources if source.fetched]
    return [*fetched, fetched_boundaries, *built, catalogue]


def _totals(settings: Settings, source: Source, chosen: list[str]) -> dict[str, int | None]:
    """Rows of the chosen scopes over all their deliveries, read = accepted + rejected; of persons protected."""
    outcomes = [
        read
        for scope in chosen
        for snapshot in snapshots(settings, source.source, scope)
        if (read := outcome(settings, snapshot)) and read.status == "read"
    ]
    totals = {
        "rows_read": sum(one.rows_read for one in outcomes),
        "dagster/row_count": sum(one.rows_accepted for one in outcomes),
        "rows_rejected": sum(one.rows_rejected for one in outcomes),
    }
    return {name: protected(count) if source.person_level else count for name, count in totals.items()}


def freshness_checks() -> dg.AssetChecksDefinition:
    """One check for each source: whether what stands of it is as young as its declaration expects.

    Unlike a freshness policy, which sees when a step ran, it looks at reference dates, and at downloads that fail.
    """
    sources = all_sources()
    specs = [
        dg.AssetCheckSpec(
            name="fresh",
            asset=["raw", name],
            additional_deps=[["staged", name]],
            description=f"{source.title_nl}: jong genoeg. / {source.title_en}: young enough.",
        )
        for name, source in sources.items()
    ]

    @dg.multi_asset_check(name="freshness_checks", specs=specs, pool=POOL, can_subset=True)
    def check(context: dg.AssetCheckExecutionContext, house: House) -> Iterator[dg.AssetCheckResult]:
        with house.writing() as settings:
            found = [gap for gap in gaps(settings) if gap.kind in ("late", "out_of_sync")]
        for key in sorted(context.selected_asset_check_keys):
            # Of a table that cannot be downloaded the gap names source and table.
            late = {one.explanation_en for one in found if one.source.split()[0] == key.asset_key.path[-1]}
            yield dg.AssetCheckResult(
                asset_key=key.asset_key,
                check_name=key.name,
                passed=not late,
                severity=dg.AssetCheckSeverity.WARN,
                metadata={"late": dg.MetadataValue.md("\n".join(f"- {one}" for one in sorted(late)) or "none")},
            )

    return check


def version_of_raw(settings: Settings, source: Source) -> dg.DataVersion:
    """Of what was landed for a source in all its scopes."""
    return _version(snapshot.id for snapshot in snapshots(settings, source.source))


def _version_of(settings: Settings, source: Source) -> dg.DataVersion:
    """Of what stands of a source in all its scopes, whichever were looked at: deliveries, and what read them."""
    stands = standing(settings, source.source)
    return _version(
        f"{snapshot.id} {stands[snapshot.id]} {read.code if (read := outcome(settings, snapshot)) else ''}"
        for snapshot in delivered(settings, source.source)
    )


def _version(parts: Iterable[str]) -> dg.DataVersion:
    return dg.DataVersion(hashlib.sha256("|".join(parts).encode()).hexdigest()[:32])
