"""Publish: the candidate, and after its checks the release."""

from typing import Any

import dagster as dg

from pipelines.assets.house import ALONG, EVERY_NIGHT, OWNERS, POOL, House, page_link
from pipelines.model.dbt import marts
from pipelines.model.warehouse import require_whole
from pipelines.publish.candidate import build_candidate
from pipelines.publish.release import publish
from pipelines.refresh import ended


def published_assets() -> list[dg.AssetsDefinition]:
    """Candidate and release."""

    @dg.asset(
        key=["published", "candidate"],
        deps=[["marts", node["name"]] for node in marts()],
        group_name="publish",
        kinds={"duckdb"},
        owners=OWNERS,
        pool=POOL,
        automation_condition=ALONG,
        description="De uitgave zoals zij zou worden. / The release as it would be.",
    )
    def candidate(house: House) -> dg.MaterializeResult[Any]:
        with house.writing() as settings:
            require_whole(settings)
            rows = build_candidate(settings)
        return dg.MaterializeResult(metadata={"dagster/row_count": sum(rows.values()), **rows})

    @dg.asset(
        key=["published", "zicht"],
        deps=[candidate],
        group_name="publish",
        kinds={"duckdb"},
        owners=OWNERS,
        pool=POOL,
        automation_condition=ALONG,
        freshness_policy=EVERY_NIGHT,
        description="De gecontroleerde uitgave die BI-programma's lezen. / The checked release that BI tools read.",
    )
    def zicht(house: House) -> dg.MaterializeResult[Any]:
        with house.writing() as settings:
            release = publish(settings)
            ended(settings)
        return dg.MaterializeResult(
            metadata={
                "release": release.release_id,
                "as_of": str(release.as_of),
                "file": dg.MetadataValue.path(str(settings.database)),
                "pages": page_link(settings, "index.html"),
                "dagster/row_count": sum(release.rows.values()),
                "data_gaps": sum(release.data_gaps.values()),
                "warnings": release.checks["warned"],
            }
        )

    return [candidate, zicht]
