"""The forms in which records of persons arrive, each a module that makes the same batches of rubrics of it.

Belongs here: what a batch is, and recognising a form from a file's content; its name says nothing. Does not belong
here: what a rubric means (``rubrics``) and what becomes of a person (``persons``).

A form is a module with two functions. ``recognises(head)`` looks at the first bytes of a file; ``batches(file,
wanted)`` gives Arrow tables of bounded size, one row for each person of the file, in its order:

- ``row``: where the person stands: the line, the number of the message, or the place in the list, from 1;
- ``flaw``: what makes the row unreadable as such, or null. Its other columns then say nothing;
- every wanted rubric by its number: text, empty where absent; for rubrics of a repeating category a list of texts
  whose places agree over the columns of that category.

A batch of a file with a header carries the rubrics of that (``with_header``).
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, BinaryIO, Protocol, cast

from pipelines.landing.deliveries import RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    import pyarrow as pa

# The order is that of recognition: the more telling content first.
FORMS = ("am_bundle", "workbook", "brp_api", "lo_csv", "gba_v", "mapped_csv")

# Categories that a person may have several of: nationality, and the places where they lived before.
REPEATING = frozenset({"04", "58"})

HEAD_BYTES = 1 << 16
_HEADER = b"header"


@dataclass(frozen=True)
class DeliveredFile:
    """One file of a delivery; ``open`` gives its bytes from the start, each time anew."""

    name: str
    open: Callable[[], BinaryIO]


@dataclass(frozen=True)
class Wanted:
    """The rubrics that a reader asks for; a file without one of the ``required`` is refused.

    ``columns`` is for files that have no rubrics in their header: the name of a column (in lower case) and its rubric.
    """

    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    columns: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def rubrics(self) -> tuple[str, ...]:
        """All of them, each once, the required first."""
        return tuple(dict.fromkeys(self.required + self.optional))


class Form(Protocol):
    """What a module in this package offers."""

    __name__: str

    def recognises(self, head: bytes) -> bool:
        """Whether a file that begins with these bytes (all of it, if it is shorter) has this form."""
        ...

    def batches(self, file: DeliveredFile, wanted: Wanted) -> Iterator[pa.Table]:
        """The persons of the file.

        Raises:
            RefusedError: it is not what it began to be: cut off, another encoding, a required rubric missing or twice.
        """
        ...


def recognise(file: DeliveredFile) -> Form:
    """The form of a file.

    Raises:
        RefusedError: it has none of the forms.
    """
    with file.open() as stream:
        head = stream.read(HEAD_BYTES)
    for name in FORMS:
        form = cast("Form", importlib.import_module(f"{__name__}.{name}"))
        if form.recognises(head):
            return form
    raise RefusedError(
        f"{file.name} row 1",
        "its content has none of the forms of an extract",
        "Deliver LO-CSV, the GBA-V form, BRP API JSON, an AM bundle, a workbook with rubric numbers in its first row,"
        " or a CSV whose columns the source's declaration maps to rubrics",
    )


def with_header(batch: pa.Table, rubrics: Iterable[str]) -> pa.Table:
    """The batch with the rubrics of its file's header; empty for a column that is mapped to none."""
    return batch.replace_schema_metadata({_HEADER: ",".join(rubrics)})


def header_of(batch: pa.Table) -> list[str] | None:
    """The rubrics of the header; none of a form that has no header."""
    metadata = batch.schema.metadata
    return metadata[_HEADER].decode().split(",") if metadata else None


def is_repeating(rubric: str) -> bool:
    """Whether a person may have several of this rubric."""
    return rubric[:2] in REPEATING


def check_header(name: str, header: list[str], wanted: Wanted, row: int = 1) -> None:
    """Refuse a header in which a required rubric is missing, or a wanted one stands twice.

    Raises:
        RefusedError: naming the rubric.
    """
    for rubric in wanted.rubrics:
        times = header.count(rubric)
        if times > 1 or (times == 0 and rubric in wanted.required):
            rule = f"rubric {rubric} is missing" if times == 0 else f"rubric {rubric} stands there {times} times"
            raise RefusedError(f"{name} row {row}", rule, "Ask for the extract with this rubric once")
