"""One build of the manifest and the definitions for all contract tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.contract import project

if TYPE_CHECKING:
    import dagster as dg


@pytest.fixture(scope="session")
def manifest() -> dict[str, Any]:
    """What dbt made of the project."""
    return project.manifest()


@pytest.fixture(scope="session")
def models() -> dict[str, dict[str, Any]]:
    """The published models by table."""
    return project.published_models()


@pytest.fixture(scope="session")
def schema(models: dict[str, dict[str, Any]]) -> dict[str, dict[str, str]]:
    """Type of every published column, by table."""
    return project.schema_of(models)


@pytest.fixture(scope="session")
def definitions() -> dg.Definitions:
    """The code location as Dagster loads it."""
    project.prepared_manifest()
    from pipelines.definitions import defs

    return defs
