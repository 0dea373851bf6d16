"""The client: what it tries again, how long it waits, and what it takes for an answer."""

from __future__ import annotations

import json
import logging
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.sources.statline.client import Client, StatLineError, _wait, is_object
from tests.statline_server import Fault, StatLine
from tests.unit.sources.statline.conftest import HURRIED, TABLE, WAITS, residents, waits_for

if TYPE_CHECKING:
    from collections.abc import Iterator

PATH = f"{TABLE}/Properties"


@pytest.fixture
def server() -> Iterator[StatLine]:
    with StatLine({TABLE: residents()}, page=20) as running:
        yield running


@pytest.fixture
def client(server: StatLine) -> Iterator[Client]:
    with Client(f"{server.address}/v4", WAITS) as opened:
        yield opened


@pytest.mark.parametrize(
    "fault",
    ["reset", "503", "503 and when", "429 and a date", "half a body", "cut JSON", "no JSON", "slow"],
)
def test_what_goes_wrong_twice_is_asked_a_third_time(server: StatLine, fault: Fault) -> None:
    server.break_down("Properties", fault, times=2)
    with Client(f"{server.address}/v4", waits_for(fault)) as client:
        assert json.loads(client.get(client.url(PATH)))["Identifier"] == TABLE
    assert len(server.asked) == 3


def test_what_is_tried_again_is_logged_and_not_printed_where_a_command_answers(
    server: StatLine, client: Client, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    server.break_down("Properties", "503", times=1)
    client.get(client.url(PATH))
    assert capfd.readouterr().out == ""
    told = [record.getMessage() for record in caplog.records if record.name == "zicht.fetch"]
    assert told == [f"{client.base}/{PATH}: status 503; asked again in 0.0 s"]


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("reset", "outage"),
        ("503", "outage"),
        ("429 and a date", "outage"),
        ("half a body", "outage"),
        ("slow", "outage"),
        ("cut JSON", "answer"),
        ("no JSON", "answer"),
    ],
)
def test_what_stays_wrong_is_named_after_the_last_try(server: StatLine, fault: Fault, kind: str) -> None:
    server.break_down("Properties", fault)
    with (
        Client(f"{server.address}/v4", waits_for(fault)) as client,
        pytest.raises(StatLineError, match=f"3 times: .*{PATH}") as raised,
    ):
        client.get(client.url(PATH))
    assert raised.value.kind == kind
    assert len(server.asked) == 3


def test_a_plain_text_500_that_says_it_is_json_is_logged_and_not_tried_again(
    server: StatLine, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    server.break_down("Properties", "text 500")
    with pytest.raises(StatLineError, match="status 500") as raised:
        client.get(client.url(PATH))
    assert raised.value.kind == "answer"
    assert "An error" not in raised.value.fault
    assert "An error has occurred" in caplog.text
    assert len(server.asked) == 1


def test_too_many_rows_without_pages_is_a_clear_error(server: StatLine, caplog: pytest.LogCaptureFixture) -> None:
    server.feed, server.largest = False, 10
    with Client(f"{server.address}/v3", WAITS) as client, pytest.raises(StatLineError, match="status 500"):
        client.get(client.url(f"{TABLE}/TypedDataSet"))
    assert "too many rows" in caplog.text
    assert len(server.asked) == 1


def test_an_answer_in_letters_that_no_one_knows_is_no_json(server: StatLine, client: Client) -> None:
    server.break_down("Properties", "odd charset")
    with pytest.raises(StatLineError, match="no JSON"):
        client.get(client.url(PATH))


def test_json_that_is_too_deep_is_no_json() -> None:
    assert not is_object(b'{"a":' + b"[" * 200_000)


def test_an_answer_that_drips_ends_with_patience(server: StatLine) -> None:
    server.break_down("Properties", "drip")
    start = time.monotonic()
    with (
        Client(f"{server.address}/v4", HURRIED) as client,
        pytest.raises(StatLineError, match="not whole after 1 s") as raised,
    ):
        client.get(client.url(PATH))
    assert raised.value.kind == "outage"
    assert time.monotonic() - start < WAITS.whole / 2
    assert len(server.asked) == 1


def test_an_answer_that_is_too_large_is_not_read_to_its_end(server: StatLine) -> None:
    with (
        Client(f"{server.address}/v4", replace(WAITS, largest=20)) as client,
        pytest.raises(StatLineError, match="more than 20 bytes") as raised,
    ):
        client.get(client.url(PATH))
    assert raised.value.kind == "answer"


def test_a_name_and_password_in_the_address_are_used_and_stand_nowhere(
    server: StatLine, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.break_down("Properties", "503", times=3)
    with Client(f"{server.address}/v4".replace("://", "://me:s3cret@"), WAITS) as client:
        assert client.base == f"{server.address}/v4"
        assert client._http.auth is not None
        with pytest.raises(StatLineError) as raised:
            client.get(client.url(PATH))
        client.get(client.next(client.url(PATH), f"//me:s3cret@127.0.0.1/v4/{PATH}"))
    assert "status 503" in caplog.text
    assert "s3cret" not in caplog.text + raised.value.fault


@pytest.mark.parametrize("base", ["", "foo", "ftp://x", "http://"])
def test_an_address_that_is_none_is_our_own_fault(base: str) -> None:
    with Client(base, WAITS) as client, pytest.raises(StatLineError, match="address") as raised:
        client.get(client.url(PATH))
    assert raised.value.kind == "machine"


def test_an_unknown_period_is_an_answer_without_rows(server: StatLine) -> None:
    with Client(f"{server.address}/v3", WAITS) as client:
        body = client.get(client.url(f"{TABLE}/TypedDataSet", {"$filter": "Perioden eq '1066JJ00'"}))
    assert json.loads(body)["value"] == []


def test_a_table_that_is_not_there_is_absent(server: StatLine, client: Client) -> None:
    with pytest.raises(StatLineError, match="not there") as raised:
        client.get(client.url("00000NED/Properties"))
    assert raised.value.kind == "absent"
    assert len(server.asked) == 1


@pytest.mark.parametrize("fault", ["503 and when", "429 and a date"])
def test_a_server_that_says_when_is_asked_then_but_never_later_than_patience_lasts(
    server: StatLine, fault: Fault
) -> None:
    server.break_down("Properties", fault, times=1)
    start = time.monotonic()
    with Client(f"{server.address}/v4", replace(WAITS, most=0.3)) as client:
        client.get(client.url(PATH))
    assert 0.3 <= time.monotonic() - start < WAITS.whole / 2


def test_between_two_requests_there_is_time_for_others(server: StatLine) -> None:
    with Client(f"{server.address}/v4", replace(WAITS, between=0.2)) as client:
        client.get(client.url(PATH))
        start = time.monotonic()
        client.get(client.url(PATH))
    assert time.monotonic() - start >= 0.19


@pytest.mark.parametrize("link", ["http://elsewhere.invalid/v4/x", "//elsewhere.invalid/x", "http://[x/", 5])
def test_a_link_that_leads_to_another_host_is_not_followed(server: StatLine, client: Client, link: object) -> None:
    with pytest.raises(ValueError, match=r"another host|no address"):
        client.next(client.url(PATH), link)
    assert server.asked == []


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_link_is_followed_over_the_connection_that_was_chosen(server: StatLine, client: Client, scheme: str) -> None:
    assert client.get(client.next(client.url(PATH), f"{scheme}://127.0.0.1/v4/{PATH}"))
    assert server.asked == [f"/v4/{PATH}"]


@given(st.text(max_size=40) | st.integers().map(str) | st.datetimes().map("{:%a, %d %b %Y %H:%M:%S GMT}".format))
def test_whatever_retry_after_says_it_is_a_time_to_wait_or_nothing(header: str) -> None:
    seconds = _wait(header)
    assert seconds is None or seconds >= 0


@pytest.mark.parametrize("header", ["Mon, 01 Jan 99999999999 00:00:00 GMT", "Wed, 01 Jan 2120 00:00:00 +9999999999"])
def test_a_retry_after_beyond_all_time_says_nothing(header: str) -> None:
    assert _wait(header) is None


def test_a_relative_link_is_of_the_page_it_stands_on(client: Client) -> None:
    page = client.url("T/Observations", {"a": "1"})
    second = client.next(page, "?$skip=20")
    assert str(second) == f"{client.base}/T/Observations?$skip=20"
    assert str(client.next(second, "Observations?$skip=40")) == f"{client.base}/T/Observations?$skip=40"
