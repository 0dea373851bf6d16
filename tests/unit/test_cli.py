"""The command: words, JSON and exit codes."""

from __future__ import annotations

import json
import stat
from typing import TYPE_CHECKING

import pytest
import yaml

from pipelines.cli import main
from pipelines.refresh import Summary
from tests.conftest import below
from tests.unit.sources.migrantenmonitor.books import book

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data directory of its own, and nothing of this machine's settings."""
    for name in ("LANDING", "PSEUDONYM_KEY_FILE", "AS_OF", "SAMPLE", "RETENTION_DAYS", "RAW_KEY_FILE", "OFFLINE"):
        monkeypatch.delenv(f"ZICHT_{name}", raising=False)
    monkeypatch.setenv("ZICHT_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["nonsense"],
        ["refresh", "--nonsense"],
        ["key"],
        ["sample"],
        ["sample", "--out", "x", "--persons", "0"],
        ["sample", "--out", "x", "--persons", "many"],
    ],
)
def test_wrong_words_are_wrong_use(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(words)
    assert end.value.code == 2
    assert "usage:" in capsys.readouterr().err


def test_help_tells_what_the_exit_codes_mean(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["--help"])
    assert end.value.code == 0
    told = capsys.readouterr().out
    assert all(f"{code} " in told for code in range(5))


@pytest.mark.parametrize("command", ["refresh", "status"])
def test_wrong_configuration_is_one_line_and_exit_code_2(
    command: str, data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ZICHT_AS_OF", "31-12-2025")
    assert main([command]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("zicht: ZICHT_AS_OF")
    assert len(said.err.splitlines()) == 1
    assert not data.exists()


def test_a_machine_that_fails_is_exit_code_3(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data.write_text("a file where the directory should be", encoding="utf-8")
    assert main(["refresh"]) == 3
    assert "the machine failed" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "inner"),
    [
        (["refresh"], "pipelines.refresh.refresh"),
        (["status"], "pipelines.refresh.state"),
        (["profile", __file__], "pipelines.sources.migrantenmonitor.propose.propose"),
    ],
)
def test_who_interrupts_a_command_is_told_so_in_one_line(
    words: list[str], inner: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(inner, interrupted)
    assert main(words) == 130
    assert capsys.readouterr() == ("", "zicht: interrupted\n")


def test_an_interrupt_that_dagster_takes_for_a_step_that_failed_is_one_all_the_same(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refresh(_: object) -> Summary:
        return Summary(failures=["step model: dagster._core.errors.DagsterExecutionInterruptedError"])

    monkeypatch.setattr("pipelines.refresh._refresh", refresh)
    assert main(["refresh"]) == 130
    assert capsys.readouterr() == ("", "zicht: interrupted\n")


# profile


@pytest.fixture
def synthetic(tmp_path: Path) -> Path:
    path = tmp_path / "synthetic.xlsx"
    path.write_bytes(book({"Tabel 1": [["2022"], ["", "Totaal"], ["Haarlemmermeer", 10], ["Nederland", 50]]}))
    return path


def test_a_proposed_profile_is_printed_or_written(
    synthetic: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["profile", str(synthetic)]) == 0
    printed = capsys.readouterr().out
    assert yaml.safe_load(printed)["sheets"][0]["sheet"] == "Tabel 1"
    assert main(["profile", str(synthetic), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["profile"]["sheets"][0]["sheet"] == "Tabel 1"
    assert said["unplaced"]
    out = tmp_path / "new.yml"
    assert main(["profile", str(synthetic), "--out", str(out)]) == 0
    assert out.read_text(encoding="utf-8") == printed


@pytest.mark.parametrize(
    ("file", "out", "said"),
    [
        ("synthetic.xlsx", "there.yml", "there.yml exists; name a new file"),
        ("synthetic.xlsx", "missing/new.yml", "missing is no directory; make it first"),
        ("synthetic.xlsx", "there.yml/new.yml", "there.yml is no directory; make it first"),
        ("gone.xlsx", "new.yml", "gone.xlsx does not exist"),
        (".", "new.yml", "is a directory; name a workbook"),
        ("there.yml", "new.yml", "there.yml: it is no workbook"),
        ("empty.xlsx", "new.yml", "empty.xlsx: no sheet has rows of municipalities"),
    ],
)
def test_a_profile_that_cannot_be_read_or_written_is_wrong_use_in_one_line(
    synthetic: Path, tmp_path: Path, file: str, out: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    there = tmp_path / "there.yml"
    there.write_text("kept", encoding="utf-8")
    (tmp_path / "empty.xlsx").write_bytes(book({"Blad": [["Utrecht"]]}))
    assert main(["profile", str(tmp_path / file), "--out", str(tmp_path / out)]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert said in told.err
    assert len(told.err.splitlines()) == 1
    assert there.read_text(encoding="utf-8") == "kept"
    assert not (tmp_path / "new.yml").exists()


# template


@pytest.mark.parametrize("file", ["missing/new.csv", "missing/new.xlsx", "there.csv/new.xlsx"])
def test_a_template_that_cannot_be_written_there_is_wrong_use_in_one_line(
    tmp_path: Path, file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "there.csv").write_text("kept", encoding="utf-8")
    assert main(["template", "housing", str(tmp_path / file)]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert f"{file} cannot be written" in told.err
    assert len(told.err.splitlines()) == 1


# key


def test_a_key_is_written_for_its_owner_alone_and_never_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "safe" / "secret.key"
    assert main(["key", str(file)]) == 0
    said = capsys.readouterr()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "ZICHT_PSEUDONYM_KEY_FILE" in said.out
    assert file.read_text(encoding="ascii").strip() not in said.out + said.err


def test_a_raw_key_is_an_age_identity_and_only_its_recipient_is_shown(
    tmp_path: Path, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "raw.key"
    assert main(["key", "--raw", str(file), "--json"]) == 0
    said = capsys.readouterr()
    made, recipient, secret = file.read_text(encoding="ascii").splitlines()
    assert made.startswith("# created: ")
    assert recipient == f"# public key: {json.loads(said.out)['recipient']}"
    assert secret.startswith("AGE-SECRET-KEY-1")
    assert secret not in said.out + said.err
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert main(["key", "--raw", str(file)]) == 2
    assert main(["key", "--raw", str(data / "raw.key")]) == 2
    assert main(["key", "--raw", str(tmp_path / "second.key")]) == 0
    said = capsys.readouterr()
    assert "ZICHT_RAW_KEY_FILE" in said.out
    assert "recipient age1" in said.out


def test_a_raw_key_that_is_not_there_is_wrong_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ZICHT_RAW_KEY_FILE", str(tmp_path / "gone.key"))
    assert main(["refresh"]) == 2
    assert "ZICHT_RAW_KEY_FILE" in capsys.readouterr().err


def test_a_key_is_never_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "secret.key"
    main(["key", str(file)])
    before = file.read_bytes()
    assert main(["key", str(file)]) == 2
    assert file.read_bytes() == before
    assert "exists" in capsys.readouterr().err


# sample


def test_a_sample_of_any_size_is_written_and_listed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "landing"
    assert main(["sample", "--out", str(out), "--persons", "60", "--non-residents", "20", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)["files"]
    assert {str(path) for path in below(out)} == set(listed)


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def made(name: str, seed: int) -> list[bytes]:
        out = tmp_path / name
        main(["sample", "--out", str(out), "--persons", "60", "--non-residents", "20", "--seed", str(seed)])
        return [path.read_bytes() for path in below(out)]

    assert made("a", 7) == made("b", 7)
    assert made("a", 7) != made("c", 8)


# status


def test_before_the_first_refresh_status_says_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status"]) == 0
    said = capsys.readouterr().out
    assert "none yet" in said
    assert "zicht refresh" in said


def test_status_as_json_is_json_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status", "--json"]) == 0
    state = json.loads(capsys.readouterr().out)
    assert state["release_id"] is None
    assert state["file"] is None
    assert state["work_waiting"] is True
    assert state["attention"] == []


def test_the_sample_has_a_status_of_its_own(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status", "--sample", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["release_id"] is None
