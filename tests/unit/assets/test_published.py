"""What Dagster shows of a release."""

from __future__ import annotations

from typing import TYPE_CHECKING

import dagster as dg
import pytest

from pipelines.assets.house import House as Resource
from pipelines.assets.published import published_assets
from tests.unit.publish.warehouse import candidate

if TYPE_CHECKING:
    from tests.conftest import House


@pytest.mark.parametrize("address", ["", "https://zicht.example/"])
def test_a_release_links_to_its_pages(house: House, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    candidate(house)
    monkeypatch.setenv("ZICHT_DATA", str(house.settings.data))
    monkeypatch.setenv("ZICHT_AS_OF", str(house.settings.as_of))
    monkeypatch.setenv("ZICHT_LANDING", str(house.settings.landing))
    monkeypatch.setenv("ZICHT_PSEUDONYM_KEY_FILE", str(house.settings.key_file))
    monkeypatch.setenv("ZICHT_SITE_URL", address)
    house.settings.landing.mkdir()
    assets = published_assets()
    key = dg.AssetKey(["published", "zicht"])
    with dg.DagsterInstance.ephemeral() as instance:
        ended = dg.materialize(assets, selection=[key], instance=instance, resources={"house": Resource(sample=False)})
    (made,) = ended.asset_materializations_for_node("published__zicht")
    page = house.settings.published / "site" / "index.html"
    assert page.is_file()
    expected = dg.MetadataValue.url(f"{address}index.html") if address else dg.MetadataValue.path(str(page))
    assert made.metadata["pages"] == expected
