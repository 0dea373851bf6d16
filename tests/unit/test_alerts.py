"""Alerts as their receivers get them: a mail server and a web server on this machine, with and without encryption."""

from __future__ import annotations

import email
import json
import logging
import socket
import ssl
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.policy import default
from typing import TYPE_CHECKING, Any

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult

from pipelines import alerts
from pipelines.cli import main
from pipelines.files import write_json
from pipelines.refresh import BROKEN, CHECK_FAILED, RELEASED, RELEASED_WITH_GAPS, Summary, refresh, watch
from pipelines.settings import Alerting, Settings, UsageError
from tests.conftest import House, bsns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from email.message import EmailMessage
    from pathlib import Path

USER, PASSWORD = "zicht", "open-sesame"
MOMENT = datetime(2026, 2, 16, 8, 0, tzinfo=UTC)


@dataclass
class Mailbox:
    """A mail server that keeps what it gets."""

    port: int
    got: list[EmailMessage]
    log_ins: list[str]


class _Server(Controller):
    """With STARTTLS where ``tls`` is given and not ``wrapped`` in it from the start."""

    def __init__(self, box: Mailbox, tls: ssl.SSLContext | None, *, wrapped: bool) -> None:
        self.box, self.tls = box, tls
        super().__init__(self, hostname="127.0.0.1", port=box.port, ssl_context=tls if wrapped else None)
        self.wrapped = wrapped

    def factory(self) -> SMTP:
        def log_in(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
            self.box.log_ins.append(mechanism)
            return AuthResult(success=(data.login, data.password) == (USER.encode(), PASSWORD.encode()))

        return SMTP(
            self, authenticator=log_in, auth_required=self.tls is not None, auth_require_tls=not self.wrapped,
            require_starttls=self.tls is not None and not self.wrapped, tls_context=None if self.wrapped else self.tls,
        )  # fmt: skip

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.box.got.append(email.message_from_bytes(envelope.content, policy=default))  # type: ignore[arg-type]
        return "250 OK"


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def mail_server(
    authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str], Mailbox]]:
    """Starts a mail server for a scheme; this machine trusts its certificate."""
    started: list[_Server] = []
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))

    def start(scheme: str) -> Mailbox:
        tls = None
        if scheme != "smtp":
            tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            authority.issue_cert("localhost").configure_cert(tls)
        box = Mailbox(free_port(), [], [])
        started.append(_Server(box, tls, wrapped=scheme == "smtps"))
        started[-1].start()
        return box

    yield start
    for server in started:
        server.stop()


def by_mail(house: House, scheme: str, port: int, login: Path | None = None) -> Settings:
    """A house that tells two people by mail."""
    to = ("a@example.org", "b@example.org")
    return replace(
        house.settings,
        alerting=Alerting(to, "zicht@example.org", f"{scheme}://localhost:{port}", smtp_login_file=login),
    )


def by_webhook(house: House, address: str, token: str = "") -> Settings:
    """A house that tells a web server."""
    file = house.settings.data.parent / "hook"
    file.write_text(f"{address}\n{token}\n", encoding="utf-8")
    return replace(house.settings, alerting=Alerting(webhook_file=file))


@pytest.fixture
def hook(httpserver: Any) -> Any:
    httpserver.expect_request("/hook", method="POST").respond_with_data("ok")
    return httpserver


@pytest.fixture
def heard(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> pytest.LogCaptureFixture:
    """What was logged."""
    monkeypatch.setattr(logging.getLogger("zicht"), "propagate", True)
    caplog.set_level(logging.INFO, "zicht")
    return caplog


# by mail


@pytest.mark.parametrize("scheme", ["smtps", "smtp+starttls"])
def test_a_mail_goes_encrypted_and_with_a_log_in(
    house: House, mail_server: Callable[[str], Mailbox], tmp_path: Path, scheme: str
) -> None:
    box = mail_server(scheme)
    (tmp_path / "login").write_text(f"{USER}\n{PASSWORD}\n", encoding="utf-8")
    alerts.tell(by_mail(house, scheme, box.port, tmp_path / "login"), "failed", ["step model"])
    (message,) = box.got
    assert message["To"] == "a@example.org, b@example.org"
    assert message["From"] == "zicht@example.org"
    assert message["Subject"] == "zicht: the refresh failed"
    assert message["Date"]
    assert message["Message-ID"]
    text = message.get_content()
    assert "step model" in text
    assert "zicht status" in text
    assert "release that stands: none" in text
    assert box.log_ins


def test_a_mail_server_on_this_machine_needs_neither(house: House, mail_server: Callable[[str], Mailbox]) -> None:
    box = mail_server("smtp")
    alerts.tell(by_mail(house, "smtp", box.port), "stale", ["waiting"])
    assert [message["Subject"] for message in box.got] == ["zicht: the release is stale"]


def test_a_mail_server_whose_certificate_nobody_vouches_for_gets_nothing(
    house: House, mail_server: Callable[[str], Mailbox], tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    heard: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    box = mail_server("smtps")
    trustme.CA().cert_pem.write_to_path(tmp_path / "another.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "another.pem"))
    alerts.tell(by_mail(house, "smtps", box.port), "failed", ["step model"])
    assert box.got == []
    assert "SSLCertVerificationError" in heard.text


# by webhook


def test_a_webhook_gets_json_that_chat_programs_show(house: House, hook: Any) -> None:
    alerts.tell(by_webhook(house, hook.url_for("/hook")), "failed", ["check brp.own_municipality_only: wrong place"])
    ((request, _),) = hook.log
    assert request.content_type == "application/json"
    said = request.get_json()
    assert said["title"] == "zicht: the refresh failed"
    assert said["synthetic"] is False
    assert "check brp.own_municipality_only: wrong place" in said["text"]
    assert "Authorization" not in request.headers


def test_a_token_goes_along_as_bearer(house: House, hook: Any) -> None:
    alerts.tell(by_webhook(house, hook.url_for("/hook"), "t0ken"), "failed", ["step model"])
    assert hook.log[0][0].headers["Authorization"] == "Bearer t0ken"


# what is told


def test_the_sample_says_that_it_is_made_up(house: House, hook: Any) -> None:
    settings = replace(by_webhook(house, hook.url_for("/hook")), sample=True)
    alerts.tell(settings, "failed", ["step model"])
    said = hook.log[0][0].get_json()
    assert said["synthetic"] is True
    assert "SYNTHETIC" in said["title"]
    assert "SYNTHETIC" in said["text"]


def test_it_names_the_release_that_stands(house: House, hook: Any) -> None:
    house.settings.current.mkdir(parents=True)
    write_json(house.settings.current / "release.json", {"release_id": "2026-02-15-abcdef01"})
    alerts.tell(by_webhook(house, hook.url_for("/hook")), "failed", ["step model"])
    assert "release that stands: 2026-02-15-abcdef01" in hook.log[0][0].get_json()["text"]


def test_no_number_of_a_person_is_told(house: House, hook: Any) -> None:
    alerts.tell(by_webhook(house, hook.url_for("/hook")), "failed", [f"step {bsns()[0]}"])
    body = hook.log[0][0].get_data(as_text=True)
    assert bsns()[0] not in body
    assert "[number]" in body


# once


def test_an_incident_is_told_once_and_another_again(house: House, hook: Any) -> None:
    settings = by_webhook(house, hook.url_for("/hook"))
    for lines in (["step model"], ["step model"], ["step raw__brp"], ["step raw__brp"]):
        alerts.tell(settings, "failed", lines)
    assert len(hook.log) == 2


def test_after_it_was_over_the_same_is_another_incident(house: House, hook: Any) -> None:
    settings = by_webhook(house, hook.url_for("/hook"))
    alerts.tell(settings, "failed", ["step model"])
    alerts.over(settings, "failed")
    alerts.tell(settings, "failed", ["step model"])
    assert len(hook.log) == 2


def test_the_two_kinds_do_not_hide_each_other(house: House, hook: Any) -> None:
    settings = by_webhook(house, hook.url_for("/hook"))
    alerts.tell(settings, "failed", ["one"])
    alerts.tell(settings, "stale", ["one"])
    alerts.over(settings, "stale")
    alerts.tell(settings, "failed", ["one"])
    assert len(hook.log) == 2


def test_without_anybody_to_tell_nothing_is_written(house: House) -> None:
    alerts.tell(house.settings, "failed", ["step model"])
    alerts.over(house.settings, "failed")
    assert not house.settings.data.exists()


# what cannot be sent


def test_an_alert_that_cannot_be_sent_is_logged_without_its_secret_and_sent_later(
    house: House, httpserver: Any, heard: pytest.LogCaptureFixture
) -> None:
    httpserver.expect_ordered_request("/s3cret").respond_with_data("no", status=500)
    httpserver.expect_ordered_request("/s3cret").respond_with_data("ok")
    settings = by_webhook(house, httpserver.url_for("/s3cret"))
    alerts.tell(settings, "failed", ["step model"])
    assert "an alert could not be sent by post: HTTPStatusError" in heard.text
    ours = [record.getMessage() for record in heard.records if record.name != "werkzeug"]
    assert "s3cret" not in str(ours)
    alerts.tell(settings, "failed", ["step model"])
    alerts.tell(settings, "failed", ["step model"])
    assert len(httpserver.log) == 2


@pytest.mark.parametrize("missing", ["server", "file"])
def test_nobody_there_fails_no_run(house: House, missing: str, heard: pytest.LogCaptureFixture) -> None:
    settings = by_webhook(house, f"http://127.0.0.1:{free_port()}/hook")
    if missing == "file":
        assert settings.alerting.webhook_file is not None
        settings.alerting.webhook_file.unlink()
    alerts.tell(settings, "failed", ["step model"])
    assert "an alert could not be sent" in heard.text


def test_one_channel_that_fails_does_not_keep_the_other_from_telling(
    house: House, mail_server: Callable[[str], Mailbox]
) -> None:
    box = mail_server("smtp")
    hooked = by_webhook(house, f"http://127.0.0.1:{free_port()}/hook").alerting.webhook_file
    settings = by_mail(house, "smtp", box.port)
    settings = replace(settings, alerting=replace(settings.alerting, webhook_file=hooked))
    alerts.tell(settings, "failed", ["step model"])
    alerts.tell(settings, "failed", ["step model"])
    assert len(box.got) == 1


def test_a_channel_that_failed_is_tried_again_and_the_other_is_not(
    house: House, hook: Any, mail_server: Callable[[str], Mailbox]
) -> None:
    hooked = by_webhook(house, hook.url_for("/hook")).alerting.webhook_file

    def night(port: int) -> None:
        settings = by_mail(house, "smtp", port)
        settings = replace(settings, alerting=replace(settings.alerting, webhook_file=hooked))
        alerts.tell(settings, "failed", ["step model"])

    night(free_port())
    assert len(hook.log) == 1
    box = mail_server("smtp")
    night(box.port)
    night(box.port)
    assert (len(box.got), len(hook.log)) == (1, 1)


def test_two_failures_that_come_in_turns_are_told_once_each(house: House, hook: Any) -> None:
    settings = by_webhook(house, hook.url_for("/hook"))
    for lines in (["step fetched__statline"], ["configuration ZICHT_LANDING"]) * 3:
        alerts.tell(settings, "failed", lines)
    assert len(hook.log) == 2


# when the headless command tells


@pytest.mark.parametrize(
    ("summary", "told"),
    [
        (Summary(CHECK_FAILED, failures=["check brp.own_municipality_only: wrong place"]),
         "check brp.own_municipality_only: wrong place"),
        (Summary(BROKEN, failures=["step raw__brp: cannot open jan_jansen.csv"]), "step raw__brp"),
    ],
)  # fmt: skip
def test_a_refresh_that_released_nothing_is_told(
    house: House, hook: Any, monkeypatch: pytest.MonkeyPatch, summary: Summary, told: str
) -> None:
    monkeypatch.setattr("pipelines.refresh._refresh", lambda settings: summary)
    assert refresh(by_webhook(house, hook.url_for("/hook"))) is summary
    text = hook.log[0][0].get_json()["text"]
    assert told in text.splitlines()
    assert "jansen" not in text


def test_a_machine_that_failed_is_told_by_its_kind_and_the_error_goes_on(
    house: House, hook: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(settings: Settings) -> Summary:
        raise PermissionError("jan_jansen.csv")

    monkeypatch.setattr("pipelines.refresh._refresh", broken)
    with pytest.raises(PermissionError):
        refresh(by_webhook(house, hook.url_for("/hook")))
    text = hook.log[0][0].get_json()["text"]
    assert "PermissionError" in text.splitlines()
    assert "jansen" not in text


@pytest.mark.parametrize("code", [RELEASED, RELEASED_WITH_GAPS])
def test_a_refresh_that_went_well_ends_the_incident(
    house: House, hook: Any, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    settings = by_webhook(house, hook.url_for("/hook"))
    alerts.tell(settings, "failed", ["step model"])
    monkeypatch.setattr("pipelines.refresh._refresh", lambda settings: Summary(code))
    refresh(settings)
    assert len(hook.log) == 1
    assert alerts.memory(settings, "failed") == {}


def test_a_night_of_wrong_use_is_told_by_the_name_of_its_setting(
    house: House, hook: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = by_webhook(house, hook.url_for("/hook"))
    monkeypatch.setenv("ZICHT_LANDING", str(settings.landing))
    for _ in range(2):
        with pytest.raises(UsageError, match="mounted"):
            refresh(settings)
    ((request, _),) = hook.log
    text = request.get_json()["text"]
    assert "configuration ZICHT_LANDING" in text.splitlines()
    assert str(settings.landing) not in text


def test_who_breaks_it_off_needs_no_alert(house: House, hook: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    broken_off = Summary(BROKEN, failures=["step model: dagster.DagsterExecutionInterruptedError"])
    monkeypatch.setattr("pipelines.refresh._refresh", lambda settings: broken_off)
    with pytest.raises(KeyboardInterrupt):
        refresh(by_webhook(house, hook.url_for("/hook")))
    assert hook.log == []


# a release that is stale


def test_a_release_is_stale_once_something_waited_too_long(
    house: House, hook: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = [True]
    monkeypatch.setattr("pipelines.refresh.has_work", lambda settings: work[0])
    settings = by_webhook(house, hook.url_for("/hook"))
    hours = [0, 12, 24, 25]
    assert [watch(settings, MOMENT + timedelta(hours=each)) for each in hours] == [False, False, True, True]
    assert len(hook.log) == 1, "told once"
    work[0] = False
    assert watch(settings, MOMENT + timedelta(hours=26)) is False
    work[0] = True
    later = [watch(settings, MOMENT + timedelta(hours=each)) for each in (27, 52)]
    assert later == [False, True], "it counts anew, and is told anew"
    assert len(hook.log) == 2


def test_an_old_release_for_which_nothing_waits_is_fresh(
    house: House, hook: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.refresh.has_work", lambda settings: False)
    settings = by_webhook(house, hook.url_for("/hook"))
    assert not any(watch(settings, MOMENT + timedelta(days=each)) for each in (0, 40, 400))
    assert hook.log == []


def test_where_the_inbox_is_not_there_nobody_says_that_the_release_is_fresh(
    house: House, hook: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = by_webhook(house, hook.url_for("/hook"))
    monkeypatch.setattr("pipelines.refresh.has_work", lambda settings: False)
    monkeypatch.setenv("ZICHT_LANDING", str(settings.landing))
    with pytest.raises(UsageError, match="mounted"):
        watch(settings, MOMENT)
    assert "configuration ZICHT_LANDING" in hook.log[0][0].get_json()["text"].splitlines()


def test_status_with_alert_tells_it_without_a_server_of_ours(
    house: House, hook: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = by_webhook(house, hook.url_for("/hook"))
    monkeypatch.setenv("ZICHT_DATA", str(settings.data))
    monkeypatch.setenv("ZICHT_ALERT_WEBHOOK_FILE", str(settings.alerting.webhook_file))
    monkeypatch.setenv("ZICHT_AS_OF", str(settings.as_of))
    monkeypatch.delenv("ZICHT_SAMPLE", raising=False)
    assert main(["status", "--alert", "--json"]) == 0
    assert hook.log == [], "nothing was ever released, but that was seen for the first time now"
    long_ago = (datetime.now(UTC) - timedelta(hours=25)).isoformat()
    write_json(settings.data / "alerts.json", {"stale": {"since": long_ago}})
    assert main(["status", "--alert"]) == 0
    assert long_ago in hook.log[0][0].get_json()["text"]
    assert json.loads(capsys.readouterr().out.split("release  ")[0])["work_waiting"] is True


def test_status_with_alert_and_nobody_to_tell_is_wrong_use(
    house: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ZICHT_DATA", str(house.settings.data))
    for name in ("MAIL_TO", "WEBHOOK_FILE"):
        monkeypatch.delenv(f"ZICHT_ALERT_{name}", raising=False)
    assert main(["status", "--alert"]) == 2
    assert "ZICHT_ALERT_MAIL_TO" in capsys.readouterr().err


# configuration


def configured(monkeypatch: pytest.MonkeyPatch, **variables: str) -> Alerting:
    for name in ("MAIL_TO", "MAIL_FROM", "SMTP", "SMTP_LOGIN_FILE", "WEBHOOK_FILE", "STALE_HOURS"):
        monkeypatch.delenv(f"ZICHT_ALERT_{name}", raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(f"ZICHT_ALERT_{name}", value)
    return Settings.from_environment(sample=False).alerting


def test_by_default_nobody_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not configured(monkeypatch)


def test_everything_can_be_set_in_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    found = configured(
        monkeypatch, MAIL_TO="a@example.org, b@example.org", MAIL_FROM="z@example.org", SMTP="smtps://mail:465",
        SMTP_LOGIN_FILE=str(tmp_path / "login"), WEBHOOK_FILE=str(tmp_path / "hook"), STALE_HOURS="36",
    )  # fmt: skip
    assert found == Alerting(
        ("a@example.org", "b@example.org"),
        "z@example.org",
        "smtps://mail:465",
        tmp_path / "login",
        tmp_path / "hook",
        36,
    )


@pytest.mark.parametrize(
    ("variables", "rule"),
    [
        ({"MAIL_TO": "a@example.org"}, "needs ZICHT_ALERT_MAIL_FROM and ZICHT_ALERT_SMTP"),
        ({"MAIL_TO": "a@b", "MAIL_FROM": "z@b", "SMTP": "mail:25"}, "write it as smtps://host:465"),
        ({"MAIL_TO": "a@b", "MAIL_FROM": "z@b", "SMTP": "smtp://mail", "SMTP_LOGIN_FILE": "x"}, "show the password"),
        ({"STALE_HOURS": "0"}, "ZICHT_ALERT_STALE_HOURS is '0': write a whole number of hours"),
    ],
)
def test_alerts_that_would_reach_nobody_are_wrong_use(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], rule: str
) -> None:
    with pytest.raises(UsageError, match=rule):
        configured(monkeypatch, **variables)
