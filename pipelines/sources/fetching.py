"""Downloading: for the sources that are fetched rather than delivered, into an inbox of their own.

Such a source has a module ``fetch`` beside its reader. Belongs here: finding and calling those. Does not belong here:
how one publisher is asked (``statline.client``), or what becomes of what it answered (``landing``).
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Protocol, cast

from pipelines.sources import all_sources

if TYPE_CHECKING:
    from pipelines.quality.gaps import Outage
    from pipelines.settings import Settings
    from pipelines.sources import Source


class Fetcher(Protocol):
    """The module ``fetch`` of a source.

    ``fetch`` puts what is new into ``settings.fetched`` and says how many deliveries that are; ``outages`` tells what
    could not be downloaded when it last tried. Neither raises because a publisher does not answer.
    """

    def fetch(self, settings: Settings) -> int: ...

    def outages(self, settings: Settings) -> list[Outage]: ...


def fetch(settings: Settings, source: Source) -> int:
    """Download what is new of a source; return how many deliveries came of it."""
    return 0 if settings.offline else _fetcher(source).fetch(settings)


def fetch_all(settings: Settings) -> int:
    """The same of every source that is downloaded."""
    return sum(fetch(settings, source) for source in all_sources().values() if source.fetched)


def outages(settings: Settings, source: Source) -> list[Outage]:
    """What of a source could not be downloaded when it was last tried."""
    return _fetcher(source).outages(settings)


def all_outages(settings: Settings) -> list[Outage]:
    """The same of every source that is downloaded."""
    return [one for source in all_sources().values() if source.fetched for one in outages(settings, source)]


def _fetcher(source: Source) -> Fetcher:
    return cast("Fetcher", importlib.import_module(f"pipelines.sources.{source.source}.fetch"))
