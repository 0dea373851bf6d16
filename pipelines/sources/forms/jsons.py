"""JSON among the forms: lines of it as a table, and asking DuckDB, in memory, what they hold.

Belongs here: what forms in JSON share. Does not belong here: which member is which rubric.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipelines.landing.deliveries import RefusedError

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa


def memory() -> duckdb.DuckDBPyConnection:
    """A connection that writes nothing to disk, not even when memory runs short."""
    import duckdb

    return duckdb.connect(config={"autoinstall_known_extensions": "false", "temp_directory": ""})


def lines(block: bytes, first_row: int) -> pa.Table:
    """The lines of a block with their numbers, as bytes: ``row`` and ``line``."""
    import numpy as np
    import pyarrow as pa
    from pyarrow import compute

    split = compute.split_pattern(pa.array([block.removesuffix(b"\n")], pa.large_binary()), b"\n").values
    return pa.table({"row": pa.array(np.arange(first_row, first_row + len(split))), "line": split})


def ask(connection: duckdb.DuckDBPyConnection, where: str, sql: str, given: pa.Table) -> pa.Table:
    """The answer to a query over the table ``given``.

    Raises:
        RefusedError: DuckDB could not; what it says of that may be content, and stays here.
    """
    import duckdb

    connection.register("given", given)
    try:
        return connection.execute(sql).to_arrow_table()
    except duckdb.Error as error:
        rule = f"its JSON cannot be read ({type(error).__name__})"
        raise RefusedError(where, rule, "Deliver it again as the register gives it") from None
    finally:
        connection.unregister("given")


def is_no_list_of_objects(document: str, path: str) -> str:
    """SQL: something else than a list of objects stands at the path; nothing at all is well."""
    return f"""(
        coalesce(json_type({document}, '{path}') not in ('ARRAY', 'NULL'), false)
        or coalesce(len(list_filter(json_type({document}, '{path}[*]'), lambda kind: kind <> 'OBJECT')) > 0, false)
    )"""


def structure(members: Any) -> str:
    """The structure that ``json_transform`` is to take from a document, as SQL text."""
    import json

    return "'" + json.dumps(members) + "'"
