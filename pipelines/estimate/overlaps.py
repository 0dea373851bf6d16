"""Persons in none of some lists: from how the lists overlap to the rows of ``estimate`` and ``estimate_sensitivity``.

Belongs here: which methods are tried on how many lists, what may be told of the answers, and rounding. Does not belong
here: any method (``unobserved``), any sentence (``explained``), what a list is.
"""

from __future__ import annotations

from functools import lru_cache, partial
from math import ceil, floor, isinf
from typing import TYPE_CHECKING, Any, NamedTuple

import polars as pl

from pipelines.estimate.explained import explained
from pipelines.estimate.refused import RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    import duckdb

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
        persons: ``Counts``; of one list persons by their number of contacts.
        behind: the persons of everything that is shown only together with it: strata are shown all or none, as
            everybody less the strata that are shown would be the one that is not.
    """

    stratum: str
    persons: Any
    behind: list[Any]


class _Question(NamedTuple):
    """An estimate to ask for.

    Args:
        answer: gives it, or raises ``RefusedError``.
        rests_on: the counts that a reader of this answer and others like it could work out.
        assumed: the assumption that is varied and what is assumed, if that is asked.
    """

    stratum: str
    method: str
    answer: Callable[[], Estimate | _Best]
    rests_on: Iterable[int]
    assumed: tuple[str, str] | None = None


class _Best(NamedTuple):
    """The best of several models, and the lowest and the highest estimate of those that are nearly as good."""

    estimate: Estimate
    spread: tuple[float, float]


def estimates(overlaps: duckdb.DuckDBPyRelation, needs_bsn: Collection[str], rules: Rules) -> pl.DataFrame:
    """How many persons there are, by each method for that number of lists, for everybody and by stratum.

    Args:
        overlaps: the columns of ``TABLE``, ``stratum`` (``all`` in a table without strata), ``held_by``, ``contacts``
            (of one list), ``persons``; a row for each combination of lists or number of contacts.
        needs_bsn: names of lists that cannot hold a person without a citizen service number: a table with one of them
            cannot tell who is in no register and is refused.
        rules: of disclosure control. Nothing is told where a count behind it is below the threshold; numbers are
            rounded to the base, intervals outward.

    Returns:
        The columns of the mart ``estimate``. Where there is no estimate ``refused_because`` says why.

    Raises:
        ValueError: a table of more than five lists.
    """
    figures = ("value", "model_spread", "observed", "unobserved", "coverage", "realised")
    return _frame(overlaps, figures, (), partial(_estimates, needs_bsn=needs_bsn, rules=rules))


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
    schema["computed"] = pl.Boolean
    rows = [
        {name: (row | dict(zip(TABLE, key, strict=True))).get(name) for name in schema}
        for key, table in cells.group_by(TABLE, maintain_order=True)
        for row in rows_of(table["lists"][0].split(" + "), table)
    ]
    return pl.DataFrame(rows, schema=schema)


def _estimates(lists: list[str], cells: pl.DataFrame, needs_bsn: Collection[str], rules: Rules) -> Iterator[Row]:
    questions = _questions(lists, cells)
    if not set(lists).isdisjoint(needs_bsn):
        yield _refused(next(questions), "needs_bsn")
        return
    for question in questions:
        yield _answered(question, rules)


def _sensitivity(lists: list[str], cells: pl.DataFrame, needs_bsn: Collection[str], rules: Rules) -> Iterator[Row]:
    if len(lists) > 1 and set(lists).isdisjoint(needs_bsn):
        for part in _parts(lists, cells):
            if min(_combinations(part.behind)) >= rules.threshold:
                yield from (_answered(question, rules) for question in _assumptions(part))


def _questions(lists: list[str], cells: pl.DataFrame) -> Iterator[_Question]:
    """The estimates to ask of a table, those of everybody first."""
    match len(lists):
        case 1:
            return _of_one_list(_parts(lists, cells))
        case 2:
            return _of_two_lists(_parts(lists, cells))
        case _:
            return _of_more_lists(_parts(lists, cells))


def _of_one_list(parts: list[_Part]) -> Iterator[_Question]:
    from pipelines.estimate.unobserved.repeated import chao, zelterman, zero_truncated_poisson

    for stratum, contacts, behind in parts:
        rests_on = [one.get(times, 0) for one in behind for times in (1, 2)]
        for name, method in (("poisson", zero_truncated_poisson), ("zelterman", zelterman), ("chao", chao)):
            yield _Question(stratum, f"repeated_{name}", partial(method, contacts), rests_on)


def _of_two_lists(parts: list[_Part]) -> Iterator[_Question]:
    from pipelines.estimate.unobserved.two_lists import chapman, lincoln_petersen

    for stratum, counts, behind in parts:
        for name, method in (("lincoln_petersen", lincoln_petersen), ("chapman", chapman)):
            yield _Question(stratum, f"two_lists_{name}", partial(method, counts), _combinations(behind))
    if len(parts) > 1:
        summed = partial(_summed, parts[0].persons)
        yield _Question("all", "two_lists_stratified", summed, _combinations(parts[-1].behind))


def _of_more_lists(parts: list[_Part]) -> Iterator[_Question]:
    from pipelines.estimate.unobserved.heterogeneity import heterogeneity

    for stratum, counts, behind in parts:
        yield _Question(stratum, "loglinear", partial(_best_model, counts), _combinations(behind))
        rests_on = _combinations(behind) + _numbers_of_lists(behind)
        for form in ("chao", "poisson", "darroch"):
            answer = partial(heterogeneity, counts, form)
            yield _Question(stratum, f"heterogeneity_{form}", answer, rests_on)
        yield _Question(stratum, "average", partial(_averaged, counts), rests_on)


def _assumptions(part: _Part) -> Iterator[_Question]:
    """What to vary in the overlaps of two lists or more."""
    from pipelines.estimate.unobserved.linkage import with_linkage_error
    from pipelines.estimate.unobserved.two_lists import ODDS_RATIOS, lincoln_petersen

    stratum, counts, behind = part
    rests_on = _combinations(behind)
    if len(counts.lists) > 2:
        for estimate in _near_the_best(counts):
            yield _Question(stratum, "loglinear", partial(_known, estimate), rests_on, ("model", _model(estimate)))
        return
    plain = "two_lists_lincoln_petersen"
    for ratio in ODDS_RATIOS:
        answer = partial(lincoln_petersen, counts, odds_ratio=ratio)
        yield _Question(stratum, plain, answer, rests_on, ("odds_ratio", f"{ratio:g}"))
    for percent in LINKS_MISSED:
        answer = partial(with_linkage_error, counts, percent / 100)
        yield _Question(stratum, plain, answer, rests_on, ("links_missed", str(percent)))


def _parts(lists: list[str], cells: pl.DataFrame) -> list[_Part]:
    """Everybody, and then the strata if there are any."""
    made: Callable[[pl.DataFrame], Any] = partial(_counts, lists) if len(lists) > 1 else _contacts
    everybody = made(cells)
    strata = {name: made(part) for (name,), part in cells.group_by("stratum", maintain_order=True) if name != "all"}
    return [
        _Part("all", everybody, [everybody]),
        *(_Part(stratum, persons, [*strata.values()]) for stratum, persons in strata.items()),
    ]


def _counts(lists: list[str], cells: pl.DataFrame) -> Counts:
    """Persons of two lists or more by the lists that hold them and their stratum."""
    import numpy as np

    from pipelines.estimate.unobserved.lists import Counts

    held = [[name in held_by.split(" + ") for name in lists] for held_by in cells["held_by"]]
    return Counts(
        tuple(lists),
        np.array(held, dtype=bool),
        cells["persons"].to_numpy(),
        {"stratum": np.array(cells["stratum"].to_list(), dtype=str)},
    )


def _contacts(cells: pl.DataFrame) -> dict[int, int]:
    """Persons of one list by how often they were met."""
    return dict(cells.group_by("contacts").agg(pl.col("persons").sum()).sort("contacts").iter_rows())


def _combinations(behind: list[Counts]) -> list[int]:
    """What log-linear models of pairs tell: each combination of up to three lists, of more the overlap of each two."""
    told: list[int] = []
    for counts in behind:
        if len(counts.lists) <= 3:
            told += counts.complete().persons.tolist()
        else:
            held = counts.held.astype(int)
            overlap = held.T @ (counts.persons[:, None] * held)
            told += [int(overlap[row, column]) for row in range(len(held[0])) for column in range(row)]
    return told


def _numbers_of_lists(behind: list[Counts]) -> list[int]:
    """Persons in one list, in two, and so on: what methods tell that look at the number of lists."""
    told: list[int] = []
    for counts in behind:
        times = counts.held.sum(axis=1)
        told += [int(counts.persons[times == number].sum()) for number in range(1, len(counts.lists) + 1)]
    return told


def _best_model(counts: Counts) -> _Best:
    from pipelines.estimate.unobserved.loglinear import fit, model_spread

    fits = _models(counts)
    return _Best(fit(counts, fits[0].model), model_spread(fits))


def _summed(counts: Counts) -> Estimate:
    from pipelines.estimate.unobserved.two_lists import stratified

    return stratified(counts, "stratum")[1]


def _averaged(counts: Counts) -> Estimate:
    from pipelines.estimate.unobserved.averaging import average

    return average(counts).estimate


def _known(estimate: Estimate) -> Estimate:
    return estimate


def _model(estimate: Estimate) -> str:
    """The log-linear model of an estimate, as "[12,3]"; of another method nothing."""
    return estimate.method.partition("log-linear: ")[2]


def _near_the_best(counts: Counts) -> list[Estimate]:
    """The models that are shown as what may be true instead, the best first."""
    estimated = [one.estimate for one in _models(counts) if one.estimate]
    fitted = [(one, one.aic) for one in estimated if one.aic is not None]
    return [one for one, aic in fitted if aic <= fitted[0][1] + NEAR][:MOST_MODELS]


def _models(counts: Counts) -> list[Fit]:
    """Every log-linear model of pairs of lists, the best first."""
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
        estimate, spread = answer if isinstance(answer, _Best) else (answer, None)
        if isinf(estimate.high):
            raise RefusedError("no_maximum", "the interval has no upper end")
    except RefusedError as refused:
        # The text of the refusal stays here: it tells counts.
        return _refused(question, refused.reason)
    if question.assumed:
        told = explained("assumption", question.assumed[0], assumed=question.assumed[1])
    else:
        told = explained("estimate", question.method, model=_model(estimate))
    status = {"bound_kind": "model", "availability": "available"}
    return _row(question) | told | status | _figures(estimate, spread, rules.base)


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


def _figures(estimate: Estimate, spread: tuple[float, float] | None, base: int) -> Row:
    """What may be told of an estimate: rounded, intervals outward, and the rest computed from what is rounded."""

    def down(number: float) -> int:
        return floor(number / base) * base

    def up(number: float) -> int:
        return ceil(number / base) * base

    def nearest(number: float) -> int:
        return down(number + base / 2)

    value, low, high = nearest(estimate.value), down(estimate.low), up(estimate.high)
    observed = nearest(estimate.observed)
    observed_low, observed_high = observed - base // 2, observed + base // 2
    row = {
        "value": value, "value_low": low, "value_high": high,
        "observed": observed, "observed_low": observed_low, "observed_high": observed_high,
        "unobserved": value - observed, "unobserved_low": max(low - observed_high, 0),
        "unobserved_high": high - observed_low,
        "coverage": round(100 * observed / value), "coverage_low": floor(100 * observed_low / high),
        "coverage_high": min(ceil(100 * observed_high / low), 100),
    }  # fmt: skip
    if spread:
        lowest, highest = spread
        row |= {"model_spread": nearest((lowest + highest) / 2)}
        row |= {"model_spread_low": down(lowest), "model_spread_high": up(highest)}
    return row
