"""Persons in none of some lists: from how the lists overlap to the rows of ``estimate`` and ``estimate_sensitivity``.

Belongs here: which methods are tried on how many lists, what may be told of the answers, and rounding. Does not belong
here: any method (``unobserved``), any sentence (``explained``), what a list is.
"""

from __future__ import annotations

from functools import lru_cache, partial
from itertools import combinations
from math import ceil, floor, isinf
from typing import TYPE_CHECKING, Any, NamedTuple

import polars as pl

from pipelines.estimate.explained import explained
from pipelines.estimate.refused import RefusedError
from pipelines.estimate.rounded import reach, widened

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    import duckdb

    from pipelines.estimate.rounded import Whole
    from pipelines.estimate.unobserved.lists import Counts, Estimate
    from pipelines.estimate.unobserved.loglinear import Fit
    from pipelines.privacy.disclosure import Rules

    Row = dict[str, Any]

LINKS_MISSED = (0, 5, 10, 20)
"""Percentages of the persons in both lists that may not have been recognised."""
NEAR = 10.0
"""How much worse than the best, by AIC, a model may be that is shown as what may be true instead."""
MOST_MODELS = 12

TABLE = (
    "area_type", "area_code", "period_start", "period_end", "date_precision", "measured_as", "lists", "universe",
    "edition", "version", "synthetic", "delivery_id",
)  # fmt: skip
"""What one table of overlaps is of."""
_WORDS = (
    "measure", "method", "stratum", "refused_because", "explanation_nl", "explanation_en", "unit", "bound_kind",
    "availability", "finality",
)  # fmt: skip


class _Part(NamedTuple):
    """A stratum, or everybody.

    Args:
        stratum: its name.
        made: what methods take, of counts: ``Counts``, of one list persons by their number of contacts.
        exact: the counts that decide whether anything is told, and nothing else.
        shown: the same, rounded: what is told is computed from them.
    """

    stratum: str
    made: Callable[[Whole], Any]
    exact: Whole
    shown: Whole


class _Answer(NamedTuple):
    """An estimate with what is told beside it.

    Args:
        cells: counts that it is made of.
        model: log-linear models of which it is, as "[12,3]"; of other methods nothing.
        spread: the lowest and the highest estimate of the models that are nearly as good.
    """

    estimate: Estimate
    cells: int
    model: str = ""
    spread: tuple[float, float] | None = None


class _Question(NamedTuple):
    """An estimate to ask for.

    Args:
        answer: gives it, or raises ``RefusedError``.
        rests_on: the counts that a reader of this answer and others like it could work out.
        notes: sentences that are told besides those of the method.
        assumed: the assumption that is varied and what is assumed, if that is asked.
    """

    stratum: str
    method: str
    answer: Callable[[], _Answer]
    rests_on: Iterable[int]
    notes: tuple[str, ...] = ()
    assumed: tuple[str, str] | None = None


def estimates(
    overlaps: duckdb.DuckDBPyRelation, needs_bsn: Collection[str], unregistered: Collection[str], rules: Rules
) -> pl.DataFrame:
    """How many persons there are, by each method for that number of lists, for everybody and by stratum.

    Everybody is the sum of the strata; of two lists also all persons as if strata did not differ.

    Args:
        overlaps: the columns of ``TABLE``, ``stratum`` (``all`` in a table without strata), ``held_by``, ``contacts``
            (of one list), ``persons`` and ``rounded`` (see ``rounded.rounded``); a row for each combination of lists
            or number of contacts.
        needs_bsn: names of lists that cannot hold a person without a citizen service number: a table with one of them
            cannot tell who is in no register and is refused.
        unregistered: names of lists that hold nobody who is registered in the municipality, of which that is said.
        rules: of disclosure control. Nothing is told where a count behind it is below the threshold; numbers are
            computed from rounded counts and rounded to the base, intervals outward.

    Returns:
        The columns of the mart ``estimate``. Where there is no estimate ``refused_because`` says why.

    Raises:
        ValueError: a table of more than five lists.
    """
    figures = ("value", "model_spread", "observed", "unobserved", "coverage", "realised")
    rows_of = partial(_estimates, needs_bsn=needs_bsn, unregistered=unregistered, rules=rules)
    return _frame(overlaps, figures, (), rows_of)


def sensitivity(overlaps: duckdb.DuckDBPyRelation, needs_bsn: Collection[str], rules: Rules) -> pl.DataFrame:
    """What an estimate becomes if an assumption behind it fails.

    Of two lists: they depend on each other, or not everybody in both was recognised. Of more: another log-linear model
    that fits nearly as well, the best first. No rows where ``estimates`` refuses the whole table or tells nothing.

    Args:
        overlaps, needs_bsn, rules: see ``estimates``.

    Returns:
        The columns of the mart ``estimate_sensitivity``.

    Raises:
        ValueError: a table of more than five lists.
    """
    varied = ("assumption", "assumed")
    return _frame(overlaps, ("value", "coverage"), varied, partial(_sensitivity, needs_bsn=needs_bsn, rules=rules))


def _frame(
    overlaps: duckdb.DuckDBPyRelation,
    figures: Iterable[str],
    words: Iterable[str],
    rows_of: Callable[[list[str], pl.DataFrame], Iterator[Row]],
) -> pl.DataFrame:
    cells = overlaps.pl().sort(*TABLE, "stratum", "held_by", "contacts")
    schema: dict[str, Any] = {name: cells.schema[name] for name in TABLE}
    schema |= dict.fromkeys([*_WORDS, *words], pl.String)
    schema |= {figure + bound: pl.Float64 for figure in figures for bound in ("", "_low", "_high")}
    schema |= {"level": pl.Int64, "computed": pl.Boolean}
    rows = [
        {name: (row | dict(zip(TABLE, key, strict=True))).get(name) for name in schema}
        for key, table in cells.group_by(TABLE, maintain_order=True)
        for row in rows_of(table["lists"][0].split(" + "), table)
    ]
    return pl.DataFrame(rows, schema=schema)


def _estimates(
    lists: list[str], cells: pl.DataFrame, needs_bsn: Collection[str], unregistered: Collection[str], rules: Rules
) -> Iterator[Row]:
    questions = _questions(lists, cells, rules.base)
    if not set(lists).isdisjoint(needs_bsn):
        yield _refused(next(questions), "needs_bsn")
        return
    notes = ("closed",) if set(lists).isdisjoint(unregistered) else ("closed", "unregistered_only")
    for question in questions:
        yield _answered(question._replace(notes=question.notes + notes), rules)


def _sensitivity(lists: list[str], cells: pl.DataFrame, needs_bsn: Collection[str], rules: Rules) -> Iterator[Row]:
    if len(lists) == 1 or not set(lists).isdisjoint(needs_bsn):
        return
    strata = _strata(lists, cells)
    everybody = [_everybody(lists, cells)] if len(lists) == 2 and _divided(strata) else []
    for parts in (everybody, strata):
        rests_on = _combinations(parts)
        if parts and min(rests_on) >= rules.threshold:
            for part in parts:
                yield from (_answered(one, rules) for one in _assumptions(len(lists), part, rests_on, rules.base))


def _questions(lists: list[str], cells: pl.DataFrame, base: int) -> Iterator[_Question]:
    """The estimates to ask of a table, one of everybody first."""
    strata = _strata(lists, cells)
    match len(lists):
        case 1:
            return _of_one_list(strata, base)
        case 2:
            return _of_two_lists(_everybody(lists, cells), strata, base)
        case _:
            return _of_more_lists(strata, base)


def _of_one_list(strata: list[_Part], base: int) -> Iterator[_Question]:
    from pipelines.estimate.unobserved.repeated import chao, zelterman, zero_truncated_poisson

    rests_on = _contacts_told(strata)
    for name, method in (("poisson", zero_truncated_poisson), ("zelterman", zelterman), ("chao", chao)):
        yield from _added_up(strata, f"repeated_{name}", partial(_estimated, method, base), rests_on)


def _of_two_lists(everybody: _Part, strata: list[_Part], base: int) -> Iterator[_Question]:
    from pipelines.estimate.unobserved.two_lists import chapman, lincoln_petersen

    divided = _divided(strata)
    for parts in ([everybody], strata) if divided else (strata,):
        notes = ("pooled",) if divided and parts == [everybody] else ()
        for part in parts:
            for name, method in (("lincoln_petersen", lincoln_petersen), ("chapman", chapman)):
                answer = partial(_estimated, method, base, part)
                yield _Question(part.stratum, f"two_lists_{name}", answer, _combinations(parts), notes)
    if divided:
        summed = partial(_summed, strata, partial(_estimated, chapman, base))
        yield _Question("all", "two_lists_stratified", summed, _combinations(strata))


def _of_more_lists(strata: list[_Part], base: int) -> Iterator[_Question]:
    from pipelines.estimate.unobserved.averaging import average
    from pipelines.estimate.unobserved.heterogeneity import heterogeneity

    rests_on = _combinations(strata)
    yield from _added_up(strata, "loglinear", partial(_best_model, base), rests_on)
    rests_on = rests_on + _numbers_of_lists(strata)
    for form in ("chao", "poisson", "darroch"):
        answer = partial(_estimated, partial(heterogeneity, form=form), base)
        yield from _added_up(strata, f"heterogeneity_{form}", answer, rests_on)
    yield from _added_up(
        strata, "average", partial(_estimated, lambda counts: average(counts).estimate, base), rests_on
    )


def _added_up(
    strata: list[_Part], method: str, answer: Callable[[_Part], _Answer], rests_on: list[int]
) -> Iterator[_Question]:
    """Everybody, and each stratum. They are shown all or none: the others less all would give the one that is not."""
    if _divided(strata):
        yield _Question("all", method, partial(_summed, strata, answer), rests_on, ("summed",))
    for part in strata:
        yield _Question(part.stratum, method, partial(answer, part), rests_on)


def _assumptions(lists: int, part: _Part, rests_on: list[int], base: int) -> Iterator[_Question]:
    """What to vary in the overlaps of two lists or more."""
    from pipelines.estimate.unobserved.linkage import with_linkage_error
    from pipelines.estimate.unobserved.loglinear import near
    from pipelines.estimate.unobserved.two_lists import ODDS_RATIOS, lincoln_petersen

    if lists > 2:
        for one in near(_models(part), NEAR)[:MOST_MODELS]:
            answer = partial(_of_model, one.model, base, part)
            yield _Question(part.stratum, "loglinear", answer, rests_on, assumed=("model", one.model))
        return
    methods: list[tuple[str, str, Callable[[Counts], Estimate]]] = [
        *(("odds_ratio", f"{ratio:g}", partial(lincoln_petersen, odds_ratio=ratio)) for ratio in ODDS_RATIOS),
        *(
            ("links_missed", str(percent), partial(with_linkage_error, missed=percent / 100))
            for percent in LINKS_MISSED
        ),
    ]
    for assumption, assumed, method in methods:
        answer = partial(_estimated, method, base, part)
        yield _Question(part.stratum, "two_lists_lincoln_petersen", answer, rests_on, assumed=(assumption, assumed))


def _strata(lists: list[str], cells: pl.DataFrame) -> list[_Part]:
    """The strata, or everybody where there are none."""
    return [_part(lists, name, rows) for (name,), rows in cells.group_by("stratum", maintain_order=True)]


def _everybody(lists: list[str], cells: pl.DataFrame) -> _Part:
    """All persons, whatever their stratum."""
    return _part(lists, "all", cells)


def _divided(strata: list[_Part]) -> bool:
    return strata[0].stratum != "all"


def _part(lists: list[str], stratum: str, cells: pl.DataFrame) -> _Part:
    made = partial(_contacts, cells["contacts"].to_list()) if len(lists) == 1 else _counts(lists, cells)
    return _Part(stratum, made, cells["persons"].to_numpy(), cells["rounded"].to_numpy())


def _counts(lists: list[str], cells: pl.DataFrame) -> Callable[[Whole], Counts]:
    """Persons of two lists or more by the lists that hold them."""
    import numpy as np

    from pipelines.estimate.unobserved.lists import Counts

    held = [[name in held_by.split(" + ") for name in lists] for held_by in cells["held_by"]]
    return partial(Counts, tuple(lists), np.array(held, dtype=bool))


def _contacts(contacts: list[int], persons: Whole) -> dict[int, int]:
    """Persons of one list by how often they were met."""
    return dict(zip(contacts, persons.tolist(), strict=True))


def _contacts_told(parts: list[_Part]) -> list[int]:
    """What methods of one list tell: who was met once, twice, and more often unless nobody was."""
    told: list[int] = []
    for part in parts:
        persons = part.made(part.exact)
        few = [persons.get(times, 0) for times in (1, 2)]
        more = sum(persons.values()) - sum(few)
        told += [*few, more] if more else few
    return told


def _combinations(parts: list[_Part]) -> list[int]:
    """What log-linear models of pairs tell: each combination of up to three lists; of more the four cells of each two.

    Of two out of many lists these are who is in both, in one of them only, and in others alone.
    """
    told: list[int] = []
    for part in parts:
        counts = part.made(part.exact).complete()
        if len(counts.lists) <= 3:
            told += counts.persons.tolist()
        else:
            for one, other in combinations(counts.held.T, 2):
                told += [
                    int(counts.persons @ cell) for cell in (one & other, one & ~other, ~one & other, ~one & ~other)
                ]
    return told


def _numbers_of_lists(parts: list[_Part]) -> list[int]:
    """Persons in one list, in two, and so on: what methods tell that look at the number of lists."""
    told: list[int] = []
    for part in parts:
        counts = part.made(part.exact)
        times = counts.held.sum(axis=1)
        told += [int(counts.persons[times == number].sum()) for number in range(1, len(counts.lists) + 1)]
    return told


def _estimated(method: Callable[[Any], Estimate], base: int, part: _Part) -> _Answer:
    def unobserved_of(persons: Whole) -> float:
        return method(part.made(persons)).unobserved

    return _Answer(widened(method(part.made(part.shown)), unobserved_of, part.shown, base), len(part.shown))


def _of_model(model: str, base: int, part: _Part) -> _Answer:
    """The estimate of a log-linear model."""
    from pipelines.estimate.unobserved.loglinear import fit

    def unobserved_of(persons: Whole) -> float:
        return fit(part.made(persons), model, interval="log-normal").unobserved

    return _Answer(widened(fit(part.made(part.shown), model), unobserved_of, part.shown, base), len(part.shown), model)


def _best_model(base: int, part: _Part) -> _Answer:
    from pipelines.estimate.unobserved.loglinear import best, model_spread

    fits = _models(part)
    return _of_model(best(fits).model, base, part)._replace(spread=model_spread(fits))


def _summed(strata: list[_Part], answer: Callable[[_Part], _Answer]) -> _Answer:
    """The sum over strata, or the refusal of one of them."""
    from pipelines.estimate.unobserved.lists import summed

    answers = [answer(part) for part in strata]
    spreads = [one.spread for one in answers if one.spread]
    return _Answer(
        summed([one.estimate for one in answers], "summed over strata"),
        sum(one.cells for one in answers),
        ", ".join(f"{one.model} ({part.stratum})" for one, part in zip(answers, strata, strict=True)),
        (sum(low for low, _ in spreads), sum(high for _, high in spreads)) if spreads else None,
    )


def _models(part: _Part) -> list[Fit]:
    """Every log-linear model of pairs of lists, the best first."""
    counts = part.made(part.shown)
    return _models_of(counts.lists, tuple(counts.complete().persons.tolist()))


@lru_cache(maxsize=2048)
def _models_of(lists: tuple[str, ...], persons: tuple[int, ...]) -> list[Fit]:
    """As ``_models``; kept because the estimates and their sensitivity both ask for it."""
    from pipelines.estimate.unobserved.lists import Counts
    from pipelines.estimate.unobserved.loglinear import table

    histories = (format(code, f"0{len(lists)}b") for code in range(1, 1 << len(lists)))
    return table(Counts.of(lists, dict(zip(histories, persons, strict=True))))


def _answered(question: _Question, rules: Rules) -> Row:
    if min(question.rests_on) < rules.threshold:
        return _refused(question, "too_few_to_show")
    try:
        answer = question.answer()
        if isinf(answer.estimate.high):
            raise RefusedError("no_maximum", "the interval has no upper end")
    except RefusedError as refused:
        # The text of the refusal stays here: it tells counts.
        return _refused(question, refused.reason)
    if question.assumed:
        told = explained("assumption", question.assumed[0], assumed=question.assumed[1])
    else:
        told = explained("estimate", question.method, question.notes, model=answer.model)
    status = {"bound_kind": "model", "availability": "available"}
    return _row(question) | told | status | _figures(answer, rules.base)


def _refused(question: _Question, reason: str) -> Row:
    is_withheld = reason == "too_few_to_show"
    status = {
        "bound_kind": "suppressed" if is_withheld else "none",
        "availability": "suppressed" if is_withheld else "not_applicable",
    }
    return _row(question) | explained("refusal", reason) | status | {"refused_because": reason}


def _row(question: _Question) -> Row:
    assumption, assumed = question.assumed or (None, None)
    return {
        "measure": "all_persons", "method": question.method, "stratum": question.stratum, "assumption": assumption,
        "assumed": assumed, "unit": "persons", "finality": "estimated", "computed": True,
    }  # fmt: skip


def _figures(answer: _Answer, base: int) -> Row:
    """What may be told of an estimate: rounded, intervals outward, and the rest computed from what is rounded."""

    # What is whole but for the arithmetic of this processor counts as whole: 2,825 is a tie on every machine.
    def down(number: float) -> int:
        return floor(round(number, 6) / base) * base

    def up(number: float) -> int:
        return ceil(round(number, 6) / base) * base

    def nearest(number: float) -> int:
        return down(number + base / 2)

    estimate = answer.estimate
    value, low, high = nearest(estimate.value), down(estimate.low), up(estimate.high)
    observed = nearest(estimate.observed)
    # The interval of all persons holds the rounding of who was observed already.
    off = up(reach(estimate.level, answer.cells, base))
    row = {
        "value": value, "value_low": low, "value_high": high,
        "observed": observed, "observed_low": max(observed - off, 0), "observed_high": observed + off,
        "unobserved": value - observed, "unobserved_low": max(low - observed, 0), "unobserved_high": high - observed,
        "coverage": round(100 * observed / value), "coverage_low": floor(100 * observed / high),
        "coverage_high": min(ceil(100 * observed / low), 100), "level": round(100 * estimate.level),
    }  # fmt: skip
    if answer.spread:
        lowest, highest = answer.spread
        row |= {"model_spread": nearest((lowest + highest) / 2)}
        row |= {"model_spread_low": down(lowest), "model_spread_high": up(highest)}
    return row
