"""Asks a server of StatLine for one page at a time, politely, until it answers or it is clear that it will not.

Belongs here: time-outs, retries, what counts as an answer, which links are followed. Does not belong here: what is
asked for and what the answers mean (``fetch``, ``metadata``).
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Literal

import httpx
import stamina

# Otherwise each retry is printed on the standard output, where a command's own answer goes.
stamina.instrumentation.set_on_retry_hooks([stamina.instrumentation.LoggingOnRetryHook])

_BUSY = frozenset({429, 502, 503, 504})
_SHOWN = 120

Kind = Literal["outage", "absent", "answer"]


class StatLineError(Exception):
    """A request that got no page.

    ``kind`` says why: ``outage``, no answer in all tries; ``absent``, no such table or part of it (404); ``answer``,
    something that is no page.
    """

    def __init__(self, kind: Kind, fault: str) -> None:
        super().__init__(fault)
        self.kind, self.fault = kind, fault


class _AgainError(Exception):
    """An answer after which asking once more may help; ``after`` seconds, if the server says when."""

    def __init__(self, kind: Kind, fault: str, after: float | None = None) -> None:
        super().__init__(fault)
        self.kind, self.fault, self.after = kind, fault, after


@dataclass(frozen=True)
class Patience:
    """How long one waits, in seconds: at least ``between`` requests, and longer after each of the failed ``tries``.

    ``most`` also limits what a server asks for in ``Retry-After``.
    """

    tries: int = 5
    first: float = 2.0
    most: float = 120.0
    jitter: float = 2.0
    between: float = 0.5
    timeout: float = 60.0


@dataclass
class Client:
    """A connection with the server at ``base``; close it after use (``with``)."""

    base: str
    patience: Patience = field(default_factory=Patience)

    def __post_init__(self) -> None:
        self._http = httpx.Client(timeout=self.patience.timeout, headers={"Accept": "application/json"})
        self._asked = float("-inf")

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def get(self, path: str, query: dict[str, str] | None = None) -> bytes:
        """The body of ``<base>/<path>``: whole, and a JSON object.

        Raises:
            StatLineError: there is none.
        """
        return self._get(httpx.URL(f"{self.base}/{path}", params=query))

    def follow(self, link: str) -> bytes:
        """The same of a link to a next page. It may lead to another place on this server, and to no other.

        Raises:
            StatLineError: there is none.
            ValueError: the link leads elsewhere.
        """
        base = httpx.URL(self.base)
        try:
            target = base.join(link)
        except httpx.InvalidURL:
            raise ValueError("the link to the next page is no address") from None
        if target.host != base.host:
            raise ValueError(f"the next page would be at another host, {target.host}")
        return self._get(target.copy_with(scheme=base.scheme, port=base.port))

    def _get(self, url: httpx.URL) -> bytes:
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
        except httpx.RequestError as error:
            said = f"no answer ({type(error).__name__}), {patience.tries} times: {_place(url)}"
            raise StatLineError("outage", said) from None
        raise AssertionError("a retry ends with a page or an error")

    def _again(self, error: Exception) -> bool | float:
        if isinstance(error, _AgainError) and error.after is not None:
            return min(error.after, self.patience.most)
        return isinstance(error, _AgainError | httpx.RequestError)

    def _once(self, url: httpx.URL) -> bytes:
        time.sleep(max(0.0, self._asked + self.patience.between - time.monotonic()))
        try:
            answer = self._http.get(url)
        finally:
            self._asked = time.monotonic()
        if answer.status_code in _BUSY:
            raise _AgainError("outage", f"status {answer.status_code}", _wait(answer.headers.get("Retry-After")))
        if answer.status_code == httpx.codes.NOT_FOUND:
            raise StatLineError("absent", f"not there: {_place(url)}")
        if answer.status_code != httpx.codes.OK:
            raise StatLineError("answer", f"status {answer.status_code}, {answer.text[:_SHOWN]!r}: {_place(url)}")
        if not is_object(answer.content):
            raise _AgainError("answer", f"no JSON, {answer.text[:_SHOWN]!r}")
        return answer.content


def is_object(body: bytes) -> bool:
    """Whether a body is one JSON object from begin to end."""
    try:
        content: Any = json.loads(body)
    except ValueError:
        return False
    return isinstance(content, dict)


def _place(url: httpx.URL) -> str:
    return str(url.copy_with(query=None))


def _wait(retry_after: str | None) -> float | None:
    """Seconds, as ``Retry-After`` says them or the date it names."""
    if retry_after is None:
        return None
    if retry_after.strip().isdecimal():
        return float(retry_after)
    try:
        until = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    aware = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(0.0, (aware - datetime.now(UTC)).total_seconds())
