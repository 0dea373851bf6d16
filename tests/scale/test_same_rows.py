"""Each model of SQL, run on Spark's engine over what DuckDB made of the models before it, gives the same rows."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from pipelines.model.dialect import to_spark

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession

    from tests.integration.conftest import Refreshed

pytest.importorskip("pysail")
pytestmark = pytest.mark.slow

RECURSIVE = {"int_inspections__companies", "int_municipality__parts", "int_person__links"}
"""Of few rows, and Sail knows no recursion: these stay with the models of Python on one node."""
NUMBERED = {"int_observations__ties"}
"""Its numbers of cells and ties are of the order in which an engine comes by them."""


class Made:
    """The warehouse of the sample, and its tables as an engine beside it reads them."""

    def __init__(self, data: Path, folder: Path, spark: SparkSession) -> None:
        self.spark, self.folder = spark, folder
        self.build, self.staged = data / "build", data / "staged"
        self.warehouse = duckdb.connect(str(self.build / "warehouse.duckdb"), read_only=True)
        manifest = json.loads((self.build / "dbt" / "manifest.json").read_text(encoding="utf-8"))
        self.nodes = {
            one["name"]: one for one in manifest["nodes"].values() if one["resource_type"] in ("model", "seed")
        }
        self.schema: dict[str, dict[str, str]] = {}
        for name in self.nodes:
            self.warehouse.execute(f"copy (select * from {name}) to '{folder / name}.parquet' (format parquet)")
            self._view(name, str(folder / f"{name}.parquet"))
        for source in manifest["sources"].values():
            of_catalogue = source["source_name"] == "catalogue"
            place = self.staged / (
                f"catalogue/{source['name']}.parquet" if of_catalogue else f"{source['name']}/accepted"
            )
            self._view(f"source_{source['name']}", str(place))

    def _view(self, name: str, path: str) -> None:
        frame = self.spark.read.option("recursiveFileLookup", "true").parquet(path)
        frame.createOrReplaceTempView(name)
        self.schema[name] = dict(frame.dtypes)

    def models(self) -> list[str]:
        """Names of the models that are SQL."""
        return [
            name for name, one in self.nodes.items() if one.get("language") == "sql" and one["resource_type"] == "model"
        ]

    def query(self, name: str) -> str:
        """What dbt made of a model, in Spark's words."""
        path = self.build / "dbt" / "compiled" / "zicht" / self.nodes[name]["original_file_path"]
        sql = re.sub(r'"warehouse"\."main"\."(\w+)"', r"\1", path.read_text(encoding="utf-8"))
        sql = re.sub(r"read_parquet\('[^']*?/(\w+)(/accepted/\*\*/\*)?\.parquet'\)", r"source_\1", sql)
        return to_spark(sql, self.schema)

    def differences(self, name: str) -> list[Any]:
        """Rows that one of the engines has and the other has not."""
        self.spark.sql(self.query(name)).write.mode("overwrite").parquet(str(self.folder / f"{name}.spark"))
        columns = self.warehouse.execute(f"describe {name}").fetchall()
        # The last digits of a sum of doubles are of the order in which they are added.
        same = ", ".join(
            f'round("{column}", 6) as "{column}"' if kind == "DOUBLE" else f'cast("{column}" as {kind}) as "{column}"'
            for column, kind, *_ in columns
        )
        if not list((self.folder / f"{name}.spark").rglob("*.parquet")):
            return self.warehouse.execute(f"select * from {name} limit 3").fetchall()
        here, there = f"select {same} from {name}", f"select {same} from '{self.folder / name}.spark/**/*.parquet'"
        return self.warehouse.execute(
            f"(({here}) except all ({there})) union all (({there}) except all ({here})) limit 3"
        ).fetchall()


@pytest.fixture(scope="module")
def made(sample: Refreshed, spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Made:
    return Made(sample.place.data, tmp_path_factory.mktemp("scale"), spark)


def test_every_model_gives_the_same_rows_on_the_other_engine(made: Made) -> None:
    tried = sorted(set(made.models()) - RECURSIVE - NUMBERED)
    assert len(tried) > 90
    assert {name: found for name in tried if (found := made.differences(name))} == {}


def test_what_an_engine_numbers_as_it_likes_is_said_too(made: Made) -> None:
    rows = made.spark.sql(made.query("int_observations__ties")).count()
    assert rows == made.warehouse.execute("select count(*) from int_observations__ties").fetchone()[0]  # type: ignore[index]
