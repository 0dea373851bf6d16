"""Layouts: what they declare, and how their names are found in what CBS sends."""

from __future__ import annotations

import csv
import re
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines import records
from pipelines.landing.deliveries import SCOPE, RefusedError
from pipelines.settings import PROJECT
from pipelines.sources import all_layouts, all_sources
from pipelines.sources.statline.metadata import Code, Metadata, Topic
from pipelines.sources.statline.pages import V3, V4
from pipelines.sources.statline.tables import (
    Dated,
    Dimension,
    Home,
    Measured,
    Table,
    area_of,
    filter_of,
    nationality_words,
    period_of,
    select,
    tables,
)

VOCABULARY = {column.name: column.values for column in records.load("observation").columns}
DATED: tuple[Dated, ...] = ("period", "start", "end", "december")
NAMES = sorted(tables())


def layout(**changed: object) -> Table:
    usual = {
        "layout": "00000NED", "title_en": "made up", "title_nl": "verzonnen", "verified": False, "target": "figures",
        "area": "RegioS", "dimensions": {"Geslacht": Dimension(keep={"Totaal mannen en vrouwen": {}})},
        "measures": (
            Measured(find="Totale bevolking", measure="inhabitants", measured_as="stock", unit="persons", universe="u"),
        ),
    }  # fmt: skip
    return Table.model_validate(usual | changed)


def described(**changed: object) -> Metadata:
    def codes(**titles: str) -> tuple[Code, ...]:
        return tuple(Code(code, title, "", "") for code, title in titles.items())

    usual: dict[str, object] = {
        "generation": V4, "title": "Verzonnen", "modified": "2026-01-10", "observations": None, "time": "Perioden",
        "titles": {"Geslacht": "Geslacht", "RegioS": "Regio's", "Perioden": "Perioden"},
        "codes": {
            "Geslacht": codes(T001038="Totaal mannen en vrouwen", M="Mannen"),
            "RegioS": codes(NL01="Nederland"), "Perioden": codes(),
        },
        "topics": (Topic("M1", "Totale bevolking", ""), Topic("M2", "Levend geborenen", "")),
    }  # fmt: skip
    return Metadata(**(usual | changed))  # type: ignore[arg-type]


def test_every_table_that_is_asked_for_is_declared_once() -> None:
    asked = "85644NED 85458NED 85451NED 85481NED 70072ned 37230ned 85980NED 70739ned 85755NED 86059NED 86247NED"
    assert set(NAMES) == set(asked.split())
    assert {one.layout for one in all_layouts()["statline"]} == set(NAMES)
    assert all(SCOPE.fullmatch(name) for name in NAMES)


def test_no_table_is_verified_before_a_real_response_was_read() -> None:
    assert not any(table.verified for table in tables().values())


@pytest.mark.parametrize("name", NAMES)
def test_a_layout_sets_only_words_that_the_record_knows(name: str) -> None:
    table = tables()[name]
    sets = [table.columns] + [
        columns
        for dimension in table.dimensions.values()
        for columns in [*dimension.keep.values(), *dimension.if_there.values()]
    ]
    for column, value in (pair for columns in sets for pair in columns.items()):
        assert column in VOCABULARY
        assert value in (VOCABULARY[column] or [value])
    for measure in table.measures:
        for column in ("measure", "measured_as", "unit"):
            assert getattr(measure, column) in (VOCABULARY[column] or ())


@pytest.mark.parametrize("name", NAMES)
def test_the_universes_of_a_layout_are_declared_with_a_definition(name: str) -> None:
    table = tables()[name]
    known = {one.universe for one in (*table.universes, *all_sources()["statline"].universes)}
    used = {one.universe for one in table.measures} | {table.columns.get("universe", "")} - {""}
    if table.home:
        used.add(table.home.universe)
    assert used
    assert used <= known
    assert all(one.source_address for one in table.universes)


def test_universes_are_declared_once() -> None:
    names = [one.universe for table in tables().values() for one in table.universes]
    names += [one.universe for source in all_sources().values() for one in source.universes]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", ["85644NED", "85451NED"])
def test_the_nationalities_of_the_groups_are_all_asked_for(name: str) -> None:
    (kept,) = (one for title, one in tables()[name].dimensions.items() if title.startswith("Nationaliteit"))
    asked = [sets["nationality"] for sets in [*kept.keep.values(), *kept.if_there.values()] if sets]
    assert sorted(nationality_words()) == sorted(asked)
    with (PROJECT / "dbt_project" / "seeds" / "nationality_group.csv").open(encoding="utf-8") as seed:
        assert sorted(asked) == sorted(row["nationality_code"] for row in csv.DictReader(seed))


def test_names_are_found_whatever_their_blanks_signs_and_capitals() -> None:
    wanted = layout(area="regios", dimensions={"geslacht": Dimension(keep={"totaal  Mannen en vrouwen": {}})})
    chosen = select(wanted, described())
    assert (chosen.area, dict(chosen.kept)) == ("RegioS", {"Geslacht": {"T001038": {}}})


def test_a_column_of_v3_is_found_by_its_stem_whatever_number_this_year_gives_it() -> None:
    topics = (Topic("TotaleBevolking_28", "Bevolking, totaal", "Missing"),)
    assert set(select(layout(), described(generation=V3, topics=topics)).measures) == {"TotaleBevolking_28"}


def test_a_value_may_be_named_by_its_code() -> None:
    wanted = layout(dimensions={"Geslacht": Dimension(keep={"T001038 | Totaal": {}})})
    assert set(select(wanted, described()).kept["Geslacht"]) == {"T001038"}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"area": "Wijken"}, r"the dimension 'Wijken' is there 0 times, among 3: Geslacht Geslacht, RegioS Regio's"),
        ({"dimensions": {"Geslacht": Dimension(keep={"Iedereen": {}})}}, r"in Geslacht the value 'Iedereen' .*Mannen"),
        ({"dimensions": {"Geslacht": Dimension(keep={"M | T001038": {}})}}, r"is there 2 times"),
        (
            {"dimensions": {"Geslacht": Dimension(keep={}, if_there={"M | T001038": {}})}},
            r"in Geslacht the value .*is there 2 times",
        ),
        ({"dimensions": {}}, r"divided by Geslacht, of which the layout says nothing"),
        ({"dimensions": {"Leeftijd": Dimension(keep={"Totaal": {}})}}, r"the dimension 'Leeftijd' is there 0 times"),
        (
            {"measures": (Measured(find="x", measure="workers", measured_as="stock", unit="jobs", universe="u"),)},
            r"the measure 'x' is there 0 times, among 2: M1 Totale bevolking",
        ),
        ({"home": Home(dimension="Woonregio", total="NL01", universe="u")}, r"the dimension 'Woonregio'"),
    ],
)
def test_a_layout_that_does_not_fit_says_which_table_what_was_sought_and_what_is_there(
    changed: dict[str, object], said: str
) -> None:
    with pytest.raises(RefusedError, match=rf"^00000NED: .*{said}.*layouts/00000NED\.yml"):
        select(layout(**changed), described())


def test_figures_need_a_dimension_of_time() -> None:
    wanted = described(time="", titles={"Geslacht": "Geslacht", "RegioS": "Regio's"})
    with pytest.raises(RefusedError, match="none of its dimensions is of time"):
        select(layout(), wanted)


def test_what_may_lack_and_does_is_named() -> None:
    sexes = Dimension(keep={"Totaal mannen en vrouwen": {}}, if_there={"Mannen": {}, "Vrouwen": {}})
    chosen = select(layout(dimensions={"Geslacht": sexes}), described())
    assert set(chosen.kept["Geslacht"]) == {"T001038", "M"}
    assert chosen.lacking == ("Vrouwen",)


def test_a_measure_that_may_lack_leaves_the_others() -> None:
    density = Measured(find="Dichtheid", if_there=True, measure="m", measured_as="stock", unit="other", universe="u")
    chosen = select(layout(measures=(*layout().measures, density)), described())
    assert set(chosen.measures) == set(select(layout(), described()).measures) != set()
    assert chosen.lacking == ("Dichtheid",)


def test_the_server_is_asked_for_what_is_kept_with_the_codes_as_it_writes_them() -> None:
    found = described()
    assert filter_of(select(layout(), found), found) == "(Geslacht eq 'T001038') and (Measure eq 'M1')"
    padded = described(
        generation=V3,
        codes=found.codes
        | {"Geslacht": (*[Code("T001038  ", "Totaal mannen en vrouwen", "", "")], *found.codes["Geslacht"][1:])},
    )
    assert filter_of(select(layout(), padded), padded) == "(Geslacht eq 'T001038  ')"


def test_nothing_is_filtered_where_everything_is_kept() -> None:
    found = described(
        topics=described().topics[:1], codes=described().codes | {"Geslacht": described().codes["Geslacht"][:1]}
    )
    assert filter_of(select(layout(), found), found) == ""


def test_another_selection_has_another_mark_and_other_words_have_not() -> None:
    assert layout().selection == layout(title_en="other words").selection
    assert layout().selection != layout(area="RegioS | Regio").selection
    assert layout().selection != layout(dimensions={"Geslacht": Dimension(keep={"Mannen": {}})}).selection


@pytest.mark.parametrize(
    ("code", "area"),
    [
        ("NL01  ", ("NL", "NL")), ("NL00", ("NL", "NL")), ("PV20", ("PV", "PV20")), ("CR01  ", ("CR", "CR01")),
        ("AM05", ("AM", "AM05")), ("GM0394", ("GM", "0394")), ("GM9999", ("GM", "9999")),
        ("WK039400", ("WK", "039400")), ("BU03940001", ("BU", "03940001")), ("LD01", ("unknown", "LD01")),
        ("GM394", ("unknown", "GM394")), ("", ("unknown", "")),
    ],
)  # fmt: skip
def test_a_region_has_the_kind_that_its_code_says(code: str, area: tuple[str, str]) -> None:
    assert area_of(code) == area


@pytest.mark.parametrize(
    ("code", "dated", "period"),
    [
        ("2023JJ00", "period", ("2023-01-01", "2023-12-31", "year")),
        ("2023JJ00", "start", ("2023-01-01", "2023-01-01", "day")),
        ("2023JJ00", "end", ("2023-12-31", "2023-12-31", "day")),
        ("2023JJ00", "december", ("2023-12-01", "2023-12-31", "month")),
        ("2023MM12", "december", ("2023-12-01", "2023-12-31", "month")),
        ("2024MM02", "period", ("2024-02-01", "2024-02-29", "month")),
        ("2023MM03", "start", ("2023-03-01", "2023-03-01", "day")),
        ("2023KW04", "period", ("2023-10-01", "2023-12-31", "quarter")),
        ("2023HJ02", "period", ("2023-07-01", "2023-12-31", "half_year")),
        ("2023SJ00", "period", ("2023-08-01", "2024-07-31", "year")),
        ("20230101", "start", ("2023-01-01", "2023-01-01", "day")),
        (" 2023JJ00 ", "period", ("2023-01-01", "2023-12-31", "year")),
    ],
)
def test_a_period_is_the_days_it_covers_or_the_day_its_stock_is_of(
    code: str, dated: Dated, period: tuple[str, str, str]
) -> None:
    found = period_of(code, dated)
    assert found
    assert (found[0].isoformat(), found[1].isoformat(), found[2]) == period


@pytest.mark.parametrize(
    "code", ["", "2023", "2023JJ01", "2023KW05", "2023KW00", "2023MM13", "20230230", "2023XX00", "٢٠٢٣JJ00", "9999SJ00"]
)
def test_what_is_no_period_is_none(code: str) -> None:
    assert period_of(code, "period") is None


@given(
    st.from_regex(re.compile(r"\d{4}(JJ|HJ|KW|MM|SJ|\d\d)\d\d"), fullmatch=True) | st.text(max_size=10),
    st.sampled_from(DATED),
)
def test_any_text_is_a_period_within_a_school_year_of_its_beginning_or_none(code: str, dated: Dated) -> None:
    found = period_of(code, dated)
    if found is not None:
        start, end, precision = found
        assert date(int(code.strip()[:4]), 1, 1) <= start <= end <= start + timedelta(days=366)
        assert precision in (VOCABULARY["date_precision"] or ())


@given(st.text(max_size=12))
def test_any_text_is_a_region_of_a_kind_that_the_record_knows(code: str) -> None:
    assert area_of(code)[0] in (VOCABULARY["area_type"] or ())
