"""Kept pages of StatLine as observations: the same from both generations, and never a number that CBS did not give."""

from __future__ import annotations

import gzip
import io
import itertools
import json
import logging
from dataclasses import replace
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.landing.deliveries import RefusedError, snapshots, standing
from pipelines.sources.forms import DeliveredFile
from pipelines.sources.statline import reader
from pipelines.sources.statline.kept import described
from pipelines.sources.statline.tables import tables
from tests.statline_server import Dimension, Measure, Table, Value
from tests.unit.sources.statline.conftest import PERIODS, REGIONS, TABLE, Nightly, residents

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pipelines.landing.deliveries import Outcome

Rows = list[dict[str, Any]]
JSON = "cannot be read|no whole page of JSON"


def serve(nightly: Nightly, table: Table) -> None:
    """Let the server have this table only, and the house ask for it."""
    nightly.server.tables = {table.name: table}
    nightly.layouts = [tables()[table.name]]


def without(nightly: Nightly, generation: str) -> None:
    nightly.server.break_down(f"/{generation}/", "404")


def read_of(nightly: Nightly) -> tuple[Rows, Rows]:
    """Accepted and rejected rows of the newest snapshot, straight from the reader."""
    nightly.fetch()
    nightly.house.land("statline")
    snapshot = snapshots(nightly.house.settings, "statline")[-1]
    files = [DeliveredFile(path.name, partial(path.open, "rb")) for path in snapshot.files]
    accepted: Rows = []
    rejected: Rows = []
    with duckdb.connect() as connection:
        for part in reader.read(connection, snapshot.manifest, files):
            good, bad = (one.to_arrow_table().to_pylist() for one in (part.accepted, part.rejected))
            assert part.rows_read == len(good) + len(bad)
            accepted += good
            rejected += bad
    return accepted, rejected


def spoil(nightly: Nightly, name: str, change: Callable[[bytes], bytes]) -> None:
    """Change a page in the inbox before it is landed."""
    nightly.fetch()
    (page,) = nightly.house.settings.fetched.glob(f"statline/*/*/{name}")
    page.write_bytes(change(page.read_bytes()))


def refusal(nightly: Nightly) -> str:
    assert not nightly.house.land("statline").refused
    (outcome,) = nightly.house.read("statline", nightly.layouts[0].layout)
    assert outcome.status == "refused"
    return outcome.message


def jobs() -> Table:
    """SYNTHETIC jobs by area of residence and of work, in thousands."""
    regions = {code: REGIONS[code] for code in ("NL01", "GM0394", "GM0599")}
    dimensions = {
        "WoonregioS": Dimension(regions, "GeoDimension"),
        "WerkregioS": Dimension(regions, "GeoDetail"),
        "Perioden": Dimension({"2023JJ00": Value("2023", "Definitief")}, "TimeDimension"),
    }
    cells: list[Any] = [
        ("M1", codes, 1.1 * (place + 1), "None")
        for place, codes in enumerate(itertools.product(regions, regions, ["2023JJ00"]))
    ]
    return Table("85481NED", dimensions, {"M1": Measure("Banen van werknemers", "BanenVanWerknemers_1")}, cells)


def areas(*kinds: str) -> Table:
    """SYNTHETIC membership: for each kind of area a code and a name."""
    titles = {f"M{place}": title for place, title in enumerate(title for _ in kinds for title in ("Code", "Naam"))}
    measures = {code: Measure(title, f"{title}_{code[1:]}", is_text=True) for code, title in titles.items()}
    cells: list[Any] = []
    for municipality in ("GM0394", "GM0599"):
        texts = [text for kind in kinds for text in (f"{kind}{municipality[-2:]}", f"SYNTHETISCH {kind}")]
        cells += [(code, (municipality,), text, "None") for code, text in zip(titles, texts, strict=True)]
    return Table(
        "86247NED",
        {"RegioS": Dimension({one: REGIONS[one] for one in ("GM0394", "GM0599")}, "GeoDimension")},
        measures,
        cells,
    )


def texts(**descriptions: str) -> Table:
    """SYNTHETIC municipalities with texts."""
    regions = {code: Value(f"SYNTHETISCH {code}", description=text) for code, text in descriptions.items()}
    return Table("70739ned", {"RegioS": Dimension(regions, "GeoDimension")}, {"M1": Measure("Aantal", "Aantal_1")}, [])


# figures


def test_a_cell_is_a_figure_with_the_place_it_was_read_from(nightly: Nightly) -> None:
    (outcome,) = nightly.take_in()
    assert (outcome.status, outcome.layout) == ("read", TABLE)
    assert outcome.rows_read == outcome.rows_accepted == 29
    first = nightly.house.accepted("statline")[0]
    assert {name: first[name] for name in ("locator_file", "locator_cell", "locator_row", "version", "edition")} == {
        "locator_file": "Observations-00001.json.gz", "locator_cell": "Id 0", "locator_row": 1,
        "version": "2026-01-10T02:00:00+01:00", "edition": TABLE,
    }  # fmt: skip
    assert {name: first[name] for name in ("area_type", "area_code", "period_start", "period_end", "nationality")} == {
        "area_type": "NL", "area_code": "NL", "period_start": date(2022, 1, 1), "period_end": date(2022, 1, 1),
        "nationality": "all",
    }  # fmt: skip
    assert (first["value"], first["low"], first["high"], first["bound_kind"]) == (1000.0, 1000.0, 1000.0, "exact")
    assert (first["measure"], first["unit"], first["home_area"]) == ("residents", "persons", "here")


def test_only_what_the_layout_keeps_is_read(nightly: Nightly) -> None:
    accepted, rejected = read_of(nightly)
    assert {row["nationality"] for row in accepted} == {"all", "0001", "0072"}
    assert rejected == []


def test_what_the_server_sends_beyond_what_was_asked_is_left_out(nightly: Nightly) -> None:
    before, _ = read_of(nightly)
    nightly.server.tables[TABLE].modified = "2026-02-01T00:00:00+01:00"
    nightly.server.page = 1000
    everything = Table.observations(nightly.server.tables[TABLE])
    body = gzip.compress(json.dumps({"value": everything, "@odata.count": len(everything)}).encode())
    spoil(nightly, "Observations-00001.json.gz", lambda _: body)
    nightly.house.land("statline")
    after, _ = read_of(nightly)
    assert len(after) == len(before)
    assert {row["value"] for row in after} == {row["value"] for row in before}


def test_the_status_of_a_period_says_whether_its_figures_are_final(nightly: Nightly) -> None:
    accepted, _ = read_of(nightly)
    assert {(row["period_start"].year, row["finality"]) for row in accepted} == {(2022, "final"), (2023, "provisional")}


@pytest.mark.parametrize(
    ("status", "finality", "warns"),
    [
        ("Definitief", "final", False),
        ("Nader voorlopig", "provisional", False),
        ("Voorlopige cijfers", "provisional", True),
        ("", "provisional", True),
        ("Herijkt", "provisional", True),
    ],
)  # fmt: skip
def test_a_status_that_is_unknown_counts_as_provisional_and_is_told(
    nightly: Nightly, caplog: pytest.LogCaptureFixture, status: str, finality: str, warns: bool
) -> None:
    nightly.server.tables[TABLE].dimensions["Perioden"].values["2022JJ00"] = Value("2022", status)
    with caplog.at_level(logging.WARNING):
        accepted, _ = read_of(nightly)
    nightly.server.tables[TABLE].dimensions["Perioden"].values["2022JJ00"] = PERIODS["2022JJ00"]
    assert {row["finality"] for row in accepted if row["period_start"].year == 2022} == {finality}
    assert (f"the status {status!r} of 2022 is unknown" in caplog.text) == warns


def test_a_region_of_another_kind_keeps_its_code_and_is_of_no_known_kind(nightly: Nightly) -> None:
    accepted, _ = read_of(nightly)
    assert {row["area_type"] for row in accepted if row["area_code"] == "LD04"} == {"unknown"}


def test_secret_missing_impossible_and_absent_stay_four_things_and_none_is_a_number(nightly: Nightly) -> None:
    table = nightly.server.tables[TABLE]
    table.cells[0] = (*table.cells[0][:2], None, "Impossible")
    accepted, _ = read_of(nightly)
    odd = {row["availability"]: row for row in accepted if row["availability"] != "available"}
    assert set(odd) == {"suppressed", "missing", "not_applicable"}
    assert all(row["value"] is row["low"] is row["high"] is None for row in odd.values())
    assert {row["bound_kind"] for row in odd.values()} == {"suppressed", "none"}
    assert len(accepted) == 3 * len(REGIONS) * len(PERIODS) - 1
    assert 0 not in {row["value"] for row in accepted}


def test_nought_is_a_number(nightly: Nightly) -> None:
    table = nightly.server.tables[TABLE]
    table.cells[0] = (*table.cells[0][:2], 0.0, "None")
    accepted, _ = read_of(nightly)
    (first,) = (row for row in accepted if row["locator_row"] == 1)
    assert (first["value"], first["availability"]) == (0, "available")


def test_an_unknown_value_attribute_is_told_and_its_number_is_not_believed(
    nightly: Nightly, caplog: pytest.LogCaptureFixture
) -> None:
    nightly.server.break_down("Observations?", "other attribute", times=1)
    with caplog.at_level(logging.WARNING):
        accepted, _ = read_of(nightly)
    (first,) = (row for row in accepted if row["locator_row"] == 1)
    assert (first["value"], first["availability"]) == (None, "missing")
    assert "the ValueAttribute 'Embargoed' is unknown" in caplog.text


@pytest.mark.parametrize("pages_at_once", [1, 2, 8])
def test_in_parts_or_at_once_the_rows_are_the_same(
    nightly: Nightly, monkeypatch: pytest.MonkeyPatch, pages_at_once: int
) -> None:
    nightly.server.page = 7
    monkeypatch.setattr(reader, "_PAGES", pages_at_once)
    accepted, _ = read_of(nightly)
    numbers = [row["locator_row"] for row in accepted]
    assert len(numbers) == len(set(numbers)) == 29
    assert {row["locator_file"] for row in accepted} == {f"Observations-{n:05}.json.gz" for n in range(1, 6)}


# both generations


@pytest.mark.parametrize("make", [residents, jobs])
def test_both_generations_of_a_table_give_equal_observations(nightly: Nightly, make: Callable[[], Table]) -> None:
    table = make()
    table.cells = [cell for cell in table.cells if cell[3] in ("None", "Missing")]
    serve(nightly, table)
    nightly.take_in(table.name)
    newer = nightly.rows()
    table.modified = "2026-02-01T02:00:00+01:00"
    without(nightly, "v4")
    nightly.take_in(table.name)
    both = nightly.rows()
    assert len(newer) > 5
    assert len(both) == 2 * len(newer)
    assert [row for row in newer for _ in range(2)] == both
    assert {row["locator_file"][:4] for row in nightly.house.accepted("statline")} == {"Obse", "Type"}


@pytest.mark.parametrize(
    ("empty", "value", "availability"),
    [
        ("Missing", None, "missing"),
        ("Impossible", None, "not_applicable"),
        ("Zero", 0.0, "available"),
        ("", None, "missing"),
    ],
)  # fmt: skip
def test_an_empty_cell_of_v3_means_what_its_column_says(
    nightly: Nightly, empty: str, value: float | None, availability: str
) -> None:
    table = residents()
    table.measures = {"M000352": Measure("Bevolking op 1 januari", "BevolkingOp1Januari_1", empty)}
    serve(nightly, table)
    without(nightly, "v4")
    accepted, _ = read_of(nightly)
    odd = [row for row in accepted if row["value"] in (None, 0)]
    assert len(odd) == 2
    assert {(row["value"], row["availability"]) for row in odd} == {(value, availability)}


def test_each_measure_of_a_row_of_v3_is_an_observation_of_its_own(nightly: Nightly) -> None:
    table = residents()
    table.name = "85451NED"
    table.measures = {"M1": Measure("Immigratie", "Immigratie_1"), "M2": Measure("Emigratie", "Emigratie_2")}
    table.cells = [(code, *cell[1:]) for code in table.measures for cell in table.cells]
    serve(nightly, table)
    without(nightly, "v4")
    accepted, _ = read_of(nightly)
    assert len({row["locator_row"] for row in accepted}) == len(accepted) == 58
    assert {(row["measure"], row["measured_as"], row["date_precision"]) for row in accepted} == {
        ("arrivals", "flow", "year"), ("departures", "flow", "year"),
    }  # fmt: skip
    assert {row["locator_cell"].split()[-1] for row in accepted} == {"Immigratie_1", "Emigratie_2"}


# what cannot be read


@pytest.mark.parametrize(
    ("column", "value", "field", "rule"),
    [
        ("Perioden", "2022XX00", "Perioden", "is no period"),
        ("RegioS", "GM1234", "RegioS", "is not in the list of codes"),
        ("Nationaliteit", "NAT0", "Nationaliteit", "is not in the list of codes"),
        ("Measure", "M9", "Measure", "is not in the list of measures"),
        ("Value", None, "Value", "is absent"),
        ("ValueAttribute", None, "ValueAttribute", "is absent"),
    ],
)
def test_a_row_that_cannot_be_read_is_rejected_with_its_field_and_rule(
    nightly: Nightly, column: str, value: str | None, field: str, rule: str
) -> None:
    nightly.server.tables[TABLE].dimensions["Perioden"] = Dimension(
        PERIODS | {"2022XX00": Value("?", "Definitief")}, "TimeDimension"
    )

    def change(page: bytes) -> bytes:
        content = json.loads(gzip.decompress(page))
        content["value"][3][column] = value
        return gzip.compress(json.dumps(content).encode())

    spoil(nightly, "Observations-00001.json.gz", change)
    number = nightly.server.tables[TABLE].observations()
    accepted, rejected = read_of(nightly)
    assert len(accepted) == 28
    assert [(row["field"], row["rule"]) for row in rejected] == [(field, rule)]
    assert rejected[0]["locator_row"] in {row["Id"] + 1 for row in number}
    assert f"{field}: {rule}; 1 of 29 rows are rejected" in refusal(nightly)


@pytest.mark.parametrize("value", ["true", '"veel"', '"1.234"', "-5.0"])
@pytest.mark.parametrize("absent", ["v4", "v3"])
def test_a_number_that_is_none_or_below_nought_is_rejected(nightly: Nightly, absent: str, value: str) -> None:
    nightly.server.tables[TABLE].cells = [one for one in nightly.server.tables[TABLE].cells if one[3] == "None"]
    without(nightly, absent)
    name = "TypedDataSet" if absent == "v4" else "Observations"
    spoil(
        nightly, f"{name}-00001.json.gz",
        lambda page: gzip.compress(gzip.decompress(page).replace(b": 1000.0", f": {value}".encode())),
    )  # fmt: skip
    accepted, (rejected,) = read_of(nightly)
    assert len(accepted) == 26
    assert rejected["rule"] == ("is below nought" if value == "-5.0" else "is no number")
    assert "1 of 27 rows are rejected" in refusal(nightly)


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("Observations-00002.json.gz", lambda page: page[:-20], JSON),
        ("Observations-00001.json.gz", lambda _: gzip.compress(b"<html>"), JSON),
        ("Observations-00001.json.gz", lambda page: gzip.compress(gzip.decompress(page)[:-90]), JSON),
        ("RegioSCodes-00001.json.gz", lambda _: b"nothing", "RegioSCodes-00001.json.gz: it is no whole page of JSON"),
        ("RegioSCodes-00001.json.gz", lambda _: gzip.compress(b'{"value": [1]}'), "no list of rows"),
        ("Dimensions-00001.json.gz", lambda _: gzip.compress(b'{"value": [{}]}'), "Dimensions has no text Identifier"),
        (
            "Observations-00001.json.gz",
            lambda page: gzip.compress(gzip.decompress(page).replace(b'"RegioS"', b'"Regio"')),
            "Observations-00001.json.gz: its rows have no column RegioS",
        ),
        (
            "Observations-00002.json.gz",
            lambda page: gzip.compress(gzip.decompress(page).replace(b'"ValueAttribute"', b'"Attribute"')),
            "Observations-00002.json.gz: its rows have no column ValueAttribute",
        ),
    ],
)  # fmt: skip
def test_a_page_that_was_spoiled_refuses_the_table_and_is_named(
    nightly: Nightly, name: str, change: Callable[[bytes], bytes], said: str
) -> None:
    spoil(nightly, name, change)
    message = refusal(nightly)
    assert any(one in message for one in said.split("|")), message


def in_inbox(nightly: Nightly) -> Path:
    nightly.fetch()
    (folder,) = nightly.house.settings.fetched.glob("statline/*/*")
    return folder


@pytest.mark.parametrize("missing", ["Observations-00001", "Observations-00002", "MeasureCodes-00001"])
def test_a_page_that_is_missing_refuses_the_table(nightly: Nightly, missing: str) -> None:
    (in_inbox(nightly) / f"{missing}.json.gz").unlink()
    assert "missing" in refusal(nightly)


def test_a_page_that_stands_there_twice_refuses_the_table(nightly: Nightly) -> None:
    folder = in_inbox(nightly)
    (folder / "Observations-00003.json.gz").write_bytes((folder / "Observations-00002.json.gz").read_bytes())
    assert "of 38 rows only 29 differ: a page came twice" in refusal(nightly)


def test_a_table_without_observations_at_all_is_refused(nightly: Nightly) -> None:
    folder = in_inbox(nightly)
    for page in folder.glob("Observations-*"):
        page.unlink()
    assert "pages of observations are missing (0 are there: none)" in refusal(nightly)


def test_a_count_that_cbs_does_not_give_refuses_the_table(nightly: Nightly) -> None:
    spoil(
        nightly, "Observations-00001.json.gz",
        lambda page: gzip.compress(gzip.decompress(page).replace(b"@odata.count", b"@odata.amount")),
    )  # fmt: skip
    assert "CBS does not say how many rows there are" in refusal(nightly)


def test_without_a_filter_the_table_itself_says_how_many_rows_there_are(nightly: Nightly) -> None:
    serve(nightly, areas("PV", "CR", "AM"))
    nightly.server.break_down("Observations?", "no count")
    accepted, _ = read_of(nightly)
    assert len(accepted) == 6


def test_a_table_that_calls_itself_synthetic_is_refused_where_its_delivery_does_not(nightly: Nightly) -> None:
    nightly.server.tables[TABLE].title = "Bevolking, SYNTHETISCH"
    nightly.fetch()
    assert "its content is synthetic, but its sidecar does not say so" in refusal(nightly)
    assert nightly.house.accepted("statline") == []


def test_a_table_without_a_layout_is_refused(nightly: Nightly) -> None:
    folder = in_inbox(nightly)
    folder.parent.rename(folder.parent.with_name("11111NED"))
    nightly.house.land("statline")
    (outcome,) = nightly.house.read("statline", "11111NED")
    assert "no layout is for table 11111NED" in outcome.message


FIELDS = st.sampled_from(["value", "Modified", "Identifier", "Key"])
ANY_JSON = st.recursive(
    st.none() | st.text() | st.integers(), lambda one: st.lists(one) | st.dictionaries(FIELDS, one), max_leaves=8
)


@given(content=st.binary(max_size=200) | ANY_JSON.map(lambda one: json.dumps(one).encode()), packed=st.booleans())
def test_whatever_a_page_holds_it_is_refused_and_no_reader_crashes(content: bytes, packed: bool) -> None:
    body = gzip.compress(content) if packed else content
    with pytest.raises(RefusedError):
        described([DeliveredFile("Properties-00001.json.gz", lambda: io.BytesIO(body))])


# jobs by home and work


def test_jobs_are_read_by_work_by_home_and_where_both_are_one(nightly: Nightly) -> None:
    serve(nightly, jobs())
    accepted, _ = read_of(nightly)
    found = {(row["universe"], row["area_code"], row["home_area"]): row for row in accepted}
    assert len(found) == len(accepted) == 7
    work, home = "statline_jobs_work_area", "statline_jobs_home_area"
    assert set(found) == {
        (work, "NL", "all"), (work, "0394", "all"), (work, "0599", "all"), (work, "0394", "here"),
        (work, "0599", "here"), (home, "0394", "here"), (home, "0599", "here"),
    }  # fmt: skip
    one = found[work, "0394", "all"]
    assert (one["value"], one["low"], one["high"], one["bound_kind"]) == (2200, 2150, 2250, "rounding_assumed")
    assert (one["period_start"], one["period_end"], one["date_precision"]) == (
        date(2023, 12, 1), date(2023, 12, 31), "month",
    )  # fmt: skip
    assert (one["unit"], one["workplace_basis"], one["employment"]) == ("jobs", "modelled", "employee")
    assert found[home, "0394", "here"]["workplace_basis"] == "home"


# periods that are left out


def test_of_months_and_years_that_tell_of_the_same_days_the_months_are_read(nightly: Nightly) -> None:
    periods = {code: Value(code, "Definitief") for code in ("2023JJ00", "2023MM01", "2023MM02")}
    cells: list[Any] = [("M1", ("GM0394", code), 7.0, "None") for code in periods]
    dimensions = {"RegioS": Dimension({"GM0394": REGIONS["GM0394"]}), "Perioden": Dimension(periods, "TimeDimension")}
    measure = Measure("Bevolking aan het begin van de periode", "BevolkingAanHetBeginVanDePeriode_1")
    serve(nightly, Table("37230ned", dimensions, {"M1": measure}, cells))
    accepted, _ = read_of(nightly)
    assert sorted(row["period_start"] for row in accepted) == [date(2023, 1, 1), date(2023, 2, 1)]
    assert {row["measure"] for row in accepted} == {"inhabitants"}


def test_a_period_that_is_none_is_rejected_also_where_only_months_are_kept(nightly: Nightly) -> None:
    periods = {code: Value(code, "Definitief") for code in ("2023MM01", "2023JJ00", "januari")}
    cells: list[Any] = [("M1", ("GM0394", code), 7.0, "None") for code in periods]
    dimensions = {"RegioS": Dimension({"GM0394": REGIONS["GM0394"]}), "Perioden": Dimension(periods, "TimeDimension")}
    measure = Measure("Bevolking aan het begin van de periode", "BevolkingAanHetBeginVanDePeriode_1")
    serve(nightly, Table("37230ned", dimensions, {"M1": measure}, cells))
    accepted, rejected = read_of(nightly)
    assert [row["period_start"] for row in accepted] == [date(2023, 1, 1)]
    assert [(row["field"], row["rule"]) for row in rejected] == [("Perioden", "is no period")]


def test_of_many_key_figures_only_the_inhabitants_are_asked_for(nightly: Nightly) -> None:
    measures = {"M1": Measure("Totale bevolking", "TotaleBevolking_1"), "M2": Measure("Zeehonden", "Zeehonden_2")}
    cells: list[Any] = [(code, ("GM0394", "2023JJ00"), 7.0, "None") for code in measures]
    dimensions = {"RegioS": Dimension({"GM0394": REGIONS["GM0394"]}), "Perioden": Dimension(PERIODS, "TimeDimension")}
    serve(nightly, Table("70072ned", dimensions, measures, cells))
    accepted, _ = read_of(nightly)
    assert len(accepted) == 1
    assert any("$filter=(Measure eq 'M1')" in one for one in nightly.server.asked)


# areas


@pytest.mark.parametrize("absent", ["v4", "v3"])
def test_each_municipality_lies_in_the_areas_whose_codes_its_row_holds(nightly: Nightly, absent: str) -> None:
    serve(nightly, areas("LD", "PV", "CR", "AM", "RU"))
    without(nightly, absent)
    accepted, _ = read_of(nightly)
    assert {(row["area_code"], row["other_area_type"], row["other_area_code"], row["quote"]) for row in accepted} == {
        (code, kind, f"{kind}{code[-2:]}", f"SYNTHETISCH {kind}")
        for code in ("0394", "0599")
        for kind in ("PV", "CR", "AM")
    }
    assert {(row["measure"], row["value"], row["period_start"]) for row in accepted} == {
        ("lies_in", 1, date(2026, 1, 1))
    }
    (outcome,) = nightly.house.read("statline", "86247NED")
    assert (outcome.status, outcome.rows_accepted) == ("read", 6)


def test_a_table_of_areas_without_provinces_is_another_table(nightly: Nightly) -> None:
    serve(nightly, areas("LD", "CR"))
    nightly.fetch()
    assert "it has codes of CR, and should have those of AM, CR and PV" in refusal(nightly)


@pytest.mark.parametrize(
    ("column", "value", "rule"),
    [
        ("name", None, "has no name beside it"),
        ("RegioS", None, "is absent"),
        ("RegioS", "GM9999", "is not in the list of codes"),
        ("RegioS", "GM394", "is no municipality"),
        ("Measure", "M9", "is not in the list of measures"),
        ("StringValue", "PV2", "is no code of an area"),
        ("StringValue", None, "is no code of an area"),
    ],
)
def test_a_row_of_areas_that_cannot_be_read_is_rejected(
    nightly: Nightly, column: str, value: str | None, rule: str
) -> None:
    table = areas("PV", "CR", "AM")
    table.dimensions["RegioS"].values["GM394"] = Value("SYNTHETISCH")
    serve(nightly, table)

    def change(page: bytes) -> bytes:
        content = json.loads(gzip.decompress(page))
        if column == "name":
            content["value"][1]["RegioS"] = value
        else:
            content["value"][0][column] = value
        return gzip.compress(json.dumps(content).encode())

    spoil(nightly, "Observations-00001.json.gz", change)
    accepted, rejected = read_of(nightly)
    assert len(accepted) == 5
    field = "StringValue" if column == "name" else column
    assert [(row["locator_row"], row["field"], row["rule"]) for row in rejected] == [(1, field, rule)]
    assert "1 of 6 rows are rejected" in refusal(nightly)


# changes


@pytest.mark.parametrize("absent", ["v4", "v3"])
def test_what_two_municipalities_tell_alike_is_one_change(nightly: Nightly, absent: str) -> None:
    gone = "Opgeheven per 01-01-2015, overgegaan naar: - Bestaat (GM9002), ... 10 hectare met 3 woningen en 7 inwoners"
    grown = "Wijziging per 01-01-2015, ontvangen van: - Weg (GM9001), ... 10 hectare met 3 woningen en 7 inwoners"
    serve(nightly, texts(NL01="", GM9001=gone, GM9002=grown))
    without(nightly, absent)
    accepted, rejected = read_of(nightly)
    (change,) = accepted
    assert rejected == []
    assert {name: change[name] for name in ("area_code", "other_area_code", "change", "value", "availability")} == {
        "area_code": "9001", "other_area_code": "9002", "change": "ended", "value": 7, "availability": "available",
    }  # fmt: skip
    assert (change["period_start"], change["date_precision"], change["quote"]) == (date(2015, 1, 1), "day", "Bestaat")
    assert not any("Observations" in one or "TypedDataSet" in one for one in nightly.server.asked)
    (outcome,) = nightly.house.read("statline", "70739ned")
    assert (outcome.status, outcome.rows_accepted) == ("read", 1)


def test_a_change_whose_inhabitants_are_not_told_is_missing_and_not_nought(nightly: Nightly) -> None:
    serve(nightly, texts(GM9001="Naamswijziging per 01-07-2015, nieuwe naam: Bestaat (GM9002)"))
    ((change,), _) = read_of(nightly)
    assert (change["value"], change["availability"], change["change"]) == (None, "missing", "renamed")


def test_a_text_that_cannot_be_read_is_a_rejected_row_that_shows_where(nightly: Nightly) -> None:
    good = "Naamswijziging per 01-07-2015, nieuwe naam: Bestaat (GM9002)"
    serve(nightly, texts(GM9001=good, GM9003="Opgeheven per gisteren, overgegaan naar: de zee"))
    _, (rejected,) = read_of(nightly)
    assert rejected["field"] == "GM9003"
    assert "gisteren" in rejected["rule"]


# change in form


def changed(nightly: Nightly, day: str, **measures: Measure) -> Outcome:
    """The outcome of the table as CBS changed it on a day."""
    table = nightly.server.tables[TABLE]
    table.measures, table.modified = measures, f"{day}T02:00:00+01:00"
    (outcome,) = nightly.take_in()
    return outcome


@pytest.mark.parametrize("generation", ["v4", "v3"])
def test_a_measure_in_another_unit_refuses_the_table_and_the_earlier_one_goes_on(
    nightly: Nightly, generation: str
) -> None:
    without(nightly, "v3" if generation == "v4" else "v4")
    measure = nightly.server.tables[TABLE].measures["M000352"]
    (first,) = nightly.take_in()
    outcome = changed(nightly, "2026-02-01", M000352=replace(measure, unit="x 1 000"))
    name = {"v4": "M000352", "v3": "BevolkingOp1Januari"}[generation]
    assert outcome.status == "refused"
    assert f"retyped: {name} was Long aantal, is Long x 1 000" in outcome.message
    assert standing(nightly.house.settings)[first.delivery_id] == "current"
    assert nightly.fetch()[0].status == "unchanged", "what is refused is not downloaded every night"


def test_a_measure_that_nobody_reads_is_told_when_it_comes_and_when_it_goes(nightly: Nightly) -> None:
    nightly.take_in()
    measure = nightly.server.tables[TABLE].measures["M000352"]
    more = changed(nightly, "2026-02-01", M000352=measure, M9=Measure("Verzonnen", "Verzonnen_2"))
    again = changed(nightly, "2026-02-02", M000352=measure)
    assert (more.status, again.status) == ("read", "read")
    assert more.form_change.endswith("added: M9")
    assert again.form_change.endswith("missing: M9")


def test_columns_of_v3_that_were_numbered_anew_are_the_same(nightly: Nightly) -> None:
    without(nightly, "v4")
    nightly.take_in()
    measure = nightly.server.tables[TABLE].measures["M000352"]
    assert changed(nightly, "2026-02-01", M000352=replace(measure, column="BevolkingOp1Januari_7")).form_change == ""
