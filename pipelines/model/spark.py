"""Runs the models of SQL on an engine that speaks Spark Connect, from within dbt.

A plugin of dbt-duckdb, of the output ``spark`` in ``dbt_project/profiles.yml``; ``macros/engine.sql`` hands it each
model that DuckDB would make. It says the model in Spark's words, and the engine writes Parquet to a place that both see
(``store``). So there is one run of dbt, with one order and the same tests, and the models of Python stay
where they are. Belongs here: what is told to that engine and what it leaves. Does not belong here: the words
(``dialect``).
"""

from __future__ import annotations

import os
import re
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Any

from dbt.adapters.duckdb.plugins import BasePlugin
from dbt_common.exceptions import DbtRuntimeError

from pipelines.model.store import empty, files_at, see

if TYPE_CHECKING:
    from dbt.adapters.duckdb.utils import TargetConfig
    from duckdb import DuckDBPyConnection
    from pyspark.sql import DataFrame, SparkSession

ADDRESS = "SPARK_REMOTE"
"""Environment variable with the address of a Spark Connect server, ``sc://host:port``; without it Sail runs here."""
_SOURCE = re.compile(r"""read_parquet\('(?P<place>[^']*?/(?P<name>\w+)(?:/accepted/\*\*/\*)?\.parquet)'\)""")
_RELATION = re.compile(r'"\w+"\."main"\."(\w+)"')


class Plugin(BasePlugin):
    """The engine, with a view for each table that a model asked of it."""

    def initialize(self, plugin_config: dict[str, Any]) -> None:
        """Note where tables go; nothing is started before a model is there."""
        self.tables, self.staged, self.mirror = (str(plugin_config[one]) for one in ("tables", "staged", "mirror"))
        self.known: dict[str, dict[str, str]] = {}
        self.one_at_a_time = Lock()

    def configure_connection(self, conn: DuckDBPyConnection) -> None:
        """Keep the warehouse at hand, for tables that were made there, and let it see what the engine makes."""
        self.warehouse = conn
        see(conn, self.tables)

    @cached_property
    def session(self) -> SparkSession:
        """The session of this run, in which dates and moments are those of the warehouse."""
        try:
            from pyspark.sql import SparkSession
        except ModuleNotFoundError as error:
            raise DbtRuntimeError(f"ZICHT_ENGINE=spark lacks {error.name}: pip install 'zicht[spark]'") from None
        if not (address := os.environ.get(ADDRESS)):
            from pysail.spark import SparkConnectServer

            self.server = SparkConnectServer()
            self.server.start(background=True)
            address = f"sc://localhost:{self.server.listening_address[1]}"
        session = SparkSession.builder.remote(address).getOrCreate()
        session.conf.set("spark.sql.session.timeZone", "UTC")
        return session

    def store(self, target_config: TargetConfig) -> None:
        """Run a model and leave its rows as Parquet; of a model that only renames rows, so that Spark knows it, a view.

        Args:
            target_config: the model and its place.
        """
        from pipelines.model.dialect import to_spark

        model, location = target_config.config.model, target_config.location
        assert location  # noqa: S101 - the macro tells one
        sql = str(model.compiled_code)
        with self.one_at_a_time:
            for found in _SOURCE.finditer(sql):
                if (name := f"source_{found['name']}") not in self.known:
                    self._know(name, found["place"].partition("/**")[0].replace(self.staged, self.mirror, 1))
            for name in _RELATION.findall(sql):
                if name not in self.known:
                    self._export(name)
        query = to_spark(_RELATION.sub(r"\1", _SOURCE.sub(r"source_\g<name>", sql)), self.known)
        frame = self.session.sql(query)
        if model.fqn[1] == "staging":
            self._name(model.name, frame)
            return
        empty(location.path)
        frame.write.parquet(location.path)
        files = files_at(location.path)
        if not files.glob(f"{location.path}/*.parquet"):  # an engine may write nothing where there is no row
            from pyarrow.parquet import write_table

            with files.open(f"{location.path}/none.parquet", "wb") as stream:
                write_table(frame.toArrow(), stream)
        self._know(model.name, location.path)

    def _export(self, name: str) -> None:
        """Give the engine a table that DuckDB made: a seed, or a model of one node."""
        place = f"{self.tables}/{name}.parquet"
        if "://" not in place:
            files_at(place).makedirs(self.tables, exist_ok=True)
        with self.warehouse.cursor() as cursor:
            table = cursor.table(name)
            # Parquet's UUID is bytes to other engines.
            told = (
                f'cast("{column}" as varchar) as "{column}"' if kind == "UUID" else f'"{column}"'
                for column, kind in zip(table.columns, table.types, strict=True)
            )
            table.select(", ".join(told)).write_parquet(place)
        self._know(name, place)

    def _know(self, name: str, place: str) -> None:
        frame = self.session.read.option("recursiveFileLookup", "true").parquet(place)
        self._name(name, frame)

    def _name(self, name: str, frame: DataFrame) -> None:
        frame.createOrReplaceTempView(name)
        self.known[name] = dict(frame.dtypes)
