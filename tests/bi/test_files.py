"""The files beside the published one, read by other people's programs: LibreOffice, and tools of data packages."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from tests.bi.conftest import needs, python_with, run

if TYPE_CHECKING:
    from pathlib import Path

    from tests.bi.conftest import Published

# A file for each sheet: commas, quotes for text alone, cells as they are shown, UTF-8.
SHEETS = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,true,true,false,false,false,-1"
CELL = re.compile('(?:"((?:[^"]|"")*)"|([^,\n]*))([,\n])')

VALIDATION = """
import json, pathlib, sys
import dplib, jsonschema
from frictionless import Package
profiles = pathlib.Path(dplib.__file__).parent / "profiles" / "2.0"
profile = {name: json.loads((profiles / f"{name}.json").read_text()) for name in
           ("datapackage", "dataresource", "tableschema")}
content = json.loads(pathlib.Path(sys.argv[1]).read_text())
jsonschema.validate(content, profile["datapackage"])
for resource in content["resources"]:
    jsonschema.validate(resource, profile["dataresource"])
    jsonschema.validate(resource["schema"], profile["tableschema"])
report = Package(sys.argv[1]).validate()
print(json.dumps({"valid": report.valid, "tables": len(report.tasks), "rows": sum(one.stats.get("rows", 0) for one in
      report.tasks), "errors": report.flatten(["name", "type", "message"])[:5]}))
"""


def test_libreoffice_opens_the_workbook_with_every_row_and_type(published: Published, tmp_path: Path) -> None:
    needs("soffice")
    workbook = published.current / "synthetic_zicht.xlsx"
    alone = f"-env:UserInstallation=file://{tmp_path}/profile"
    run(["soffice", alone, "--headless", "--norestore", "--convert-to", SHEETS, "--outdir", tmp_path, workbook])
    contents = cells_of(tmp_path / "synthetic_zicht-Inhoud.csv")
    assert contents[0][0].startswith("'zicht: uitgave / release ")
    assert contents[1][0].startswith("'SYNTHETISCH")
    listed = {row[0]: row[1] for row in contents[5:]}
    for table in published.tables():
        rows = cells_of(tmp_path / f"synthetic_zicht-{table.name}.csv")
        types = [one.type for one in table.columns]
        expected = published.rows(f"select * from {table.name}")
        assert rows[0] == [f"'{one.name}" for one in table.columns], table.name
        found = [
            [digits(cell) if kind == "DOUBLE" else cell for cell, kind in zip(row, types, strict=True)]
            for row in rows[1:]
        ]
        assert found == [list(map(shown, row, types)) for row in expected], table.name
        assert listed[f"'{table.name}"] == str(len(expected))


def cells_of(path: Path) -> list[list[str]]:
    """A sheet as LibreOffice wrote it; text, which it put in quotes, begins with one here."""
    rows: list[list[str]] = [[]]
    for text, other, end in CELL.findall(path.read_text(encoding="utf-8")):
        rows[-1].append("'" + text.replace('""', '"') if text else other)
        if end == "\n":
            rows.append([])
    return rows[:-1]


def shown(cell: Any, kind: str) -> str:
    """A value as LibreOffice shows it; a day before 1900 is text, as Excel has none."""
    if cell is None or cell == "":
        return ""
    if kind == "VARCHAR" or (kind == "DATE" and cell < "1900"):
        return f"'{cell}"
    return digits(str(cell)) if kind == "DOUBLE" else str(cell).upper()


def digits(number: str) -> str:
    """Twelve digits: LibreOffice shows fifteen, and rounds the last its own way."""
    return f"{float(number):.12g}" if number else ""


def test_the_data_package_is_valid_and_every_row_is_as_its_schema_says(published: Published) -> None:
    python = python_with("datapackage", "frictionless==5.21.0", "dplib-py==1.1.0", "jsonschema")
    package = published.current / "synthetic_datapackage.json"
    said = json.loads(run([python, "-c", VALIDATION, package]))
    tables = published.tables()
    assert said["errors"] == []
    assert said["valid"]
    assert said["tables"] == len(tables)
    assert said["rows"] == sum(published.one(f"select count(*) from {table.name}") for table in tables)


def test_every_exported_file_of_the_sample_says_so_in_its_name(published: Published) -> None:
    files = [path for path in published.current.rglob("*") if path.suffix in (".csv", ".parquet", ".xlsx")]
    exported = [path for path in files if "site" not in path.relative_to(published.current).parts]
    assert len(exported) == 2 * len(published.tables()) + 1
    assert len(files) > len(exported), "the pages have files to download too"
    assert all(path.name.startswith("synthetic_") for path in files)
    assert re.search("SYNTHETISCH", (published.current / "synthetic_datapackage.json").read_text(encoding="utf-8"))
