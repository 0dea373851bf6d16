"""Nights: what is asked of CBS, what of it is kept, and what a night leaves in which CBS does not answer well."""

from __future__ import annotations

import gzip
import json
import logging
import socket
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from pipelines.landing.deliveries import snapshots
from pipelines.sources.statline import fetch as module
from pipelines.sources.statline.fetch import Fetched, failures, fetch, fetch_tables, outages
from pipelines.sources.statline.tables import Dimension, tables
from tests.conftest import AS_OF, House, below
from tests.unit.sources.statline.conftest import TABLE, WAITS, residents, waits_for

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pipelines.settings import Settings
    from pipelines.sources.statline.tables import Table as Layout
    from tests.statline_server import Fault
    from tests.unit.sources.statline.conftest import Nightly

LATER = "2026-02-01T02:00:00+01:00"


def statuses(nightly: Nightly) -> list[str]:
    return [one.status for one in nightly.fetch()]


def pages_asked(nightly: Nightly) -> list[str]:
    return [one for one in nightly.server.asked if "Observations?" in one or "TypedDataSet?" in one]


def landed(nightly: Nightly) -> list[str]:
    nightly.house.land("statline")
    return [one.manifest.sidecar.version for one in snapshots(nightly.house.settings, "statline", TABLE)]


# a night without trouble


def test_a_table_is_brought_into_the_inbox_as_it_was_sent(nightly: Nightly) -> None:
    assert statuses(nightly) == ["new"]
    settings = nightly.house.settings
    folder = settings.fetched / "statline" / TABLE / "2026-01-10"
    (first, second) = sorted(folder.glob("Observations-*"))
    content = json.loads(gzip.decompress(first.read_bytes()))
    assert content["@odata.count"] == len(content["value"]) + len(
        json.loads(gzip.decompress(second.read_bytes()))["value"]
    )
    assert not (settings.data / "fetching" / TABLE / folder.name).exists()
    assert landed(nightly) == ["2026-01-10T02:00:00+01:00"]
    (snapshot,) = snapshots(settings, "statline")
    assert snapshot.manifest.sidecar.producer == settings.cbs_v4_url
    assert (snapshot.manifest.sidecar.licence, snapshot.manifest.sidecar.synthetic) == ("CC BY 4.0", False)


def test_only_what_the_layout_keeps_is_asked_for(nightly: Nightly) -> None:
    nightly.fetch()
    assert "$filter=(Geslacht eq 'T001038') and (Nationaliteit eq 'T001059' or " in pages_asked(nightly)[0]


def test_equal_answers_are_equal_bytes(nightly: Nightly) -> None:
    nightly.fetch()
    folder = nightly.house.settings.fetched / "statline"
    before = {path.name: path.read_bytes() for path in below(folder)}
    for path in below(folder):
        path.unlink()
    nightly.fetch()
    after = {path.name: path.read_bytes() for path in below(folder)}
    assert len(after) > 8
    assert after == before


@pytest.mark.parametrize("land_it", [True, False])
def test_a_table_that_did_not_change_costs_one_small_request(nightly: Nightly, land_it: bool) -> None:
    nightly.fetch()
    if land_it:
        assert landed(nightly)
    nightly.server.asked.clear()
    assert statuses(nightly) == ["unchanged"]
    assert nightly.server.asked == [f"/v4/{TABLE}/Properties"]


def test_a_table_that_changed_is_a_delivery_of_its_own_day_beside_the_earlier_one(nightly: Nightly) -> None:
    nightly.take_in()
    nightly.server.tables[TABLE].modified = LATER
    nightly.take_in()
    places = [one.place.reference_date for one in snapshots(nightly.house.settings, "statline")]
    assert places == [date(2026, 1, 10), date(2026, 2, 1)]


def test_a_table_that_changed_twice_on_a_day_supersedes_itself(nightly: Nightly) -> None:
    nightly.take_in()
    nightly.server.tables[TABLE].modified = "2026-01-10T09:00:00+01:00"
    nightly.server.tables[TABLE].cells[0] = (*nightly.server.tables[TABLE].cells[0][:2], 5.0, "None")
    nightly.take_in()
    assert [one.manifest.sidecar.sequence for one in snapshots(nightly.house.settings, "statline")] == [1, 2]


def test_a_table_of_after_the_date_of_the_run_is_not_taken(nightly: Nightly) -> None:
    (found,) = nightly.fetch(as_of=date(2026, 1, 9))
    assert found.status == "skipped"
    assert len(nightly.server.asked) == 1
    assert failures(nightly.house.settings) == []


def test_a_layout_that_asks_for_more_brings_the_table_anew(nightly: Nightly) -> None:
    assert landed_after_fetch(nightly) == 1
    men = {"Geslacht": Dimension(keep={"Totaal mannen en vrouwen": {}, "Mannen": {}})}
    (table,) = nightly.layouts
    nightly.layouts = [table.model_copy(update={"dimensions": table.dimensions | men})]
    assert statuses(nightly) == ["new"]


def landed_after_fetch(nightly: Nightly) -> int:
    nightly.fetch()
    return len(landed(nightly))


def test_what_someone_put_under_a_later_date_is_no_reason_to_download_every_night(nightly: Nightly) -> None:
    nightly.fetch()
    (folder,) = nightly.house.settings.fetched.glob(f"statline/{TABLE}/*")
    pages = {page.name: page.read_bytes() for page in folder.glob("*.gz") if not page.name.startswith("request")}
    nightly.house.deliver("statline", pages, scope=TABLE, day="2026-02-10")
    assert len(landed(nightly)) == 2
    assert statuses(nightly) == ["unchanged"]


def test_a_layout_that_was_changed_and_changed_back_brings_the_table_back(nightly: Nightly) -> None:
    nightly.take_in()
    (table,) = nightly.layouts
    fewer = {"Nationaliteit | Nationaliteiten": Dimension(keep={"Totaal": {}})}
    nightly.layouts = [table.model_copy(update={"dimensions": table.dimensions | fewer})]
    assert statuses(nightly) == ["new"]
    landed(nightly)
    nightly.layouts = [table]
    assert statuses(nightly) == ["new"]
    assert [one.rows_accepted for one in nightly.take_in() if one.status == "read"][-1] == 29
    assert statuses(nightly) == ["unchanged"]


@pytest.mark.parametrize("land_it", [True, False])
def test_a_correction_that_cbs_withdraws_is_withdrawn(nightly: Nightly, land_it: bool) -> None:
    nightly.take_in()
    table = nightly.server.tables[TABLE]
    first, cells = table.modified, list(table.cells)
    table.modified, table.cells[0] = LATER, (*cells[0][:2], 5.0, "None")
    assert statuses(nightly) == ["new"]
    if land_it:
        landed(nightly)
    table.modified, table.cells = first, cells
    assert statuses(nightly) == ["new"]
    assert landed(nightly)[-1] == first
    newest = snapshots(nightly.house.settings, "statline")[-1]
    assert newest.place.reference_date == date(2026, 2, 1)
    assert statuses(nightly) == ["unchanged"]


def test_a_table_that_cbs_changes_during_the_download_is_not_kept(nightly: Nightly) -> None:
    nightly.server.break_down("$skip=20", "changed meanwhile", times=1)
    (found,) = nightly.fetch()
    assert (found.status, found.kind) == ("failed", "answer")
    assert found.fault == "CBS changed the table during the download"
    assert list(below(nightly.house.settings.fetched)) == []
    assert list(nightly.house.settings.data.glob("fetching/*/*")) == []
    assert nightly.take_in()[0].rows_accepted == 29


def test_a_damaged_snapshot_is_downloaded_again(nightly: Nightly) -> None:
    assert landed_after_fetch(nightly) == 1
    (snapshot,) = snapshots(nightly.house.settings, "statline")
    snapshot.files[0].write_bytes(b"")
    assert statuses(nightly) == ["new"]
    assert nightly.take_in()[-1].status == "read"


def test_a_table_that_its_layout_does_not_fit_is_described_refused_and_not_asked_for_again(nightly: Nightly) -> None:
    table = nightly.server.tables[TABLE]
    table.dimensions["Inkomen"] = table.dimensions["Leeftijd"]
    (outcome,) = nightly.take_in()
    assert outcome.status == "refused"
    assert "divided by Inkomen, of which the layout says nothing" in outcome.message
    assert pages_asked(nightly) == []
    nightly.server.asked.clear()
    assert statuses(nightly) == ["unchanged"]
    assert len(nightly.server.asked) == 1


# offline


def test_offline_nothing_is_ever_called(nightly: Nightly, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: object) -> None:
        raise AssertionError("called out")

    monkeypatch.setattr(socket.socket, "connect", forbidden)
    monkeypatch.setattr(socket, "getaddrinfo", forbidden)
    settings = replace(nightly.house.settings, offline=True)
    assert fetch_tables(settings, nightly.layouts, WAITS) == []
    assert fetch(settings) == 0
    assert nightly.server.asked == []
    assert not settings.fetched.exists()


def test_what_was_kept_is_read_again_without_a_network(nightly: Nightly) -> None:
    nightly.take_in()
    before = nightly.rows()
    for path in below(nightly.house.settings.staged):
        path.unlink()
    nightly.server.break_down("/", "reset")
    assert [one.status for one in nightly.house.read("statline", TABLE)] == ["read"]
    assert nightly.rows() == before != []


# a night with trouble


@pytest.mark.parametrize("fault", ["reset", "503", "503 and when", "429 and a date", "half a body", "cut JSON", "slow"])
def test_a_night_of_faults_that_pass_ends_with_the_same_figures(nightly: Nightly, fault: Fault) -> None:
    nightly.waits = waits_for(fault)
    for path in ("Properties", "RegioSCodes", "Observations?$count", "$skip=20"):
        nightly.server.break_down(path, fault, times=2)
    (outcome,) = nightly.take_in()
    assert (outcome.status, outcome.rows_accepted) == ("read", 29)
    assert {(one["area_code"], one["value"]) for one in nightly.rows()} >= {("NL", 1000.0), ("0599", 1008.0)}
    assert failures(nightly.house.settings) == []


@pytest.mark.parametrize(
    ("fault", "kind", "named"),
    [
        ("drip", "outage", "not whole after 1 s"),
        ("odd charset", "answer", "no JSON"),
        ("no count", "answer", "does not say how many rows"),
        ("no end", "answer", "more rows came than CBS counts"),
        ("no rows", "answer", "has no rows, and yet a next page"),
        ("reset", "outage", "no answer"),
        ("503", "outage", "status 503"),
        ("half a body", "outage", "no answer"),
        ("text 500", "answer", "status 500"),
        ("no JSON", "answer", "no JSON"),
        ("page repeated", "answer", "more rows came than CBS counts"),
        ("page missing", "answer", "CBS counts 29: a page is missing"),
        ("page leads back", "answer", "more rows came than CBS counts"),
        ("one row less counted", "answer", "a page is missing"),
        ("other column", "answer", "have no column"),
        ("another host", "answer", "another host"),
    ],
)
def test_a_night_of_faults_that_stay_ends_with_the_last_good_figures_and_a_named_failure(
    nightly: Nightly, fault: Fault, kind: str, named: str
) -> None:
    nightly.take_in()
    good = nightly.rows()
    nightly.server.tables[TABLE].modified = LATER
    for path in ("Observations?", "TypedDataSet?"):
        nightly.server.break_down(path, fault)
    nightly.waits = waits_for(fault)
    (found,) = nightly.fetch()
    nightly.waits = WAITS
    assert (found.status, found.kind, found.since) == ("failed", kind, AS_OF)
    assert named in found.fault
    assert landed(nightly) == ["2026-01-10T02:00:00+01:00"]
    assert nightly.rows() == good != []
    assert failures(nightly.house.settings) == [found]
    (outage,) = outages(nightly.house.settings)
    assert (outage.source, outage.scope, outage.since, outage.fault) == ("statline", TABLE, AS_OF, found.fault)
    nightly.server.mend()
    assert statuses(nightly) == ["new"]
    assert failures(nightly.house.settings) == []
    assert landed(nightly)[-1] == LATER


def test_a_page_that_leads_back_to_itself_is_no_next_page(nightly: Nightly) -> None:
    nightly.server.page = 10
    nightly.server.break_down("Observations?", "page leads back")
    assert "Observations: page 2 leads back to a page before it" in nightly.fetch()[0].fault


def test_a_failure_that_lasts_is_one_failure_since_its_first_night(nightly: Nightly) -> None:
    nightly.server.break_down("/", "503", times=2 * WAITS.tries)
    (first,) = nightly.fetch()
    nightly.server.break_down("/", "reset")
    (second,) = nightly.fetch(as_of=AS_OF + timedelta(days=1))
    assert second == first == failures(nightly.house.settings)[0]


def test_a_failure_of_another_kind_is_another(nightly: Nightly) -> None:
    nightly.server.break_down("/", "503", times=2 * WAITS.tries)
    nightly.fetch()
    nightly.server.break_down("/", "text 500")
    (second,) = nightly.fetch(as_of=AS_OF + timedelta(days=1))
    assert (second.kind, second.since) == ("answer", AS_OF + timedelta(days=1))


def test_an_outage_costs_two_waits_of_each_generation_and_every_table_is_reported(nightly: Nightly) -> None:
    nightly.layouts = list(tables().values())
    nightly.server.break_down("/", "reset")
    found = nightly.fetch()
    assert {(one.status, one.kind) for one in found} == {("failed", "outage")}
    assert len(found) == len(nightly.layouts) > 2
    assert len(nightly.server.asked) == 2 * 2 * WAITS.tries
    assert "not asked again, because it did not answer" in found[-1].fault


def test_without_a_connection_one_table_is_tried_and_the_others_are_not(nightly: Nightly) -> None:
    nowhere = "http://127.0.0.1:9"
    settings = replace(nightly.house.settings, cbs_v4_url=f"{nowhere}/v4", cbs_v3_url=f"{nowhere}/v3")
    first, *others = fetch_tables(settings, list(tables().values()), WAITS)
    assert first.kind == "unreachable"
    assert first.fault.count("ConnectError") == 2
    assert len(others) > 2
    assert {one.fault for one in others} == {
        "v4 not asked again, because it did not answer; v3 not asked again, because it did not answer"
    }


def three(nightly: Nightly) -> list[str]:
    """Let the house ask for three tables that the server has."""
    names = ["70072ned", "37230ned", TABLE]
    nightly.server.tables = {name: replace(residents(), name=name) for name in names}
    nightly.layouts = [tables()[TABLE].model_copy(update={"layout": name}) for name in names]
    return names


@pytest.mark.parametrize("path", ["MeasureCodes", "Properties"])
def test_a_table_that_is_not_served_does_not_starve_those_after_it(nightly: Nightly, path: str) -> None:
    first, *_ = three(nightly)
    nightly.server.break_down(f"{first}/{path}", "503")
    nightly.server.break_down(f"/v3/{first}", "503")
    assert statuses(nightly) == ["failed", "new", "new"]


def test_tables_of_which_only_parts_are_not_served_are_no_outage(nightly: Nightly) -> None:
    first, second, _ = three(nightly)
    for name in (first, second):
        nightly.server.break_down(f"{name}/MeasureCodes", "503")
        nightly.server.break_down(f"{name}/DataProperties", "503")
    assert statuses(nightly) == ["failed", "failed", "new"]


def test_a_table_that_fails_otherwise_does_not_keep_the_others_from_being_asked(nightly: Nightly) -> None:
    nightly.layouts = [tables()["70072ned"], *nightly.layouts]
    nightly.server.break_down("70072ned", "text 500")
    assert statuses(nightly) == ["failed", "new"]


def test_a_night_of_everything_at_once_has_what_came_through_and_names_what_did_not(nightly: Nightly) -> None:
    other = residents()
    other.name = "70072ned"
    nightly.server.tables["70072ned"] = other
    nightly.layouts = [tables()["70072ned"], *nightly.layouts]
    nightly.server.break_down("70072ned/", "text 500")
    for fault in ("reset", "503", "half a body", "cut JSON"):
        for path in (f"{TABLE}/Properties", "RegioSCodes", "Observations?$count", "$skip=20"):
            nightly.server.break_down(path, fault, times=1)
    settings = nightly.house.settings
    found = fetch_tables(settings, nightly.layouts, replace(WAITS, tries=5))
    assert [(one.table, one.status, one.kind) for one in found] == [
        ("70072ned", "failed", "answer"),
        (TABLE, "new", ""),
    ]
    assert [one.scope for one in outages(settings)] == ["70072ned"]
    nightly.house.land("statline")
    assert [one.rows_accepted for one in nightly.house.read("statline", TABLE)] == [29]


@pytest.mark.parametrize(
    ("entity", "change"),
    [
        ("Properties", lambda _: {"value": []}),
        ("Properties", lambda one: one | {"Modified": "gisteren"}),
        ("Properties", lambda one: one | {"Modified": 5}),
        ("RegioSCodes", lambda _: {"value": []}),
        ("RegioSCodes", lambda one: {"value": one["value"] + one["value"][-1:]}),
        ("RegioSCodes", lambda one: {"value": [*one["value"], {"Identifier": " ", "Title": "x"}]}),
        ("MeasureCodes", lambda one: {"value": one["value"] * 2}),
        ("Dimensions", lambda one: {"value": [*one["value"], {"Identifier": "REGIOS", "Kind": "Dimension"}]}),
        ("Dimensions", lambda one: {"value": [*one["value"], {"Identifier": "../../x", "Kind": "Dimension"}]}),
        ("Dimensions", lambda one: {"value": [*one["value"], {"Identifier": 'a"b', "Kind": "Dimension"}]}),
        ("Observations", lambda one: one | {"@odata.count": [1]}),
        ("Observations", lambda one: one | {"@odata.count": "veel"}),
        ("Observations", lambda one: one | {"@odata.nextLink": 5}),
        ("Observations", lambda one: one | {"@odata.nextLink": {"a": 1}}),
        ("Observations", lambda one: one | {"value": None}),
        ("Observations", lambda one: one | {"value": [row | {"Id": f"A{row['Id']}"} for row in one["value"]]}),
    ],
)
def test_an_odd_answer_is_a_failure_of_its_table_and_the_next_night_is_well(
    nightly: Nightly, entity: str, change: Callable[[Any], Any]
) -> None:
    nightly.server.odd[entity] = change
    (found,) = nightly.fetch()
    assert (found.status, found.kind) == ("failed", "answer")
    assert failures(nightly.house.settings) == [found]
    nightly.server.odd.clear()
    assert nightly.take_in()[0].rows_accepted == 29


@pytest.mark.parametrize(
    ("error", "kind", "named"),
    [
        (TypeError("of a kind that nobody foresaw"), "answer", "it could not be understood (TypeError)"),
        (OSError(28, "No space left on device"), "machine", "OSError, No space left on device"),
    ],
)
def test_whatever_goes_wrong_with_a_table_the_others_are_asked(
    nightly: Nightly, monkeypatch: pytest.MonkeyPatch, error: Exception, kind: str, named: str
) -> None:
    first, *_ = three(nightly)
    real = module._fill

    def fill(folder: Path, table: Layout, *rest: Any) -> None:
        if table.layout == first:
            raise error
        real(folder, table, *rest)

    monkeypatch.setattr(module, "_fill", fill)
    found, *others = nightly.fetch()
    assert [one.status for one in others] == ["new", "new"]
    assert (found.kind, found.fault) == (kind, named)
    assert failures(nightly.house.settings) == [found]


def test_what_failed_is_written_down_though_the_night_is_broken_off(
    nightly: Nightly, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, _ = three(nightly)
    nightly.server.break_down(first, "text 500")
    real = module._fetched

    def fetched(settings: Settings, table: Layout, *rest: Any) -> Fetched:
        if table.layout == second:
            raise KeyboardInterrupt
        return real(settings, table, *rest)

    monkeypatch.setattr(module, "_fetched", fetched)
    with pytest.raises(KeyboardInterrupt):
        nightly.fetch()
    assert [one.table for one in failures(nightly.house.settings)] == [first]


def test_what_an_error_says_and_a_password_stand_in_nothing_that_is_kept(
    nightly: Nightly, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    base = nightly.house.settings
    secret = {name: getattr(base, name).replace("://", "://me:s3cret@") for name in ("cbs_v4_url", "cbs_v3_url")}
    nightly.house = House(replace(base, **secret))
    nightly.server.break_down("/v4/", "text 500")
    nightly.server.break_down("/v3/", "503", times=WAITS.tries)
    (found,) = nightly.fetch()
    assert found.status == "failed"
    assert "An error has occurred" not in found.fault
    failed = (base.raw / "statline" / "fetch.json").read_text()
    assert "status 503" in failed
    assert statuses(nightly) == ["new"]
    kept = "".join(path.read_text(errors="replace") for path in (*below(base.data), *below(base.fetched)))
    assert base.cbs_v3_url in kept
    assert "An error has occurred" in caplog.text
    assert "s3cret" not in kept + failed + found.fault + caplog.text


# broken off


def test_pages_that_are_there_and_whole_are_not_asked_for_again(nightly: Nightly) -> None:
    nightly.server.page = 10
    nightly.server.break_down("/v3/", "404")
    nightly.server.break_down("Observations?", "reset", after=1)
    assert statuses(nightly) == ["failed"]
    nightly.server.mend()
    nightly.server.asked.clear()
    assert statuses(nightly) == ["new"]
    assert [one[-8:] for one in nightly.server.asked] == ["operties", "$skip=10", "$skip=20", "operties"]
    assert nightly.take_in()[0].rows_accepted == 29


def test_a_page_that_is_there_by_half_is_asked_for_again(nightly: Nightly) -> None:
    nightly.server.break_down("/v3/", "404")
    nightly.server.break_down("Observations?", "reset", after=1)
    nightly.fetch()
    (page,) = nightly.house.settings.data.glob("fetching/*/*/Observations-00001.json.gz")
    page.write_bytes(page.read_bytes()[:100])
    page.with_name(".Observations-00002.json.gz").write_bytes(b"half")
    nightly.server.mend()
    assert nightly.take_in()[0].rows_accepted == 29


def test_a_table_that_changed_meanwhile_is_begun_anew(nightly: Nightly) -> None:
    nightly.server.break_down("/v3/", "404")
    nightly.server.break_down("Observations?", "reset", after=1)
    nightly.fetch()
    nightly.server.mend()
    nightly.server.tables[TABLE].modified = LATER
    nightly.server.asked.clear()
    assert statuses(nightly) == ["new"]
    assert len(pages_asked(nightly)) == 2
    assert list(nightly.house.settings.data.glob("fetching/*/*")) == []


# the older generation


@pytest.mark.parametrize("absent", ["Properties", "Observations"])
def test_where_v4_does_not_have_a_table_v3_is_asked(nightly: Nightly, absent: str) -> None:
    nightly.server.break_down(f"/v4/{TABLE}/{absent}", "404")
    (outcome,) = nightly.take_in()
    assert (outcome.status, outcome.rows_accepted) == ("read", 29)
    assert any("Geslacht eq 'T001038  '" in one for one in pages_asked(nightly) if "v3" in one)
    assert statuses(nightly) == ["unchanged"]


@pytest.mark.parametrize("path", ["Properties", "RegioSCodes", "Observations"])
@pytest.mark.parametrize("fault", ["503", "reset", "text 500", "no JSON"])
def test_where_v4_fails_v3_is_asked(nightly: Nightly, fault: Fault, path: str) -> None:
    nightly.server.break_down(f"/v4/{TABLE}/{path}", fault)
    (outcome,) = nightly.take_in()
    assert (outcome.status, outcome.rows_accepted) == ("read", 29)
    assert failures(nightly.house.settings) == []


def test_an_outage_of_v4_costs_two_waits_and_not_one_for_each_table(nightly: Nightly) -> None:
    three(nightly)
    nightly.server.break_down("/v4/", "503")
    assert statuses(nightly) == ["new", "new", "new"]
    assert len([one for one in nightly.server.asked if "/v4/" in one]) == 2 * WAITS.tries


def test_half_downloads_of_both_generations_go_on_where_they_were(nightly: Nightly) -> None:
    nightly.server.page = 10
    for path in ("Observations?", "TypedDataSet?"):
        nightly.server.break_down(path, "reset", after=2)
    assert statuses(nightly) == ["failed"]
    nightly.server.mend()
    for path in ("Observations?", "TypedDataSet?"):
        nightly.server.break_down(path, "reset")
    nightly.server.asked.clear()
    assert statuses(nightly) == ["failed"]
    assert {one[-8:] for one in pages_asked(nightly)} == {"$skip=20"}
    assert len(list(nightly.house.settings.data.glob("fetching/*/*"))) == 2
    nightly.server.mend()
    assert statuses(nightly) == ["new"]
    assert list(nightly.house.settings.data.glob("fetching/*/*")) == []


def test_a_table_that_neither_has_is_named_with_both_places(nightly: Nightly) -> None:
    nightly.server.tables.clear()
    (found,) = nightly.fetch()
    assert found.kind == "absent"
    assert "/v4/" in found.fault
    assert "/v3/" in found.fault


def test_tables_of_cbs_itself_say_so(nightly: Nightly, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.sources.statline.fetch.CBS_V4_URL", nightly.house.settings.cbs_v4_url)
    nightly.fetch()
    landed(nightly)
    (snapshot,) = snapshots(nightly.house.settings, "statline")
    assert snapshot.manifest.sidecar.producer == "CBS"
