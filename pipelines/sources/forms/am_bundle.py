"""The AM bundle: a ZIP of ``berichtregels.jsonl``, a message of the BRP a line, and ``am-metadata.json`` that seals it.

Nothing is given out before checksum and count agree with the seal. Rubric ``CC.ee.ff`` is ``e<eeff>`` in the list
``c<CC>``, whose first object is the current state; its ``historie`` is what was before, the newest first.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from pipelines.landing.deliveries import RefusedError
from pipelines.sources.forms import DeliveredFile, Wanted, is_repeating, jsons, zips
from pipelines.sources.forms.batch import as_batch
from pipelines.sources.forms.lo_csv import BLOCK_BYTES, blocks

if TYPE_CHECKING:
    import zipfile
    from collections.abc import Iterator

    import pyarrow as pa

METADATA = "am-metadata.json"
MESSAGES = "berichtregels.jsonl"
REMEDY = "Deliver the bundle again as the register gave it"

# The types of messages that carry a whole person; the others change a part of one, or hold free text.
WHOLE = ("Sv01", "Ag01", "Ag11", "Ag31", "Lg01", "La01", "Ha01")

_MEMBER = re.compile(rb"PK\x03\x04.{26}(?:am-metadata\.json|berichtregels\.jsonl)", re.DOTALL)


def recognises(head: bytes) -> bool:
    """A ZIP archive in which one of the two files of a bundle begins."""
    return head.startswith(b"PK\x03\x04") and _MEMBER.search(head) is not None


def batches(file: DeliveredFile, wanted: Wanted) -> Iterator[pa.Table]:
    """The persons of a bundle; see ``sources.forms``."""
    with zips.opened(file) as archive:
        _check_seal(file.name, archive)
        with archive.open(MESSAGES) as stream, jsons.memory() as connection:
            sql = _sql(wanted)
            row = 1
            for block in blocks(stream):  # type: ignore[arg-type]
                table = jsons.ask(connection, f"{file.name} from row {row}", sql, jsons.lines(block, row))
                row += table.num_rows
                yield as_batch(table, wanted)


def _check_seal(name: str, archive: zipfile.ZipFile) -> None:
    """Refuse a bundle whose messages are not those that its metadata describes."""
    import hashlib

    for member in (METADATA, MESSAGES):
        if member not in archive.namelist():
            raise RefusedError(name, f"{member} is missing", REMEDY)
    try:
        metadata = json.loads(archive.read(METADATA))
    except (ValueError, RecursionError):
        metadata = None
    if not isinstance(metadata, dict):
        raise RefusedError(f"{name} {METADATA}", "it is no JSON object", REMEDY)
    digest, count, last = hashlib.sha256(), 0, b"\n"
    with archive.open(MESSAGES) as stream:
        while block := stream.read(BLOCK_BYTES):
            digest.update(block)
            count += block.count(b"\n")
            last = block[-1:]
    count += last != b"\n"
    if str(metadata.get("checksum-sha256", metadata.get("checksum"))).lower() != digest.hexdigest():
        raise RefusedError(name, f"the checksum of {MESSAGES} is not the one in {METADATA}", REMEDY)
    if metadata.get("aantalBerichten") != count:
        raise RefusedError(name, f"{MESSAGES} has another number of lines than {METADATA} promises", REMEDY)
    if count == 0:
        raise RefusedError(name, "it holds no messages", REMEDY)


def _sql(wanted: Wanted) -> str:
    categories = sorted({_place(rubric)[0] for rubric in wanted.rubrics})
    paths = [path for category in categories for path in (f"$.{category}", f"$.{category}[0]")]
    strange = {
        f"category {category[1:]}": f"kinds[{2 * at + 2}] not in ('ARRAY', 'NULL') or kinds[{2 * at + 3}] <> 'OBJECT'"
        for at, category in enumerate(categories)
    }
    if any(rubric.startswith("04.") for rubric in wanted.rubrics):
        strange |= {"category 04": jsons.is_no_list_of_objects("data", "$.c04")}
    if any(_is_past(rubric) for rubric in wanted.rubrics):
        strange |= {"history of category 08": jsons.is_no_list_of_objects("data", "$.c08[0].historie")}
    flaws = " ".join(f"when {is_so} then 'its {what} is no list of objects'" for what, is_so in strange.items())
    whole = ", ".join(f"'{kind}'" for kind in WHOLE)
    return f"""
        with messages as (
            select row, json_valid(text) as is_json, case when json_valid(text) then text end as message
            from (select row, try(decode(line)) as text from given)
        ),
        contents as (
            select row, is_json, json_extract(message, '$.berichtInhoud') as content from messages
        ),
        parts as (
            select
                row, is_json,
                json_extract_string(content, ['$.berichtType', '$.aNummer']) as head,
                json_extract(content, '$.plData') as data
            from contents
        ),
        parsed as (
            select
                row, is_json, head[1] as kind, head[2] as a_number, data,
                json_type(data, ['$', {", ".join(f"'{path}'" for path in paths)}]) as kinds,
                json_transform(data, {_structure(wanted)}) as person
            from parts
        )
        select
            row,
            case
                when not coalesce(is_json, false) then 'is no JSON'
                when kind is null or not regexp_full_match(kind, '[A-Za-z0-9]{{4}}')
                    then 'is a message that carries no whole person'
                when kind not in ({whole}) then 'is a message of type ' || kind || ', which carries no whole person'
                when kinds[1] is distinct from 'OBJECT' then 'holds no person'
                {flaws}
            end as flaw,
            {", ".join(f'{_content(rubric)} as "{rubric}"' for rubric in wanted.rubrics)}
        from parsed
    """


def _is_past(rubric: str) -> bool:
    return rubric.startswith("58.")


def _place(rubric: str) -> tuple[str, str]:
    """The names of the category and the element of a rubric."""
    category, group, element = rubric.split(".")
    return f"c{'08' if _is_past(rubric) else category}", f"e{group}{element}"


def _structure(wanted: Wanted) -> str:
    members: dict[str, Any] = {}
    for rubric in wanted.rubrics:
        category, element = _place(rubric)
        (state,) = members.setdefault(category, [{}])
        if _is_past(rubric):
            (state,) = state.setdefault("historie", [{}])
        state[element] = "VARCHAR"
    return jsons.structure(members)


def _content(rubric: str) -> str:
    category, element = _place(rubric)
    if is_repeating(rubric):
        states = f"person.{category}[1].historie" if _is_past(rubric) else f"person.{category}"
        return f"list_transform({states}, lambda state: state.{element})"
    content = f"person.{category}[1].{element}"
    return f"coalesce(nullif({content}, ''), a_number)" if rubric == "01.01.10" else content
