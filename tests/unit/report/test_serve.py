"""The command ``zicht serve``: the site of the release that stands, that alone, and what a browser is told with it."""

from __future__ import annotations

import gzip
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass
from datetime import date
from http.client import HTTPConnection
from threading import Thread
from typing import TYPE_CHECKING

import pytest

from pipelines.cli import main
from pipelines.report.serve import HEADERS, server
from pipelines.settings import PROJECT, Settings
from tests.conftest import PATIENCE_SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

PAGE = "<!doctype html><title>Één</title>" + "<p>veel woorden" * 99


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Served:
    """A house whose site is served."""

    data: Path
    port: int

    @property
    def site(self) -> Path:
        return self.data / "published" / "current" / "site"

    def get(self, path: str, method: str = "GET", **headers: str) -> Answer:
        """Ask for a path as it is written: a browser's tidying up is not for us to rely on."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS)
        connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        found = Answer(answer.status, answer.headers, answer.read())
        connection.close()
        return found


def release(data: Path, name: str, **files: str) -> None:
    """Let a release with these pages stand."""
    site = data / "published" / "releases" / name / "site"
    (site / "raad").mkdir(parents=True)
    for path, content in {"index.html": PAGE, "raad/index.html": PAGE, **files}.items():
        (site / path).write_text(content, encoding="utf-8")
    link = data / "published" / ".current"
    link.symlink_to(f"releases/{name}")
    link.replace(data / "published" / "current")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A house with a release."""
    release(tmp_path / "data", "one")
    (tmp_path / "data" / "secret.txt").write_text("secret", encoding="utf-8")
    return tmp_path / "data"


@pytest.fixture
def served(data: Path) -> Iterator[Served]:
    with server(Settings(data, data / "landing", date(2026, 2, 15), None), "127.0.0.1", 0) as serving:
        thread = Thread(target=serving.serve_forever, args=(0.01,))
        thread.start()
        yield Served(data, serving.server_port)
        serving.shutdown()
        thread.join()


def test_the_command_tells_the_address_and_ends_on_ctrl_c_without_a_word(data: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "pipelines.cli", "serve", "--port", "0"],
        cwd=PROJECT, env=os.environ | {"ZICHT_DATA": str(data)}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stdout
        address, end = process.stdout.readline(), process.stdout.readline()
        assert (told := re.fullmatch(r"serving   http://127\.0\.0\.1:(\d+)/\n", address))
        assert "Ctrl-C" in end
        assert Served(data, int(told[1])).get("/").body.decode() == PAGE
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=PATIENCE_SECONDS)
    assert (process.returncode, out, err) == (0, "", "")


def test_the_address_alone_shows_the_first_page(served: Served) -> None:
    answer = served.get("/")
    assert (answer.status, answer.body.decode()) == (200, PAGE)
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert served.get("/index.html?a=b").body == answer.body


def test_every_answer_carries_what_keeps_a_page_to_itself(served: Served) -> None:
    for path in ("/", "/raad", "/gone.html"):
        told = served.get(path).headers
        assert {name: told[name] for name in HEADERS} == HEADERS
        assert told["Server"] == "zicht"
    policy = HEADERS["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "*" not in policy


def test_the_web_server_of_the_docs_says_the_same() -> None:
    text = (PROJECT / "docs" / "pages.md").read_text(encoding="utf-8")
    told = dict(re.findall(r'add_header (\S+) "?([^"]+?)"? always;', text))
    assert told == {name: said for name, said in HEADERS.items() if name != "Vary"}, "nginx adds Vary itself"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.html", "text/html; charset=utf-8"),
        ("a.js", "text/javascript; charset=utf-8"),
        ("a.css", "text/css; charset=utf-8"),
        ("a.csv", "text/csv; charset=utf-8"),
        ("a.svg", "image/svg+xml; charset=utf-8"),
        ("a.pdf", "application/pdf"),
        ("a.exe", "application/octet-stream"),
    ],
)
def test_a_file_goes_with_its_kind(served: Served, name: str, kind: str) -> None:
    (served.site / name).write_text("x", encoding="utf-8")
    assert served.get(f"/{name}").headers["Content-Type"] == kind


def test_text_is_compressed_for_whoever_takes_it_so(served: Served) -> None:
    plain, small = served.get("/"), served.get("/", Accept_Encoding="br, gzip")
    assert (plain.headers["Content-Encoding"], small.headers["Content-Encoding"]) == (None, "gzip")
    assert gzip.decompress(small.body) == plain.body
    assert int(small.headers["Content-Length"]) == len(small.body) < len(plain.body) / 5


def test_a_page_that_did_not_change_is_not_sent_again(served: Served) -> None:
    known = served.get("/").headers["ETag"]
    again = served.get("/", If_None_Match=known)
    assert (again.status, again.body) == (304, b"")
    served.site.joinpath("index.html").write_text("other", encoding="utf-8")
    assert served.get("/", If_None_Match=known).body == b"other"


def test_a_new_release_shows_on_reload(served: Served) -> None:
    release(served.data, "two", **{"index.html": "the second"})
    assert served.get("/").body == b"the second"
    shutil.rmtree(served.data / "published" / "releases" / "one")
    assert served.get("/").body == b"the second"
    (served.data / "published" / "current").unlink()
    assert served.get("/").status == 404


def test_only_the_head_of_an_answer_is_sent_where_only_that_is_asked(served: Served) -> None:
    head = served.get("/", "HEAD")
    assert (head.status, head.body, head.headers["Content-Length"]) == (200, b"", str(len(PAGE.encode())))


def test_what_is_no_question_is_refused(served: Served) -> None:
    assert served.get("/", "POST").status == 501
    assert served.get("/", "DELETE").status == 501


def test_a_directory_is_its_first_page_and_never_a_list(served: Served) -> None:
    assert served.get("/raad/").body.decode() == PAGE
    moved = served.get("/raad")
    assert (moved.status, moved.headers["Location"]) == (302, "raad/")
    (served.site / "data").mkdir()
    (served.site / "data" / "2025.js").write_text("x", encoding="utf-8")
    assert served.get("/data/").status == 404
    assert served.get("/data/2025.js").status == 200


@pytest.mark.parametrize(
    "path",
    [
        "/../../../../secret.txt",
        "/%2e%2e/%2e%2e/%2e%2e/%2e%2e/secret.txt",
        "/..%2f..%2f..%2f..%2fsecret.txt",
        "/raad/../../../../../secret.txt",
        "//etc/passwd",
        "/%2Fetc%2Fpasswd",
        "/..%5c..%5csecret.txt",
        "/../current/release.json",
        "/..",
        "/index.html%00.css",
        "/" + "a" * 5000,
        "/%ff%fe",
        "/gone.html",
    ],
)
def test_nothing_outside_of_the_site_is_given(served: Served, path: str) -> None:
    (served.site.parent / "release.json").write_text("secret", encoding="utf-8")
    answer = served.get(path)
    assert answer.status == 404
    assert b"secret" not in answer.body
    assert b"root:" not in answer.body
    assert served.get("/").status == 200, "and it goes on"


def test_a_link_out_of_the_site_leads_nowhere(served: Served) -> None:
    (served.site / "file.html").symlink_to(served.data / "secret.txt")
    (served.site / "folder").symlink_to(served.data)
    assert [served.get(path).status for path in ("/file.html", "/folder/secret.txt", "/folder")] == [404] * 3


def test_it_is_this_machine_alone_that_is_answered(served: Served) -> None:
    with socket.create_connection(("127.0.0.1", served.port)) as connection:
        assert connection.getpeername()[0] == "127.0.0.1"
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.2", served.port), timeout=5)


def test_a_port_that_is_taken_is_told_in_one_line(
    served: Served, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ZICHT_DATA", str(served.data))
    assert main(["serve", "--port", str(served.port)]) == 3
    (line,) = capsys.readouterr().err.splitlines()
    assert f"127.0.0.1:{served.port} cannot be listened on" in line
    assert "--port" in line


def test_before_the_first_release_it_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ZICHT_DATA", str(tmp_path))
    assert main(["serve"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "no release yet: run `zicht refresh`" in line


@pytest.mark.parametrize("port", ["-1", "65536", "http"])
def test_what_is_no_port_is_wrong_use(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["serve", "--port", port])
    assert end.value.code == 2
    assert "--port" in capsys.readouterr().err
