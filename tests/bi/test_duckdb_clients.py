"""Clients of DuckDB from 1.1 on, in Python and in Node, on the published file."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from pipelines.settings import PROJECT
from tests.bi.clients import KNOWN_ANSWER, REFUSED, questions
from tests.bi.conftest import CLEAN, node_with, python_with, run
from tests.conftest import PATIENCE_SECONDS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.bi.conftest import Published

VERSIONS = ["1.1.3", "1.4.5", "1.5.6", "2.0.0"]
NODE = "1.5.6-r.1"
CLI = "1.5.6"

PYTHON_CLIENT = """
import json, sys
import duckdb
locked = {"enable_external_access": "false", "lock_configuration": "true"}
connection = duckdb.connect(sys.argv[1], read_only=True, config=locked)
asked = json.load(sys.stdin)
said = {"version": duckdb.__version__, "answers": {}, "refused": []}
for name, query in asked["questions"].items():
    said["answers"][name] = connection.execute(query).fetchall()
for name, query in asked["refused"].items():
    try:
        connection.execute(query).fetchall()
    except duckdb.Error:
        said["refused"].append(name)
print(json.dumps(said, default=str))
"""

NODE_CLIENT = """
const { DuckDBInstance, version } = require("@duckdb/node-api");
(async () => {
  const asked = JSON.parse(require("fs").readFileSync(0));
  const instance = await DuckDBInstance.create(process.argv[2], { access_mode: "READ_ONLY", ...asked.options });
  const connection = await instance.connect();
  for (const statement of asked.first) await connection.run(statement);
  const said = { version: version(), answers: {}, refused: [] };
  for (const [name, query] of Object.entries(asked.questions))
    said.answers[name] = (await connection.runAndReadAll(query)).getRowsJson();
  for (const [name, query] of Object.entries(asked.refused))
    try { await connection.run(query); } catch { said.refused.push(name); }
  console.log(JSON.stringify(said));
})().catch((error) => { console.error(error); process.exit(1); });
"""

# Asks when told to, on one connection; then closes it and asks on a new one.
WATCHER = """
import sys
import duckdb
ask = lambda: connection.execute("select release_id from release where is_current").fetchone()[0]
connection = duckdb.connect(sys.argv[1], read_only=True)
print(ask(), flush=True)
sys.stdin.readline()
print(ask(), flush=True)
connection.close()
connection = duckdb.connect(sys.argv[1], read_only=True)
print(ask(), flush=True)
"""


@pytest.mark.parametrize("version", VERSIONS)
def test_a_python_client_gets_the_right_numbers_and_nothing_else(version: str, published: Published) -> None:
    python = python_with("duckdb", f"duckdb=={version}")
    asked = questions(published)
    said = json.loads(
        run(
            [python, "-c", PYTHON_CLIENT, published.database],
            given=json.dumps({"questions": asked, "refused": REFUSED}),
        )
    )
    assert said["version"] == version
    assert said["answers"] == {name: published.rows(query) for name, query in asked.items()}
    assert said["answers"]["known"] == KNOWN_ANSWER
    assert said["refused"] == list(REFUSED)


def test_the_command_line_answers_the_examples_and_nothing_else(published: Published) -> None:
    duckdb = python_with("cli", f"duckdb-cli=={CLI}").parent / "duckdb"
    locked = "set enable_external_access = false; set lock_configuration = true;\n"
    command = [duckdb, "-readonly", "-json", published.database]
    for example in sorted((PROJECT / "examples").glob("*.sql")):
        query = example.read_text(encoding="utf-8")
        said = [list(row.values()) for row in json.loads(run(command, given=locked + query))]
        assert said == published.rows(query)
    for query in REFUSED.values():
        done = subprocess.run(command, input=locked + query, capture_output=True, text=True, env=CLEAN, check=False)
        assert (done.returncode, done.stdout) == (1, "")
        assert "Error" in done.stderr


@pytest.mark.parametrize("through", ["database", "link"])
def test_the_node_client_gets_the_right_numbers_and_nothing_else(
    through: str, published: Published, tmp_path: Path
) -> None:
    modules = node_with("node", f"@duckdb/node-api@{NODE}")
    script = tmp_path / "client.cjs"
    script.write_text(NODE_CLIENT, encoding="utf-8")
    asked: dict[str, Any] = {"questions": questions(published), "refused": REFUSED, "options": {}, "first": []}
    if through == "database":
        asked["options"] = {"enable_external_access": "false", "lock_configuration": "true"}
    else:  # locked while it opens, it may not look for what lies beside a link's target
        asked["first"] = ["set enable_external_access = false", "set lock_configuration = true"]
    said = json.loads(
        run(
            ["node", script, getattr(published, through)],
            given=json.dumps(asked),
            NODE_PATH=str(modules / "node_modules"),
        )
    )
    # Node has no whole numbers of 64 bits: they come as text.
    assert said["answers"] == {
        name: [[str(cell) if isinstance(cell, int) else cell for cell in row] for row in published.rows(query)]
        for name, query in asked["questions"].items()
    }
    assert said["answers"]["known"] == [[str(cell) for cell in KNOWN_ANSWER[0]]]
    assert said["refused"] == list(REFUSED)


@pytest.mark.parametrize("through", ["database", "link"])
@pytest.mark.parametrize("version", VERSIONS)
def test_a_session_sees_a_new_release_when_it_reopens(version: str, through: str, switchable: Published) -> None:
    python = python_with("duckdb", f"duckdb=={version}")
    first = switchable.one("select release_id from release where is_current")
    with subprocess.Popen(
        [python, "-c", WATCHER, getattr(switchable, through)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=CLEAN,
    ) as watcher:
        assert watcher.stdout is not None
        assert watcher.stdout.readline().strip() == first
        switchable.prepare("update release set release_id = 'the next one'").replace(switchable.current)
        told, _ = watcher.communicate("\n", timeout=PATIENCE_SECONDS)
    assert told.split("\n")[:2] == [first, "the next one"]
