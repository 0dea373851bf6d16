"""The synthetic sample: what later tests rely on, checked without the generator's own rules."""

from __future__ import annotations

import csv
import gzip
import json
import re
import zipfile
from collections import Counter
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import fastexcel
import pytest
import yaml

from pipelines.sample.generate import generate

SEEDS = Path(__file__).resolve().parents[3] / "dbt_project" / "seeds"
BRP = "brp/NL/2026-01-01/synthetic_brp.csv"
OWN_BRP = "brp/0394/2026-02-01/synthetic_brp.csv"
RNI = "rni/NL/2026-01-01/synthetic_rni.csv"
MONITOR = "migrantenmonitor/NL/2025-12-31/synthetic_migrantenmonitor.xlsx"
STATLINE = "statline/85644NED/2026-01-15"
EARLIER = {year: f"migrantenmonitor/NL/{year}-12-31/synthetic_migrantenmonitor_{year}.xlsx" for year in (2022, 2024)}
INHABITANTS = "statline/70072ned/2026-01-15"
OBSERVATIONS = "Observations-00001.json.gz"
INSPECTIONS = "inspectorate/NL/2026-01-01/synthetic_inspections.csv"
REGISTERS = [
    f"{source}/{code}/2026-01-15/synthetic_{name}.csv"
    for code in ("0394", "0599")
    for source, name in (
        ("indicators", "indicators"),
        ("indicators", "commitments"),
        ("housing", "housing"),
        ("lists", "lists"),
    )
]
SYMBOLS = {"x", ".", "-"}
TABLE_1_COLUMNS = [2, 3, 4, 6, 7, 8, 10, 11, 12, 14, 15, 16]

Row = dict[str, str]


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("landing")
    generate(out)
    return out


def contents(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def lines(file: Path) -> list[list[str]]:
    """The cells of each line; the sample has no content that needs an escape, which this asserts."""
    text = file.read_bytes().decode("utf-8")
    assert text.endswith("\n")
    assert not set('\\"\r\ufeff') & set(text)
    return [line.split(",") for line in text[:-1].split("\n")]


def records(file: Path) -> list[Row]:
    """The rows that have as many cells as the header."""
    header, *rest = lines(file)
    return [dict(zip(header, row, strict=True)) for row in rest if len(row) == len(header)]


@cache
def today(day: str = "2026-01-01") -> dict[str, str]:
    with (SEEDS / "municipality.csv").open(encoding="utf-8", newline="") as handle:
        return {
            row["municipality_code"]: row["municipality_name"]
            for row in csv.DictReader(handle)
            if row["valid_from"] <= day < (row["valid_to"] or "9999")
        }


def bsn_is_valid(text: str) -> bool:
    if not re.fullmatch(r"\d{9}", text) or text == "000000000":
        return False
    *front, last = map(int, text)
    return (sum(weight * digit for weight, digit in zip(range(9, 1, -1), front, strict=True)) - last) % 11 == 0


def a_number_is_valid(text: str) -> bool:
    if not re.fullmatch(r"[1-9]\d{9}", text) or re.search(r"(\d)\1", text):
        return False
    digits = [int(digit) for digit in text]
    powers = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512]
    weighted = sum(power * digit for power, digit in zip(powers, digits, strict=True))
    return sum(digits) % 11 in (0, 5) and weighted % 11 == 0


def date_is_valid(text: str) -> bool:
    if text in ("", "00000000"):
        return True
    year, month, day = int(text[:4]), int(text[4:6]), int(text[6:])
    if month == 0:
        return day == 0
    try:
        date(year, month, day or 1)
    except ValueError:
        return False
    return True


def flaws(file: Path, municipality: str, day: str) -> Counter[str]:
    width = len(lines(file)[0])
    found = Counter({"columns": sum(len(line) != width for line in lines(file))})
    for row in records(file):
        found["bsn"] += bool(row["01.01.20"]) and not bsn_is_valid(row["01.01.20"])
        found["a_number"] += not a_number_is_valid(row["01.01.10"])
        found["municipality"] += bool(row[municipality]) and row[municipality] not in today()
        found["date"] += not date_is_valid(row[day])
    return found


def sheet(sample: Path, name: str, monitor: str = MONITOR) -> list[tuple[Any, ...]]:
    book = fastexcel.read_excel(sample / monitor)
    table = book.load_sheet(name, header_row=None, skip_rows=0, dtypes="string").to_polars()
    return table.rows()


def xml_cells(sample: Path, number: int) -> list[tuple[str, str, str]]:
    """(reference, type, value) of each cell of the n-th sheet as the file itself has it."""
    with zipfile.ZipFile(sample / MONITOR) as book:
        text = book.read(f"xl/worksheets/sheet{number}.xml").decode()
    return [
        (reference, "text" if 't="s"' in rest else "number", value)
        for reference, rest, value in re.findall(r'<c r="([A-Z]+\d+)"([^>/]*)><v>([^<]*)</v>', text)
    ]


def test_the_same_arguments_give_the_same_bytes(tmp_path: Path) -> None:
    generate(tmp_path / "once", persons=6_000, non_residents=2_000, seed=7)
    generate(tmp_path / "again", persons=6_000, non_residents=2_000, seed=7)

    assert contents(tmp_path / "once") == contents(tmp_path / "again")


def test_the_workbook_does_not_carry_the_moment_it_was_made(sample: Path) -> None:
    with zipfile.ZipFile(sample / MONITOR) as book:
        assert b">2026-01-01T00:00:00Z</dcterms:created>" in book.read("docProps/core.xml")
        assert {part.date_time for part in book.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def page(sample: Path, name: str) -> dict[str, Any]:
    """A page of the table of StatLine."""
    content: dict[str, Any] = json.loads(gzip.decompress((sample / STATLINE / name).read_bytes()))
    return content


def test_another_seed_tells_of_other_people_in_every_data_file_but_in_the_examples_of_the_methods(
    tmp_path: Path,
) -> None:
    generate(tmp_path / "one", persons=6_000, non_residents=2_000, seed=1)
    generate(tmp_path / "two", persons=6_000, non_residents=2_000, seed=2)

    one, two = contents(tmp_path / "one"), contents(tmp_path / "two")
    assert one.keys() == two.keys()
    told = {name for name in one if one[name] != two[name]}
    tables = {f"{table}/{OBSERVATIONS}" for table in (STATLINE, INHABITANTS)}
    examples = {name for name in one if name.startswith("lists/")}
    assert examples
    assert told == {n for n in one if not n.endswith(("delivery.yml", ".gz"))} - examples | tables


def test_the_returned_files_are_the_tree_and_nothing_else_is_written(tmp_path: Path) -> None:
    returned = generate(tmp_path, persons=5_000, non_residents=1_000)

    data = [BRP, OWN_BRP, RNI, MONITOR, *EARLIER.values(), INSPECTIONS, *REGISTERS]
    expected = {tmp_path / name for file in data for name in (file, Path(file).with_name("delivery.yml"))}
    expected |= {*(tmp_path / STATLINE).iterdir(), *(tmp_path / INHABITANTS).iterdir()}
    assert set(returned) == expected == {file for file in tmp_path.rglob("*") if file.is_file()}
    assert len(returned) == len(expected)


def test_the_default_sample_is_small_enough_to_ship(sample: Path) -> None:
    assert sum(map(len, contents(sample).values())) < 5_000_000


def test_every_file_says_that_it_is_synthetic(sample: Path) -> None:
    for file in (file for file in sample.rglob("*") if file.name != "delivery.yml" and file.is_file()):
        assert file.name.startswith("synthetic_") or file.parent.match("statline/*/*")
        sidecar = yaml.safe_load(file.with_name("delivery.yml").read_text(encoding="utf-8"))
        assert sidecar["synthetic"] is True
        assert (sidecar["producer"], sidecar["licence"]) == ("zicht sample", "EUPL-1.2")
        if "brp" in file.parts or "rni" in file.parts:
            assert sidecar["legal_basis"]
            assert sidecar["purpose"]
            assert "synthetic" in sidecar["authorisation"]
            assert sidecar["retain_until"] == date(2099, 12, 31)

    assert "SYNTHETISCH" in page(sample, "Properties-00001.json.gz")["Title"]
    assert "SYNTHETISCH" in sheet(sample, "Voorblad")[0][0]
    for name in ("Tabel 1", "Tabel 2"):
        assert sheet(sample, name)[-1][0] == "Bron: synthetisch (zicht sample)"
    inspections = (sample / INSPECTIONS).read_text(encoding="utf-8").splitlines()
    assert all(line.endswith(";ja") for line in inspections[1:])


def test_the_table_of_residents_counts_the_persons_of_the_extract(sample: Path) -> None:
    residents = [
        row["04.05.10"].split(";")[0]
        for row in records(sample / BRP)
        if row["08.09.10"] == "0394" and not row["07.67.20"] and not row["08.84.10"]
    ]
    rows = page(sample, OBSERVATIONS)["value"]
    here = {row["Nationaliteit"]: row["Value"] for row in rows if row["RegioS"] == "GM0394"}
    country = {row["Nationaliteit"]: row["Value"] for row in rows if row["RegioS"] == "NL01"}
    assert here["T001059"] == len(residents) > 100
    assert here["NAT0072"] == sum("0072" in one for one in residents) > 10
    everywhere = [row["Value"] for row in rows if row["Nationaliteit"] == "NAT0072"]
    assert sum(everywhere) == 2 * country["NAT0072"]


def test_every_municipality_of_today_has_a_resident(sample: Path) -> None:
    seen = {row["08.09.10"] for row in records(sample / BRP)}

    assert len(today()) == 342
    assert today().keys() - seen == set()


def test_the_known_hubs_stand_out(sample: Path) -> None:
    residents = Counter(row["08.09.10"] for row in records(sample / BRP))

    assert residents["0394"] > 2 * residents["0392"], "Haarlemmermeer against Haarlem, equal in inhabitants"
    assert residents["1783"] > 2 * residents["0150"], "Westland against Deventer"


def test_few_rows_are_broken_and_each_flaw_is_there(sample: Path) -> None:
    for file, municipality, day in ((BRP, "08.09.10", "08.14.20"), (RNI, "16.09.10", "07.68.10")):
        found = flaws(sample / file, municipality, day)
        assert found.keys() == {"columns", "bsn", "a_number", "municipality", "date"}
        assert all(2 <= number <= 3 for number in found.values()), found
        assert sum(found.values()) < 0.01 * (len(lines(sample / file)) - 1)
    assert not any(flaws(sample / OWN_BRP, "08.09.10", "08.14.20").values())


@pytest.mark.parametrize("persons", [0, 1, 500, 1_300])
def test_a_small_sample_stays_under_one_broken_row_in_a_hundred(tmp_path: Path, persons: int) -> None:
    generate(tmp_path, persons=persons, non_residents=persons)

    for file, municipality, day in ((BRP, "08.09.10", "08.14.20"), (RNI, "16.09.10", "07.68.10")):
        assert len(lines(tmp_path / file)) == persons + 1
        assert sum(flaws(tmp_path / file, municipality, day).values()) <= 0.01 * persons


def test_no_two_persons_share_a_number(sample: Path) -> None:
    for file in (BRP, OWN_BRP, RNI):
        for rubric in ("01.01.10", "01.01.20"):
            numbers = [row[rubric] for row in records(sample / file) if row[rubric]]
            assert len(set(numbers)) == len(numbers), (file, rubric)


def test_a_few_persons_have_no_bsn(sample: Path) -> None:
    rows = records(sample / BRP)

    assert 0 < sum(not row["01.01.20"] for row in rows) < 0.01 * len(rows)


def test_packed_nationalities_are_aligned_over_all_their_columns(sample: Path) -> None:
    packed = 0
    for file in (BRP, RNI):
        for row in records(sample / file):
            parts = {row[rubric].count(";") for rubric in ("04.05.10", "04.64.10", "04.65.10", "04.85.10")}
            assert len(parts) == 1, row
            packed += parts == {1}
    assert packed > 100


def test_an_ended_nationality_keeps_its_reason_and_loses_its_code(sample: Path) -> None:
    ended = [row for row in records(sample / BRP) if row["04.64.10"].strip(";")]

    assert ended
    for row in ended:
        assert row["04.05.10"].endswith(";")
        assert row["04.64.10"].startswith(";")


def test_incomplete_dates_occur_in_every_form(sample: Path) -> None:
    for rubric in ("08.14.20", "01.03.10"):
        dates = [row[rubric] for row in records(sample / BRP)]
        forms = Counter(
            "all" if day == "00000000" else "month" if day.endswith("0000") else "day"
            for day in dates
            if day.endswith("00")
        )
        assert forms.keys() == {"all", "month", "day"}
        assert sum(forms.values()) < 0.06 * len(dates)


def test_only_who_emigrated_has_a_country_abroad(sample: Path) -> None:
    rows = records(sample / BRP)

    assert {row["07.67.20"] for row in rows} >= {"", "E", "O"}
    for row in rows:
        assert bool(row["08.13.10"]) == bool(row["08.13.20"]) == (row["07.67.20"] == "E")
        assert bool(row["07.67.10"]) == bool(row["07.67.20"])
        assert row["08.13.10"] != "6030"


def test_haarlemmermeer_delivers_its_residents_and_who_came_in_january(sample: Path) -> None:
    country = {row["01.01.10"]: row for row in records(sample / BRP)}
    own = {row["01.01.10"]: row for row in records(sample / OWN_BRP)}
    residents = {a for a, row in country.items() if row["08.09.10"] == "0394" and not row["07.67.20"]}
    arrived = [row for a, row in own.items() if a not in country]

    assert {a for a in own if a in country} == residents
    assert all(own[a] == country[a] for a in residents)
    assert 0.01 < len(arrived) / len(own) < 0.05
    assert all(row["08.14.20"].startswith("202601") for row in arrived)


def test_some_non_residents_became_residents_later_and_lost_their_temporary_address(sample: Path) -> None:
    residents = {row["01.01.20"]: row for row in records(sample / BRP) if row["01.01.20"]}
    rni = [row for row in records(sample / RNI) if row["01.01.20"]]
    both = [row for row in rni if row["01.01.20"] in residents]

    assert 0.07 < len(both) / len(rni) < 0.09
    for row in both:
        later = residents[row["01.01.20"]]
        assert row["01.01.10"] == later["01.01.10"]
        assert row["07.68.10"] < later["08.14.20"]
        assert not row["16.09.10"]


def test_a_temporary_address_exists_since_october_2022_for_those_never_resident(sample: Path) -> None:
    rows = records(sample / RNI)
    addressed = [row for row in rows if row["16.09.10"] and row["16.09.10"] != "9999"]
    could = [row for row in rows if row["07.67.20"] == "R" and "20221024" <= row["07.68.10"] < "20260101"]

    assert {row["08.09.10"] for row in rows} == {"1999"}
    assert {row["07.67.20"] for row in rows} == {"R", "E"}
    assert 0.35 < len(addressed) / len(could) < 0.55
    for row in addressed:
        assert row["07.67.20"] == "R"
        assert row["16.19.10"] == "T"
        assert "20221024" <= row["16.85.10"] < "20260101"
    ends = {"none" if not row["16.18.10"] else row["16.18.10"] >= "20260101" for row in addressed}
    assert ends == {"none", True, False}


def test_the_workbook_has_the_geometry_of_an_ordered_cbs_table(sample: Path) -> None:
    one, two = sheet(sample, "Tabel 1"), sheet(sample, "Tabel 2")

    assert fastexcel.read_excel(sample / MONITOR).sheet_names == [
        "Voorblad",
        "Toelichting",
        "Tabel 1",
        "Tabel 2",
    ]
    assert one[0][0].startswith("Tabel 1 Werkzame personen naar werkgemeente")
    assert [one[2][column] for column in (2, 6, 10, 14)] == [
        "Totaal",
        "MOE-landen",
        "Overige EU",
        "Buiten EU",
    ]
    assert [one[3][c] for c in TABLE_1_COLUMNS] == ["Totaal", "Ingeschreven", "Niet ingeschreven"] * 4
    assert one[4][2] == two[3][2] == "aantal"
    assert one[5][:2] == two[4][:2] == (None, "Nederland")
    assert {row[0]: row[1] for row in one[6:348]} == {f"GM{code}": name for code, name in today().items()}
    assert {row[0]: row[1] for row in two[5:347]} == {str(int(code)): name for code, name in today().items()}
    assert [row[0] for row in one[348:]] == [row[0] for row in two[347:]]
    assert len(one[348:]) == 3


def test_every_figure_in_the_workbook_is_a_multiple_of_ten_or_a_symbol(sample: Path) -> None:
    cells = [row[column] for row in sheet(sample, "Tabel 1")[5:348] for column in TABLE_1_COLUMNS]
    cells += [cell for row in sheet(sample, "Tabel 2")[4:347] for cell in row[2:6]]

    assert len(cells) == 343 * 16
    figures = [float(cell) for cell in cells if cell not in SYMBOLS]
    assert all(figure > 0 and figure % 10 == 0 for figure in figures)
    assert len(figures) > 1_000
    assert {cell for cell in cells if cell in SYMBOLS} == SYMBOLS
    assert cells.count(".") == 9


def test_figures_are_numbers_and_symbols_are_text(sample: Path) -> None:
    for number, width, first in ((3, 12, 6), (4, 4, 5)):
        in_rows = [
            (kind, value)
            for reference, kind, value in xml_cells(sample, number)
            if first <= int(re.sub(r"\D", "", reference)) < first + 343
            and re.sub(r"\d", "", reference) not in ("A", "B")
        ]
        assert len(in_rows) == 343 * width
        assert {kind for kind, _ in in_rows} == {"number", "text"}


def test_the_monitor_is_counted_from_the_same_people(sample: Path) -> None:
    def near(text: str, value: float, allowed: float) -> bool:
        return abs(float(text) - value) <= allowed

    national = sheet(sample, "Tabel 1")[5]
    total, registered, other = (float(national[column]) for column in (2, 3, 4))
    residents = [row for row in records(sample / BRP) if not row["07.67.20"] and "0001" not in row["04.05.10"]]
    working_age = sum("1959" <= row["01.03.10"][:4] <= "2007" for row in residents)
    known = {row["01.01.10"] for row in records(sample / BRP)}
    never_resident = sum(row["07.67.20"] == "R" and row["01.01.10"] not in known for row in records(sample / RNI))

    assert abs(total - registered - other) <= 15
    assert near(national[3], 0.7 * working_age, 0.03 * working_age)
    assert near(national[4], 0.8 * never_resident, 0.05 * never_resident)
    assert float(sheet(sample, "Tabel 2")[4][2]) == registered


def test_more_work_in_haarlemmermeer_than_live_there(sample: Path) -> None:
    at_work = {row[0]: row for row in sheet(sample, "Tabel 1")[6:348]}
    at_home = {row[0]: row for row in sheet(sample, "Tabel 2")[5:347]}

    assert float(at_work["GM0394"][2]) > 1.5 * float(at_home["394"][2])


@pytest.mark.parametrize("year", EARLIER)
def test_an_earlier_edition_stands_on_the_borders_of_its_year(sample: Path, year: int) -> None:
    then = today(f"{year}-12-31")
    assert ("0501" in then, "1992" in then) == (year == 2022, year == 2024)
    for name in ("Tabel 1", "Tabel 2"):
        rows = sheet(sample, name, EARLIER[year])[4:]
        assert rows[0][1] == "Nederland"
        assert {row[0]: row[1] for row in rows[1:-2]} == {str(int(code)): word for code, word in then.items()}


def test_each_edition_has_more_people_at_work_than_the_one_before_and_2023_is_absent(sample: Path) -> None:
    assert sorted(folder.name[:4] for folder in (sample / "migrantenmonitor/NL").iterdir()) == ["2022", "2024", "2025"]
    for name, last in (("Tabel 1", 5), ("Tabel 2", 4)):
        totals = [float(sheet(sample, name, file)[4][2]) for file in EARLIER.values()]
        totals.append(float(sheet(sample, name)[last][2]))
        assert totals == sorted(set(totals))


def test_earlier_editions_are_final_and_say_that_they_are_made_up(sample: Path) -> None:
    for year, file in EARLIER.items():
        cover = [row[0] for row in sheet(sample, "Voorblad", file)]
        assert "SYNTHETISCH" in cover[0]
        assert cover[1] == f"Editie {year}-synthetisch, definitieve cijfers"
        for name in ("Tabel 1", "Tabel 2"):
            assert sheet(sample, name, file)[-1][0] == "Bron: synthetisch (zicht sample)"
            assert not any("voorlopig" in str(cell) for row in sheet(sample, name, file) for cell in row)


def test_inspections_name_places_as_the_register_does_and_two_rows_are_broken(sample: Path) -> None:
    with (sample / INSPECTIONS).open(encoding="utf-8", newline="") as handle:
        cases = list(csv.DictReader(handle, delimiter=";"))
    places = {case["controleplaats"] for case in cases}
    villages = {"Hoofddorp", "Nieuw-Vennep", "Den Haag", "Naaldwijk", "Hoek van Holland"}

    assert len(cases) == len({case["zaaknummer"] for case in cases}) == 400
    assert places - set(today().values()) == villages | {"Onbekend dorp"}
    assert [case["startdatum"] for case in cases if not case["startdatum"] < "2026"] == ["31-02-2024"]
    assert Counter(case["wet"] for case in cases)["Onbekend"] == 1
    assert {case["wet"] for case in cases} == {"Wav", "WML", "Waadi", "Onbekend"}
    for case in cases:
        assert re.fullmatch(r"SYN-202[345]-\d{5}", case["zaaknummer"])
        assert (int(case["aantal_boetes"]) >= 1) == (int(case["boetebedrag"]) > 0) == (case["uitkomst"] == "boete")
        assert "2023" < case["besluitdatum"] < "2026"


def test_a_negative_number_of_persons_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="0 or more"):
        generate(tmp_path, persons=-1)
    assert not list(tmp_path.iterdir())
