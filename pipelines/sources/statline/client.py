"""Asks a server of StatLine for one page at a time, politely, until it answers or it is clear that it will not.

Belongs here: time-outs, retries, what counts as an answer, which links are followed. Does not belong here: what is
asked for and what the answers mean (``fetch``, ``metadata``).
"""

from __future__ import annotations

import json
import logging
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Literal

import httpx
import stamina

log = logging.getLogger("zicht.fetch")

_BUSY = frozenset({429, 502, 503, 504})
_SHOWN = 120

Kind = Literal["unreachable", "outage", "absent", "answer", "machine"]


class StatLineError(Exception):
    """A request that got no page.

    ``kind`` says why: ``unreachable``, no connection in all tries; ``outage``, no answer in all tries; ``absent``, no
    such table or part of it (404); ``answer``, something that is no page; ``machine``, it is our own side that fails.
    """

    def __init__(self, kind: Kind, fault: str) -> None:
        super().__init__(fault)
        self.kind, self.fault = kind, fault


class _AgainError(Exception):
    """An answer after which asking once more may help; ``after`` seconds, if the server says when."""

    def __init__(self, kind: Kind, fault: str, url: httpx.URL, after: float | None = None) -> None:
        super().__init__(fault)
        self.kind, self.fault, self.url, self.after = kind, fault, url, after


def _tell(details: stamina.instrumentation.RetryDetails) -> None:
    if isinstance(error := details.caused_by, _AgainError):
        log.warning("%s: %s; asked again in %.1f s", _place(error.url), error.fault, details.wait_for)


# Its own hooks print on the standard output, where a command's answer goes, or log the whole address.
stamina.instrumentation.set_on_retry_hooks([_tell])


@dataclass(frozen=True)
class Patience:
    """How long one waits, in seconds: at least ``between`` requests, and longer after each of the failed ``tries``.

    ``most`` also limits what a server asks for in ``Retry-After``, ``whole`` an answer from its first to its last byte;
    ``largest`` is how many bytes it may be.
    """

    tries: int = 5
    first: float = 2.0
    most: float = 120.0
    jitter: float = 2.0
    between: float = 0.5
    timeout: float = 60.0
    whole: float = 600.0
    largest: int = 1 << 28

    @classmethod
    def after(cls, seconds: float, **others: int) -> Patience:
        """The first wait, and in step with it the pause between requests; none for a server of one's own."""
        return cls(first=seconds, jitter=seconds, between=seconds / 4, **others)


@dataclass
class Client:
    """A connection with the server at ``base``; close it after use (``with``).

    A name and password in the address are used and stand nowhere: ``base`` is the address without them.
    """

    base: str
    patience: Patience = field(default_factory=Patience)

    def __post_init__(self) -> None:
        try:
            url = httpx.URL(self.base)
        except httpx.InvalidURL:
            url = httpx.URL()
        self._is_address = url.scheme in ("http", "https") and bool(url.host)
        auth = (url.username, url.password) if url.userinfo else None
        self.base = str(url.copy_with(userinfo=b"")) if self._is_address else "no address"
        self._http = httpx.Client(timeout=self.patience.timeout, headers={"Accept": "application/json"}, auth=auth)
        self._asked = float("-inf")

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def url(self, path: str, query: dict[str, str] | None = None) -> httpx.URL:
        """Address of ``<base>/<path>``.

        Raises:
            StatLineError: the base is no address.
        """
        if not self._is_address:
            raise StatLineError("machine", "the address that is set for StatLine is none")
        return httpx.URL(f"{self.base}/{path}", params=query)

    def next(self, page: httpx.URL, link: object) -> httpx.URL:
        """Address of the next page, from the link on a page. It may lead to another place on this server, no other.

        Raises:
            ValueError: the link leads elsewhere.
        """
        base = httpx.URL(self.base)
        if not isinstance(link, str):
            raise ValueError("the link to the next page is no address")  # noqa: TRY004 - the answer is wrong
        try:
            target = page.join(link)
        except httpx.InvalidURL:
            raise ValueError("the link to the next page is no address") from None
        if target.host != base.host:
            raise ValueError(f"the next page would be at another host, {target.host}")
        return target.copy_with(scheme=base.scheme, port=base.port, userinfo=b"")

    def get(self, url: httpx.URL) -> bytes:
        """The body at an address: whole, and a JSON object.

        Raises:
            StatLineError: there is none.
        """
        patience = self.patience
        retries = stamina.retry_context(
            on=self._again,
            attempts=patience.tries,
            timeout=None,
            wait_initial=patience.first,
            wait_max=patience.most,
            wait_jitter=patience.jitter,
        )
        try:
            for attempt in retries:
                with attempt:
                    return self._once(url)
        except _AgainError as error:
            raise StatLineError(error.kind, f"{error.fault}, {patience.tries} times: {_place(url)}") from None
        raise AssertionError("a retry ends with a page or an error")

    def _again(self, error: Exception) -> bool | float:
        if isinstance(error, _AgainError) and error.after is not None:
            return min(error.after, self.patience.most)
        return isinstance(error, _AgainError)

    def _once(self, url: httpx.URL) -> bytes:
        time.sleep(max(0.0, self._asked + self.patience.between - time.monotonic()))
        try:
            with self._http.stream("GET", url) as answer:
                body = self._body(answer, url)
        except httpx.RequestError as error:
            kind: Kind = "unreachable" if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout) else "outage"
            raise _AgainError(kind, f"no answer ({type(error).__name__})", url) from None
        finally:
            self._asked = time.monotonic()
        if answer.status_code in _BUSY:
            wait = _wait(answer.headers.get("Retry-After"))
            raise _AgainError("outage", f"status {answer.status_code}", url, wait)
        if answer.status_code == httpx.codes.NOT_FOUND:
            raise StatLineError("absent", f"not there: {_place(url)}")
        is_page = answer.status_code == httpx.codes.OK and is_object(body)
        if not is_page:  # what it says goes to the log alone
            log.warning("%s: status %s, %r", _place(url), answer.status_code, body[:_SHOWN].decode(errors="replace"))
        if answer.status_code != httpx.codes.OK:
            raise StatLineError("answer", f"status {answer.status_code}: {_place(url)}")
        if not is_page:
            raise _AgainError("answer", "no JSON", url)
        return body

    def _body(self, answer: httpx.Response, url: httpx.URL) -> bytes:
        end = time.monotonic() + self.patience.whole
        body = bytearray()
        for some in answer.iter_bytes():
            body += some
            if len(body) > self.patience.largest:
                raise StatLineError("answer", f"more than {self.patience.largest} bytes: {_place(url)}")
            if time.monotonic() > end:
                raise StatLineError("outage", f"not whole after {self.patience.whole:g} s: {_place(url)}")
        return bytes(body)


def is_object(body: bytes) -> bool:
    """Whether a body is one JSON object from begin to end."""
    try:
        content: Any = json.loads(body)
    except (ValueError, RecursionError):
        return False
    return isinstance(content, dict)


def _place(url: httpx.URL) -> str:
    return str(url.copy_with(query=None, userinfo=b""))


def _wait(retry_after: str | None) -> float | None:
    """Seconds, as ``Retry-After`` says them or the date it names."""
    if retry_after is None:
        return None
    if retry_after.strip().isdecimal():
        return float(retry_after)
    try:
        until = parsedate_to_datetime(retry_after)
        aware = until if until.tzinfo else until.replace(tzinfo=UTC)
        return max(0.0, (aware - datetime.now(UTC)).total_seconds())
    except (ValueError, OverflowError):
        return None
