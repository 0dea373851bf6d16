"""Systematic control of the registers as results: how many persons each rule finds in all, protected.

The rules are the seed ``register_control`` and the model ``int_register__controls``; per municipality their counts are
rows of ``data_gap``. Does not belong here: any list of persons.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import duckdb

from pipelines.model.store import see
from pipelines.privacy.disclosure import protected

if TYPE_CHECKING:
    from pipelines.quality.checks import Result
    from pipelines.settings import Settings


def control_results(settings: Settings) -> list[Result]:
    """A row of ``quality_result`` for each control: it passes where it finds fewer persons than may be published."""
    with duckdb.connect(str(settings.warehouse), read_only=True) as connection:
        see(connection, settings.tables)
        found = connection.execute(
            """
            select control, version, register, finding_en, cast(coalesce(sum(persons), 0) as bigint)
            from register_control
            left join (from int_register__controls where area_code = 'NL') using (control)
            group by all order by all
            """
        ).fetchall()
    moment = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
    return [
        {
            "door": "register",
            "table_name": register,
            "rule": f"{control} v{version}",
            "severity": "warn",
            "passed": protected(persons) is None,
            "failing_rows": protected(persons),
            "reason": finding,
            "owner": "data team",
            "checked_at": moment,
        }
        for control, version, register, finding, persons in found
    ]
