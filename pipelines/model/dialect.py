"""The models' SQL, which is DuckDB's, in the words of Spark.

The library translates; here stands what it leaves: columns that only a schema tells, words of DuckDB that mean
something else elsewhere, and what engines that speak Spark do not know. The models stay as they are. Does not belong
here: running anything.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sqlglot import exp, parse_one
from sqlglot.optimizer.qualify import qualify
from sqlglot.schema import MappingSchema

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Columns = dict[str, str]
"""Of a table: column to type, in Spark's words, in their order."""


def to_spark(sql: str, schema: Mapping[str, Columns]) -> str:
    """A query of DuckDB as one of Spark that gives the same rows.

    Args:
        sql: one select, with or without CTEs, none of them recursive.
        schema: columns of every table that it reads, by name.

    Raises:
        sqlglot.errors.SqlglotError: it is no query, or names a column that no table has.
    """
    query = parse_one(sql, read="duckdb")
    for cte in query.find_all(exp.CTE):
        cte.set("materialized", None)
    narrowing = _as_left_joins(query)
    known = MappingSchema(dict(schema), dialect="spark")
    query = qualify(
        query, schema=known, dialect="duckdb", quote_identifiers=False, validate_qualify_columns=False, identify=False
    )
    for join, kind in narrowing:
        join.set("kind", kind)
    for rule in (_unions_by_place, _groups_by_name, _windows_in_full, _qualify_as_where, _ctes_at_the_top):
        query = rule(query)
    return str(query.transform(_said_otherwise).sql("spark"))


def _as_left_joins(query: exp.Expr) -> list[tuple[exp.Join, str]]:
    """Make semi and anti joins left ones, whose conditions the library can read, and tell which they were."""
    found = []
    for join in query.find_all(exp.Join):
        if join.kind not in ("SEMI", "ANTI") or not join.args.get("on"):
            continue
        if isinstance(join.parent, exp.Select):
            first = join.parent.args["from_"].this.alias_or_name
            for one in join.parent.expressions:
                if isinstance(one, exp.Star):  # its columns alone, and not those of what it is compared with
                    one.replace(exp.Column(this=one.copy(), table=exp.to_identifier(first)))
        found.append((join, join.kind))
        join.set("kind", None)
        join.set("side", "LEFT")
    return found


def _unions_by_place(query: exp.Expr) -> exp.Expr:
    """``union by name`` as one by place: what a side lacks is null."""
    for union in reversed(list(query.find_all(exp.Union))):
        if not union.args.get("by_name"):
            continue
        union.set("by_name", False)
        left, right = union.this, union.expression
        columns = [*left.named_selects, *(one for one in right.named_selects if one not in left.named_selects)]
        for side in (left, right):
            has = side.named_selects
            if has != columns:
                told = [exp.column(one) if one in has else exp.alias_(exp.null(), one) for one in columns]
                side.replace(exp.select(*told).from_(side.copy().subquery("side")))
    return query


def _groups_by_name(query: exp.Expr) -> exp.Expr:
    """``group by all`` as the columns that are meant."""
    for select in query.find_all(exp.Select):
        group = select.args.get("group")
        if group is None or not group.args.get("all"):
            continue
        told = [one.unalias() for one in select.expressions]
        keys = [one.copy() for one in told if one.find(exp.Column) and not one.find(exp.AggFunc)]
        select.set("group", exp.Group(expressions=keys))
    return query


def _windows_in_full(query: exp.Expr) -> exp.Expr:
    """Named windows where they are used, and what is filtered in a window as a case."""
    for select in query.find_all(exp.Select):
        named = {one.name: one for one in select.args.get("windows") or []}
        select.set("windows", None)
        for window in select.find_all(exp.Window):
            if window.alias in named:
                meant = named[window.alias].copy()
                window.set("alias", None)
                for part in ("partition_by", "order", "spec"):
                    if not window.args.get(part):
                        window.set(part, meant.args.get(part))
    for window in query.find_all(exp.Window):
        if isinstance(window.this, exp.Filter):
            counted, where = window.this.this, window.this.expression.this
            what = exp.Literal.number(1) if isinstance(counted.this, exp.Star) else counted.this
            counted.set("this", exp.Case(ifs=[exp.If(this=where.copy(), true=what.copy())]))
            window.set("this", counted)
    return query


def _qualify_as_where(query: exp.Expr) -> exp.Expr:
    """``qualify`` as a condition around the query: a select of a select."""
    for select in list(query.find_all(exp.Select)):
        condition = select.args.get("qualify")
        if condition is None:
            continue
        select.set("qualify", None)
        columns, around = select.named_selects, select.args.get("with_")
        select.set("with_", None)
        inner = select.copy().select(exp.alias_(condition.this.copy(), "qualifies"), copy=False).subquery("qualified")
        outer = exp.select(*map(exp.column, columns)).from_(inner).where(exp.column("qualifies"))
        outer.set("with_", around)
        if select is query:
            query = outer
        else:
            select.replace(outer)
    return query


def _ctes_at_the_top(query: exp.Expr) -> exp.Expr:
    """CTEs within a CTE before it, each with a name of its own."""
    top = query.args.get("with_")
    if top is None:
        return query
    found: list[exp.Expr] = []
    for cte in top.expressions:
        for within in list(cte.this.find_all(exp.With)):
            holder = within.parent
            for inner in within.expressions:
                name = exp.to_identifier(f"{inner.alias}_{len(found)}")
                for table in holder.find_all(exp.Table):
                    if table.name == inner.alias and not table.db:
                        table.set("this", name.copy())
                inner.args["alias"].set("this", name)
                found.append(inner)
            holder.set("with_", None)
        found.append(cte)
    top.set("expressions", found)
    return query


def _spark(sql: str, **parts: exp.Expr) -> exp.Expr:
    """An expression with other expressions in the place of names."""
    found: exp.Expr = parse_one(sql, read="spark")
    return found.transform(
        lambda one: parts[one.name].copy() if isinstance(one, exp.Column) and one.name in parts else one
    )


def _called(function: str, *words: exp.Expr) -> exp.Expr:
    """A function of Spark, which the library leaves as it is."""
    return exp.Anonymous(this=function, expressions=list(words))


_MONTHS = "((year(b) - year(a)) * 12 + month(b) - month(a))"


def _date_difference(one: exp.DateDiff) -> exp.Expr:
    """DuckDB counts the months and years that began between two days, Spark those that are full."""
    unit = one.text("unit").upper()
    if unit not in ("MONTH", "YEAR"):
        return one
    return _spark(_MONTHS if unit == "MONTH" else "(year(b) - year(a))", a=one.expression, b=one.this)


def _full_months(_: str, start: exp.Expr, end: exp.Expr) -> exp.Expr:
    return _spark(f"({_MONTHS} - case when day(b) < day(a) then 1 else 0 end)", a=start, b=end)


def _number_as_text(one: exp.Format) -> exp.Expr:
    form = one.this.name
    if form == "{:,d}":
        return _called("format_number", one.expressions[0], exp.Literal.number(0))
    text = _called("format_string", exp.Literal.string(re.sub(r"\{:(.*?)\}", r"%\1", form)), *one.expressions)
    return _spark("case when not number is null then text end", number=one.expressions[0], text=text)


def _ordered_list(one: exp.ArrayAgg) -> exp.Expr:
    if not isinstance(one.this, exp.Order):
        return one
    keys = [exp.alias_(key.this.copy(), f"k{place}") for place, key in enumerate(one.this.expressions)]
    packed = _called("struct", *keys, exp.alias_(one.this.this.copy(), "v"))
    return _spark("transform(array_sort(collect_list(packed)), s -> s.v)", packed=packed)


_KINDS: dict[type[exp.Expr], Callable[[Any], exp.Expr]] = {
    exp.ArrayAgg: _ordered_list,
    exp.DateDiff: _date_difference,
    exp.Format: _number_as_text,
    # Spark wants the filter of an aggregate before these words, and the library says it after them.
    exp.IgnoreNulls: lambda one: (
        _called("any_value", one.this.this, exp.true()) if isinstance(one.this, exp.AnyValue) else one
    ),
    # DuckDB divides as floating point, and by nought gives nothing; Spark has decimals and an error.
    exp.Div: lambda one: _spark(
        "(cast(a as double) / nullif(cast(b as double), 0))",
        a=one.this,
        b=one.expression,
    ),
    exp.RegexpFullMatch: lambda one: exp.RegexpLike(
        this=one.this, expression=exp.Literal.string(f"^(?:{one.expression.name})$")
    ),
    exp.Split: lambda one: _called(
        "split", one.this, exp.Literal.string(re.sub(r"([.|+*?$()])", r"[\1]", one.expression.name))
    ),
}
_FUNCTIONS: dict[str, Callable[..., exp.Expr]] = {
    "date_sub": _full_months,
    "list_position": lambda *words: _called("array_position", *words),
    "row": lambda *words: _called("struct", *words),
}


def _said_otherwise(one: exp.Expr) -> exp.Expr:
    """An expression that Spark says in other words than DuckDB, where the library does not know it."""
    if isinstance(one, exp.Bracket) and isinstance(one.expressions[0], exp.Slice):
        return _called("slice", one.this, one.expressions[0].this, one.expressions[0].expression)
    if isinstance(one, exp.Anonymous) and one.name.lower() in _FUNCTIONS:
        return _FUNCTIONS[one.name.lower()](*one.expressions)
    said = _KINDS.get(type(one))
    return said(one) if said else one
