"""Running dbt: where its project and program are, its environment, its manifest, what its run said.

Belongs here: everything that knows dbt's files. Does not belong here: SQL, or how Dagster shows the models.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.files import digest_of, sha256_of, write_text
from pipelines.settings import PROJECT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipelines.settings import Settings

DBT_PROJECT = PROJECT / "dbt_project"
TARGET = DBT_PROJECT / "target"
MANIFEST = TARGET / "manifest.json"
_DIGEST = TARGET / "zicht_digest"


def project_files() -> list[Path]:
    """Everything that decides what dbt builds."""
    kinds = {".sql", ".yml", ".csv", ".py"}
    return [
        path
        for path in DBT_PROJECT.rglob("*")
        if path.suffix in kinds and path.relative_to(DBT_PROJECT).parts[0] not in ("target", "logs")
    ]


def executable() -> str:
    """The ``dbt`` of this environment, also where it is not on the path."""
    return shutil.which("dbt", path=str(Path(sys.executable).parent)) or "dbt"


def set_environment(settings: Settings) -> None:
    """Tell dbt, which runs as a process of its own, where to read and write."""
    os.environ["ZICHT_STAGED"] = settings.staged.as_posix()
    os.environ["ZICHT_WAREHOUSE"] = settings.warehouse.as_posix()
    os.environ["ZICHT_TABLES"] = settings.tables
    os.environ["ZICHT_MIRROR"] = settings.mirror or settings.staged.as_posix()
    os.environ["DBT_PROFILES_DIR"] = str(DBT_PROJECT)
    os.environ["DO_NOT_TRACK"] = "1"
    os.environ.setdefault("DBT_LOG_LEVEL_FILE", "none")  # a file of every step of dbt's own costs an eighth of its time
    os.environ["ZICHT_RUN"] = str(os.getpid())  # with which dbt ends (``ending``)
    if settings.key_file:
        os.environ["ZICHT_KEY_FILE"] = str(settings.key_file)
    else:
        os.environ.pop("ZICHT_KEY_FILE", None)
    settings.build.mkdir(parents=True, exist_ok=True)
    settings.build.chmod(0o700)  # the warehouse holds rows of persons, though pseudonymised


def prepare_manifest() -> Path:
    """Parse the project where its manifest is missing or older than its files; return the manifest.

    The manifest names no place of this machine's data, so one serves every data directory.

    Raises:
        RuntimeError: the project does not parse.
    """
    from filelock import FileLock

    TARGET.mkdir(exist_ok=True)
    with FileLock(TARGET / ".lock"):  # two processes that start at once share the manifest
        return _prepared_manifest()


def _prepared_manifest() -> Path:
    project = digest_of(project_files(), DBT_PROJECT)
    if MANIFEST.exists() and _DIGEST.exists() and _DIGEST.read_bytes() == _parsed(project).encode():
        return MANIFEST
    environment = os.environ | {
        "ZICHT_STAGED": os.environ.get("ZICHT_STAGED", "unset"),
        "ZICHT_WAREHOUSE": os.environ.get("ZICHT_WAREHOUSE", ":memory:"),
        "DO_NOT_TRACK": "1",
        "ZICHT_RUN": str(os.getpid()),
    }
    command = [
        executable(),
        "--quiet",
        "parse",
        "--project-dir",
        str(DBT_PROJECT),
        "--profiles-dir",
        str(DBT_PROJECT),
    ]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise RuntimeError(f"dbt cannot parse {DBT_PROJECT}:\n{done.stdout}{done.stderr}")
    write_text(_DIGEST, _parsed(project))
    _manifest.cache_clear()
    return MANIFEST


def _parsed(project: str) -> str:
    """Hashes of a project and of its manifest, which may be damaged or of a run of dbt by hand."""
    return f"{project} {sha256_of(MANIFEST).hex()}"


@cache
def _manifest() -> dict[str, Any]:
    content: dict[str, Any] = json.loads(prepare_manifest().read_text(encoding="utf-8"))
    return content


def nodes() -> dict[str, dict[str, Any]]:
    """Everything in the manifest that has rows, and its tests, by id."""
    return {**_manifest()["nodes"], **_manifest()["sources"]}


def marts() -> list[dict[str, Any]]:
    """The manifest's nodes of the published tables, in order of name."""
    nodes = [
        node
        for node in _manifest()["nodes"].values()
        if node["resource_type"] == "model" and node["path"].startswith("marts")
    ]
    return sorted(nodes, key=lambda node: str(node["name"]))


def build_errors(run_results: dict[str, Any]) -> list[str]:
    """What dbt could not build or evaluate, each with the first telling line of why; failed tests are no errors."""
    return [
        f"{result['unique_id'].rpartition('.')[2]}: " + " ".join(str(result["message"]).split("\n")[:3])
        for result in run_results["results"]
        if result["status"] == "error"
    ]


def test_results(run_results: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The tests of a dbt run as rows of ``quality_result``, without ``checked_at``."""
    nodes = _manifest()["nodes"]
    for result in run_results["results"]:
        node = nodes.get(result["unique_id"], {})
        if node.get("resource_type") != "test" or result["status"] == "skipped":
            continue
        attached = node.get("attached_node") or (node["depends_on"]["nodes"] or [""])[-1]
        yield {
            "door": "model",
            "table_name": attached.rpartition(".")[2],
            "rule": node["name"],
            "severity": "warn" if str(node["config"]["severity"]).lower() == "warn" else "block",
            "passed": result["status"] == "pass",
            "failing_rows": result["failures"],
            "reason": node.get("description") or "keys, relations and logic of the models",
            "owner": "data team",
        }
