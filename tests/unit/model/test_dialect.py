"""Words of DuckDB that Sail takes as they are and Spark does not: CI's engine would not notice."""

from __future__ import annotations

import pytest

from pipelines.model.dialect import to_spark

TABLE = {"t": {"v": "double", "m": "string", "since": "date", "until": "date"}}


@pytest.mark.parametrize(
    ("said", "in_spark"),
    [
        ("any_value(v) filter (where m = 'a')", "ANY_VALUE(t.v, TRUE) FILTER(WHERE t.m = 'a')"),
        ("date_diff('day', since, until)", "DATEDIFF(DAY, t.since, t.until)"),
    ],
)
def test_it_is_said_as_spark_wants_it(said: str, in_spark: str) -> None:
    assert to_spark(f"select {said} as found from t", TABLE) == f"SELECT {in_spark} AS found FROM t AS t"
