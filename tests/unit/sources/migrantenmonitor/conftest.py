"""Profiles in a directory of the test, where those that ship would stand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml

import pipelines.sources

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """``use(one, another)``: profiles, as dictionaries or as the text of their file; they are the only ones."""
    folder = tmp_path / "layouts"
    folder.mkdir()

    def files(source: str) -> list[Path]:
        assert source == "migrantenmonitor"
        return sorted(folder.glob("*.yml"))

    def put(*profiles: str | dict[str, Any]) -> None:
        for number, content in enumerate(profiles):
            text = content if isinstance(content, str) else yaml.safe_dump(content)
            (folder / f"{number}.yml").write_text(text, encoding="utf-8")
        pipelines.sources.layouts_of.cache_clear()

    monkeypatch.setattr(pipelines.sources, "_layout_files", files)
    yield put
    pipelines.sources.layouts_of.cache_clear()
