"""Telling somebody that a run failed or that the release is stale: by e-mail, by webhook, once for each incident.

Belongs here: the two channels, and remembering what was told. Does not belong here: finding out what is wrong
(``refresh``, ``automation``). An alert leaves the machine: it names rules and steps, and no file, row or value.
"""

from __future__ import annotations

import logging
import socket
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from pipelines.files import read_json, write_json
from pipelines.logs import masked

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from pipelines.settings import Settings

log = logging.getLogger("zicht.alert")

Kind = Literal["failed", "stale"]

_TITLE: dict[Kind, str] = {"failed": "the refresh failed", "stale": "the release is stale"}
_REMEDY: dict[Kind, str] = {
    "failed": "`zicht status` says what to mend. The next run tries again.",
    "stale": "Nothing took it in: look whether the timer, or Dagster's daemon, still runs.",
}
_TIMEOUT_SECONDS = 10


def tell(settings: Settings, kind: Kind, lines: Sequence[str]) -> None:
    """Send an alert by each channel that did not send it of this incident: the same lines, and nothing went well since.

    What cannot be sent is logged; it never makes a run fail, and is tried again when the incident is seen again.

    Args:
        settings: with whom to tell; nobody, and nothing happens.
        kind: which alert it is.
        lines: what is wrong, without anything of a delivery.
    """
    told = memory(settings, kind).get("told", {})
    left = [one for one in (_mail, _post) if list(lines) not in told.get(_name(one), [])]
    if not settings.alerting or not left:
        return
    subject = f"zicht: {_TITLE[kind]}" + (" (SYNTHETIC sample)" if settings.sample else "")
    release = (read_json(settings.current / "release.json") or {}).get("release_id")
    where = f"machine {socket.gethostname()}; release that stands: {release or 'none'}"
    text = masked("\n".join([f"{subject}.", *lines, _REMEDY[kind], where]))
    if sent := [_name(one) for one in left if _sent(one, settings, subject, text)]:
        log.info("told that %s, by %s", _TITLE[kind], " and ".join(sent))
        remember(settings, kind, told=told | {name: [*told.get(name, []), list(lines)] for name in sent})


def over(settings: Settings, kind: Kind) -> None:
    """Nothing of the kind is wrong now: what comes next is another incident."""
    known = read_json(_path(settings)) or {}
    if known.pop(kind, None):
        write_json(_path(settings), known)


def memory(settings: Settings, kind: Kind) -> dict[str, Any]:
    """What is remembered of the incident of a kind."""
    known: dict[str, Any] = (read_json(_path(settings)) or {}).get(kind, {})
    return known


def remember(settings: Settings, kind: Kind, **known: Any) -> None:
    """Add to it."""
    write_json(_path(settings), (read_json(_path(settings)) or {}) | {kind: memory(settings, kind) | known})


def _path(settings: Settings) -> Path:
    return settings.data / "alerts.json"


def _name(channel: Callable[..., bool]) -> str:
    return channel.__name__.lstrip("_")


def _sent(channel: Callable[[Settings, str, str], bool], settings: Settings, subject: str, text: str) -> bool:
    try:
        return channel(settings, subject, text)
    except Exception as error:  # noqa: BLE001 - whatever fails here, the run goes on
        # Not its message: it may show the address of the receiver, which may be a secret.
        log.error("an alert could not be sent by %s: %s", _name(channel), type(error).__name__)  # noqa: TRY400
        return False


def _mail(settings: Settings, subject: str, text: str) -> bool:
    to = settings.alerting
    if not to.mail_to:
        return False
    import smtplib
    import ssl
    from email.message import EmailMessage
    from email.utils import formatdate, make_msgid

    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = subject, to.mail_from, ", ".join(to.mail_to)
    message["Date"], message["Message-ID"] = formatdate(), make_msgid(domain="zicht.invalid")
    message.set_content(text)
    server = urlsplit(to.smtp)
    host, context = server.hostname or "", ssl.create_default_context()
    if server.scheme == "smtps":
        connection: smtplib.SMTP = smtplib.SMTP_SSL(host, server.port or 465, timeout=_TIMEOUT_SECONDS, context=context)
    else:
        connection = smtplib.SMTP(host, server.port or 25, timeout=_TIMEOUT_SECONDS)
    with connection:
        if server.scheme == "smtp+starttls":
            connection.starttls(context=context)
        if to.smtp_login_file:
            user, password = to.smtp_login_file.read_text(encoding="utf-8").splitlines()[:2]
            connection.login(user, password)
        connection.send_message(message)
    return True


def _post(settings: Settings, subject: str, text: str) -> bool:
    if not settings.alerting.webhook_file:
        return False
    import httpx

    address, *token = settings.alerting.webhook_file.read_text(encoding="utf-8").split()
    headers = {"Authorization": f"Bearer {token[0]}"} if token else {}
    said = {"text": text, "title": subject, "synthetic": settings.sample}
    httpx.post(address, json=said, headers=headers, timeout=_TIMEOUT_SECONDS).raise_for_status()
    return True
