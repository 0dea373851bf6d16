"""Persons are planted in deliveries of every form, good and broken, and then sought in everything that a run leaves.

What is planted is made up, and nobody's. In the house without a raw key they must be found in ``raw``, else the search
could not find them anywhere.
"""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
import re
import uuid
import zipfile
from dataclasses import dataclass, replace
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import xlsxwriter

from pipelines.privacy.at_rest import make_raw_key
from pipelines.privacy.pseudonyms import key_mark, make_key, read_key
from tests import forms
from tests.conftest import below, escaped, is_a_number, is_bsn, make_house, resident
from tests.conftest import lo_csv as lo_csv_text
from tests.integration.conftest import Once, Place, Ran, new_place
from tests.integration.identifiers import in_columns, texts, traces

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Cell

pytestmark = pytest.mark.slow


Person = dict[str, "Cell"]

# who is planted

PERSONS = 202
SURNAMES = ("Wyszczelska", "Brzoskwiniarz", "Grzegżółkiewicz", "Szczęsnowska")
OLD_SURNAMES = ("Przybysławska", "Kołodziejniak")
STREETS = ("Kwikstaartzijde", "Súdwesterdykje")
OLD_STREETS = ("Zevenblaadjeslaan", "Tjiftjafkwartier")
EU_NUMBER, MAIL = "PLEUPNQX", "voorbeeldpostbus"
TEXTS = {*SURNAMES, *OLD_SURNAMES, *STREETS, *OLD_STREETS, EU_NUMBER, MAIL}
# A file may be named after a person: the operator is told its name, the public is not.
FILE_NAME = "Zaborowszczyk"

BSNS = tuple(itertools.islice((f"{n}" for n in itertools.count(902_000_000) if is_bsn(f"{n}")), PERSONS))
A_NUMBERS = tuple(itertools.islice((f"{n}" for n in itertools.count(8_301_010_101) if is_a_number(f"{n}")), PERSONS))


def planted(number: int) -> Person:
    """Somebody of whom everything is told, also what zicht does not ask for."""
    at = number % 4
    person: Person = {
        "01.01.10": A_NUMBERS[number],
        "01.01.20": BSNS[number],
        "01.02.40": SURNAMES[at],
        "01.03.10": born(number),
        "51.02.40": OLD_SURNAMES[at % 2],
        "04.05.10": ["0072"],
        "04.64.10": [""],
        "04.65.10": [""],
        "04.73.10": [f"{EU_NUMBER}{number}"],
        "08.11.10": STREETS[at % 2],
        "08.11.60": postcode(number),
        "08.11.80": bag(number),
        "08.14.10": "7028",
        "10.39.10": "",
        "17.91.10": phone(number),
        "17.92.10": f"{number}@{MAIL}.example",
        "58.09.10": ["0394"],
        "58.09.20": ["20200101"],
        "58.11.10": [OLD_STREETS[at % 2]],
    }
    return resident() | person


def born(number: int) -> str:
    return f"{1946 + number % 40}{1 + number % 12:02}{1 + number % 28:02}"


def day_of_birth(number: int) -> str:
    return str(datetime.strptime(born(number), "%Y%m%d").date())  # noqa: DTZ007 - a day has no zone


def postcode(number: int) -> str:
    return f"{3101 + number}QX"


def bag(number: int) -> str:
    return f"0394010000{number:06}"


def phone(number: int) -> str:
    return f"0677{number:06}"


def with_dashes(date: str) -> set[str]:
    year, month, day = date[:4], date[4:6], date[6:]
    return {date, f"{year}-{month}-{day}", f"{day}-{month}-{year}"}


IDENTIFIERS = {
    one
    for number in range(PERSONS)
    for one in (
        BSNS[number], A_NUMBERS[number], bag(number), bag(number).lstrip("0"), phone(number), postcode(number),
        f"{postcode(number)[:4]} QX", *with_dashes(born(number)),
    )
}  # fmt: skip
# Whoever can count to a thousand million undoes these.
PLAIN_HASHES = {
    hashlib.new(kind, one.encode()).hexdigest()
    for kind in ("md5", "sha1", "sha256")
    for one in (*BSNS, *A_NUMBERS, *map(bag, range(PERSONS)))
}
HIDDEN = IDENTIFIERS | PLAIN_HASHES

# in which forms

EXTRA = ("01.02.40", "51.02.40", "04.73.10", "17.91.10", "17.92.10", "58.11.10")
COLUMNS = {
    "01.01.10": "ANummer", "01.01.20": "BSN", "01.02.40": "Achternaam", "01.03.10": "Geboortedatum",
    "01.03.30": "Geboorteland", "04.05.10": "Nationaliteit", "04.73.10": "EU-nummer",
    "07.67.10": "Datum opschorting", "07.67.20": "Reden opschorting", "08.09.10": "Gemeente",
    "08.09.20": "Datum inschrijving", "08.11.10": "Straat", "08.11.60": "Postcode",
    "08.11.80": "Adresseerbaar object", "08.14.20": "Datum vestiging", "17.91.10": "Telefoon", "17.92.10": "E-mail",
    "51.02.40": "Vorige naam", "58.11.10": "Vorige straat",
}  # fmt: skip


def lo_csv(rows: list[Person]) -> bytes:
    return lo_csv_text(rows).encode()


def gba_v(rows: list[Person]) -> bytes:
    """With columns of what the form of the tests leaves out, on the first line of each person."""
    lines = forms.gba_v(rows).decode("utf-8-sig").split("\r\n")
    more = iter(rows)
    made = []
    for at, line in enumerate(lines):
        first, found, rest = line.partition(";")
        extra = [""] * len(EXTRA)
        if at == 0:
            extra = list(EXTRA)
        elif first:
            row = next(more)
            extra = [escaped(content if isinstance(content := row[one], str) else content[0]) for one in EXTRA]
        made.append(";".join([first, *extra, rest]) if found else line)
    return ("\ufeff" + "\r\n".join(made)).encode()


def brp_api(rows: list[Person]) -> bytes:
    persons = forms.brp_api_persons(rows, "proxy")
    for person, row in zip(persons, rows, strict=True):
        person["naam"] = {"geslachtsnaam": row["01.02.40"], "voornamen": row["51.02.40"]}
        person["verblijfplaats"]["verblijfadres"]["officieleStraatnaam"] = row["08.11.10"]
        person["vorige"] = {"straat": row["58.11.10"], "eu": row["04.73.10"]}
        person["contact"] = {"telefoon": row["17.91.10"], "email": row["17.92.10"]}
    return json.dumps({"type": "Raadpleeg", "personen": persons}, ensure_ascii=False, indent=1).encode()


def am_bundle(rows: list[Person]) -> bytes:
    return forms.am_bundle(rows)


def workbook(rows: list[Person]) -> bytes:
    return forms.workbook(rows, tuple(rows[0]))


def vendor_csv(rows: list[Person]) -> bytes:
    return forms.mapped_csv(rows, COLUMNS)


@dataclass(frozen=True)
class Form:
    """A form, the suffix of its files, and how a file of it goes wrong beyond its rows."""

    name: str
    suffix: str
    write: Callable[[list[Person]], bytes]
    wrong: dict[str, Callable[[bytes], bytes]]
    # Of these ways one row of 202 is the worse, and is rejected.
    read: tuple[str, ...] = ()

    @property
    def scope(self) -> str:
        """A region of its own in the inbox."""
        return f"Vorm-{self.name}".replace("_", "-")


def cut(content: bytes) -> bytes:
    return content[: len(content) * 2 // 3]


def latin(content: bytes) -> bytes:
    """One sign halfway in another encoding, the name around it as it was."""
    sign = "ú".encode()
    at = content.index(sign, len(content) // 2)
    return content[:at] + b"\xfa" + content[at + len(sign) :]


def of_lines(change: Callable[[bytes], bytes], **metadata: Any) -> Callable[[bytes], bytes]:
    """A bundle of other lines, sealed as if they were right."""

    def changed(content: bytes) -> bytes:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            lines = archive.read("berichtregels.jsonl")
        return forms.sealed(change(lines).splitlines(), metadata)

    return changed


def named_header(content: bytes) -> bytes:
    """A column, or a member, that bears a name."""
    return content.replace(b"08.14.10", SURNAMES[2].encode(), 1)


def unquoted(content: bytes) -> bytes:
    """JSON in which a name stands without its quotes."""
    name = json.dumps(SURNAMES[0]).encode()
    return content.replace(name, name.strip(b'"'))


def persons_is_a_name(_: bytes) -> bytes:
    return json.dumps({"personen": f"{SURNAMES[0]} {BSNS[0]}"}).encode()


def typed_by_name(content: bytes) -> bytes:
    """A type that nobody knows, with content in it, instead of a code."""
    strange = content.replace(b'"Nationaliteit"', f'"{SURNAMES[1]} {BSNS[1]}"'.encode())
    return strange.replace(b'"nationaliteit"', b'"strange"')


def open_quote(content: bytes) -> bytes:
    return content.replace(STREETS[0].encode(), b'"' + STREETS[0].encode(), 1)


def damaged_sheet(content: bytes) -> bytes:
    with zipfile.ZipFile(BytesIO(content)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members["xl/sharedStrings.xml"] = members["xl/sharedStrings.xml"].replace(b"</t>", b"</u>", 500)
    return forms.zipped(members)


def utf_16(content: bytes) -> bytes:
    return (content.decode() + "x").encode("utf-16")[:-1]


FORMS = [
    Form("lo_csv", ".csv", lo_csv, {"cut off": cut, "encoding": latin, "header": named_header}),
    Form("gba_v", ".csv", gba_v, {"cut off": cut, "encoding": latin, "header": named_header}),
    Form(
        "brp_api", ".json", brp_api,
        {"cut off": cut, "encoding": latin, "invalid": unquoted, "no list": persons_is_a_name, "type": typed_by_name},
    ),
    Form(
        "am_bundle", ".zip", am_bundle,
        {
            "cut off": cut, "encoding": of_lines(latin), "invalid": of_lines(unquoted), "half": of_lines(cut),
            "type": of_lines(lambda lines: lines.replace(b"Sv01", SURNAMES[0].encode())),
            "seal": of_lines(lambda lines: lines, aantalBerichten=SURNAMES[0]),
        },
        ("encoding", "half"),
    ),
    Form("workbook", ".xlsx", workbook, {"cut off": cut, "damaged": damaged_sheet}),
    Form(
        "vendor_csv", ".csv", vendor_csv,
        {"encoding": utf_16, "quote": open_quote},
    ),
]  # fmt: skip

# Where content that is something else is put, so that each rule that it breaks sees it.
MISPLACED: list[tuple[str, str | list[str]]] = [
    ("01.01.20", SURNAMES[0]), ("01.01.10", BSNS[0]), ("01.03.10", STREETS[0]), ("01.03.30", SURNAMES[1]),
    ("04.05.10", [BSNS[1]]), ("07.67.20", SURNAMES[2]), ("07.67.10", BSNS[2]), ("08.09.10", A_NUMBERS[3]),
    ("08.09.20", STREETS[1]), ("08.14.20", BSNS[4]), ("01.01.20", A_NUMBERS[5]), ("01.01.10", SURNAMES[3]),
]  # fmt: skip


def misplaced(rows: list[Person]) -> list[Person]:
    return [row | dict([MISPLACED[at % len(MISPLACED)]]) for at, row in enumerate(rows)]


ALL = [planted(number) for number in range(PERSONS)]
GOOD_DAY, ROWS_DAY, REJECTS_DAY = "2026-02-01", "2026-01-31", "2026-01-30"


def deliver_all(place: Place) -> None:
    """Each form as it should be, with two bad rows of 202, with bad rows alone, and broken in each way."""
    for form in FORMS:
        deliveries = {
            GOOD_DAY: form.write(ALL),
            ROWS_DAY: form.write([*misplaced(ALL[:2]), *ALL[2:]]),
            REJECTS_DAY: form.write(misplaced(ALL[:60])),
        }
        for at, change in enumerate(form.wrong.values(), 1):
            good = form.write(ALL)
            broken = change(good)
            assert broken != good
            deliveries[f"2026-01-{at:02}"] = broken
        for day, content in deliveries.items():
            name = FILE_NAME if day in (GOOD_DAY, REJECTS_DAY) else "extract"
            place.deliver("brp", form.scope, day, {f"{name}{form.suffix}": content})
    rows = [
        {name: content for name, content in row.items() if not name.startswith("58.")}
        | {
            "07.67.20": "R", "07.68.10": "20250302", "08.09.10": "1999", "16.09.10": "0394", "16.18.10": "",
            "16.85.10": "20250302", "16.11.10": row["08.11.10"], "16.11.60": row["08.11.60"],
            "16.11.80": row["08.11.80"],
        }
        for row in ALL
    ]  # fmt: skip
    place.deliver("rni", "NL", GOOD_DAY, {"extract.csv": lo_csv(rows)})
    place.deliver("rni", "NL", ROWS_DAY, {"extract.xlsx": workbook([*misplaced(rows[:2]), *rows[2:]])})
    place.deliver("rni", "NL", REJECTS_DAY, {"extract.csv": lo_csv(misplaced(rows[:60]))})
    place.deliver("list_members", "0394", GOOD_DAY, {f"{FILE_NAME}.csv": members()})
    place.deliver("list_members", "0394", ROWS_DAY, {f"{FILE_NAME}.xlsx": sheet_of_somebody()})


def members() -> bytes:
    """Who is in two lists; of a few rows the cells are shifted, so that names stand where something else should."""
    rows = [
        f"{one};{SURNAMES[number % 4]};{day_of_birth(number)};2025"
        for number in range(PERSONS)
        for one in ("politie", "zorg")
    ]
    shifted = [f"{SURNAMES[at]};politie;{SURNAMES[at]};2025" for at in range(4)]
    return "\n".join(["lijst;naam;geboortedatum;jaar", *rows, *shifted]).encode()


def sheet_of_somebody() -> bytes:
    """A list of which the sheet is named after a person, and that is refused at a row of hers."""
    stream = BytesIO()
    with xlsxwriter.Workbook(stream) as book:
        sheet = book.add_worksheet(f"{SURNAMES[1]} {born(1)}")
        sheet.write_row(0, 0, ("lijst", "naam", "geboortedatum", "jaar"))
        sheet.write_row(1, 0, ("politie", SURNAMES[1], day_of_birth(1), ""))
    return stream.getvalue()


# houses


@dataclass(frozen=True)
class Chapter:
    """A house after a refresh, and the directory in which programs put what is temporary."""

    place: Place
    ran: Ran
    temporary: Path

    @property
    def secret(self) -> bytes:
        """The key of the pseudonyms."""
        return bytes.fromhex(Path(self.place.environment["ZICHT_PSEUDONYM_KEY_FILE"]).read_text("ascii").strip())

    @property
    def made(self) -> list[Path]:
        """Everything that was made of the deliveries."""
        inner = ("staged", "build", "published", "ledger", "dagster", "landing")
        return [*(self.place.data / name for name in inner), self.temporary]

    def pseudonyms(self, *identifiers: str) -> set[str]:
        """Under this house's key."""
        return {hmac.new(self.secret, one.encode(), hashlib.sha256).hexdigest() for one in identifiers}


def refreshed(place: Place, folder: Path) -> Chapter:
    temporary = folder / "temporary"
    temporary.mkdir()
    place = replace(place, environment=place.environment | {"TMPDIR": str(temporary)})
    return Chapter(place, place.refresh(), temporary)


@pytest.fixture(scope="session")
def plain(once: Once) -> Chapter:
    """Bytes lie in ``raw`` as they were delivered."""

    def build(folder: Path) -> Chapter:
        place = new_place(folder)
        deliver_all(place)
        return refreshed(place, folder)

    return once("leaks_plain", build)


@pytest.fixture(scope="session")
def encrypted(plain: Chapter, once: Once) -> Chapter:
    """Bytes in ``raw`` are encrypted; counts are rounded under the same key as in the plain house."""

    def build(folder: Path) -> Chapter:
        place = new_place(folder)
        make_raw_key(folder / "raw.key")
        place = replace(place, environment=plain.place.environment | {"ZICHT_RAW_KEY_FILE": str(folder / "raw.key")})
        deliver_all(place)
        return refreshed(place, folder)

    return once("leaks_encrypted", build)


@pytest.fixture(scope="session")
def rotated(encrypted: Chapter, once: Once) -> Chapter:
    """The same house under another key of the pseudonyms."""

    def build(folder: Path) -> Chapter:
        place = encrypted.place.copy(folder / "data")
        make_key(folder / "new.key")
        environment = place.environment | {
            "ZICHT_PSEUDONYM_KEY_FILE": str(folder / "new.key"),
            "ZICHT_ROUNDS_ANEW": key_mark(read_key(folder / "new.key")),
        }
        return refreshed(replace(place, environment=environment), folder)

    return once("leaks_rotated", build)


@pytest.fixture(params=["plain", "encrypted", "rotated"])
def house(request: pytest.FixtureRequest) -> Chapter:
    found: Chapter = request.getfixturevalue(request.param)
    return found


# the story is told


def expected(form: Form) -> dict[str, str]:
    return {GOOD_DAY: "current", ROWS_DAY: "current", REJECTS_DAY: "refused"} | {
        f"2026-01-{at:02}": "current" if way in form.read else "refused" for at, way in enumerate(form.wrong, 1)
    }


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_good_files_are_read_and_broken_ones_refused(house: Chapter, form: Form) -> None:
    assert house.ran.code == 4, (house.ran.out, house.ran.err)
    rows = house.place.rows("select reference_date, standing from delivery where scope = ?", form.scope)
    assert {str(row["reference_date"]): row["standing"] for row in rows} == expected(form)


def test_every_reason_was_told(house: Chapter) -> None:
    """Otherwise nothing was logged that content could have stood in."""
    refused = sum(standing == "refused" for form in FORMS for standing in expected(form).values()) + 2
    assert len(house.ran.summary["attention"]) == refused
    assert house.place.rows("from data_gap where kind = 'invalid_rows'")
    rejected = [path for path in below(house.place.data / "staged") if "rejected" in path.parts]
    assert len(rejected) > len(FORMS)


def test_a_plain_csv_that_is_cut_off_is_refused_too(tmp_path: Path) -> None:
    one = make_house(tmp_path)
    lines = vendor_csv(ALL).split(b"\r\n")
    whole = b"\r\n".join(lines[:136])
    one.deliver("brp", {"a.csv": whole + b"\r\n" + lines[136][:40]})
    assert not one.land("brp").refused
    (outcome,) = one.read("brp")
    assert outcome.status == "refused"


# the search works


def test_in_raw_everything_that_was_planted_is_found(plain: Chapter) -> None:
    raw = plain.place.data / "raw"
    found = traces([raw], HIDDEN)
    assert {one for seen in found.values() for one in seen} >= {*BSNS, *A_NUMBERS, *map(bag, range(PERSONS))}
    assert {one for seen in found.values() for one in seen} >= {*map(phone, range(PERSONS)), *map(born, range(PERSONS))}
    named = texts([raw], TEXTS)
    assert {one for seen in named.values() for one in seen} == TEXTS
    for form in FORMS:
        (good,) = (raw / "brp" / form.scope).glob(f"{GOOD_DAY}-*/{FILE_NAME}{form.suffix}")
        assert set(found[str(good)]) >= set(BSNS), form.name
        assert set(named[str(good)]) == TEXTS, form.name


def test_pseudonyms_of_the_planted_are_in_what_was_read_and_modelled(house: Chapter) -> None:
    sought = house.pseudonyms(*BSNS, *A_NUMBERS)
    found = traces([house.place.data / "staged"], sought)
    assert {one for seen in found.values() for one in seen} == sought
    warehouse = house.place.data / "build" / "warehouse.duckdb"
    keys = {one[:32] for one in house.pseudonyms(*A_NUMBERS)}
    assert set(in_columns(warehouse, keys)) == keys
    assert traces([warehouse.parent], {str(uuid.UUID(key)) for key in keys}).keys() == {str(warehouse)}


# nothing leaks


def test_no_number_address_or_birth_date_is_behind_the_door(house: Chapter) -> None:
    assert traces(house.made, HIDDEN) == {}


def test_no_name_street_or_contact_is_behind_the_door(house: Chapter) -> None:
    assert texts(house.made, TEXTS) == {}


def test_nobody_is_told_of_on_standard_output_or_error(house: Chapter) -> None:
    told = house.ran.out + house.ran.err
    assert [one for one in HIDDEN | TEXTS if one in told or one.upper() in told] == []


def test_a_file_s_name_that_may_be_a_person_s_is_not_published(house: Chapter) -> None:
    assert any(FILE_NAME in line for line in house.ran.summary["attention"]), "the operator must know which file"
    assert texts([house.place.data / "published", house.place.data / "ledger"], {FILE_NAME}) == {}


def test_lists_of_persons_are_read_to_counts_and_refused_without_telling_how_many(house: Chapter) -> None:
    told = house.place.rows("select standing, message, sha256, bytes from delivery where source = 'list_members'")
    assert {row["standing"] for row in told} == {"current", "refused"}
    assert {(row["sha256"], row["bytes"]) for row in told} == {(None, None)}
    assert not [row for row in told if re.search(r"row|sheet", row["message"] or "")]


def test_no_pseudonym_is_published(house: Chapter) -> None:
    sought = house.pseudonyms(*BSNS, *A_NUMBERS, *map(bag, range(PERSONS)))
    places = [house.place.data / name for name in ("published", "ledger", "dagster", "landing")]
    assert traces(places, sought | {one[:32] for one in sought}) == {}
    for path in below(house.place.data / "published"):
        assert in_columns(path, {one[:32] for one in sought}) == []


def test_no_key_is_anywhere_in_the_data(house: Chapter) -> None:
    keys = {house.secret.hex()}
    if raw_key := house.place.environment.get("ZICHT_RAW_KEY_FILE"):
        keys |= set(re.findall(r"AGE-SECRET-KEY-1\w+", Path(raw_key).read_text("ascii")))
        assert len(keys) == 2
    assert texts([house.place.data, house.temporary], keys) == {}
    assert [key for key in keys if key in house.ran.out + house.ran.err] == []


def test_the_inbox_is_left_empty(house: Chapter) -> None:
    assert list(below(house.place.data / "landing")) == []


# encryption


def test_with_a_raw_key_there_is_nobody_in_raw_either(encrypted: Chapter) -> None:
    raw = encrypted.place.data / "raw"
    assert len([path for path in below(raw / "brp") if path.suffix == ".age"]) == sum(
        len(expected(form)) for form in FORMS
    )
    assert traces([raw], HIDDEN) == {}
    assert texts([raw], TEXTS) == {}


def test_with_a_raw_key_the_same_is_read(plain: Chapter, encrypted: Chapter) -> None:
    # A workbook and an archive tell when they were made, and their deliveries are named by their bytes.
    select = "select * exclude (delivery_id) from registered order by all"
    assert encrypted.place.rows(select) == plain.place.rows(select) != []
    assert encrypted.ran.summary["rows"] == plain.ran.summary["rows"]


# rotation


def test_after_a_rotation_old_pseudonyms_are_gone_from_what_was_read_and_modelled(
    encrypted: Chapter, rotated: Chapter
) -> None:
    old = encrypted.pseudonyms(*BSNS, *A_NUMBERS, *map(bag, range(PERSONS)))
    data = rotated.place.data
    assert traces([data / "staged", data / "build"], old) == {}
    assert traces([data / "build"], {str(uuid.UUID(one[:32])) for one in old}) == {}


def test_after_a_rotation_no_block_of_the_warehouse_keeps_an_old_key(encrypted: Chapter, rotated: Chapter) -> None:
    old = {one[:32] for one in encrypted.pseudonyms(*BSNS, *A_NUMBERS)}
    assert in_columns(rotated.place.data / "build" / "warehouse.duckdb", old) == []


FIGURES = "persons, persons_low, persons_high"


def assert_equal_but_for_rounding(some: list[dict[str, Any]], others: list[dict[str, Any]]) -> None:
    """The key decides whether a count is rounded up or down, so that a new one takes a step of ten at most."""
    figures = FIGURES.split(", ")
    assert [{**one, **dict.fromkeys(figures)} for one in some] == [{**one, **dict.fromkeys(figures)} for one in others]
    pairs = [(one[name], other[name]) for one, other in zip(some, others, strict=True) for name in figures]
    steps = [abs(one - other) for one, other in pairs if None not in (one, other)]
    assert max(steps) <= 10
    assert steps.count(0) > len(steps) / 2


def test_after_a_rotation_the_figures_are_the_same(encrypted: Chapter, rotated: Chapter) -> None:
    select = f"select * exclude ({FIGURES}), {FIGURES} from registered order by all"
    assert_equal_but_for_rounding(rotated.place.rows(select), encrypted.place.rows(select))


# content in the wrong column, in rows that are read


@pytest.mark.parametrize(
    ("rubric", "content"),
    [
        ("58.09.10", [BSNS[0], "0518"]),
        ("58.09.10", [SURNAMES[0], "0518"]),
        ("58.09.20", [BSNS[0], "20100101"]),
        ("58.13.10", [SURNAMES[0], ""]),
        ("58.13.20", [BSNS[0], ""]),
        ("58.72.10", [SURNAMES[0], ""]),
        ("01.03.30", BSNS[0]),
        ("04.05.10", [SURNAMES[0]]),
        ("04.64.10", [BSNS[0]]),
        ("04.65.10", [SURNAMES[0]]),
        ("04.84.10", [SURNAMES[0]]),
        ("08.11.60", f"{SURNAMES[0]} 1234"),
        ("08.11.80", SURNAMES[0]),
        ("08.13.10", SURNAMES[0]),
        ("08.72.10", SURNAMES[0]),
        ("08.83.10", SURNAMES[0]),
        ("08.84.10", SURNAMES[0]),
        ("07.67.20", SURNAMES[0]),
    ],
)
def test_what_stands_in_the_wrong_column_does_not_pass_the_door(
    tmp_path: Path, rubric: str, content: str | list[str]
) -> None:
    """Rows of which nothing else is wrong; whether they are read or rejected is not said here."""
    one = make_house(tmp_path)
    one.deliver("brp", {"a.csv": lo_csv([resident(number) | {rubric: content} for number in range(3)])})
    assert not one.land("brp").refused
    one.read("brp")
    sought = content if isinstance(content, str) else content[0]
    if sought in BSNS:
        assert traces([one.settings.staged], {sought}) == {}
    else:
        assert texts([one.settings.staged], set(SURNAMES)) == {}
