"""What becomes of what was delivered: bad files beside good ones, files mended, replaced and late."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from pipelines.landing.catalogue import gaps, write_catalogue
from pipelines.landing.deliveries import snapshots, standing
from pipelines.landing.drift import results
from pipelines.refresh import state
from pipelines.settings import TIME_ZONE
from tests.conftest import PATIENCE_SECONDS, a_numbers, below, bsns, lo_csv, resident
from tests.integration.conftest import Once, Place, Ran, new_place
from tests.integration.identifiers import traces

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pipelines.landing.deliveries import Outcome
    from tests.conftest import House

pytestmark = pytest.mark.slow

TODAY = datetime.now(ZoneInfo(TIME_ZONE)).date()
DELIVERED = str(TODAY - timedelta(days=10))
TOMORROW = TODAY + timedelta(days=1)

HEADER = "zaaknummer;controleplaats;startdatum;wet;uitkomst;besluitdatum;aantal_boetes;boetebedrag\n"
NOBODYS_PLACE = "Nergenshuizen"
PERSONS = [resident(number, r08_09_10="0599") for number in range(40)]
TRUNCATED = lo_csv([resident(number) for number in range(50, 90)])


def cases(*places: str, first: int = 1) -> str:
    """A CSV of the inspectorate with a fine in each place."""
    return HEADER + "".join(
        f"Z{number};{place};2025-03-04;Wav;boete;2025-05-01;1;4000\n" for number, place in enumerate(places, first)
    )


GOOD = cases("Rotterdam", "Rotterdam", "Hoofddorp")

# Place below the source, content, and words of the line that refuses it.
BAD: dict[str, tuple[str, bytes, str]] = {
    "empty.csv": ("inspectorate/0363", b"", "empty"),
    "latin.csv": ("inspectorate/0599", cases("Súdwest-Fryslân").encode("latin-1"), "not UTF-8"),
    "picture.csv": ("inspectorate/0518", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8, "not UTF-8"),
    "lacking.csv": ("inspectorate/0344", GOOD.replace("uitkomst;", "").encode(), "uitkomst"),
    "truncated.csv": ("brp/0394", TRUNCATED[: -len("0394,20240315,2132AB")].encode(), "row"),
    "invented.csv": ("inspectorate/0855", GOOD.encode(), "synthetic"),
}
PLACELESS = {"loose.csv": "reference date", "someday": "reference date"}


@dataclass(frozen=True)
class Chapter:
    """A house after a refresh."""

    place: Place
    ran: Ran


@pytest.fixture(scope="module")
def bad(once: Once) -> Chapter:
    """Bad files of every kind in the inbox, with two good deliveries between them."""

    def build(folder: Path) -> Chapter:
        place = new_place(folder, as_of=None)
        for name, (where, content, _) in BAD.items():
            source, scope = where.split("/")
            sidecar = {"synthetic": True} if name == "invented.csv" else {}
            place.deliver(source, scope, DELIVERED, {name: content}, **sidecar)
        (place.data / "landing" / "inspectorate" / "loose.csv").write_text(GOOD, encoding="utf-8")
        place.deliver("inspectorate", "0014", "someday", {"a.csv": GOOD})
        place.deliver("inspectorate", "NL", DELIVERED, {"good.csv": GOOD})
        place.deliver("brp", "0599", DELIVERED, {"good.csv": lo_csv(PERSONS)})
        return Chapter(place, place.refresh())

    return once("bad", build)


@pytest.fixture(scope="module")
def mended(bad: Chapter, once: Once) -> Chapter:
    """Every bad file mended or taken out, a day later."""

    def build(folder: Path) -> Chapter:
        place = bad.place.copy(folder / "data")
        inbox = place.data / "landing" / "inspectorate"
        for path in (inbox / "loose.csv", *below(inbox / "0014"), *below(inbox / "0855")):
            path.unlink()
        for name, (where, _, _) in BAD.items():
            source, scope = where.split("/")
            if name != "invented.csv":
                place.deliver(source, scope, DELIVERED, {name: TRUNCATED if source == "brp" else GOOD})
        return Chapter(place, place.refresh(ZICHT_AS_OF=str(TOMORROW)))

    return once("mended", build)


# bad files


def test_bad_files_are_refused_and_the_rest_is_released(bad: Chapter) -> None:
    assert bad.ran.code == 4, (bad.ran.out, bad.ran.err)
    summary = bad.ran.summary
    assert summary["released"] is True
    assert summary["failures"] == []
    assert summary["deliveries"]["refused"] == len(BAD) + len(PLACELESS)
    current = bad.place.rows("select source, scope from delivery where standing = 'current' order by all")
    assert [(row["source"], row["scope"]) for row in current] == [
        ("brp", "0599"),
        ("figures", "NL"),
        ("indicators", "NL"),
        ("inspectorate", "NL"),
    ]
    (registered,) = bad.place.rows(
        "from registered where area_code = '0599' and origin_group = 'all' and stay_band = 'all' and not synthetic"
        " and universe = 'brp_residents_foreign_nationality'"
    )
    assert registered["persons"] == len(PERSONS)
    assert bad.place.rows("from inspection where area_code = '0394' and universe = 'inspectorate_public_register'")


@pytest.mark.parametrize(("name", "rule"), [*((name, rule) for name, (*_, rule) in BAD.items()), *PLACELESS.items()])
def test_a_bad_file_has_one_clear_line_with_file_and_rule(bad: Chapter, name: str, rule: str) -> None:
    # What is wrong with a whole delivery names its place.
    sought = BAD[name][0] if name == "invented.csv" else name
    lines = [line for line in bad.ran.summary["attention"] if sought in line]
    assert len(lines) == 1, bad.ran.summary["attention"]
    (line,) = lines
    assert "\n" not in line
    assert rule in line
    assert line.rstrip().rpartition(". ")[2], "and says how to mend it"


@pytest.mark.parametrize("name", ["latin.csv", "picture.csv", "lacking.csv", "truncated.csv"])
def test_the_line_names_the_place_for_files_of_two_municipalities_may_have_one_name(bad: Chapter, name: str) -> None:
    (line,) = [line for line in bad.ran.summary["attention"] if name in line]
    assert f"{BAD[name][0]}/{DELIVERED}" in line


def test_a_truncated_file_is_refused_with_the_row_where_it_breaks(bad: Chapter) -> None:
    (line,) = [line for line in bad.ran.summary["attention"] if "truncated.csv" in line]
    assert f"row {len(TRUNCATED.splitlines())}" in line


def test_nothing_of_a_bad_file_was_half_loaded(bad: Chapter) -> None:
    staged = [path.relative_to(bad.place.data / "staged").as_posix() for path in below(bad.place.data / "staged")]
    for where, _, _ in BAD.values():
        source, scope = where.split("/")
        assert not [path for path in staged if path.startswith(f"{source}/accepted/{scope}/")], where
        assert not [path for path in staged if path.startswith(f"{source}/rejected/{scope}/")], where
    assert not [path for path in below(bad.place.data) if ".incoming" in str(path) or ".reading-" in str(path)]
    refused = {row["delivery_id"] for row in bad.place.rows("from delivery where standing = 'refused'")}
    for table in bad.place.tables(having="delivery_id"):
        if table not in ("delivery", "data_gap"):
            rows = bad.place.rows(f"select distinct delivery_id from {table} where delivery_id is not null")
            assert not refused & {one for row in rows for one in row["delivery_id"].split(" + ")}, table


def test_each_refusal_is_an_open_gap_in_the_release(bad: Chapter) -> None:
    gaps = bad.place.rows("from data_gap where kind = 'refused'")
    assert gaps
    assert {gap["severity"] for gap in gaps} == {"high"}
    assert all(gap["closed"] is None and gap["remedy_nl"] and gap["remedy_en"] for gap in gaps)
    warned = bad.place.one("from quality_result where table_name = 'data_gap' and rule = 'few_severe_gaps'")
    assert (warned["passed"], warned["severity"]) == (False, "warn")


def test_a_synthetic_delivery_in_a_real_inbox_reaches_no_table(bad: Chapter) -> None:
    for table in bad.place.tables(having="synthetic"):
        assert bad.place.rows(f"from {table} where synthetic") == [], table


def test_the_line_stays_every_night_until_it_is_mended(bad: Chapter) -> None:
    again = bad.place.refresh()
    assert again.code == 4
    assert again.summary["released"] is False
    assert sorted(again.summary["attention"]) == sorted(bad.ran.summary["attention"])


def test_persons_leave_the_inbox_and_are_open_to_their_owner_alone(bad: Chapter) -> None:
    assert not list(below(bad.place.data / "landing" / "brp"))
    kept = [path for path in below(bad.place.data / "raw" / "brp") if path.suffix == ".csv"]
    assert {path.name for path in kept} == {"good.csv", "truncated.csv"}
    assert all(path.stat().st_mode & 0o077 == 0 for path in kept)


def test_no_person_of_a_real_delivery_can_be_found_behind_the_door(bad: Chapter) -> None:
    persons = [*PERSONS, *(resident(number) for number in range(50, 90))]
    identifiers = {*bsns()[:90], *a_numbers()[:90], *(str(one["08.11.60"]) for one in persons)}
    places = [bad.place.data / name for name in ("staged", "build", "published", "ledger", "dagster")]
    assert traces(places, identifiers) == {}
    assert [one for one in identifiers if one in bad.ran.out + bad.ran.err] == []


# mended


def test_mended_files_are_taken_in_and_the_exit_code_says_so(mended: Chapter) -> None:
    assert mended.ran.code == 0, (mended.ran.out, mended.ran.err)
    summary = mended.ran.summary
    assert summary["released"] is True
    assert summary["attention"] == []
    assert summary["deliveries"]["refused"] == 0
    current = mended.place.rows(
        "select distinct scope from delivery where standing = 'current' and source <> 'figures'"
    )
    assert {row["scope"] for row in current} == {"NL", "0599", "0363", "0518", "0344", "0394"}


def test_a_mended_gap_is_closed_with_its_date_and_stays_in_the_history(bad: Chapter, mended: Chapter) -> None:
    def key(gap: dict[str, object]) -> tuple[object, ...]:
        return tuple(gap[name] for name in ("source", "area_code", "measure", "delivery_id"))

    opened = {key(gap) for gap in bad.place.rows("from data_gap where kind = 'refused'")}
    after = mended.place.rows("from data_gap where kind = 'refused'")
    assert {key(gap) for gap in after} == opened
    assert {gap["closed"] for gap in after} == {TOMORROW}
    assert all(gap["opened"] <= gap["closed"] for gap in after)
    events = [entry["event"] for entry in mended.place.ledger("data_gap") if entry["kind"] == "refused"]
    assert events.count("opened") == events.count("closed") == len(opened)


def test_the_release_before_the_mending_is_kept_and_named(bad: Chapter, mended: Chapter) -> None:
    releases = mended.place.rows("from release order by as_of")
    assert [row["is_current"] for row in releases] == [False, True]
    first = mended.place.data / "published" / "releases" / releases[0]["release_id"] / "zicht.duckdb"
    assert first.read_bytes() == bad.place.database.read_bytes()


# late


@pytest.fixture(scope="module")
def late(mended: Chapter, once: Once) -> Chapter:
    """Nothing new for more than a year."""

    def build(folder: Path) -> Chapter:
        place = mended.place.copy(folder / "data")
        return Chapter(place, place.refresh(ZICHT_AS_OF=str(TODAY + timedelta(days=400))))

    return once("late", build)


def test_a_source_that_became_late_is_a_new_release_with_its_gap(mended: Chapter, late: Chapter) -> None:
    assert late.ran.code == 4, (late.ran.out, late.ran.err)
    summary = late.ran.summary
    assert summary["released"] is True
    assert summary["release_id"] != mended.ran.summary["release_id"]
    assert summary["deliveries"]["new"] == 0
    assert summary["rows"]["read"] == 0, "the same bytes are not read again"
    gaps = late.place.rows("from data_gap where kind = 'late' and closed is null")
    assert {gap["source"] for gap in gaps} == {"brp", "inspectorate"}
    delivered = date.fromisoformat(DELIVERED)
    for gap in gaps:
        assert delivered < gap["period_start"] < gap["opened"] <= TODAY + timedelta(days=400)
        assert gap["remedy_nl"]
    assert any("inspectorate" in line for line in summary["attention"])


def test_late_figures_stay_as_they_were(mended: Chapter, late: Chapter) -> None:
    for table in ("registered", "inspection", "registration_gap", "migration_motive"):
        assert late.place.rows(f"from {table} order by all") == mended.place.rows(f"from {table} order by all")


# warned, then replaced, while somebody reads


@dataclass(frozen=True)
class Replaced:
    """Before and after a delivery with a higher sequence, and what a reader saw that had the file open."""

    before: Place
    warned: Ran
    after: Place
    ran: Ran
    reader: list[str]


READER = """
import sys, duckdb
connection = duckdb.connect(sys.argv[1], read_only=True)
for _ in sys.stdin:
    print(*connection.execute("select release_id from release where is_current").fetchone(),
          *connection.execute("select count(*) from inspection").fetchone(), flush=True)
"""


class Reader:
    """Another program that has the published file open."""

    def __init__(self, place: Place) -> None:
        line, _ = place.command()
        self.process = subprocess.Popen(
            [line[0], "-c", READER, str(place.database)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def ask(self) -> str:
        """What the open connection sees now."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write("?\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def close(self) -> None:
        """End it."""
        self.process.communicate(timeout=PATIENCE_SECONDS)


@pytest.fixture(scope="module")
def replaced(once: Once) -> Replaced:
    """A register with places that name no municipality, then a better one while somebody reads the first release."""

    def build(folder: Path) -> Replaced:
        place = new_place(folder)
        first = cases(*["Rotterdam"] * 5, *[NOBODYS_PLACE] * 3)
        place.deliver("inspectorate", "NL", "2026-01-15", {"register.csv": first})
        warned = place.refresh()
        before = place.copy(folder / "before")
        reader = Reader(place)
        seen = [reader.ask()]
        second = cases(*["Rotterdam"] * 7, "Hoofddorp")
        place.deliver("inspectorate", "NL", "2026-01-15", {"register.csv": second}, sequence=2)
        ran = place.refresh()
        seen.append(reader.ask())
        reader.close()
        return Replaced(before, warned, place, ran, seen)

    return once("replaced", build)


def fines_in_rotterdam(place: Place) -> int:
    row = place.one(
        "select sum(cases)::bigint as n from inspection where area_code = '0599' and unit = 'fines' and law = 'wav'"
        " and outcome = 'fine' and sector = 'all' and place_basis = 'inspection_place'"
        " and universe = 'inspectorate_public_register'"
    )
    return int(row["n"] or 0)


def test_a_broken_rule_that_warns_is_published_with_the_release(replaced: Replaced) -> None:
    assert replaced.warned.code == 0, (replaced.warned.out, replaced.warned.err)
    assert replaced.warned.summary["released"] is True
    assert replaced.warned.summary["checks"]["failed"] == 0
    result = replaced.before.one(
        "from quality_result where door = 'arrival' and table_name = 'inspectorate' and rule = 'place_mostly_known'"
    )
    assert (result["passed"], result["severity"]) == (False, "warn")
    assert result["failing_rows"] > 0
    warnings = replaced.before.rows("from quality_result where not passed")
    assert {row["severity"] for row in warnings} == {"warn"}
    assert replaced.warned.summary["checks"]["warned"] == len(warnings)
    assert replaced.before.one("from release")["warnings"] == len(warnings)


def test_a_place_that_names_no_municipality_is_a_gap_and_never_shown_in_a_result(replaced: Replaced) -> None:
    gap = replaced.before.one("from data_gap where kind = 'unknown_code'")
    assert "3" in gap["explanation_nl"]
    assert NOBODYS_PLACE not in str(replaced.before.rows("from quality_result"))


def test_a_higher_sequence_replaces_and_the_figures_follow(replaced: Replaced) -> None:
    assert replaced.ran.code == 0, (replaced.ran.out, replaced.ran.err)
    assert replaced.ran.summary["deliveries"] == {"new": 1, "unchanged": 2, "refused": 0}
    assert fines_in_rotterdam(replaced.before) == 5
    assert fines_in_rotterdam(replaced.after) == 7
    standing = replaced.after.rows("select sequence, standing from delivery where source = 'inspectorate' order by all")
    assert standing == [{"sequence": 1, "standing": "superseded"}, {"sequence": 2, "standing": "current"}]


def test_what_was_replaced_stays_in_raw_as_it_was(replaced: Replaced) -> None:
    def raw(place: Place) -> dict[str, bytes]:
        folder = place.data / "raw" / "inspectorate"
        return {
            path.relative_to(folder).as_posix(): path.read_bytes() for path in below(folder) if path.parent != folder
        }

    assert raw(replaced.before).items() <= raw(replaced.after).items()
    assert len([name for name in raw(replaced.after) if name.endswith("register.csv")]) == 2


def test_what_was_mended_with_it_is_closed(replaced: Replaced) -> None:
    gap = replaced.after.one("from data_gap where kind = 'unknown_code'")
    assert str(gap["closed"]) == "2026-02-15"


def test_an_open_reader_keeps_the_old_release_and_a_new_one_sees_the_new(replaced: Replaced) -> None:
    old, new = replaced.warned.summary["release_id"], replaced.ran.summary["release_id"]
    assert old != new
    at_first, after_the_switch = replaced.reader
    assert at_first.split()[0] == old
    assert after_the_switch == at_first
    line, _ = replaced.after.command()
    seen = subprocess.run(
        [line[0], "-c", READER, str(replaced.after.database)], input="?\n", capture_output=True, text=True, check=True
    )
    assert seen.stdout.split()[0] == new


def test_nothing_but_the_release_is_left_in_the_published_directory(replaced: Replaced) -> None:
    published = replaced.after.data / "published"
    assert {path.name for path in published.iterdir()} == {
        "current", "release.json", "releases", "site", "zicht.duckdb",
    }  # fmt: skip
    kept = {path.name for path in (published / "releases").iterdir()}
    assert kept == {replaced.warned.summary["release_id"], replaced.ran.summary["release_id"]}


# a supplier changes its extract month by month: landed, read and told, without the models

MONTHS = ("2025-11-01", "2025-12-01", "2026-01-01", "2026-02-01")
RUBRICS = list(PERSONS[0])


def extract(rubrics: Sequence[str], **changed: str) -> str:
    """Residents of Haarlemmermeer with these rubrics."""
    usual = {"08.09.10": "0394", "08.11.10": "Dorpsstraat"}
    return lo_csv([row | usual | changed for row in PERSONS], rubrics)


def told(one: House) -> tuple[int, list[str], list[str]]:
    """The exit code, what needs attention, and the examples of the rule."""
    write_catalogue(one.settings)
    summary = state(one.settings)
    examples = [row["examples"] for row in results(one.settings, ["brp"]) if not row["passed"]]
    return summary.exit_code, [line for line in summary.attention if "form" in line], examples


def test_a_supplier_adds_drops_and_retypes_a_column_over_four_months(house: House) -> None:
    def month(number: int, content: str) -> tuple[House, Outcome]:
        now = replace(house, settings=replace(house.settings, as_of=date.fromisoformat(MONTHS[number])))
        return now, now.take_in("brp", {"extract.csv": content}, day=MONTHS[number])

    def counting() -> list[str]:
        stands = standing(house.settings)
        landed = snapshots(house.settings, "brp")
        return [str(one.place.reference_date) for one in landed if stands[one.id] == "current"]

    # November: the first one is held against nothing.
    now, read = month(0, extract(RUBRICS))
    assert read.status == "read"
    assert told(now) == (0, [], [])

    # December: a street more. It is read, told in the results, and no reason to be called out of bed.
    now, read = month(1, extract([*RUBRICS, "08.11.10"]))
    assert read.status == "read"
    code, attention, [example] = told(now)
    assert (code, attention) == (0, [])
    assert example == f"brp/0394/{MONTHS[1]}: its form (lo_csv) is not that of {MONTHS[0]}: added: 08.11.10"

    # January: the street is gone, which nobody read, and the number of the address, so the extract is refused.
    without = [rubric for rubric in RUBRICS if rubric != "08.11.80"]
    now, refused = month(2, extract(without))
    assert refused.status == "refused"
    code, [line], [example] = told(now)
    assert (code, line) == (4, refused.message)
    assert "missing: 08.11.80, 08.11.10" in line
    assert "refused" in example
    assert counting() == [*MONTHS[:2]], "the earlier ones go on to count"
    assert [gap.delivery_id for gap in gaps(now.settings) if gap.kind == "refused"] == [refused.delivery_id]

    # It is meant: the word alone, at the place that the message names.
    now.deliver("brp", {}, day=MONTHS[2], sidecar={"form_changed": True})
    now.land("brp")
    assert [one.status for one in now.read("brp")] == ["read"]
    assert told(now) == (0, [], [])
    assert counting() == [*MONTHS[:3]]

    # February: words where a number was. The supplier mends it, and that is all there is to do.
    now, refused = month(3, extract(without, **{"01.03.30": "Polen"}))
    assert refused.status == "refused"
    code, [line], _ = told(now)
    assert code == 4
    assert "retyped: 01.03.30 was number, is text" in line
    now, read = month(3, extract(without))
    assert read.status == "read"
    assert told(now) == (0, [], [])
    assert counting() == [*MONTHS]
