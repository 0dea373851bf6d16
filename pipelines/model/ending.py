"""Ends dbt with the run that started it, so that a run that was killed leaves no second writer of the warehouse.

A plugin of dbt-duckdb, named in ``dbt_project/profiles.yml``: it lives in dbt's own process, from before the warehouse
is opened. Does not belong here: anything that dbt does.
"""

from __future__ import annotations

import os
import threading
import time
from typing import Any

from dbt.adapters.duckdb.plugins import BasePlugin

RUN = "ZICHT_RUN"
"""Environment variable with the number of the process that runs dbt; without it dbt was started by hand."""
_LOOK_EVERY_SECONDS = 0.1


class Plugin(BasePlugin):
    """Does nothing but watch."""

    def initialize(self, plugin_config: dict[str, Any]) -> None:  # noqa: ARG002
        """Begin to watch."""
        if run := os.environ.get(RUN):
            _end_if_orphaned(int(run))
            threading.Thread(target=_watch, args=(int(run),), daemon=True).start()


def _watch(run: int) -> None:
    while True:
        time.sleep(_LOOK_EVERY_SECONDS)
        _end_if_orphaned(run)


def _end_if_orphaned(run: int) -> None:
    if os.getppid() != run:
        os._exit(1)
