"""``zicht export --postgres`` before there is a server; with one: tests/bi."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from pipelines.cli import WRONG_USE, main

if TYPE_CHECKING:
    from pathlib import Path

ADDRESS = "postgresql://reader:geheim@127.0.0.1:1/reports"


@pytest.fixture(autouse=True)
def _empty_house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZICHT_DATA", str(tmp_path))


def said(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """What wrong use is answered with."""
    assert main(["export", *words]) == WRONG_USE
    message = capsys.readouterr().err
    assert "geheim" not in message
    return message


def test_without_the_driver_it_says_how_to_get_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    monkeypatch.delitem(sys.modules, "pipelines.publish.postgres", raising=False)
    assert "pip install 'psycopg[binary]>=3.3,<4'" in said(capsys, "--postgres", ADDRESS)


def test_without_a_release_there_is_nothing_to_export(capsys: pytest.CaptureFixture[str]) -> None:
    assert "there is no release to export: run `zicht refresh`" in said(capsys, "--postgres", ADDRESS)


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("--postgres", ADDRESS, "--out", "here"), "--out"),
        (("--postgres", ADDRESS, "--municipality", "0394"), "--municipality"),
        (("--aggregate", "--out", "here"), "--municipality"),
        (("--aggregate", "--municipality", "0394", "--out", "here", "--schema", "zicht"), "--schema"),
    ],
)
def test_options_of_the_one_do_not_go_with_the_other(
    words: tuple[str, ...], named: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert named in said(capsys, *words)
