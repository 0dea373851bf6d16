"""The rules as data: ``expectations/raw/<source>.yml`` and ``expectations/marts/<table>.yml``.

Belongs here: their form and loading, and those that no suite can say. Running them is ``checks``. The form is also a
JSON Schema, ``expectations/suite.schema.json``, for editors and for the test that holds the two together.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from pipelines.files import from_yaml
from pipelines.privacy.disclosure import rules as disclosure
from pipelines.settings import PROJECT
from pipelines.sources import all_sources

if TYPE_CHECKING:
    from pathlib import Path

EXPECTATIONS = PROJECT / "expectations"

Door = Literal["arrival", "release"]
_FOLDER: dict[Door, str] = {"arrival": "raw", "release": "marts"}


class Rule(BaseModel):
    """One rule: what is expected, how bad it is if not, why, and whose it is.

    ``expect`` is a Great Expectations type in snake case without ``expect_``; ``unexpected_rows`` takes ``sql`` over
    ``{batch}``, in which braces of SQL are doubled. Anywhere in a file ``{threshold}`` and ``{base}`` are those of the
    disclosure control, and ``{person_sources}`` the sources that deliver persons, as SQL lists them.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    rule: str = Field(pattern=r"^[a-z0-9_]+$")
    expect: str = Field(pattern=r"^[a-z_]+$")
    arguments: dict[str, Any] = Field(default_factory=dict, alias="with")
    severity: Literal["block", "warn"]
    reason: str = Field(min_length=10)
    owner: str = Field(min_length=1)

    @model_validator(mode="after")
    def _sql_looks_at_its_table(self) -> Rule:
        if self.expect == "unexpected_rows" and "{batch}" not in str(self.arguments.get("sql")):
            raise ValueError("with: unexpected_rows takes sql over {batch}")
        return self


class Suite(BaseModel):
    """The rules of one source or one published table, or of all those in ``tables``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    suite: str
    tables: tuple[str, ...] = Field(default=(), description="what it judges, where that is not its name alone")
    rules: tuple[Rule, ...] = Field(min_length=1)


class DisclosureRule(NamedTuple):
    """A rule that no suite can say, for it needs all counts of an area at once."""

    rule: str
    severity: Literal["block", "warn"]
    reason: str


VAGUE = DisclosureRule(
    "small_counts_stay_vague",
    "block",
    f"From the counts of one area and day and their sums a reader can place one below {disclosure().threshold} persons"
    f" more precisely than within {disclosure().base - 1}",
)
VAGUE_TOGETHER = DisclosureRule(
    "releases_stay_vague_together",
    "warn",
    "The same counts were rounded otherwise in a release that is kept, as after another key: who has both can place a"
    f" count below {disclosure().threshold} persons more precisely than within {disclosure().base - 1}; keep the key,"
    " and take the older release away from where it is read",
)
DISCLOSURE_RULES = (VAGUE, VAGUE_TOGETHER)
AUDITED = "registered"
"""The published table that these judge; other counts of persons are made of it (docs/decisions/0038)."""


def load_suites(door: Door) -> dict[str, Suite]:
    """All rules of one door as one suite for each source or table, by its name.

    Raises:
        ValueError: a file is not of the form, names another suite than it is called, or a table gets a rule twice.
            The message names file, rule and field.
    """
    rules: dict[str, list[Rule]] = {}
    for path in sorted((EXPECTATIONS / _FOLDER[door]).glob("*.yml")):
        suite = _load(path)
        for table in suite.tables or (suite.suite,):
            known = {rule.rule for rule in rules.setdefault(table, [])}
            for rule in suite.rules:
                if rule.rule in known:
                    raise ValueError(f"{path}: rule {rule.rule}: {table} has a rule of this name already")
                known.add(rule.rule)
                rules[table].append(rule)
    return {table: Suite(suite=table, rules=tuple(rules[table])) for table in sorted(rules)}


@cache
def rules_of_release() -> frozenset[tuple[str, str]]:
    """Table and name of every rule by which a candidate must be judged before it may stand."""
    suites = {(table, rule.rule) for table, suite in load_suites("release").items() for rule in suite.rules}
    return frozenset(suites | {(AUDITED, rule.rule) for rule in DISCLOSURE_RULES})


def _load(path: Path) -> Suite:
    content: Any = None
    try:
        content = from_yaml(_filled(path.read_text(encoding="utf-8")))
        suite = Suite.model_validate(content)
    except yaml.YAMLError as error:
        raise ValueError(f"{path}: this is no YAML: {' '.join(str(error).split())}") from None
    except ValidationError as error:
        fault = error.errors()[0]
        field = ".".join(str(part) for part in fault["loc"]) or "the file"
        if len(fault["loc"]) > 1 and fault["loc"][0] == "rules":
            number = int(fault["loc"][1])
            rule = content["rules"][number]
            name = rule.get("rule") if isinstance(rule, dict) else None
            field = ": ".join([f"rule {name or number + 1}", *(str(part) for part in fault["loc"][2:])])
        raise ValueError(f"{path}: {field}: {fault['msg']}; the form is expectations/suite.schema.json") from None
    if suite.suite != path.stem:
        raise ValueError(f"{path}: suite: it should be called {path.stem!r}, as its file")
    return suite


def _filled(text: str) -> str:
    """The text with what has its one home elsewhere: in ``dbt_project.yml``, and in the declarations of sources."""
    persons = ", ".join(f"'{source.source}'" for source in all_sources().values() if source.person_level)
    text = text.replace("{threshold}", str(disclosure().threshold)).replace("{base}", str(disclosure().base))
    return text.replace("{person_sources}", persons)
