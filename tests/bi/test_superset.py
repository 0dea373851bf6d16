"""Apache Superset, with the dashboard that ships in ``bi/superset``."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from pipelines.settings import PROJECT
from tests.bi.conftest import python_with, run

if TYPE_CHECKING:
    from pathlib import Path

    from tests.bi.conftest import Published

SHIPPED = PROJECT / "bi" / "superset"
PACKAGES = (
    "apache-superset==6.1.0", "duckdb==1.5.6", "duckdb-engine==0.17.0", "rich", "cachetools", "flask-caching==2.3.1",
)  # fmt: skip

CONFIGURATION = """
import os
SECRET_KEY = "only for a test on this machine"
SQLALCHEMY_DATABASE_URI = "sqlite:///" + os.environ["SUPERSET_HOME"] + "/superset.db"
WTF_CSRF_ENABLED = False
"""

# One process, as starting Superset is what takes long: ask every chart, look outside, switch, ask again.
SESSION = """
import json, os, sys
from superset.app import create_app
given = json.load(sys.stdin)
client = create_app().test_client()
secret = {"username": "admin", "password": "admin", "provider": "db"}
token = client.post("/api/v1/security/login", json=secret).json["access_token"]
header = {"Authorization": f"Bearer {token}"}
def get(path):
    return client.get("/api/v1/" + path, headers=header).json["result"]
def post(path, body):
    return client.post("/api/v1/" + path, json=body, headers=header)
def answers():
    told = {}
    for one in get("chart/"):
        question = json.loads(get(f"chart/{one['id']}")["query_context"])
        reply = post("chart/data", question)
        assert reply.status_code == 200, (one["slice_name"], reply.json)
        told[one["slice_name"]] = reply.json["result"][0]["data"]
    return told
said = {"dashboards": [one["dashboard_title"] for one in get("dashboard/")], "before": answers()}
database = get("database/")[0]["id"]
outside = "select content from read_text('/etc/hostname')"
refused = post("sqllab/execute/", {"database_id": database, "sql": outside, "runAsync": False})
said["outside"] = [refused.status_code, json.dumps(refused.json)]
os.replace(given["next"], given["current"])
said["after"] = answers()
print("\\n" + json.dumps(said))
"""

# What each chart should tell, asked of the published tables in plain SQL.
PLAIN = {
    "uitgave": "select release_id, deliveries, data_gaps from release where is_current",
    "werken_en_ingeschreven_beeld": """
        select municipality_name || ' ' || reporting_year || if(synthetic, ' (SYNTHETISCH)', ''), workers, residents
        from gap_headline order by workers desc nulls last, 1 limit 15""",
    "werken_en_ingeschreven": """
        select municipality_name || ' ' || reporting_year || if(synthetic, ' (SYNTHETISCH)', ''),
        workers, workers_low, workers_high, residents, residents_low, residents_high, gap, gap_low, gap_high, relation
        from gap_headline order by workers desc nulls last, 1""",
    "aandeel_ingeschreven": """
        select municipality_name || ' ' || reporting_year, registered_share, registered_share_low,
        registered_share_high, 1, 1, relation, workers_universe || ' + ' || residents_universe, edition, version
        from registration_gap where registered_share_low is not null""",
    "rang_verschil": """
        select (select area_name from area where area.area_code = one.area_code and valid_to is null)
        || ' 2025 (SYNTHETISCH)', value, value_low, value_high, rank_low, rank_high, peer_count,
        universe, edition, version, delivery_id[:8]
        from peer_comparison as one where measure = 'gap' and per = '1,000 residents' and peer_set = 'similar'
        order by value desc nulls last, 1""",
    "motieven": """
        select 'Haarlemmermeer', 2023, map {'family': 'gezin', 'labour': 'arbeid', 'asylum': 'asiel',
        'unknown': 'onbekend', 'ukraine': 'Oekraïne', 'study': 'studie'}[motive], persons_low, persons_high,
        share_of_migrants, universe, edition, version, delivery_id[:8]
        from migration_motive where persons_low is not null and motive not in ('all', 'ukraine_and_unknown')
        order by persons_high desc""",
    "datahiaten": """
        select owner || if(synthetic, ' (SYNTHETISCH)', ''), if(severity = 'low', 'laag', 'midden'), count(*)
        from data_gap where closed is null group by all order by 3 desc""",
    "inspecties": """
        select year(period_end) || ' (SYNTHETISCH)',
        map {'fine': 'boete', 'no_violation': 'geen overtreding', 'stop': 'stillegging'}[outcome],
        cast(sum(cases_low) as bigint) from inspection
        where (unit, law, sector, place_basis) = ('inspections', 'all', 'all', 'inspection_place') and outcome <> 'all'
        group by all""",
}


def zipped(target: Path, database: Path) -> Path:
    """The shipped tree as docs/bi.md zips it, with the path of the file."""
    with zipfile.ZipFile(target, "w") as archive:
        for path in sorted(SHIPPED.rglob("*.yaml")):
            content = path.read_text(encoding="utf-8").replace("/data/published/current/zicht.duckdb", str(database))
            archive.writestr(f"superset/{path.relative_to(SHIPPED).as_posix()}", content)
    return target


@pytest.fixture(scope="module")
def home() -> Path:
    """Superset, prepared once: its own tables, and an administrator."""
    python = python_with("superset", *PACKAGES)
    folder = python.parent.parent / "home"
    folder.mkdir(exist_ok=True)
    (folder / "superset_config.py").write_text(CONFIGURATION, encoding="utf-8")
    if not (folder / "ready").exists():
        (folder / "superset.db").unlink(missing_ok=True)
        names = [word for part in ("username", "firstname", "lastname", "password") for word in (f"--{part}", "admin")]
        for words in (["db", "upgrade"], ["fab", "create-admin", *names, "--email", "admin@example.org"], ["init"]):
            run([python.parent / "superset", *words], **at(folder))
        (folder / "ready").touch()
    return folder


def at(home: Path) -> dict[str, str]:
    """Where Superset finds itself."""
    return {
        "SUPERSET_HOME": str(home),
        "SUPERSET_CONFIG_PATH": str(home / "superset_config.py"),
        "FLASK_APP": "superset",
    }


@pytest.fixture(scope="module")
def told(home: Path, published: Published, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What Superset told: of one release, and of the next without a restart."""
    own = published.copy(tmp_path_factory.mktemp("superset") / "published")
    following = own.prepare("update release set release_id = 'the next one'")
    place = shutil.copytree(home, own.folder.parent / "home")
    package = zipped(place / "zicht.zip", own.database)
    run([home.parent / "bin" / "superset", "import-dashboards", "-p", package, "-u", "admin"], **at(place))
    given = {"next": str(following), "current": str(own.current)}
    out = run([home.parent / "bin" / "python", "-c", SESSION], given=json.dumps(given), **at(place))
    content: dict[str, Any] = json.loads(out.splitlines()[-1])
    return content


def charts() -> dict[str, str]:
    """The shipped charts' titles by their file."""
    return {
        path.stem: yaml.safe_load(path.read_text(encoding="utf-8"))["slice_name"]
        for path in sorted((SHIPPED / "charts").glob("*.yaml"))
    }


def test_the_dashboard_is_imported_with_all_its_charts(told: dict[str, Any]) -> None:
    assert told["dashboards"] == ["zicht: werken en ingeschreven"]
    assert sorted(told["before"]) == sorted(charts().values())


@pytest.mark.parametrize("chart", sorted(PLAIN))
def test_a_chart_answers_with_the_numbers_of_plain_sql(chart: str, told: dict[str, Any], published: Published) -> None:
    rows = told["before"][charts()[chart]]
    expected = published.rows(PLAIN[chart])
    if chart == "uitgave":  # a date comes as milliseconds, and the flag in words
        rows = [{name: row[name] for name in ("uitgave", "leveringen", "datahiaten")} for row in rows]
    found = [list(row.values()) for row in rows]
    if chart == "inspecties":  # ordered by year alone
        found, expected = sorted(found), sorted(expected)
    assert expected
    assert found == expected


def test_every_chart_has_its_question_in_plain_sql() -> None:
    assert set(PLAIN) == set(charts())


def dataset(name: str) -> str:
    """The query of a shipped dataset."""
    content: str = yaml.safe_load((SHIPPED / "datasets" / "zicht" / f"{name}.yaml").read_text(encoding="utf-8"))["sql"]
    return content


@pytest.mark.parametrize("name", sorted(path.stem for path in (SHIPPED / "datasets" / "zicht").glob("*.yaml")))
def test_another_document_of_the_same_leaves_each_shown_row_as_it_was(
    name: str, published: Published, told_twice: Published
) -> None:
    once, again = (Counter(map(str, one.rows(dataset(name)))) for one in (published, told_twice))
    assert once
    assert again >= once
    assert max(again.values()) == 1
    assert (again > once) == (name in {"aandeel_ingeschreven", "rang_verschil", "motieven"})


@pytest.mark.parametrize("path", sorted((SHIPPED / "charts").glob("*.yaml")), ids=lambda path: path.stem)
def test_a_chart_shows_all_that_there_is_or_says_how_many(path: Path, published: Published) -> None:
    chart = yaml.safe_load(path.read_text(encoding="utf-8"))
    (query,) = json.loads(chart["query_context"])["queries"]
    assert query["row_limit"] == chart["params"]["row_limit"]
    (shown,) = (
        one["sql"]
        for one in map(yaml.safe_load, (p.read_text("utf-8") for p in SHIPPED.glob("datasets/zicht/*.yaml")))
        if one["uuid"] == chart["dataset_uuid"]
    )
    rows = len(published.rows(shown))
    # Ten years of all that there is now, or the number stands in the title.
    assert query["row_limit"] >= 10 * rows or f" {query['row_limit']} " in chart["slice_name"]


def test_a_made_up_figure_is_named_so(told: dict[str, Any]) -> None:
    (released,) = told["before"][charts()["uitgave"]]
    assert released["synthetisch"] == "ja: er staan verzonnen cijfers in"


def test_an_interval_says_what_it_does_not_say() -> None:
    shown = [title for title in charts().values() if "laagst" in title]
    assert len(shown) == 4
    assert all("afrondingsmarge; zegt niets over definitie of dekking" in title for title in shown)


def test_a_query_reads_nothing_beside_the_release(told: dict[str, Any]) -> None:
    status, words = told["outside"]
    assert status >= 400
    assert "disabled by configuration" in words


def test_a_new_release_is_seen_without_a_restart(told: dict[str, Any]) -> None:
    title = charts()["uitgave"]
    assert told["before"][title][0]["uitgave"] != "the next one"
    assert told["after"][title][0]["uitgave"] == "the next one"
