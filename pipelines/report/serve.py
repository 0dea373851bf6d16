"""Serving the site of the release that stands, for whoever looks on this machine or through a proxy.

Belongs here: the way from an address to a file, and what goes with the file. Does not belong here: what pages tell, who
may see them, or TLS: a web server does that (docs/pages.md).
"""

from __future__ import annotations

import gzip
import hashlib
import sys
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from pipelines.report.site import SITE
from pipelines.settings import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.settings import Settings

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",  # a browser may keep it and asks again: another release may stand
    "Vary": "Accept-Encoding",
}
_TEXT = {
    ".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".csv": "text/csv", ".svg": "image/svg+xml",
}  # fmt: skip
_TYPES = {suffix: f"{kind}; charset=utf-8" for suffix, kind in _TEXT.items()} | {".pdf": "application/pdf"}


def server(settings: Settings, host: str, port: int) -> ThreadingHTTPServer:
    """A server that listens, and answers once ``serve_forever`` is called.

    Args:
        settings: the house; which release stands is looked up for each request.
        host: address to listen on.
        port: 0 takes one that is free.

    Raises:
        UsageError: there is no release yet.
        OSError: that address or port cannot be had.
    """
    site = settings.current / SITE
    if not site.is_dir():
        raise UsageError("there is no release yet: run `zicht refresh`")
    try:
        return _Server((host, port), partial(_Handler, site))
    except OSError as error:
        raise OSError(f"{host}:{port} cannot be listened on ({error.strerror}); name another --port") from None


class _Server(ThreadingHTTPServer):
    """Says nothing of a reader who went away while the page came."""

    def handle_error(self, *request: Any) -> None:
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(*request)


class _Handler(BaseHTTPRequestHandler):
    """Answers the requests of one connection."""

    protocol_version = "HTTP/1.1"
    timeout = 60

    def __init__(self, site: Path, *connection: Any) -> None:
        self.site = site  # before the next line, which answers
        super().__init__(*connection)

    def do_GET(self) -> None:
        """The file at that address, or that there is none."""
        try:
            address = unquote(self.path.partition("?")[0])
            site = self.site.resolve(strict=True)
            path = (site / address.lstrip("/")).resolve(strict=True)
            if not path.is_relative_to(site):
                raise FileNotFoundError
            if path.is_dir() and not address.endswith("/"):
                return self._answer(HTTPStatus.FOUND, {"Location": f"{quote(path.name)}/"})
            path = path / "index.html" if path.is_dir() else path
            content = path.read_bytes()
        except (OSError, ValueError):
            told = {"Content-Type": "text/plain; charset=utf-8"}
            return self._answer(HTTPStatus.NOT_FOUND, told, b"Dit blad is er niet. / There is no such page.\n")
        told = {"Content-Type": _TYPES.get(path.suffix, "application/octet-stream")}
        told["ETag"] = f'W/"{hashlib.sha256(content).hexdigest()[:16]}"'
        if self.headers["If-None-Match"] == told["ETag"]:
            return self._answer(HTTPStatus.NOT_MODIFIED, told)
        if path.suffix in _TEXT and "gzip" in self.headers.get("Accept-Encoding", ""):
            told["Content-Encoding"] = "gzip"
            content = gzip.compress(content, mtime=0)
        return self._answer(HTTPStatus.OK, told, content)

    do_HEAD = do_GET  # noqa: N815 - the base class has these names

    def _answer(self, status: HTTPStatus, headers: dict[str, str], content: bytes = b"") -> None:
        self.send_response(status)
        for name, value in (HEADERS | headers | {"Content-Length": str(len(content))}).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def version_string(self) -> str:
        """What answers, without its version."""
        return "zicht"

    def log_message(self, *_: object) -> None:
        """Who read what is not kept."""
