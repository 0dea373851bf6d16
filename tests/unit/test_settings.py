"""Where things stand and as of which date."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from pipelines.settings import CBS_V3_URL, CBS_V4_URL, PROJECT, SAMPLE, SAMPLE_AS_OF, SHIPPED, Settings, UsageError

if TYPE_CHECKING:
    from pathlib import Path


VARIABLES = ("DATA", "LANDING", "PSEUDONYM_KEY_FILE", "AS_OF", "SAMPLE", "RETENTION_DAYS", "RAW_KEY_FILE", "FACTSHEETS")


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(f"ZICHT_{name}", raising=False)


def test_without_any_variable_everything_stands_in_the_data_directory_of_the_project() -> None:
    settings = Settings.from_environment()
    assert settings.data == PROJECT / "data"
    assert settings.landing == PROJECT / "data" / "landing"
    assert settings.key_file is None
    assert not settings.sample


def test_today_is_today_in_the_netherlands() -> None:
    before = datetime.now(ZoneInfo("Europe/Amsterdam")).date()
    settings = Settings.from_environment()
    after = datetime.now(ZoneInfo("Europe/Amsterdam")).date()
    assert before <= settings.as_of <= after


def test_the_environment_names_data_inbox_key_and_date(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZICHT_DATA", str(tmp_path / "house"))
    monkeypatch.setenv("ZICHT_LANDING", str(tmp_path / "post"))
    monkeypatch.setenv("ZICHT_PSEUDONYM_KEY_FILE", str(tmp_path / "secret"))
    monkeypatch.setenv("ZICHT_AS_OF", "2024-02-29")
    settings = Settings.from_environment()
    assert settings.data == tmp_path / "house"
    assert settings.landing == tmp_path / "post"
    assert settings.key_file == tmp_path / "secret"
    assert settings.as_of == date(2024, 2, 29)


def test_the_inbox_follows_the_data_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZICHT_DATA", str(tmp_path))
    assert Settings.from_environment().landing == tmp_path / "landing"


def test_relative_places_are_made_absolute_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ZICHT_DATA", "house")
    monkeypatch.setenv("ZICHT_PSEUDONYM_KEY_FILE", "secret")
    settings = Settings.from_environment()
    monkeypatch.chdir("/")
    assert settings.raw == tmp_path / "house" / "raw"
    assert settings.key_file == tmp_path / "secret"


@pytest.mark.parametrize("given", ["01-02-2026", "2026-02-30", "20260201", "2026-W05-7", "tomorrow"])
def test_a_date_that_is_no_iso_date_is_wrong_use(given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZICHT_AS_OF", given)
    with pytest.raises(UsageError, match="ZICHT_AS_OF") as wrong:
        Settings.from_environment()
    assert given in str(wrong.value)


@pytest.mark.parametrize(("given", "days"), [("0", 0), ("30", 30), ("007", 7)])
def test_bytes_may_be_kept_a_number_of_days_and_encrypted(
    given: str, days: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZICHT_RETENTION_DAYS", given)
    monkeypatch.setenv("ZICHT_RAW_KEY_FILE", str(tmp_path / "raw.key"))
    settings = Settings.from_environment()
    assert (settings.retention_days, settings.raw_key_file) == (days, tmp_path / "raw.key")


@pytest.mark.parametrize("given", ["-1", "1.5", "a week", "٣", "30 ", "9999999"])
def test_a_term_that_is_no_whole_number_of_days_is_wrong_use(given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZICHT_RETENTION_DAYS", given)
    with pytest.raises(UsageError, match="ZICHT_RETENTION_DAYS"):
        Settings.from_environment()


def test_an_empty_variable_counts_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.setenv(f"ZICHT_{name}", "")
    settings = Settings.from_environment()
    assert settings.data == PROJECT / "data"
    assert settings.landing == settings.data / "landing"
    assert (settings.key_file, settings.raw_key_file, settings.retention_days) == (None, None, None)


def test_the_sample_lives_apart_and_ignores_your_inbox_and_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZICHT_DATA", str(tmp_path))
    monkeypatch.setenv("ZICHT_LANDING", str(tmp_path / "post"))
    monkeypatch.setenv("ZICHT_PSEUDONYM_KEY_FILE", str(tmp_path / "real.key"))
    monkeypatch.setenv("ZICHT_RAW_KEY_FILE", str(tmp_path / "raw.key"))
    monkeypatch.setenv("ZICHT_RETENTION_DAYS", "0")
    settings = Settings.from_environment(sample=True)
    assert (settings.raw_key_file, settings.retention_days) == (None, None)
    assert settings.data == tmp_path / "demo"
    assert settings.key_file == tmp_path / "demo" / "throwaway.key"
    assert settings.as_of == SAMPLE_AS_OF
    assert tmp_path / "post" not in [inbox.path for inbox in settings.inboxes]


def test_the_environment_can_ask_for_the_sample_and_the_caller_can_overrule_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ZICHT_SAMPLE", "1")
    assert Settings.from_environment().sample
    assert not Settings.from_environment(sample=False).sample


def test_the_sample_may_pretend_another_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZICHT_AS_OF", "2027-01-01")
    assert Settings.from_environment(sample=True).as_of == date(2027, 1, 1)


def test_persons_are_moved_out_of_your_inbox_and_all_of_what_zicht_downloaded_out_of_its_own(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "data", tmp_path / "post", date(2026, 1, 1), None)
    assert {inbox.path: inbox.moves for inbox in settings.inboxes} == {
        SHIPPED: "nothing",
        tmp_path / "data" / "fetched": "everything",
        tmp_path / "post": "persons",
    }


def test_the_published_figures_enter_the_sample_too_and_nothing_there_is_emptied(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "data", tmp_path / "post", date(2026, 1, 1), None, sample=True)
    assert {inbox.path: inbox.moves for inbox in settings.inboxes} == {SHIPPED: "nothing", SAMPLE: "nothing"}


def test_statline_is_asked_where_cbs_answers_unless_the_environment_names_another_server(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("ZICHT_OFFLINE", "ZICHT_CBS_V4_URL", "ZICHT_CBS_V3_URL"):
        monkeypatch.delenv(name, raising=False)
    usual = Settings.from_environment()
    assert (usual.offline, usual.cbs_v4_url, usual.cbs_v3_url) == (False, CBS_V4_URL, CBS_V3_URL)
    monkeypatch.setenv("ZICHT_CBS_V4_URL", "http://127.0.0.1:8099/v4/")
    assert Settings.from_environment().cbs_v4_url == "http://127.0.0.1:8099/v4"


def test_who_says_offline_or_takes_the_sample_calls_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings.from_environment(sample=True).offline
    monkeypatch.setenv("ZICHT_OFFLINE", "1")
    assert Settings.from_environment().offline


def test_the_models_run_on_duckdb_unless_the_environment_names_another_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ZICHT_ENGINE", raising=False)
    assert Settings.from_environment().engine == "duckdb"
    monkeypatch.setenv("ZICHT_ENGINE", "spark")
    assert (Settings.from_environment().engine, Settings.from_environment(sample=True).engine) == ("spark", "spark")
    monkeypatch.setenv("ZICHT_ENGINE", "hadoop")
    with pytest.raises(UsageError, match="write duckdb or spark"):
        Settings.from_environment()


def test_another_engine_may_share_an_object_store_instead_of_the_data_directory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("ZICHT_STORE", raising=False)
    monkeypatch.delenv("ZICHT_ENGINE", raising=False)
    here = Settings.from_environment()
    assert (here.tables, here.mirror) == (str(here.build / "tables"), None)
    monkeypatch.setenv("ZICHT_STORE", "s3://bucket/a.folder/")
    with pytest.raises(UsageError, match="ZICHT_STORE is for ZICHT_ENGINE=spark"):
        Settings.from_environment()
    monkeypatch.setenv("ZICHT_ENGINE", "spark")
    there = Settings.from_environment()
    assert (there.tables, there.mirror) == ("s3://bucket/a.folder/tables", "s3://bucket/a.folder/staged")
    assert Settings.from_environment(sample=True).tables == "s3://bucket/a.folder/demo/tables"
    monkeypatch.setenv("ZICHT_STORE", "/mnt/bucket")
    with pytest.raises(UsageError, match="write an address such as s3://bucket/folder"):
        Settings.from_environment()


@pytest.mark.parametrize(("said", "offline"), [("", False), ("0", False), ("1", True)])
def test_offline_is_said_with_1_and_not_with_0(said: str, offline: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZICHT_OFFLINE", said)
    assert Settings.from_environment().offline is offline


@pytest.mark.parametrize("said", ["true", "yes", "2", " 1", "off"])
def test_who_says_offline_in_another_word_is_not_taken_to_be_online(said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZICHT_OFFLINE", said)
    with pytest.raises(UsageError, match="ZICHT_OFFLINE is"):
        Settings.from_environment()


@pytest.mark.parametrize(
    ("given", "paged"), [("", None), ("-", ()), ("0394", ("0394",)), ("0394, 0599", ("0394", "0599"))]
)
@pytest.mark.parametrize("sample", [False, True])
def test_pages_of_their_own_are_for_all_municipalities_for_some_or_for_none(
    given: str, paged: tuple[str, ...] | None, sample: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZICHT_FACTSHEETS", given)
    assert Settings.from_environment(sample=sample).factsheets == paged


@pytest.mark.parametrize("given", ["394", "GM0394", "0394;0599", "0394,", "all", "0394 0599"])
def test_a_list_that_is_none_of_codes_is_wrong_use(given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZICHT_FACTSHEETS", given)
    with pytest.raises(UsageError, match="ZICHT_FACTSHEETS has"):
        Settings.from_environment()


@pytest.mark.parametrize("sample", [False, True])
def test_who_publishes_may_say_how_to_be_reached(sample: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZICHT_CONTACT", "")
    assert Settings.from_environment(sample=sample).contact is None
    monkeypatch.setenv("ZICHT_CONTACT", "Gemeente Voorbeeld, post@voorbeeld.example")
    assert Settings.from_environment(sample=sample).contact == "Gemeente Voorbeeld, post@voorbeeld.example"


def test_everything_made_stands_under_the_data_directory(tmp_path: Path) -> None:
    house = Settings(tmp_path, tmp_path / "post", date(2026, 1, 1), None)
    made = [house.raw, house.staged, house.build, house.warehouse, house.candidate, house.published, house.database]
    made += [house.ledger, house.dagster_home]
    assert all(place.is_relative_to(tmp_path) for place in made)
    assert len(set(made)) == len(made)


def test_the_candidate_and_the_published_file_have_one_name_so_that_views_resolve_in_both(tmp_path: Path) -> None:
    settings = Settings(tmp_path, tmp_path / "post", date(2026, 1, 1), None)
    assert settings.candidate.stem == settings.database.stem == "zicht"


def test_the_lock_makes_its_directory_and_may_be_taken_twice_by_one_process(tmp_path: Path) -> None:
    data = tmp_path / "not yet" / "there"
    one = Settings(data, tmp_path, date(2026, 1, 1), None)
    other = Settings(data, tmp_path, date(2026, 1, 2), None)
    with one.lock, other.lock:
        assert one.lock.is_locked
    assert not other.lock.is_locked
