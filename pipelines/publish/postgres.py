"""The standing release as a schema of PostgreSQL, for tools that read servers and no files.

Belongs here: loading, and the swap that readers do not notice. Does not belong here: the tables' form (``exports``);
who may connect, which is the database's own matter. Imported only where it is used: the driver is an extra.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import duckdb
import psycopg
from psycopg import sql

from pipelines.publish.exports import DATABASE, export_name, published_tables
from pipelines.publish.release import current_release
from pipelines.settings import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.publish.exports import Table
    from pipelines.settings import Settings

log = logging.getLogger("zicht.publish")

_TYPES = {
    "VARCHAR": "text", "BIGINT": "bigint", "DOUBLE": "double precision", "BOOLEAN": "boolean", "DATE": "date",
    "TIMESTAMP": "timestamp",
}  # fmt: skip
_OURS = "zicht, release "
_LOCK_SECONDS = 30
"""How long to wait for readers who hold tables of an earlier release."""
_BLOCK = 1 << 20

_VIEWS = """
    select distinct rule.ev_class::regclass::text
    from pg_class as ours
    join pg_depend as link on link.refobjid = ours.oid
    join pg_rewrite as rule on rule.oid = link.objid
    where ours.relnamespace = to_regnamespace(quote_ident(%(schema)s))
"""
# Who may read a table may read the new one; who may read every table may read those that came as well.
_GRANTS = """
    with ours as (
        select * from pg_class where relnamespace = to_regnamespace(quote_ident(%(schema)s)) and relkind = 'r'
    ),
    who as (select 0::oid as role, 'public' as name union all select oid, quote_ident(rolname) from pg_roles),
    readers as (
        select who.name, ours.relname, count(*) over (partition by who.name) as tables
        from ours
        cross join aclexplode(ours.relacl) as acl
        join who on who.role = acl.grantee
        where acl.privilege_type = 'SELECT' and acl.grantee <> ours.relowner
    )
    select format('grant usage on schema %%I to %%s', %(fresh)s::text, who.name)
    from pg_namespace as space
    cross join aclexplode(space.nspacl) as acl
    join who on who.role = acl.grantee
    where space.nspname = %(schema)s and acl.privilege_type = 'USAGE' and acl.grantee <> space.nspowner
    union all
    select distinct format('grant select on all tables in schema %%I to %%s', %(fresh)s::text, name)
    from readers where tables = (select count(*) from ours)
    union all
    select format('grant select on %%I.%%I to %%s', %(fresh)s::text, relname, name)
    from readers where relname = any(%(tables)s) and tables < (select count(*) from ours)
"""


def copy_to_postgres(settings: Settings, url: str, schema: str = "zicht") -> dict[str, int]:
    """Put the standing release into a schema, in the place of the release that is there; return rows by table.

    All of it is one transaction: a reader sees the old release or the new, a failure changes nothing. Grants to read
    are kept. The password may stand in the address, or better in a password file as PostgreSQL's own clients read it.

    Raises:
        UsageError: there is no release, the address is none, the schema is not zicht's own, or views build on it.
        ConnectionError: PostgreSQL could not be reached, or refused.
    """
    release = current_release(settings)
    if release is None:
        raise UsageError("there is no release to export: run `zicht refresh`")
    _require_address(url)
    folder = settings.current.resolve()  # one release from beginning to end
    with duckdb.connect(str(folder / DATABASE), read_only=True) as connection:
        tables = published_tables(connection)
    comment = f"{_OURS}{release['release_id']}" + (", SYNTHETIC: some of it is made up" if settings.sample else "")
    try:
        with psycopg.connect(url, autocommit=True) as server:
            return _replace(server, schema, tables, folder, comment, synthetic=settings.sample)
    except psycopg.Error as error:
        raise ConnectionError(f"PostgreSQL: {' '.join(str(error).split())}") from None


def _require_address(url: str) -> None:
    """Look at the address before the driver does, whose message would repeat it, and the password in it."""
    try:
        host = psycopg.conninfo.conninfo_to_dict(url).get("host")
    except psycopg.ProgrammingError:
        host = "@"
    if "@" in str(host):
        raise UsageError(
            "--postgres is no address: write postgresql://USER@HOST:PORT/DATABASE, with %40 for an @ in a password"
        )


def _replace(
    server: psycopg.Connection, schema: str, tables: list[Table], folder: Path, comment: str, *, synthetic: bool
) -> dict[str, int]:
    fresh, old = f"{schema}_incoming", f"{schema}_outgoing"
    server.execute(sql.SQL("set lock_timeout = {}").format(f"{_LOCK_SECONDS}s"))
    server.execute("set client_min_messages = warning")
    if _require_own(server, old):  # left where a reader held it, or a run was killed
        _drop(server, old)
    with server.transaction():
        server.execute("select pg_advisory_xact_lock(hashtext(%s))", [schema])  # two exports at once
        present = _require_own(server, schema)
        server.execute(sql.SQL("create schema {}").format(sql.Identifier(fresh)))
        rows = {}
        for table in tables:
            file = folder / "csv" / export_name(f"{table.name}.csv", synthetic=synthetic)
            rows[table.name] = _load(server, fresh, table, file)
        if present:
            places = {"schema": schema, "fresh": fresh, "tables": list(rows)}
            for (grant,) in server.execute(_GRANTS, places).fetchall():
                server.execute(grant)
            _rename(server, schema, old)
        _rename(server, fresh, schema)
        server.execute(sql.SQL("comment on schema {} is {}").format(sql.Identifier(schema), comment))
    try:
        _drop(server, old)
    except psycopg.errors.LockNotAvailable:
        log.warning("a reader still holds the release before; the next export removes it")
    return rows


def _require_own(server: psycopg.Connection, schema: str) -> bool:
    """Whether the schema is there; nothing of somebody else's is ever replaced."""
    found = server.execute(
        "select obj_description(oid, 'pg_namespace') from pg_namespace where nspname = %s", [schema]
    ).fetchone()
    if found is None:
        return False
    if not (found[0] or "").startswith(_OURS):
        raise UsageError(f"schema {schema} was not made by zicht: name another with --schema, or remove it first")
    if views := [name for (name,) in server.execute(_VIEWS, {"schema": schema}).fetchall()]:
        raise UsageError(
            f"views build on schema {schema} and would keep the old release: {', '.join(sorted(views))};"
            " drop them, and make them again after the export"
        )
    return True


def _load(server: psycopg.Connection, schema: str, table: Table, file: Path) -> int:
    place = sql.Identifier(schema, table.name)
    declared = [sql.SQL("{} " + _TYPES[one.type]).format(sql.Identifier(one.name)) for one in table.columns]
    server.execute(sql.SQL("create table {} ({})").format(place, sql.SQL(", ").join(declared)))
    # Frozen: a reader whose transaction is older than this one finds the rows, and no empty table.
    load = sql.SQL("copy {} from stdin (format csv, header, freeze)").format(place)
    with server.cursor() as cursor:
        with cursor.copy(load) as copy, file.open("rb") as stream:
            while block := stream.read(_BLOCK):
                copy.write(block)
        rows = cursor.rowcount
    keys = sql.SQL(", ").join(map(sql.Identifier, table.keys))
    index = "alter table {} add primary key ({})" if table.complete else "create index on {} ({})"
    server.execute(sql.SQL(index).format(place, keys))
    server.execute(sql.SQL("comment on table {} is {}").format(place, f"{table.nl} / {table.en}"))
    for one in table.columns:
        column = sql.Identifier(schema, table.name, one.name)
        server.execute(sql.SQL("comment on column {} is {}").format(column, one.comment))
    server.execute(sql.SQL("analyze {}").format(place))
    return rows


def _rename(server: psycopg.Connection, name: str, other: str) -> None:
    server.execute(sql.SQL("alter schema {} rename to {}").format(sql.Identifier(name), sql.Identifier(other)))


def _drop(server: psycopg.Connection, schema: str) -> None:
    server.execute(sql.SQL("drop schema if exists {} cascade").format(sql.Identifier(schema)))
