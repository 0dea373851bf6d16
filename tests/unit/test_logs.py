"""What the program says while it works: in words or as JSON, and never a number of a person."""

from __future__ import annotations

import json
import logging
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from pipelines import logs
from pipelines.cli import main
from pipelines.settings import UsageError
from tests.conftest import a_numbers, bsns

if TYPE_CHECKING:
    from collections.abc import Iterator

log = logging.getLogger("zicht.test")


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    """Logging belongs to the whole process."""
    logger, factory, level = logging.getLogger("zicht"), logging.getLogRecordFactory(), logging.getLogger("zicht").level
    handlers, propagate = logger.handlers, logger.propagate
    yield
    logging.setLogRecordFactory(factory)
    logger.handlers, logger.propagate = handlers, propagate
    logger.setLevel(level)


def said(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """What was said, a JSON object a line, and nothing on the standard output."""
    captured = capsys.readouterr()
    assert captured.out == ""
    return [json.loads(line) for line in captured.err.splitlines()]


def speak_json(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the test itself: standard error is another one while fixtures are made."""
    monkeypatch.setenv("ZICHT_LOG", "json")
    logs.run.set(None)  # which another test may have left
    logs.configure()


# form


def test_a_line_is_an_object_with_time_in_utc_level_logger_message_and_the_fields_of_the_event(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    speak_json(monkeypatch)
    log.info("landed %s", "figures/NL/2025-12-31", extra={"source": "figures", "rows": 20, "refused": None})
    (line,) = said(capsys)
    moment = datetime.fromisoformat(line.pop("time"))
    assert moment.utcoffset() == UTC.utcoffset(None)
    assert abs((datetime.now(UTC) - moment).total_seconds()) < 60
    assert line == {
        "level": "info", "logger": "zicht.test", "message": "landed figures/NL/2025-12-31", "source": "figures",
        "rows": 20,
    }  # fmt: skip


def test_a_line_names_its_run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    speak_json(monkeypatch)
    token = logs.run.set("a-run")
    try:
        log.warning("late")
    finally:
        logs.run.reset(token)
    assert said(capsys)[0]["run"] == "a-run"


def test_a_traceback_is_a_field_of_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    speak_json(monkeypatch)
    try:
        raise ValueError("of no use")
    except ValueError:
        log.exception("it failed")
    (line,) = said(capsys)
    assert (line["level"], line["message"]) == ("error", "it failed")
    assert line["exception"].endswith("ValueError: of no use")


def test_in_words_it_is_a_time_and_the_message(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ZICHT_LOG", raising=False)
    logs.configure()
    log.info("read %d rows", 12, extra={"rows": 12})
    assert re.fullmatch(r"\d\d:\d\d:\d\d read 12 rows\n", capsys.readouterr().err)


def test_quiet_says_only_what_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(quiet=True)
    log.info("landed")
    log.warning("refused")
    assert [line.partition(" ")[2] for line in capsys.readouterr().err.splitlines()] == ["refused"]


def test_another_form_is_wrong_use(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("ZICHT_LOG", "xml")
    with pytest.raises(UsageError, match="ZICHT_LOG is 'xml': write json or words"):
        logs.configure()
    assert main(["status"]) == 2
    assert "ZICHT_LOG" in capsys.readouterr().err


def test_the_last_word_of_a_command_is_an_object_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ZICHT_LOG", "json")
    monkeypatch.setenv("ZICHT_AS_OF", "nonsense")
    assert main(["status"]) == 2
    (line,) = said(capsys)
    assert line["level"] == "error"
    assert "ZICHT_AS_OF" in line["message"]


# numbers of persons


NUMBERS = [*bsns()[:3], *a_numbers()[:3]]
SHAPES = ["{}", "row {}: no date", "burgerservicenummer={}", "({},", '"{}"', "een;{};twee", "jan_{}.csv", "BSN{}X"]


@pytest.mark.parametrize("form", ["words", "json"])
@pytest.mark.parametrize("shape", SHAPES)
def test_no_number_of_a_person_is_said_wherever_it_was_planted(
    form: str, shape: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZICHT_LOG", form)
    logs.configure()
    for number in NUMBERS:
        planted = shape.format(number)
        log.warning(planted)
        log.warning("with %s and %r", planted, [planted], extra={"field": planted, "nested": {"of": [planted]}})
        try:
            raise ValueError(planted)
        except ValueError:
            log.exception("it failed", stack_info=True)
    heard = capsys.readouterr().err
    assert heard.count("[number]") >= 4 * len(NUMBERS)
    assert [number for number in NUMBERS if number in heard] == []


def test_a_bsn_in_groups_is_masked_too() -> None:
    assert logs.masked("1234.56.782, 123 456 782 en 123.456.782") == "[number], [number] en [number]"


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-01 02:30:00",
        "0394",
        "landed 12345678 bytes",
        "12345678901",
        "e181b1a2",
        "123456782abf-123456782abf",
        "1,234,567,890",
    ],
)
def test_what_is_no_such_number_is_left_as_it_is(text: str) -> None:
    assert logs.masked(text) == text


def test_what_other_tools_say_is_masked_before_any_handler_sees_it() -> None:
    logs.configure()
    seen: list[logging.LogRecord] = []

    class Seeing(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            seen.append(record)

    other = logging.getLogger("another.tool")
    other.addHandler(handler := Seeing())
    other.warning("person %s", bsns()[0])
    other.removeHandler(handler)
    assert [record.getMessage() for record in seen] == ["person [number]"]


def test_why_a_command_ended_is_masked(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ZICHT_LOG", raising=False)
    logs.configure()
    logs.complain(f"cannot open {bsns()[0]}.csv")
    assert capsys.readouterr().err == "zicht: cannot open [number].csv\n"


def test_a_large_count_stays_a_number_in_json_and_a_number_in_text_does_not(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    speak_json(monkeypatch)
    log.info("landed", extra={"bytes": 512_345_678, "place": "brp/0394/999990019"})
    (line,) = said(capsys)
    assert (line["bytes"], line["place"]) == (512_345_678, "brp/0394/[number]")
