"""The copy in PostgreSQL: a real server on a loopback port, and ODBC on it as Excel and Power BI read."""

from __future__ import annotations

import getpass
import json
import os
import shutil
import socket
import subprocess
import tempfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from tests.bi.clients import KNOWN, KNOWN_ANSWER
from tests.bi.conftest import as_json, python_with, run
from tests.conftest import PATIENCE_SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.bi.conftest import Published
    from tests.integration.conftest import Place

ODBC_CLIENT = """
import json, sys
import pyodbc
given = json.load(sys.stdin)
with pyodbc.connect(given["address"], readonly=True) as connection:
    cursor = connection.cursor()
    said = {
        "tables": sorted(row.table_name for row in cursor.tables(schema="zicht", tableType="TABLE")),
        "types": {row.column_name: row.type_name for row in cursor.columns(table="gap_headline", schema="zicht")},
        "keys": [row.column_name for row in cursor.primaryKeys(table="gap_headline", schema="zicht")],
        "answers": [[list(row) for row in cursor.execute(query).fetchall()] for query in given["queries"]],
    }
print(json.dumps(said, default=str))
"""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of an empty server, started by a user without privileges."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin")) or [Path(shutil.which("initdb") or "/").parent]
    programs = found[-1]
    if not (programs / "initdb").exists():
        pytest.skip("not installed: postgresql")
    # Where programs of the machine's owner are is not on everybody's path.
    runuser = shutil.which("runuser", path=f"{os.environ['PATH']}:/usr/sbin:/sbin") or "runuser"
    user = [runuser, "-u", "postgres", "--"] if getpass.getuser() == "root" else []
    folder = Path(tempfile.mkdtemp(prefix="zicht-postgres-"))
    if user:
        shutil.chown(folder, "postgres")
    data = folder / "data"
    options = f"-p {free_port()} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
    run([*user, programs / "initdb", "-D", data, "-U", "zicht", "-A", "trust", "-N", "-E", "UTF8", "--no-locale"])
    start = [*user, programs / "pg_ctl", "-D", data, "-o", options, "-l", folder / "log", "-w", "start"]
    subprocess.run(list(map(str, start)), check=True, stdout=subprocess.DEVNULL, cwd="/")
    try:
        yield f"postgresql://zicht@127.0.0.1:{options.split()[1]}/postgres"
    finally:
        run([*user, programs / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop"])
        shutil.rmtree(folder)


def free_port() -> int:
    """A port of the loopback that nobody listens on."""
    with closing(socket.socket()) as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


@pytest.fixture
def address(server: str) -> Iterator[str]:
    """The same server, empty again."""
    yield server
    with psycopg.connect(server) as connection:
        connection.execute("drop schema if exists zicht, zicht_outgoing, reports cascade")
        connection.execute("drop role if exists reader, narrow")


def rows_of(address: str, query: str) -> list[list[Any]]:
    """What a server answers, as JSON has it."""
    with psycopg.connect(address) as connection:
        return as_json([list(row) for row in connection.execute(query).fetchall()])


def test_every_row_of_every_table_arrives(address: str, place: Place, published: Published) -> None:
    ran = place.zicht("export", "--sample", "--postgres", address, "--json")
    assert ran.code == 0, ran.err
    tables = published.tables()
    assert list(ran.summary["rows"]) == [table.name for table in tables]
    for table in tables:
        there = rows_of(address, f"select * from zicht.{table.name}")
        assert sorted(map(str, there)) == sorted(map(str, published.rows(f"select * from {table.name}"))), table.name


def test_tables_columns_and_the_schema_say_what_they_are(address: str, place: Place, published: Published) -> None:
    place.zicht("export", "--sample", "--postgres", address)
    ((comment,),) = rows_of(address, "select obj_description('zicht'::regnamespace)")
    assert comment.startswith(f"zicht, release {published.one('select release_id from release where is_current')}")
    assert "SYNTHETIC" in comment
    for table in published.tables():
        described = rows_of(
            address,
            f"""select obj_description(attrelid), col_description(attrelid, attnum) from pg_attribute
            where attrelid = 'zicht.{table.name}'::regclass and attnum > 0 order by attnum""",
        )
        assert described == [[f"{table.nl} / {table.en}", one.comment] for one in table.columns], table.name


def test_the_same_again_changes_nothing_and_leaves_nothing_behind(address: str, place: Place) -> None:
    first = place.zicht("export", "--sample", "--postgres", address, "--json")
    again = place.zicht("export", "--sample", "--postgres", address, "--json")
    assert (first.code, again.code, again.summary) == (0, 0, first.summary)
    assert rows_of(address, "select nspname from pg_namespace where nspname like 'zicht%'") == [["zicht"]]


def test_a_reader_goes_on_while_the_release_changes(address: str, place: Place) -> None:
    place.zicht("export", "--sample", "--postgres", address)
    query = "select count(*) from zicht.gap_headline"
    with psycopg.connect(address) as reader:
        reader.execute("set transaction isolation level repeatable read")
        before = reader.execute(query).fetchone()
        command, environment = place.command("export", "--sample", "--postgres", address)
        with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as export:
            # The swap does not wait for the reader; removing the tables it looked at does.
            while rows_of(address, "select count(*) from pg_namespace where nspname = 'zicht_outgoing'") == [[0]]:
                assert export.poll() is None
            assert reader.execute(query).fetchone() == before
            reader.rollback()
            assert export.wait(timeout=PATIENCE_SECONDS) == 0
    assert rows_of(address, "select nspname from pg_namespace where nspname like 'zicht%'") == [["zicht"]]


def test_grants_to_read_are_kept(address: str, place: Place) -> None:
    place.zicht("export", "--sample", "--postgres", address)
    with psycopg.connect(address) as connection:
        connection.execute("create role reader; grant usage on schema zicht to reader")
        connection.execute("grant select on all tables in schema zicht to reader")
        connection.execute("create role narrow; grant usage on schema zicht to narrow")
        connection.execute("grant select on zicht.gap_headline to narrow")
        connection.execute("drop table zicht.housing")  # comes as a new table with the next release
    assert place.zicht("export", "--sample", "--postgres", address).code == 0
    may = "select role, has_table_privilege(role, 'zicht.' || name, 'select') from {} order by 1, 2"
    asked = "(values ('reader', 'housing'), ('reader', 'area'), ('narrow', 'area'), ('narrow', 'gap_headline'))"
    assert rows_of(address, may.format(f"{asked} as asked (role, name)")) == [
        ["narrow", False], ["narrow", True], ["reader", True], ["reader", True],
    ]  # fmt: skip


def test_what_is_not_zichts_own_is_left_alone(address: str, place: Place) -> None:
    for schema in ("public", "pg_catalog"):
        ran = place.zicht("export", "--sample", "--postgres", address, "--schema", schema)
        assert ran.code == 2
        assert f"schema {schema} was not made by zicht: name another with --schema" in ran.err


def test_a_view_that_would_keep_the_old_release_stops_the_export(address: str, place: Place) -> None:
    place.zicht("export", "--sample", "--postgres", address)
    with psycopg.connect(address) as connection:
        connection.execute("create schema reports")
        connection.execute("create view reports.mine as select * from zicht.area")
    ran = place.zicht("export", "--sample", "--postgres", address)
    assert ran.code == 2
    assert "would keep the old release: reports.mine; drop them" in ran.err
    assert rows_of(address, "select count(*) > 0 from reports.mine") == [[True]]


def test_a_password_is_never_shown(place: Place) -> None:
    closed = free_port()
    for given, code in (
        (f"postgresql://zicht:geheim@127.0.0.1:{closed}/postgres", 3),
        (f"postgresql://zicht:gehe@im@127.0.0.1:{closed}/postgres", 2),
        (f"postgresql://zicht:geheim%zz@127.0.0.1:{closed}/postgres", 2),
        ("postgresql//zicht:geheim@127.0.0.1/postgres", 2),
    ):
        ran = place.zicht("export", "--sample", "--postgres", given)
        assert ran.code == code, ran.err
        assert "zicht: " in ran.err
        assert not any(part in ran.out + ran.err for part in ("geheim", "gehe", "im@")), given


def test_odbc_reads_it_as_excel_and_power_bi_do(address: str, place: Place, published: Published) -> None:
    driver = next(Path("/usr/lib").glob("*/odbc/psqlodbcw.so"), None)
    if driver is None or not any(Path("/usr/lib").glob("*/libodbc.so.2")):
        pytest.skip("not installed: odbc-postgresql, libodbc2")
    place.zicht("export", "--sample", "--postgres", address)
    port = address.rsplit(":", 1)[1].split("/")[0]
    asked = [KNOWN, "select count(*), sum(persons), min(period_end), bool_or(synthetic) from registered"]
    given = {
        "address": f"Driver={driver};Server=127.0.0.1;Port={port};Database=postgres;Uid=zicht;ReadOnly=1;BoolsAsChar=0",
        "queries": [query.replace(" from ", " from zicht.") for query in asked],
    }
    said = json.loads(run([python_with("odbc", "pyodbc==5.3.0"), "-c", ODBC_CLIENT], given=json.dumps(given)))
    assert said["tables"] == [table.name for table in published.tables()]
    assert said["types"]["workers"] == "int8"
    assert said["keys"] == ["municipality_code", "reporting_year"]
    assert said["answers"][0] == KNOWN_ANSWER
    assert [[str(cell) for cell in row] for row in said["answers"][1]] == [
        [str(cell) for cell in row] for row in published.rows(asked[1])
    ]
