"""The same persons in each form of an extract, written by other code than that which reads them.

A person is a mapping of rubrics, as in ``conftest``: text, or a list for a category that one may have several of.
Categories 04 and 58 are such lists here; their columns are equally long.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
import xlsxwriter  # type: ignore[import-untyped]
from hypothesis import strategies as st

from pipelines.landing.deliveries import RefusedError
from pipelines.sources.forms import DeliveredFile, Wanted
from tests.conftest import Cell, Row, a_numbers, bsns, escaped
from tests.conftest import lo_csv as lo_csv_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import ModuleType

    import pyarrow as pa

RUBRICS = (
    "01.01.10", "01.01.20", "01.03.10", "01.03.30", "04.05.10", "04.64.10", "04.65.10", "07.67.10", "07.67.20",
    "08.09.10", "08.09.20", "08.11.10", "08.11.60", "08.11.80", "08.14.10", "08.14.20", "08.83.10", "10.39.10",
    "58.09.10", "58.09.20",
)  # fmt: skip
WANTED = Wanted(RUBRICS[:2], RUBRICS[2:])

# What a vendor may call them.
NAMES = {
    "01.01.10": "ANummer", "01.01.20": "BSN", "01.03.10": "GeboorteDatum", "01.03.30": "GeboorteLand",
    "04.05.10": "Nationaliteit", "04.64.10": "NatEinde", "04.65.10": "BijzonderNL", "07.67.10": "OpschortDatum",
    "07.67.20": "OpschortReden", "08.09.10": "Gemeente", "08.09.20": "DatumGemeente", "08.11.10": "Straat",
    "08.11.60": "Postcode", "08.11.80": "BAG_ID", "08.14.10": "LandHerkomst", "08.14.20": "DatumVestiging",
    "08.83.10": "InOnderzoek", "10.39.10": "Verblijfstitel",
}  # fmt: skip
MAPPED = Wanted(RUBRICS[:2], RUBRICS[2:], {name.lower(): rubric for rubric, name in NAMES.items()})

# persons


def dates() -> st.SearchStrategy[str]:
    """A date with as much of it known as the register may know, or none."""
    parts = st.tuples(st.integers(1900, 2025), st.integers(1, 12), st.integers(1, 28), st.integers(0, 4))
    cuts = {0: "", 1: "00000000", 2: "{:04d}0000", 3: "{:04d}{:02d}00", 4: "{:04d}{:02d}{:02d}"}
    return parts.map(lambda one: cuts[one[3]].format(*one[:3]))


def codes(*more: str) -> st.SearchStrategy[str]:
    """A code of four digits."""
    return st.sampled_from(["0001", "0072", "0363", "0394", "7028", *more])


def codes_or_none() -> st.SearchStrategy[str]:
    """A code, or an absent one."""
    return st.one_of(codes(), st.just(""))


def persons(free: st.SearchStrategy[str]) -> st.SearchStrategy[list[dict[str, Cell]]]:
    """Some persons; ``free`` is the content that the form can hold."""
    nationality = st.one_of(
        st.tuples(codes("0499", "0000"), st.just(""), st.just("")),
        st.tuples(st.just(""), st.just(""), st.sampled_from("BV")),
        st.tuples(st.just(""), st.just("20190501"), st.just("")),
    )
    made = st.fixed_dictionaries(
        {
            "01.01.10": st.sampled_from(a_numbers()[:50]),
            "01.01.20": st.sampled_from([*bsns()[:50], ""]),
            "01.03.10": dates(),
            "01.03.30": codes_or_none(),
            "04": st.lists(nationality, max_size=3),
            "07.67.10": dates(),
            "07.67.20": st.sampled_from(["", "O", "E", "."]),
            "08.09.10": codes_or_none(),
            "08.09.20": dates(),
            "08.11.10": free,
            "08.11.60": st.sampled_from(["", "2132AB"]),
            "08.11.80": st.sampled_from(["", "0394010000000019"]),
            "08.14.10": codes_or_none(),
            "08.14.20": dates(),
            "08.83.10": st.sampled_from(["", "089999", "010120"]),
            "10.39.10": st.sampled_from(["", "09", "21"]),
            "58": st.lists(st.tuples(codes(), dates()), max_size=3),
        }
    )
    return st.lists(made.map(_spread), min_size=1, max_size=6)


def _spread(person: Mapping[str, Any]) -> dict[str, Cell]:
    plain = {rubric: content for rubric, content in person.items() if len(rubric) > 2}
    for category, rubrics in (("04", ("05.10", "64.10", "65.10")), ("58", ("09.10", "09.20"))):
        for place, rubric in enumerate(rubrics):
            plain[f"{category}.{rubric}"] = [one[place] for one in person[category]] or [""]
    return {rubric: plain[rubric] for rubric in RUBRICS}


# reading


def delivered(content: bytes, name: str = "extract") -> DeliveredFile:
    """A file of a delivery."""
    return DeliveredFile(name, lambda: io.BytesIO(content))


def read(form: ModuleType, content: bytes, wanted: Wanted = WANTED) -> list[dict[str, Any]]:
    """The rows of all batches, each with its rubrics, ``row`` and ``flaw``; the batches are checked for their shape."""
    found: list[dict[str, Any]] = []
    for batch in form.batches(delivered(content), wanted):
        check_shape(batch, wanted)
        found += batch.to_pylist()
    assert found
    rows = [one["row"] for one in found]
    assert rows == sorted(set(rows)), "a row stands there twice, or not in the order of the file"
    return found


def check_shape(batch: pa.Table, wanted: Wanted) -> None:
    """Columns and types are those that were agreed on, and only a flawed row holds nothing."""
    kinds = {"row": "int64", "flaw": "string"} | {
        rubric: "list<item: string>" if rubric[:2] in ("04", "58") else "string" for rubric in wanted.rubrics
    }
    assert {field.name: str(field.type) for field in batch.schema} == kinds
    for one in batch.to_pylist():
        flaw = one.pop("flaw")
        assert one.pop("row") > 0
        assert flaw != ""
        assert all((content is None) == (flaw is not None) and content != [] for content in one.values())


def rubrics_of(found: Sequence[Mapping[str, Any]], rubrics: Sequence[str] = RUBRICS) -> list[dict[str, Any]]:
    """Rows or persons, with some rubrics only."""
    return [{rubric: one[rubric] for rubric in rubrics} for one in found]


def refusal(form: ModuleType, content: bytes, wanted: Wanted = WANTED) -> str:
    """The message with which a file is refused."""
    with pytest.raises(RefusedError) as refused:
        list(form.batches(delivered(content), wanted))
    # A traceback shows what is behind an error, and that may be content.
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__ or refused.value.__context__ is None
    return str(refused.value)


# writing


def lo_csv(rows: Sequence[Row]) -> bytes:
    """LO-CSV, with every rubric."""
    return lo_csv_text(rows, RUBRICS).encode()


def gba_v(rows: Sequence[Row], end: str = "\r\n") -> bytes:
    """The form of test sets: a line for each state of a category, and what the next line holds behind the category."""
    categories: dict[str, list[str]] = {}
    for rubric in RUBRICS:
        if rubric[:2] != "58":
            categories.setdefault(rubric[:2], []).append(rubric)
    categories["06"] = ["06.88.10", "06.88.10"]
    header = [name for category, rubrics in sorted(categories.items()) for name in (*rubrics, f"{category}.H")]
    lines = [";".join(["", *header, ""])]
    for number, row in enumerate(rows):
        states = {category: list(_states(row, category, rubrics)) for category, rubrics in categories.items()}
        for at in range(max(map(len, states.values()))):
            cells = [f"Lg01_{number}" if at == 0 else ""]
            for category, rubrics in sorted(categories.items()):
                mine = states[category]
                cells += mine[at][1] if at < len(mine) else [""] * len(rubrics)
                cells.append(mine[at + 1][0] if at + 1 < len(mine) else "")
            lines.append(";".join([*cells, ""]))
    return ("\ufeff" + end.join(lines) + end).encode()


def _states(row: Row, category: str, rubrics: Sequence[str]) -> list[tuple[str, list[str]]]:
    """What a category holds, line by line, each with the marker that announces it."""
    if category == "04":
        states = [("04", list(cells)) for cells in zip(*(row[rubric] for rubric in rubrics), strict=True)]
        # What was before an occurrence stands below it, and is no occurrence.
        past = ("54", ["9999", "19990101", ""])
        return [states[0], past, *states[1:]] if len(states) > 1 else states
    current = ("", [str(row.get(rubric, "")) for rubric in rubrics])
    if category != "08":
        return [current, ("51", ["9999" for _ in rubrics])] if category == "01" else [current]
    past_rubrics = [f"58{rubric[2:]}" for rubric in rubrics]
    length = len(row["58.09.10"]) if list(row["58.09.10"]) != [""] else 0
    return [current, *(("58", [row[one][at] if one in row else "" for one in past_rubrics]) for at in range(length))]


def am_messages(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """A message ``Sv01`` for each person."""
    return [
        {
            "berichtKenmerken": {"berichtId": str(number), "berichtType": "Sv01"},
            "berichtInhoud": {"berichtType": "Sv01", "aNummer": row["01.01.10"], "plData": _list_of_states(row)},
        }
        for number, row in enumerate(rows)
    ]


def _list_of_states(row: Row) -> dict[str, Any]:
    data: dict[str, Any] = {"c08": [{"historie": []}]}
    for rubric, content in row.items():
        category, element = rubric[:2], "e" + rubric[3:].replace(".", "")
        states = data.setdefault(f"c{category}", [{}]) if category != "58" else data["c08"][0]["historie"]
        for at, one in enumerate([content] if isinstance(content, str) else content):
            while len(states) <= at:
                states.append({})
            if one:
                states[at][element] = one
    return data


def sealed(lines: Sequence[bytes], metadata: Mapping[str, Any] | None = None) -> bytes:
    """A bundle of lines; ``metadata`` changes what is said of them."""
    text = b"".join(line + b"\n" for line in lines)
    said = {
        "afzender": 1999010,
        "datumTijd": "2025-11-14T09:12:29+0000",
        "versie": "20253",
        "aantalBerichten": len(lines),
        "checksum-sha256": hashlib.sha256(text).hexdigest(),
    }
    return zipped({"am-metadata.json": json.dumps(said | dict(metadata or {})).encode(), "berichtregels.jsonl": text})


def zipped(members: Mapping[str, bytes]) -> bytes:
    """A ZIP archive."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, member in members.items():
            archive.writestr(zipfile.ZipInfo(name), member, zipfile.ZIP_DEFLATED)
    return content.getvalue()


def am_bundle(rows: Sequence[Row]) -> bytes:
    """An AM bundle, its lines in bytes other than ASCII too."""
    return sealed([json.dumps(message, ensure_ascii=False).encode() for message in am_messages(rows)])


def brp_api_persons(rows: Sequence[Row], variant: str) -> list[dict[str, Any]]:
    """Persons as the proxy or the GBA variant of the API gives them; without what it does not carry."""
    return [_api_person(row, is_proxy=variant == "proxy") for row in rows]


def brp_api(rows: Sequence[Row], variant: str = "proxy") -> bytes:
    """One document, printed for people to read."""
    return json.dumps({"type": "Raadpleeg", "personen": brp_api_persons(rows, variant)}, indent=2).encode()


def _api_person(row: Row, *, is_proxy: bool) -> dict[str, Any]:
    def date(rubric: str) -> Any:
        return _api_date(str(row[rubric])) if is_proxy else row[rubric]

    person = {
        "aNummer": row["01.01.10"],
        "burgerservicenummer": row["01.01.20"],
        "geboorte": {"datum": date("01.03.10"), "land": {"code": row["01.03.30"], "omschrijving": "x"}},
        "nationaliteiten": [
            _api_nationality(code, special, is_proxy=is_proxy)
            for code, special in zip(row["04.05.10"], row["04.65.10"], strict=True)
            if code or special
        ],
        "opschortingBijhouding": {"datum": date("07.67.10"), "reden": {"code": row["07.67.20"]}},
        "gemeenteVanInschrijving": {"code": row["08.09.10"]},
        "datumInschrijvingInGemeente": date("08.09.20"),
        "verblijfplaats": {"adresseerbaarObjectIdentificatie": row["08.11.80"]},
        "immigratie": {
            "landVanwaarIngeschreven": {"code": row["08.14.10"]},
            "datumVestigingInNederland": date("08.14.20"),
        },
        "verblijfstitel": {"aanduiding": {"code": row["10.39.10"]}},
    }
    if is_proxy:
        person["verblijfplaats"]["verblijfadres"] = {"postcode": row["08.11.60"]}
        person["verblijfplaats"]["indicatieVastgesteldVerblijftNietOpAdres"] = row["08.83.10"] == "089999"
    else:
        person["verblijfplaats"]["postcode"] = row["08.11.60"]
        person["verblijfplaats"]["inOnderzoek"] = {"aanduidingGegevensInOnderzoek": row["08.83.10"]}
    return {name: content for name, one in person.items() if (content := _without_empty(one)) not in ("", {}, [])}


def _api_date(date: str) -> dict[str, Any] | str:
    if not date:
        return ""
    year, month, day = date[:4], date[4:6], date[6:]
    if year == "0000":
        return {"type": "DatumOnbekend", "onbekend": True, "langFormaat": "onbekend"}
    if month == "00":
        return {"type": "JaarDatum", "jaar": int(year), "langFormaat": year}
    if day == "00":
        return {"type": "JaarMaandDatum", "jaar": int(year), "maand": int(month)}
    return {"type": "Datum", "datum": f"{year}-{month}-{day}", "langFormaat": "x"}


def _api_nationality(code: str, special: str, *, is_proxy: bool) -> dict[str, Any]:
    if not is_proxy:
        return {"nationaliteit": {"code": code}, "aanduidingBijzonderNederlanderschap": special}
    if kind := {"B": "BehandeldAlsNederlander", "V": "VastgesteldNietNederlander"}.get(special):
        return {"type": kind}
    if kind := {"0499": "Staatloos", "0000": "NationaliteitOnbekend"}.get(code):
        return {"type": kind}
    return {"type": "Nationaliteit", "nationaliteit": {"code": code, "omschrijving": "x"}}


def _without_empty(content: Any) -> Any:
    """The API leaves out what is empty."""
    if isinstance(content, dict):
        kept = {name: _without_empty(one) for name, one in content.items()}
        return {name: one for name, one in kept.items() if one not in ("", {}, [], False)}
    return [_without_empty(one) for one in content] if isinstance(content, list) else content


def workbook(rows: Sequence[Row], rubrics: Sequence[str] = RUBRICS) -> bytes:
    """A workbook of texts."""
    table = [[_packed(row[rubric]) for rubric in rubrics] for row in rows]
    return sheet([list(rubrics), *table])


def _packed(cell: Cell) -> str:
    return escaped(cell) if isinstance(cell, str) else ";".join(escaped(part) for part in cell)


def sheet(rows: Sequence[Sequence[Any]]) -> bytes:
    """A workbook of any cells; a date is written as a date."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        made, as_date = book.add_worksheet(), book.add_format({"num_format": "dd-mm-yyyy"})
        book.add_worksheet("Toelichting").write_string(0, 0, "01.01.20")
        for number, row in enumerate(rows):
            for column, cell in enumerate(row):
                if isinstance(cell, str):
                    if cell:
                        made.write_string(number, column, cell)
                elif hasattr(cell, "year"):
                    made.write_datetime(number, column, cell, as_date)
                elif cell is not None:
                    made.write_number(number, column, cell)
    return content.getvalue()


def mapped_csv(
    rows: Sequence[Row],
    names: Mapping[str, str] = NAMES,
    encoding: str = "utf-8",
    delimiter: str = ",",
    quoting: Any = csv.QUOTE_MINIMAL,
) -> bytes:
    """A warehouse's CSV, with the vendor's names."""
    content = io.StringIO(newline="")
    writer = csv.writer(content, delimiter=delimiter, quoting=quoting)
    writer.writerow(names.values())
    writer.writerows([cell if isinstance(cell := row[one], str) else "|".join(cell) for one in names] for row in rows)
    return content.getvalue().encode(encoding)
