"""Running again, at the same time, wrongly, and with something that must stop the release."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from filelock import FileLock

from pipelines.settings import PROJECT
from pipelines.sources import all_sources
from tests.conftest import PATIENCE_SECONDS, below, lo_csv, resident
from tests.integration.conftest import installed

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.conftest import Once, Place, Ran, Refreshed

pytestmark = pytest.mark.slow

WAITS_SECONDS = 3


@pytest.fixture
def house(real: Refreshed, tmp_path: Path) -> Place:
    """A copy of the real release, to be changed."""
    assert real.ran.code == 0, (real.ran.out, real.ran.err)
    return real.place.copy(tmp_path / "data")


# nothing changed


@pytest.fixture(params=["real", "sample"])
def unchanged(request: pytest.FixtureRequest) -> Refreshed:
    return request.getfixturevalue(request.param)  # type: ignore[no-any-return]


def test_a_second_refresh_releases_nothing_and_touches_no_file(unchanged: Refreshed) -> None:
    before = unchanged.place.state()
    again = unchanged.place.refresh()
    assert again.code == 0, again.err
    assert again.summary["released"] is False
    assert again.summary["release_id"] == unchanged.ran.summary["release_id"]
    assert again.summary["deliveries"]["new"] == 0
    assert again.summary["deliveries"]["unchanged"] == unchanged.ran.summary["deliveries"]["new"]
    assert again.summary["rows"] == {"read": 0, "rejected": 0}
    assert again.summary["data_gaps"] == unchanged.ran.summary["data_gaps"]
    assert again.summary["checks"] == unchanged.ran.summary["checks"]
    assert unchanged.place.state() == before, "no reader, no dbt, no switch and no entry in the ledger"


def test_a_second_refresh_says_so_in_words(house: Place) -> None:
    again = house.zicht("refresh")
    assert again.code == 0
    assert "(unchanged)" in again.out
    assert "nothing changed since release" in again.err


def test_an_unchanged_night_starts_neither_dagster_nor_dbt_nor_great_expectations(house: Place) -> None:
    script = (
        "import sys\nfrom pipelines.cli import main\ncode = main(['refresh', '--json'])\n"
        "print(*({'dagster', 'dbt', 'dagster_dbt', 'great_expectations'} & set(sys.modules)), file=sys.stderr)\n"
        "sys.exit(code)"
    )
    line, environment = house.command()
    done = subprocess.run(
        [line[0], "-c", script], cwd=PROJECT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.split() == []


def test_the_next_day_without_a_change_is_an_unchanged_night_too(house: Place) -> None:
    again = house.refresh(ZICHT_AS_OF="2026-02-16")
    assert (again.code, again.summary["released"]) == (0, False)


def test_status_names_the_release_that_stands_and_that_nothing_waits(real: Refreshed, house: Place) -> None:
    status = house.zicht("status", "--json")
    assert status.code == 0
    assert status.summary["release_id"] == real.ran.summary["release_id"]
    assert status.summary["work_waiting"] is False
    assert status.summary["attention"] == []


def test_status_sees_what_waits_in_the_inbox(house: Place) -> None:
    house.deliver("brp", "0394", "2026-02-01", {"a.csv": lo_csv([resident()])})
    assert house.zicht("status", "--json").summary["work_waiting"] is True


# wrong use


def test_a_date_that_is_none_is_wrong_use(house: Place) -> None:
    before = house.state()
    ran = house.zicht("refresh", ZICHT_AS_OF="nonsense")
    assert ran.code == 2
    (line,) = ran.err.splitlines()
    assert "ZICHT_AS_OF" in line
    assert "nonsense" in line
    assert house.state() == before


def test_a_key_file_that_is_not_there_is_wrong_use_and_says_how_to_make_it(house: Place) -> None:
    before = house.state()
    ran = house.zicht("refresh", ZICHT_PSEUDONYM_KEY_FILE=str(house.data / "no.key"))
    assert ran.code == 2
    (line,) = ran.err.splitlines()
    assert "no.key" in line
    assert "zicht key" in line
    after = house.state()
    after.pop("build/last_refresh.json")  # says it again to who asks `zicht status`
    before.pop("build/last_refresh.json", None)
    assert after == before


# two at the same time


def _started(house: Place) -> subprocess.Popen[str]:
    line, environment = house.command("refresh")
    return subprocess.Popen(
        line, cwd=PROJECT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_a_refresh_waits_for_the_one_that_holds_the_lock_and_then_goes_on(house: Place) -> None:
    with FileLock(house.data / ".lock"):
        process = _started(house)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(WAITS_SECONDS)
    out, _ = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 0
    assert "(unchanged)" in out


def test_a_refresh_that_waits_for_another_says_so(house: Place) -> None:
    with FileLock(house.data / ".lock"):
        process = _started(house)
        assert process.stderr is not None
        too_long = threading.Timer(120, process.kill)
        too_long.start()
        said = process.stderr.readline()
        too_long.cancel()
        process.terminate()
        _, err = process.communicate(timeout=PATIENCE_SECONDS)
    assert ".lock" in said or "another" in said, said + err


# a blocking rule


def _kept(house: Place) -> dict[str, bytes]:
    """Every file of what is published and of the ledger."""
    return {
        path.relative_to(house.data).as_posix(): path.read_bytes()
        for folder in ("published", "ledger")
        for path in below(house.data / folder)
    }


@pytest.fixture(scope="module")
def stopped(real: Refreshed, once: Once) -> tuple[Place, Ran, dict[str, bytes]]:
    """A program whose shipped figures are too few for its rule, and an extract; what was published before."""

    def build(folder: Path) -> tuple[Place, Ran, dict[str, bytes]]:
        program = installed(folder / "program")
        rules = program / "expectations" / "raw" / "figures.yml"
        asked = rules.read_text(encoding="utf-8")
        assert "min_value: 20}" in asked
        rules.write_text(asked.replace("min_value: 20}", "min_value: 20000}"), encoding="utf-8")
        house = replace(real.place.copy(folder / "data"), project=program)
        before = _kept(house)
        persons = [resident(number) for number in range(30)]
        house.deliver("brp", "0394", "2026-02-01", {"extract.csv": lo_csv(persons)})
        return house, house.refresh(), before

    return once("stopped", build)


def test_a_run_that_was_killed_holds_no_later_run(real: Refreshed, tmp_path: Path) -> None:
    """A killed run keeps its place in Dagster's pool; the lock, which ended with it, is what counts."""
    house = real.place.copy(tmp_path / "data")
    (house.data / "published" / "current" / "release.json").unlink()
    claim = (
        "import dagster as dg\n"
        f"with dg.DagsterInstance.from_config({str(house.data / 'dagster')!r}) as instance:\n"
        "    storage = instance.event_log_storage\n"
        "    storage.initialize_concurrency_limit_to_default('duckdb')\n"
        "    assert storage.claim_concurrency_slot('duckdb', 'killed', 'step').is_claimed\n"
    )
    _, environment = house.command("status")
    subprocess.run([sys.executable, "-c", claim], env=environment, cwd=house.project, check=True)
    assert house.refresh().summary["released"]


def test_a_broken_blocking_rule_stops_the_release_and_is_named(stopped: tuple[Place, Ran, dict[str, bytes]]) -> None:
    _, ran, _ = stopped
    assert ran.code == 1, (ran.out, ran.err)
    assert ran.summary["released"] is False
    assert ran.summary["checks"]["failed"] == 1
    (failure,) = ran.summary["failures"]
    assert "figures.figures_present" in failure
    assert "the file was damaged" in failure


def test_the_last_release_stands_as_it_was_byte_for_byte(stopped: tuple[Place, Ran, dict[str, bytes]]) -> None:
    house, ran, before = stopped
    assert _kept(house) == before
    assert ran.summary["release_id"] == house.one("from release")["release_id"]
    assert house.rows("from registered") == []


def test_the_checks_of_this_run_alone_are_counted(stopped: tuple[Place, Ran, dict[str, bytes]]) -> None:
    """The run was stopped at the first door: nothing was modelled or judged at the second."""
    from pipelines.quality.suites import load_suites

    _, ran, _ = stopped
    rules = sum(len(suite.rules) for suite in load_suites("arrival").values())
    forms = len(all_sources())  # of each whether its form is unchanged
    assert sum(ran.summary["checks"].values()) == rules + forms


def test_when_the_machine_fails_after_a_night_with_a_failed_check_the_exit_code_tells_the_machine(
    stopped: tuple[Place, Ran, dict[str, bytes]], tmp_path: Path
) -> None:
    house = stopped[0].copy(tmp_path / "data")
    (house.data / "raw" / "inspectorate").write_text("a file where a directory must come", encoding="utf-8")
    house.deliver("inspectorate", "NL", "2026-02-01", {"a.csv": "zaaknummer\n"})
    ran = house.refresh()
    assert ran.code == 3, ran.out
    assert any("inspectorate" in failure for failure in ran.summary["failures"])


# back to the release before


@pytest.fixture(scope="module")
def newer(real: Refreshed, once: Once) -> Place:
    """The real release, and one more that an extract of Haarlemmermeer brought."""

    def build(folder: Path) -> Place:
        house = real.place.copy(folder / "data")
        house.deliver("brp", "0394", "2026-02-01", {"extract.csv": lo_csv([resident(n) for n in range(30)])})
        ran = house.refresh()
        assert ran.summary["released"], (ran.out, ran.err)
        return house

    return once("newer", build)


def test_the_difference_names_the_delivery_that_brought_the_rows(real: Refreshed, newer: Place) -> None:
    told = newer.zicht("diff", "--json", "--table", "registered").summary
    assert told["before"]["release_id"] == real.ran.summary["release_id"]
    (delivery,) = told["why"]["deliveries"]
    assert (delivery["cause"], delivery["source"], delivery["scope"]) == ("new delivery", "brp", "0394")
    rows = newer.one("select count(*) as n from registered")["n"]
    assert rows > 0
    assert told["tables"]["registered"]["rows"] == [0, rows]
    assert told["tables"]["registered"]["causes"] == {"new delivery": rows}
    assert {row["change"] for row in told["rows"]} == {"added"}
    assert told["tables"]["area"]["causes"] == {}


def test_after_a_rollback_the_next_nights_leave_it_standing_until_it_is_lifted(
    real: Refreshed, newer: Place, tmp_path: Path
) -> None:
    house = newer.copy(tmp_path / "data")
    (gone,) = house.rows("select release_id from release where is_current")
    back = house.zicht("rollback")
    assert back.code == 0, back.err
    assert house.rows("from registered") == []
    before = house.state("dagster")
    for day in ("2026-02-15", "2026-02-16"):
        (house.data / "published" / "current").unlink()  # made again on the chosen one, and no reason to release
        night = house.refresh(ZICHT_AS_OF=day)
        assert (night.code, night.summary["released"]) == (4, False), "held: somebody should know"
        assert night.summary["release_id"] == real.ran.summary["release_id"]
        assert any(f"zicht rollback {gone['release_id']}" in line for line in night.summary["attention"])
    assert house.state("dagster") == before, "no reader, no dbt, no switch and no entry in the ledger"
    assert house.zicht("rollback", gone["release_id"]).code == 0
    assert house.rows("from registered") != []
    assert house.refresh().code == 0


# the same graph through Dagster


def test_dagster_runs_the_same_graph_to_the_same_release(real: Refreshed, tmp_path: Path) -> None:
    """As the nightly schedule asks for it, from workspace.yaml, with the instance in ``ZICHT_DATA/dagster``."""
    house = real.place.copy(tmp_path / "data")
    for name in ("published", "ledger", "staged", "build", "raw"):
        for path in below(house.data / name):
            path.unlink()
    line, environment = house.command()
    environment |= {"DAGSTER_HOME": str(house.data / "dagster"), "PYTHONPATH": str(PROJECT)}
    script = (
        "import json, dagster as dg\nfrom pipelines.definitions import defs\n"
        "with dg.DagsterInstance.get() as instance:\n"
        "    context = dg.build_schedule_context(instance=instance, resources=defs.resources)\n"
        "    asked = defs.resolve_schedule_def('nightly').evaluate_tick(context)\n"
        "(request,) = asked.run_requests\nprint(json.dumps(dict(request.tags)))"
    )
    asked = subprocess.run(
        [line[0], "-W", "ignore", "-c", script],
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert asked.returncode == 0, asked.stderr
    tags = json.loads(asked.stdout.splitlines()[-1])
    ran = subprocess.run(
        [
            line[0], "-m", "dagster", "job", "execute", "-m", "pipelines.definitions", "-j", "refresh",
            "--tags", json.dumps(tags),
        ],
        cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr[-3000:]
    own = {"release": ("released_at",), "delivery": ("landed_at",), "quality_result": ("checked_at",)}
    for table in real.place.tables():
        select = f"select * exclude ({', '.join(own[table])}) from {table}" if table in own else f"from {table}"
        assert house.rows(f"{select} order by all") == real.place.rows(f"{select} order by all"), table


def test_no_process_is_left_behind() -> None:
    """What a refresh starts ends with it."""
    listed = subprocess.run(["ps", "-eo", "ppid,args"], capture_output=True, text=True, check=True).stdout
    mine = [line for line in listed.splitlines() if line.split(maxsplit=1)[0] == str(os.getpid()) and "dbt" in line]
    assert mine == []
