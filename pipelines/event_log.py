"""Dagster's event log as one run uses it, that of ``zicht refresh``, which holds the lock of the house.

Belongs here: what of the log is other where nobody else runs. Does not belong here: starting the run (``refresh``), and
what is logged.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from dagster._core.storage.event_log import SqliteEventLogStorage
from sqlalchemy import Engine, create_engine, event

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dagster import DagsterInstance
    from sqlalchemy import Connection


def for_one_run(instance: DagsterInstance) -> None:
    """Let this run take no slots of Dagster's pools, and keep its log open.

    The lock that it holds keeps one writer already; a slot may be held by a run that was killed, or by one that waits
    for this very lock.
    """
    storage = instance.event_log_storage
    of = _KeptOpen if type(storage) is SqliteEventLogStorage else type(storage)
    storage.__class__ = type("Alone", (of,), {"supports_global_concurrency_limits": False})


class _KeptOpen(SqliteEventLogStorage):
    """A log in files that are opened once.

    Dagster opens a file anew for each of a thousand events, up to three times, and waits for the disk each time: a
    quarter of a refresh of the sample. After a loss of power the last events may be gone, as the run itself is.
    """

    def _engine(self, shard: str) -> Engine:
        engines: dict[str, Engine] = self.__dict__.setdefault("_engines", {})
        if shard not in engines:
            with super()._connect(shard):  # makes the tables of a new file
                pass
            engines[shard] = create_engine(self.conn_string_for_shard(shard), connect_args={"timeout": 60})
            event.listen(engines[shard], "connect", lambda opened, _: opened.execute("pragma synchronous = normal"))
        return engines[shard]

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        engine = self._engine(shard)
        with self._db_lock, engine.begin() as connection:
            yield connection

    def dispose(self) -> None:
        for engine in self.__dict__.pop("_engines", {}).values():
            engine.dispose()
        super().dispose()
