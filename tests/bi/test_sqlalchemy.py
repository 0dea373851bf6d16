"""SQLAlchemy, on which notebooks and many tools build."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import NullPool, create_engine, inspect, text

from tests.bi.clients import KNOWN, KNOWN_ANSWER

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from tests.bi.conftest import Published

LOCKED = {"enable_external_access": "false", "lock_configuration": "true"}


def engine_of(published: Published) -> Engine:
    """As docs/bi.md says; without a pool each connection is new, and so sees the release that stands."""
    locked = {"read_only": True, "config": LOCKED}
    return create_engine(f"duckdb:///{published.database}", connect_args=locked, poolclass=NullPool)


def test_tables_columns_and_comments_are_reflected(published: Published) -> None:
    tables = published.tables()
    found = inspect(engine_of(published))
    assert sorted(found.get_table_names()) == [table.name for table in tables]
    for table in tables:
        assert found.get_table_comment(table.name) == {"text": f"{table.nl} / {table.en}"}
        columns = {one["name"]: one["comment"] for one in found.get_columns(table.name)}
        assert columns == {one.name: one.comment for one in table.columns}, table.name


def test_a_query_gets_the_right_numbers(published: Published) -> None:
    with engine_of(published).connect() as connection:
        assert [list(row) for row in connection.execute(text(KNOWN))] == KNOWN_ANSWER
