"""What changed between two releases that are kept: tables, rows and figures, and by which cause as far as can be known.

Belongs here: comparing two published files, and telling the causes apart. Does not belong here: finding or verifying a
release (``release``). The rules by which a row gets its cause are in docs/decisions/0031.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

import duckdb

from pipelines.files import read_json
from pipelines.privacy.disclosure import rules
from pipelines.publish.candidate import columns_of, quoted
from pipelines.publish.exports import export_name
from pipelines.publish.release import MANIFEST, find_release
from pipelines.settings import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date
    from pathlib import Path

    from pipelines.settings import Settings

OF_THE_RUN = frozenset({"release", "quality_result"})
"""Tables that are another in every release, and are not compared."""
PROVENANCE = ("delivery_id", "version")
"""Columns that change with a delivery though the figures stay the same."""
CAUSES = ("new delivery", "correction", "withdrawn", "code", "configuration", "date", "unknown")
SIDES = ("before", "after")
_NOT_JUDGED = ("area_code", "register", "since", "counted_on")


class Delivery(NamedTuple):
    """A delivery as one of the two releases tells of it."""

    source: str
    scope: str
    reference_date: date
    standing: str


def diff(
    settings: Settings,
    before: str,
    after: str,
    *,
    table: str | None = None,
    limit: int = 20,
    disclosure: bool = False,
) -> dict[str, Any]:
    """Compare two releases, each an id, ``current`` or ``previous``; with the first changed rows of a table if named.

    With ``disclosure`` it is judged too what both tell together of how counts of persons changed.

    Returns:
        ``before`` and ``after``: what the releases are; ``why``: deliveries that came or went with their cause, and
        old and new of code, configuration and date where they differ; ``contract``: columns that only one has or that
        were retyped; ``tables``: of each the rows, how many were added, removed and changed, how many only stand in
        another delivery, how many have which cause, how many differ in which column, and in which municipalities most
        rows differ; ``rows``: those of ``table``; ``disclosure``: none if not asked for or if counts have two forms,
        else small changes that show too precisely (``changes``) and what could not be judged, see ``privacy.shown``.

    Raises:
        UsageError: a release is not kept or cannot be opened, or the table is not in both.
    """
    folders = [find_release(settings, name) for name in (before, after)]
    manifests = [read_json(folder / MANIFEST) for folder in folders]
    found = compare(settings, folders, manifests, table=table, limit=limit)
    return found | {"disclosure": _disclosure(settings, folders, found["contract"]) if disclosure else None}


def compare(
    settings: Settings,
    folders: list[Path],
    manifests: list[dict[str, Any]],
    *,
    table: str | None = None,
    limit: int = 0,
) -> dict[str, Any]:
    """Compare the release in one directory with that in another, by their manifests; see ``diff``.

    Raises:
        UsageError: a file cannot be opened, or the table is not in both.
    """
    spilled = str(settings.build / "spilled")  # not into the directory that the command happens to be run from
    with duckdb.connect(config={"autoinstall_known_extensions": "false", "temp_directory": spilled}) as connection:
        for side, folder in zip(SIDES, folders, strict=True):
            try:
                connection.execute(f"attach '{quoted(folder / settings.database.name)}' as {side} (read_only)")
            except duckdb.Error:
                raise UsageError(f"release {folder.name} is damaged: its file cannot be opened") from None
        two = _Two(connection, manifests)
        if table and table not in two.tables:
            raise UsageError(f"--table {table}: compared are {', '.join(two.tables)}")
        return {
            "before": two.told(0),
            "after": two.told(1),
            "why": two.why(),
            "contract": two.contract(),
            "tables": {name: two.unchanged(name) or two.compare(name) for name in two.tables},
            "rows": two.rows(table, limit) if table else [],
        }


def _disclosure(settings: Settings, folders: list[Path], contract: dict[str, list[str]]) -> dict[str, Any] | None:
    """The changes of counts of persons that show too precisely; none where the two tell them in different columns."""
    from pipelines.privacy.shown import changes, shown_counts  # loads a solver

    if any(name.startswith("registered.") for names in contract.values() for name in names):
        return None
    with duckdb.connect(config={"autoinstall_known_extensions": "false"}) as connection:
        for side, folder in zip(SIDES, folders, strict=True):
            connection.execute(f"attach '{quoted(folder / settings.database.name)}' as {side} (read_only)")
        judged = changes(*(shown_counts(connection, side) for side in SIDES))
    not_judged = [dict(zip(_NOT_JUDGED, one, strict=True)) for one in judged.not_judged]
    return {"changes": [one._asdict() for one in judged.found], "not_judged": not_judged}


class _Two:
    """Two published files, attached as ``before`` and ``after``, with their manifests."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, manifests: list[dict[str, Any]]) -> None:
        self.connection = connection
        self.manifests = manifests
        self.columns = [columns_of(connection, side) for side in SIDES]
        self.tables = sorted((self.columns[0].keys() & self.columns[1].keys()) - OF_THE_RUN)
        self.deliveries = [
            {
                identity: Delivery(*rest)
                for identity, *rest in connection.execute(
                    f"select delivery_id, source, scope, reference_date, standing from {side}.delivery"
                ).fetchall()
            }
            for side in SIDES
        ]
        self.moved = self._moved()

    def told(self, side: int) -> dict[str, Any]:
        """What a release is."""
        names = ("release_id", "as_of", "released_at", "contract_version", "code_version", "synthetic")
        return {name: self.manifests[side].get(name) for name in names}

    def why(self) -> dict[str, Any]:
        """What of all that figures depend on is another."""
        old, new = (manifest.get("configuration") or {} for manifest in self.manifests)
        deliveries = [
            {"cause": cause, "source": one.source, "scope": one.scope, "reference_date": str(one.reference_date)}
            | {"delivery_id": identity}
            for identity, cause in self.moved.items()
            for one in [self.deliveries[1].get(identity) or self.deliveries[0][identity]]
            if one.standing != "superseded"  # told by what took its place
        ]
        return {
            "deliveries": sorted(deliveries, key=lambda one: [*one.values()]),
            "code": self._pair("code_version"),
            "configuration": {
                name: [old.get(name), new.get(name)]
                for name in sorted(old.keys() | new.keys())
                if old and new and old.get(name) != new.get(name)
            },
            "date": self._pair("as_of"),
        }

    def contract(self) -> dict[str, list[str]]:
        """What is not compared, because only one of the two has it or each with another type."""
        old, new = (
            {f"{table}.{column}": kind for table, columns in side.items() for column, kind in columns.items()}
            for side in self.columns
        )
        return {
            "only_before": [name for name in old if name not in new],
            "only_after": [name for name in new if name not in old],
            "retyped": [f"{name} {kind} -> {new[name]}" for name, kind in old.items() if new.get(name, kind) != kind],
        }

    def unchanged(self, table: str) -> dict[str, Any] | None:
        """What ``compare`` returns, without looking, of a table of which both wrote the same bytes of Parquet."""
        places = [f"parquet/{export_name(f'{table}.parquet', synthetic=made_up)}" for made_up in (False, True)]
        old, new = ([(manifest.get("files") or {}).get(place) for place in places] for manifest in self.manifests)
        if old != new or not any(old):
            return None
        return self._told(table, Counter(), Counter())

    def compare(self, table: str) -> dict[str, Any]:
        """The changes of a table in numbers; the rows themselves are left in the temporary table ``changes``."""
        common, key, twin = self._common(table), *self._key(table)
        loose = [name for name in key if name not in PROVENANCE] or key
        values = [name for name in common if name not in loose and name not in PROVENANCE]
        sides = f"select rowid as _place, {_list(key)}, {twin} as _twin"
        # First by the whole key, then what is left by the key without its provenance, where that tells rows apart.
        self.connection.execute(f"""
            create or replace temp table pair as
            with
            old as materialized ({sides} from before.{table}),
            new as materialized ({sides} from after.{table}),
            exact as materialized (
                select old._place as b, new._place as a from old full join new on {_same([*key, "_twin"])}
            ),
            gone as (
                select {_list(loose)}, any_value(_place) as _place
                from old semi join exact on exact.b = old._place and exact.a is null
                group by all having count(*) = 1
            ),
            come as (
                select {_list(loose)}, any_value(_place) as _place
                from new semi join exact on exact.a = new._place and exact.b is null
                group by all having count(*) = 1
            ),
            again as materialized (
                select old._place as b, new._place as a from gone as old join come as new on {_same(loose)}
            )
            select b, a from exact where b is not null and a is not null
            union all select b, a from again
            union all select b, a from exact where a is null and b not in (select b from again)
            union all select b, a from exact where b is null and a not in (select a from again)
        """)
        deliveries = [name for name in common if name == "delivery_id" or name.endswith("_delivery_id")]
        old_ids, new_ids = (
            f"concat_ws(' + ', {_list(deliveries, f'{side}.')})" if deliveries else "''" for side in ("old", "new")
        )
        self.connection.execute(f"""
            create or replace temp table changes as
            select
                pair.b, pair.a, {old_ids} as old_ids, {new_ids} as new_ids,
                case
                    when pair.b is null then 'added' when pair.a is null then 'removed'
                    when {_differ(values)} then 'changed' else 'redelivered'
                end as kind
            from {self._joined("pair", table)}
            where pair.b is null or pair.a is null or {_differ([*values, *(set(PROVENANCE) & set(common))])}
        """)
        counted: Counter[str] = Counter()
        causes: Counter[str] = Counter()
        for kind, old, new, rows in self.connection.execute(
            "select kind, old_ids, new_ids, count(*) from changes group by all"
        ).fetchall():
            counted[kind] += rows
            if kind != "redelivered":
                causes[self.cause(kind, old, new)] += rows
        return self._told(table, counted, causes) | {
            "columns": self._changed_columns(table, values) if counted["changed"] else {},
            "municipalities": self._municipalities(table, common) if causes else {},
        }

    def _told(self, table: str, counted: Counter[str], causes: Counter[str]) -> dict[str, Any]:
        return {
            "rows": [self.connection.table(f"{side}.{table}").shape[0] for side in SIDES],
            **{kind: counted[kind] for kind in ("added", "removed", "changed", "redelivered")},
            "causes": dict(causes.most_common()),
            "columns": {},
            "municipalities": {},
        }

    def rows(self, table: str, limit: int) -> list[dict[str, Any]]:
        """The first changes of a table by its key: kind, cause, key, and old and new of what differs."""
        self.compare(table)
        common, (key, _) = self._common(table), self._key(table)
        shown = [name for name in key if name not in PROVENANCE] or key
        values = [name for name in common if name not in shown]
        numbers = {name for name in values if self.columns[1][table][name] in ("BIGINT", "DOUBLE")}
        both = ", ".join(f'old."{name}", new."{name}"' for name in values)
        keys = ", ".join(f'coalesce(new."{name}", old."{name}") as "{name}"' for name in shown)
        found = self.connection.execute(
            f"select pair.kind, old_ids, new_ids, {keys}, {both or '1'} from {self._joined('changes', table)}"
            f" where pair.kind <> 'redelivered' order by pair.kind, {_list(shown)}, pair.a, pair.b limit {limit}"
        ).fetchall()
        result = []
        for kind, old_ids, new_ids, *cells in found:
            pairs = zip(values, cells[len(shown) :: 2], cells[len(shown) + 1 :: 2], strict=False)
            result.append(
                {
                    "change": kind,
                    "cause": self.cause(kind, old_ids, new_ids),
                    "key": dict(zip(shown, cells, strict=False)),
                    "columns": {
                        name: [old, new]
                        for name, old, new in pairs
                        if old != new and (kind == "changed" or name in numbers)
                    },
                }
            )
        return result

    def cause(self, kind: str, old_ids: str, new_ids: str) -> str:
        """What made a row another: every cause that is possible, or ``unknown``."""
        old, new = ({one for one in ids.split(" + ") if one} for ids in (old_ids, new_ids))
        gone = {self._place(one) for one in old - new}
        found = {
            # The same row, told anew by its own source.
            "correction" if kind == "changed" and one in new and self._place(one) in gone else self.moved[one]
            for one in (old ^ new) & self.moved.keys()
        }
        if not found:  # none of its own deliveries: through others, which it does not name, or with the date
            found = set(self.moved.values()) | ({"date"} if self._pair("as_of") else set())
        elif kind != "changed":  # without that delivery the row would not be there, or would be there still
            return _in_order(found)
        why = self.why()
        return _in_order(found | {name for name in ("code", "configuration") if why[name]})

    def _moved(self) -> dict[str, str]:
        """The deliveries that count in one of the two only, with what that is a cause of."""
        before, after = self.deliveries
        counted, counts = ({key for key, one in side.items() if one.standing == "current"} for side in (before, after))
        left = {before[one][:3] for one in counted - counts}
        came = {one: "correction" if after[one][:3] in left else "new delivery" for one in counts - counted}
        superseded = {one for one in counted - counts if one in after and after[one].standing == "superseded"}
        return came | {one: "correction" if one in superseded else "withdrawn" for one in counted - counts}

    def _place(self, identity: str) -> tuple[str, ...]:
        """Source and scope of a delivery."""
        one = self.deliveries[1].get(identity) or self.deliveries[0].get(identity)
        return one[:2] if one else (identity,)

    def _pair(self, name: str) -> list[Any]:
        """Old and new of what a manifest says, where they differ."""
        old, new = (manifest.get(name) for manifest in self.manifests)
        return [old, new] if old != new else []

    def _common(self, table: str) -> list[str]:
        old, new = (side[table] for side in self.columns)
        return [name for name, kind in old.items() if new.get(name) == kind]

    def _key(self, table: str) -> tuple[list[str], str]:
        """The columns that tell rows apart, and in SQL what tells equal ones apart where those do not suffice."""
        common = self._common(table)
        old, new = (
            [
                name
                for (name,) in self.connection.execute(
                    f"select column_name from {side}.data_dictionary where is_key and table_name = ? order by position",
                    [table],
                ).fetchall()
            ]
            for side in SIDES
        )
        key = new if new and set(old) == set(new) <= set(common) else common  # by whole rows where it is another
        twins = " union all ".join(
            f"from {side}.{table} select 1 group by {_list(key)} having count(*) > 1" for side in SIDES
        )
        has_twins = self.connection.execute(f"{twins} limit 1").fetchone()
        return key, f"row_number() over (partition by {_list(key)})" if has_twins else "1"

    def _joined(self, pairs: str, table: str) -> str:
        return (
            f"{pairs} as pair left join before.{table} as old on old.rowid = pair.b"
            f" left join after.{table} as new on new.rowid = pair.a"
        )

    def _changed_columns(self, table: str, values: list[str]) -> dict[str, int]:
        counts = ", ".join(f"count(*) filter ({_differ([name])})" for name in values)
        found = self.connection.execute(
            f"select {counts} from {self._joined('changes', table)} where pair.kind = 'changed'"
        ).fetchall()[0]
        return {name: rows for name, rows in zip(values, found, strict=True) if rows}

    def _municipalities(self, table: str, common: list[str]) -> dict[str, int]:
        """The municipalities in which most rows differ, by code, with how many."""
        code = next((name for name in ("municipality_code", "area_code") if name in common), None)
        if code is None:
            return {}
        kind = "coalesce(new.area_type, old.area_type)" if "area_type" in common else "'GM'"
        found = self.connection.execute(
            f'select coalesce(new."{code}", old."{code}") as code, count(*) as rows'
            f" from {self._joined('changes', table)}"
            f" where pair.kind <> 'redelivered' and {kind} = 'GM' group by code order by rows desc, code limit 5"
        ).fetchall()
        return dict(found)


def in_words(found: dict[str, Any]) -> list[str]:
    """What ``diff`` returns, for a terminal."""
    words = [
        f"{name:<8}{one['release_id']} of {one['as_of']}, released {one['released_at']} UTC"
        + (" (SYNTHETIC)" if one["synthetic"] else "")
        for name, one in (("from", found["before"]), ("to", found["after"]))
    ]
    why, contract = found["why"], found["contract"]
    different = [f"{one['cause']}: {one['source']} {one['scope']} {one['reference_date']}" for one in why["deliveries"]]
    different += [f"{name}: {old} -> {new}" for name, old, new in _pairs({"code": why["code"], "date": why["date"]})]
    different += [f"configuration: {name} {old} -> {new}" for name, old, new in _pairs(why["configuration"])]
    words += ["", "what differs", *(f"  {line}" for line in different or ["nothing that figures depend on"])]
    versions = [str(found[side]["contract_version"] or "unknown") for side in SIDES]
    if any(contract.values()) or versions[0] != versions[1]:
        words += ["", f"contract {' -> '.join(versions)}; what only one has, or has with another type, is not compared"]
        words += [f"  {kind.replace('_', ' ')}: {', '.join(names)}" for kind, names in contract.items() if names]
    words += ["", f"{'table':<26}{'before':>10}{'after':>10}{'added':>10}{'removed':>10}{'changed':>10}"]
    same = []
    for table, one in found["tables"].items():
        if not (one["causes"] or one["redelivered"]):
            same.append(table)
            continue
        counts = (*one["rows"], one["added"], one["removed"], one["changed"])
        words.append(f"{table:<26}" + "".join(f"{count:>10,}" for count in counts))
        words += [f"  because of {cause}: {rows:,}" for cause, rows in one["causes"].items()]
        if one["columns"]:
            words.append("  changed in " + ", ".join(f"{name} {rows:,}" for name, rows in one["columns"].items()))
        if one["redelivered"]:
            words.append(f"  the same, of another delivery: {one['redelivered']:,}")
    words.append(f"unchanged: {', '.join(same) or 'none'}")
    words += _disclosure_in_words(found["disclosure"]) if found["disclosure"] else ["", "disclosure: not judged"]
    return words + [""] * bool(found["rows"]) + [_row_in_words(row) for row in found["rows"]]


def _disclosure_in_words(found: dict[str, Any]) -> list[str]:
    small = f"changes of fewer than {rules().threshold} persons that show more precisely than within {rules().base - 1}"
    words = ["", f"disclosure: {len(found['changes']) or 'no'} {small}"]
    for one in found["changes"]:
        count = " ".join(one[name] for name in ("area_code", "universe", "origin_group", "stay_band", "held"))
        synthetic = " SYNTHETIC" * one["synthetic"]
        words.append(f"  {count}{synthetic}, {_between(one)}: by {one['low']:g} to {one['high']:g}")
    words += [
        f"  not judged: {one['area_code']} {one['register']}, {_between(one)}; no counts agree with what is shown"
        for one in found["not_judged"]
    ]
    return words


def _between(one: dict[str, Any]) -> str:
    if one["since"] == one["counted_on"]:
        return f"of {one['since']} in both"
    return f"from {one['since']} to {one['counted_on']}"


def _row_in_words(row: dict[str, Any]) -> str:
    sign = {"added": "+", "removed": "-", "changed": "~"}[row["change"]]
    key = " ".join(str(value) for name, value in row["key"].items() if value is not None and name != "synthetic")
    key += " SYNTHETIC" * bool(row["key"].get("synthetic"))
    if row["change"] == "changed":
        cells = [f"{name} {old} -> {new}" for name, old, new in _pairs(row["columns"])]
    else:
        cells = [f"{name} {new if old is None else old}" for name, old, new in _pairs(row["columns"])]
    return f"{sign} {key}: {', '.join(cells)} ({row['cause']})"


def _pairs(named: dict[str, list[Any]]) -> list[tuple[str, Any, Any]]:
    return [(name, *pair) for name, pair in named.items() if pair]


def _in_order(causes: set[str]) -> str:
    return " or ".join(sorted(causes, key=CAUSES.index)) or "unknown"


def _list(names: Iterable[str], side: str = "") -> str:
    return ", ".join(f'{side}"{name}"' for name in names)


def _same(names: Iterable[str]) -> str:
    return " and ".join(f'old."{name}" is not distinct from new."{name}"' for name in names)


def _differ(names: Iterable[str]) -> str:
    return " or ".join(f'old."{name}" is distinct from new."{name}"' for name in names) or "false"
