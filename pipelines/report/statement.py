"""The page on accessibility: what the tests of the program cover, what they do not, and whom to tell of a fault.

Belongs here: the page alone. Does not belong here: the declaration that the law asks of an organisation: only that one
can make it, and the page says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.report.site import Page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipelines.report.facts import Facts


def pages(facts: Facts) -> Iterator[Page]:
    """The page, with the contact that the house names (``ZICHT_CONTACT``)."""
    contact = {"contact": facts.settings.contact}
    yield Page(path="toegankelijkheid.html", template="statement.html", content=contact)
