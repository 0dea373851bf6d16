"""dbt without Dagster: the command for the models and tests of a refresh.

Does not belong here: what of it is measured.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def command(target: Path, *chosen: str) -> list[str]:
    """The command, to be run in the environment of a house (``set_environment``).

    Args:
        target: directory of dbt's own files.
        chosen: options that say which models; else all.
    """
    from pipelines.model.dbt import DBT_PROJECT, executable

    # As a refresh does: unit tests judge the code.
    models = ["build", "--quiet", "--exclude-resource-type", "unit_test", *chosen]
    return [executable(), *models, "--project-dir", str(DBT_PROJECT), "--target-path", str(target)]
