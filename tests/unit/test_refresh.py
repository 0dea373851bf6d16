"""Deciding whether there is work, and what a run needs before it starts."""

from __future__ import annotations

import shutil
import stat
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import dagster as dg
import pytest
import yaml

from pipelines.landing.land import scopes
from pipelines.privacy.pseudonyms import make_key
from pipelines.publish.release import publish
from pipelines.refresh import (
    RELEASED,
    RELEASED_WITH_GAPS,
    Summary,
    ended,
    has_work,
    last_failures,
    partition_tags,
    prepare,
    refresh,
    require_ready,
    run_key,
)
from pipelines.settings import UsageError
from tests.conftest import AS_OF, House, lo_csv, resident
from tests.unit.publish.warehouse import candidate, furnish, release_all

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def released(house: House) -> House:
    """A house with a release in which everything that lies in the inbox was taken."""
    furnish(house, release_all)
    return house


# before a run


def test_a_key_that_was_named_and_is_not_there_is_wrong_use(house: House, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"gone\.key.*zicht key"):
        prepare(replace(house.settings, key_file=tmp_path / "gone.key"))
    assert not house.settings.data.exists()


@pytest.mark.parametrize("what", ["gone", "not readable"])
def test_an_inbox_that_was_named_and_is_not_mounted_is_wrong_use(
    house: House, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    monkeypatch.setenv("ZICHT_LANDING", str(house.settings.landing))
    if what == "not readable":
        house.settings.landing.mkdir()
        monkeypatch.setattr("os.access", lambda path, mode: path != house.settings.landing)
    with pytest.raises(UsageError, match=r"ZICHT_LANDING.*mounted"):
        require_ready(house.settings)


def test_an_inbox_that_was_never_named_need_not_be_there(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ZICHT_LANDING", raising=False)
    require_ready(house.settings)


def test_a_raw_key_that_is_gone_is_wrong_use(house: House, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="ZICHT_RAW_KEY_FILE"):
        require_ready(replace(house.settings, raw_key_file=tmp_path / "gone.key"))


def test_a_date_before_that_of_the_release_is_wrong_use(released: House) -> None:
    with pytest.raises(UsageError, match=r"later date.*ZICHT_AS_OF"):
        require_ready(replace(released.settings, as_of=AS_OF - timedelta(days=1)))


def test_without_any_key_a_run_can_start(house: House) -> None:
    prepare(replace(house.settings, key_file=None))


def test_the_sample_gets_a_throwaway_key_once(sample_house: House, tmp_path: Path) -> None:
    sample_house.deliver("inspectorate", {"a.csv": "x"}, sidecar={"synthetic": True})
    settings = replace(sample_house.settings, key_file=tmp_path / "demo" / "throwaway.key")
    prepare(settings)
    assert settings.key_file is not None
    first = settings.key_file.read_bytes()
    assert stat.S_IMODE(settings.key_file.stat().st_mode) == 0o600
    prepare(settings)
    assert settings.key_file.read_bytes() == first


def test_a_sample_that_is_not_there_is_wrong_use_and_says_how_to_make_it(
    sample_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.refresh.SAMPLE", sample_house.settings.landing)
    with pytest.raises(UsageError, match="zicht sample"):
        prepare(sample_house.settings)


def test_dagster_gets_a_home_that_phones_nobody_and_has_one_writer(house: House) -> None:
    prepare(house.settings)
    written = yaml.safe_load((house.settings.dagster_home / "dagster.yaml").read_text(encoding="utf-8"))
    assert written["telemetry"] == {"enabled": False}
    assert written["concurrency"]["pools"] == {"default_limit": 1, "granularity": "op"}
    assert written["concurrency"]["runs"] == {"max_concurrent_runs": 1}


def test_no_run_is_started_again_because_it_failed_and_freshness_is_looked_at(house: House) -> None:
    prepare(house.settings)
    with dg.DagsterInstance.from_config(str(house.settings.dagster_home)) as instance:
        assert instance.run_retries_enabled is False
        assert instance.freshness_enabled is True
        assert 3600 < instance.run_monitoring_max_runtime_seconds < 24 * 3600, "a killed run keeps no other waiting"


def test_what_an_operator_wrote_there_stays(house: House) -> None:
    prepare(house.settings)
    configuration = house.settings.dagster_home / "dagster.yaml"
    configuration.write_text("telemetry: {enabled: false}\n", encoding="utf-8")
    prepare(house.settings)
    assert configuration.read_text(encoding="utf-8") == "telemetry: {enabled: false}\n"


# is there work


def test_without_a_release_there_is_work(house: House) -> None:
    assert has_work(house.settings)


def test_nothing_changed_is_no_work_also_tomorrow(released: House) -> None:
    assert not has_work(released.settings)
    assert not has_work(replace(released.settings, as_of=AS_OF + timedelta(days=1)))


def test_a_delivery_in_the_inbox_is_work(released: House) -> None:
    released.deliver("brp", {"a.csv": lo_csv([resident()])})
    assert has_work(released.settings)


def test_a_delivery_that_was_landed_and_not_read_is_work(released: House) -> None:
    released.deliver("brp", {"a.csv": lo_csv([resident()])})
    released.land("brp")
    assert has_work(released.settings)


def test_a_bad_file_is_work_once(released: House) -> None:
    """It must be released as a gap; after that the same bad file starts nothing."""
    released.deliver("inspectorate", {"a.csv": ""})
    assert has_work(released.settings)
    released.land("inspectorate")
    candidate(released)
    publish(released.settings)
    assert not has_work(released.settings)


def test_a_published_file_that_is_gone_is_work(released: House) -> None:
    released.settings.database.unlink()
    assert has_work(released.settings)


def test_another_key_is_work_where_persons_were_read(released: House, tmp_path: Path) -> None:
    released.take_in("brp", {"a.csv": lo_csv([resident()])})
    candidate(released)
    publish(released.settings)
    assert not has_work(released.settings)
    make_key(tmp_path / "other.key")
    assert has_work(replace(released.settings, key_file=tmp_path / "other.key"))


# nothing to do


def test_an_unchanged_house_is_summed_up_without_a_run(released: House) -> None:
    before = released.settings.database.read_bytes()
    summary = refresh(released.settings)
    assert (summary.released, summary.exit_code) == (False, RELEASED)
    assert summary.deliveries == {"new": 0, "unchanged": 2, "refused": 0}
    assert summary.rows == {"read": 0, "rejected": 0}
    assert summary.release_id is not None
    assert released.settings.database.read_bytes() == before


def test_what_was_refused_is_told_every_night_and_in_the_exit_code(released: House) -> None:
    released.deliver("inspectorate", {"a.csv": ""})
    released.land("inspectorate")
    candidate(released)
    publish(released.settings)
    summary = refresh(released.settings)
    assert (summary.released, summary.exit_code) == (False, RELEASED_WITH_GAPS)
    (line,) = summary.attention
    assert "a.csv" in line
    assert "empty" in line


def test_what_failed_is_told_by_status_until_a_night_on_which_nothing_changed(released: House) -> None:
    ended(released.settings, ["step raw__brp: no room"])
    assert last_failures(released.settings) == ["step raw__brp: no room"]
    refresh(released.settings)
    assert last_failures(released.settings) == []


def test_a_night_of_wrong_use_is_told_by_status_too(released: House, tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        refresh(replace(released.settings, key_file=tmp_path / "gone.key"))
    (line,) = last_failures(released.settings)
    assert line.startswith("configuration ZICHT_PSEUDONYM_KEY_FILE: ")
    assert "gone.key" in line


def test_a_summary_is_plain_data() -> None:
    assert Summary(release_id="a", checks={"passed": 1}).as_dict()["checks"] == {"passed": 1}


# Dagster


def covered(instance: dg.DagsterInstance, house: House) -> set[str]:
    """The scopes that a run would cover."""
    tags = partition_tags(instance, house.settings, "scope")
    known = instance.get_dynamic_partitions("scope")
    first, last = (known.index(tags[f"dagster/asset_partition_range_{end}"]) for end in ("start", "end"))
    return set(known[first : last + 1])


def test_a_run_covers_every_scope_with_work_also_one_that_came_later_and_sorts_earlier(house: House) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        house.deliver("brp", {"a.csv": lo_csv([resident()])}, scope="0599")
        covered(instance, house)
        house.deliver("brp", {"a.csv": lo_csv([resident()])}, scope="0394")
        assert covered(instance, house) == {"0394", "0599", "NL"}


def test_a_run_covers_all_scopes_of_which_dagster_knows_nothing(released: House) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        assert covered(instance, released) == set(scopes(released.settings))


def test_a_run_looks_at_no_scope_in_which_nothing_happened(released: House) -> None:
    brp = {"a.csv": lo_csv([resident()])}
    released.take_in("brp", brp)
    with dg.DagsterInstance.ephemeral() as instance:
        covered(instance, released)
        assert len(covered(instance, released)) == 1, "a run covers some scope, though the models alone have work"
        released.deliver("brp", brp, day="2026-01-15")
        assert covered(instance, released) == {"0394"}, "it waits"
        released.land("brp")
        assert covered(instance, released) == {"0394"}, "it was landed, and not read"
        released.read("brp")
        (rows,) = (released.settings.staged / "brp" / "accepted" / "0394").glob("2026-01-15*")
        shutil.rmtree(rows)
        assert covered(instance, released) == {"0394"}, "its rows are gone and are read again"
        released.read("brp")
        lapsed = replace(released, settings=replace(released.settings, retention_days=1, as_of=AS_OF + timedelta(9)))
        assert covered(instance, lapsed) >= {"0394"}, "it was kept long enough"


@pytest.mark.parametrize("hidden_by", ["the disk", "a key that is not named"])
def test_a_run_covers_all_scopes_where_it_cannot_be_seen_which_have_work(released: House, hidden_by: str) -> None:
    released.take_in("brp", {"a.csv": lo_csv([resident()])})
    with dg.DagsterInstance.ephemeral() as instance:
        covered(instance, released)
        if hidden_by == "the disk":
            (released.settings.raw / "inspectorate").write_text("a file where a directory must come", encoding="utf-8")
        else:
            released = replace(released, settings=replace(released.settings, key_file=None))
        assert covered(instance, released) == set(scopes(released.settings))


def test_the_key_of_a_run_follows_the_inbox(house: House) -> None:
    empty = run_key(house.settings)
    assert run_key(house.settings) == empty
    folder = house.deliver("inspectorate", {"a.csv": "x"})
    one = run_key(house.settings)
    (folder / "a.csv").write_text("yy", encoding="utf-8")
    assert len({empty, one, run_key(house.settings)}) == 3
