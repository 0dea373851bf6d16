"""Logs: progress on standard error, in words or as one JSON object a line, without numbers of persons.

Belongs here: form and masking of what the logger ``zicht`` and the tools below it say. Does not belong here: what is
said; a message names file, row and rule and never content, so the mask is the last resort and not the first.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from pipelines.settings import log_form

run: ContextVar[str | None] = ContextVar("run", default=None)
"""Identity of the run that speaks, once one has begun."""

# What has as many digits as a BSN or an A-nummer, alone or in the groups in which a BSN is written; not within a hash.
_NUMBER = re.compile(
    r"(?P<hash>(?=\d*[a-f])[\da-f]{12,})"
    r"|(?<!\d)(?:\d{9,10}|\d{4}[. ]\d{2}[. ]\d{3}|\d{3}[. ]\d{3}[. ]\d{3})(?!\d)"
)
_MASKED = "[number]"
_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "taskName"}


def masked(text: str) -> str:
    """A text without what looks like a BSN or an A-nummer."""
    return _NUMBER.sub(lambda found: found["hash"] or _MASKED, text)


class _Record(logging.LogRecord):
    """A record whose message, exception and fields were masked before any handler saw them, whoever's that is."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.msg, self.args = masked(self.getMessage()), ()
        if self.exc_info and self.exc_info[0]:
            self.exc_text = masked(logging.Formatter().formatException(self.exc_info))
        if self.stack_info:
            self.stack_info = masked(self.stack_info)


class _Json(logging.Formatter):
    """One object a line: time (UTC), level, logger, message, run, exception, and the fields that the event has."""

    def format(self, record: logging.LogRecord) -> str:
        said = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            "run": run.get(),
            "exception": record.exc_text,
        }
        fields = {name: value for name, value in vars(record).items() if name not in _OWN}
        # Counts stay numbers, however many digits they have; what else a field holds is masked as text.
        line = {
            name: value if isinstance(value, int | float) else masked(str(value))
            for name, value in (said | fields).items()
            if value is not None
        }
        return json.dumps(line, ensure_ascii=False)


def configure(*, quiet: bool = False) -> None:
    """Let the program speak on standard error, so that standard output holds the result alone.

    Raises:
        UsageError: ``ZICHT_LOG`` is no form of log.
    """
    form = log_form()
    logging.setLogRecordFactory(_Record)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Json() if form == "json" else logging.Formatter("%(asctime)s %(message)s", "%H:%M:%S"))
    logger = logging.getLogger("zicht")
    logger.handlers = [handler]
    logger.setLevel(logging.WARNING if quiet else logging.INFO)
    logger.propagate = False
    # Interrupted while it closes a connection it shows a traceback.
    logging.getLogger("sqlalchemy.pool").setLevel(logging.CRITICAL)
    logging.getLogger("httpx").setLevel(logging.WARNING)  # else it tells whole addresses, with what is secret in them


def configure_once() -> None:
    """The same in a process that Dagster started, unless the command configured it before."""
    if not logging.getLogger("zicht").handlers:
        configure()


def complain(text: str) -> None:
    """Say why a command ended, as its last line on standard error."""
    logger = logging.getLogger("zicht")
    if logger.handlers and isinstance(logger.handlers[0].formatter, _Json):
        logger.error(text)
    else:
        print(f"zicht: {masked(text)}", file=sys.stderr)
