"""Files that are old or new and never between, and hashes of what a run depends on."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING

import pytest

from pipelines.files import digest_of, read_json, write_json, write_text

if TYPE_CHECKING:
    from pathlib import Path


def test_a_text_is_written_with_its_directories_and_nothing_beside_it(tmp_path: Path) -> None:
    target = tmp_path / "a" / "b" / "page.md"
    write_text(target, "één\n")
    assert target.read_bytes() == "één\n".encode()
    assert list(target.parent.iterdir()) == [target]


def test_a_text_replaces_the_old_one(tmp_path: Path) -> None:
    target = tmp_path / "page.md"
    write_text(target, "a long first version")
    write_text(target, "short")
    assert target.read_text(encoding="utf-8") == "short"


def test_a_reader_that_has_the_old_file_open_keeps_the_old_content(tmp_path: Path) -> None:
    target = tmp_path / "page.md"
    write_text(target, "old")
    with target.open(encoding="utf-8") as reader:
        write_text(target, "new")
        assert reader.read() == "old"


def test_json_keeps_dutch_letters_and_writes_dates_as_text(tmp_path: Path) -> None:
    target = tmp_path / "x.json"
    write_json(target, {"naam": "Súdwest-Fryslân", "day": date(2026, 2, 1)})
    text = target.read_text(encoding="utf-8")
    assert "Súdwest-Fryslân" in text
    assert json.loads(text) == {"naam": "Súdwest-Fryslân", "day": "2026-02-01"}


def test_content_that_cannot_be_written_leaves_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "x.json"
    write_json(target, {"a": 1})
    with pytest.raises(ValueError, match="Circular"):
        write_json(target, _circle())
    assert json.loads(target.read_text(encoding="utf-8")) == {"a": 1}


def test_a_text_that_cannot_be_written_leaves_the_old_file_and_nothing_beside_it(tmp_path: Path) -> None:
    target = tmp_path / "page.md"
    write_text(target, "old")
    with pytest.raises(UnicodeEncodeError):
        write_text(target, "\ud800")
    assert target.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("content", [b"", b'{"a"', b"\0\0", b'"\xc3'])
def test_a_file_that_is_damaged_says_nothing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.json").write_bytes(content)
    assert read_json(tmp_path / "x.json") is None


def test_a_file_that_is_not_there_says_nothing_and_one_that_is_says_what_was_written(tmp_path: Path) -> None:
    assert read_json(tmp_path / "x.json") is None
    write_json(tmp_path / "x.json", {"naam": "één"})
    assert read_json(tmp_path / "x.json") == {"naam": "één"}


def _circle() -> list[object]:
    circle: list[object] = []
    circle.append(circle)
    return circle


def _two(root: Path) -> list[Path]:
    root.mkdir()
    (root / "one").write_text("1", encoding="utf-8")
    (root / "two").write_text("2", encoding="utf-8")
    return [root / "one", root / "two"]


def test_a_digest_does_not_depend_on_the_order_or_on_where_the_tree_stands(tmp_path: Path) -> None:
    here, there = _two(tmp_path / "here"), _two(tmp_path / "there")
    assert digest_of(here, tmp_path / "here") == digest_of(reversed(there), tmp_path / "there")


def test_a_digest_sees_changed_content_a_changed_name_and_a_file_less(tmp_path: Path) -> None:
    root = tmp_path / "here"
    files = _two(root)
    seen = {digest_of(files, root), digest_of(files[:1], root)}
    files[1].write_text("3", encoding="utf-8")
    seen.add(digest_of(files, root))
    renamed = files[1].rename(root / "three")
    seen.add(digest_of([files[0], renamed], root))
    assert len(seen) == 4


def test_content_that_moves_from_one_file_to_another_changes_the_digest(tmp_path: Path) -> None:
    root = tmp_path / "here"
    files = _two(root)
    before = digest_of(files, root)
    files[0].write_text("2", encoding="utf-8")
    files[1].write_text("1", encoding="utf-8")
    assert digest_of(files, root) != before
