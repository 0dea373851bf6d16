"""What an operator copies: units, their environment, the container file, and the page that tells of them."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from pipelines.settings import PROJECT

if TYPE_CHECKING:
    from pathlib import Path

SYSTEMD = PROJECT / "deploy" / "systemd"
UNITS = sorted(path.name for path in SYSTEMD.glob("*.[st]*") if path.suffix in (".service", ".timer"))
PROGRAMS = ("zicht", "dagster-webserver", "dagster-daemon")
PAGE = (PROJECT / "docs" / "operations.md").read_text(encoding="utf-8")


def unit(name: str) -> configparser.ConfigParser:
    """A unit as systemd reads it."""
    parsed = configparser.ConfigParser(interpolation=None, strict=True)
    parsed.optionxform = str  # type: ignore[assignment, method-assign]
    parsed.read_string((SYSTEMD / name).read_text(encoding="utf-8"))
    return parsed


def test_there_are_units_for_both_ways() -> None:
    assert {path.name for path in SYSTEMD.iterdir()} == {
        "zicht.env", "zicht.service", "zicht.timer", "zicht-watch.service", "zicht-watch.timer",
        "zicht-dagster-daemon.service", "zicht-dagster-webserver.service",
    }  # fmt: skip


@pytest.mark.parametrize("name", [name for name in UNITS if name.endswith(".service")])
def test_a_unit_runs_a_program_of_ours_as_nobody_of_importance(name: str) -> None:
    service = unit(name)["Service"]
    program, *_ = service["ExecStart"].split()
    assert program in {f"/srv/zicht/app/.venv/bin/{one}" for one in PROGRAMS}
    assert (service["User"], service["EnvironmentFile"]) == ("zicht", "/etc/zicht/zicht.env")
    assert service["NoNewPrivileges"] == "yes"


def test_the_night_of_the_timer_is_that_of_the_schedule() -> None:
    from pipelines.definitions import defs

    calendar = unit("zicht.timer")["Timer"]["OnCalendar"]
    schedule = defs.resolve_schedule_def("nightly")
    assert calendar == f"*-*-* 02:30:00 {schedule.execution_timezone}"
    assert schedule.cron_schedule == "30 2 * * *"


def test_the_webserver_is_reached_from_this_machine_alone() -> None:
    assert " -h 127.0.0.1 " in unit("zicht-dagster-webserver.service")["Service"]["ExecStart"]


def test_systemd_understands_every_unit(tmp_path: Path) -> None:
    verify = shutil.which("systemd-analyze")
    if not verify:
        pytest.skip("not installed: systemd-analyze")
    for name in UNITS:
        text = (SYSTEMD / name).read_text(encoding="utf-8")
        (tmp_path / name).write_text(
            re.sub(r"/srv/zicht/app/\.venv/bin/[\w-]+", sys.executable, text), encoding="utf-8"
        )
    done = subprocess.run([verify, "verify", *(str(tmp_path / name) for name in UNITS)], capture_output=True, text=True)
    assert (done.returncode, [line for line in done.stderr.splitlines() if str(tmp_path) in line]) == (0, [])


def test_every_variable_that_is_read_is_told() -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in (PROJECT / "pipelines" / "settings.py",))
    read = set(re.findall(r'"(ZICHT_[A-Z0-9_]+)"', code)) | {
        f"ZICHT_ALERT_{name}"
        for name in ("MAIL_TO", "MAIL_FROM", "SMTP", "SMTP_LOGIN_FILE", "WEBHOOK_FILE", "STALE_HOURS")
    }
    assert len(read) > 10
    assert {name for name in read if name not in PAGE} == set()


def test_the_environment_of_the_units_sets_only_variables_that_are_read() -> None:
    names = re.findall(r"^(?:# )?([A-Z_]+)=", (SYSTEMD / "zicht.env").read_text(encoding="utf-8"), re.MULTILINE)
    assert "ZICHT_DATA" in names
    assert {name for name in names if name not in PAGE} <= {"DAGSTER_DISABLE_TELEMETRY"}


def test_the_page_names_everything_that_is_there_to_be_copied() -> None:
    for path in [*(SYSTEMD.iterdir()), PROJECT / "deploy" / "Containerfile"]:
        assert path.name.removesuffix(".service") in PAGE, path.name


def test_the_container_runs_as_nobody_of_importance_and_carries_no_data_and_no_key() -> None:
    text = (PROJECT / "deploy" / "Containerfile").read_text(encoding="utf-8")
    said = dict(re.findall(r"^(USER|VOLUME|ENTRYPOINT|HEALTHCHECK) (.*)$", text, re.MULTILINE))
    assert said["USER"] == "zicht"
    assert said["VOLUME"] == '["/srv/zicht/data", "/srv/zicht/inbox"]'
    assert "zicht" in said["HEALTHCHECK"]
    assert "DAGSTER_DISABLE_TELEMETRY=1" in text
    ignored = (PROJECT / ".containerignore").read_text(encoding="utf-8").splitlines()
    assert {"data", "!data/sample", ".git", ".venv"} <= set(ignored)
