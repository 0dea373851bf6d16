"""The rules as data: ``expectations/raw/<source>.yml`` and ``expectations/marts/<table>.yml``.

Belongs here: their form and loading. Running them is ``checks``. The form is also a JSON Schema,
``expectations/suite.schema.json``, for editors and for the test that holds the two together.
"""

from __future__ import annotations

from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

from pipelines.settings import PROJECT

EXPECTATIONS = PROJECT / "expectations"

Door = Literal["arrival", "release"]
_FOLDER: dict[Door, str] = {"arrival": "raw", "release": "marts"}


class Rule(BaseModel):
    """One rule: what is expected, how bad it is if not, why, and whose it is.

    ``expect`` is a Great Expectations type in snake case without ``expect_``; ``unexpected_rows`` takes ``sql`` over
    ``{batch}``, in which braces of SQL are doubled.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    rule: str = Field(pattern=r"^[a-z0-9_]+$")
    expect: str = Field(pattern=r"^[a-z_]+$")
    arguments: dict[str, Any] = Field(default_factory=dict, alias="with")
    severity: Literal["block", "warn"]
    reason: str = Field(min_length=10)
    owner: str


class Suite(BaseModel):
    """The rules of one source or one published table."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    suite: str
    rules: tuple[Rule, ...] = Field(min_length=1)


def load_suites(door: Door) -> dict[str, Suite]:
    """The suites of one door by name.

    Raises:
        ValueError: a file is not of the form, names another suite than it is called, or a rule twice.
    """
    found = {}
    for path in sorted((EXPECTATIONS / _FOLDER[door]).glob("*.yml")):
        try:
            suite = Suite.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from None
        names = [rule.rule for rule in suite.rules]
        if suite.suite != path.stem or len(set(names)) < len(names):
            raise ValueError(f"{path}: the suite should be called {path.stem!r}, and each rule once")
        found[suite.suite] = suite
    return found
