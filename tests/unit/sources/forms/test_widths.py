"""What a program did to codes and dates is undone, and nothing else is touched."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.sources.forms.widths import DATES, WIDTHS, restored


def one(rubric: str, content: str) -> str:
    return str(pl.DataFrame({"cell": [content]}).select(restored(rubric, pl.col("cell"))).item())


@pytest.mark.parametrize(
    ("rubric", "content", "written"),
    [
        ("08.09.10", "394", "0394"),
        ("08.09.10", "394.0", "0394"),
        ("08.09.10", "0394", "0394"),
        ("58.09.10", "394", "0394"),
        ("01.01.20", "12345672", "012345672"),
        ("01.01.10", "8101010109.0", "8101010109"),
        ("04.05.10", "0", "0000"),
        ("08.11.80", "394010000000019", "0394010000000019"),
        ("08.83.10", "89999", "089999"),
        ("10.39.10", "9", "09"),
        ("01.03.10", "1985-06-21", "19850621"),
        ("01.03.10", "1985-06-21 00:00:00", "19850621"),
        ("01.03.10", "1985-06-21T00:00:00.000", "19850621"),
        ("01.03.10", "21-06-1985", "19850621"),
        ("01.03.10", "21-06-1985 00:00", "19850621"),
        ("01.03.10", "1-1-2019", "20190101"),
        ("01.03.10", "11-1-2019", "20190111"),
        ("01.03.10", "1-11-2019", "20191101"),
        ("01.03.10", "31-12-2019", "20191231"),
        ("01.03.10", "19850621.0", "19850621"),
        ("01.03.10", "0", "00000000"),
        ("01.03.10", "0.0", "00000000"),
        ("01.03.10", "19850000", "19850000"),
        ("58.09.20", "2019-01-31", "20190131"),
    ],
)
def test_what_a_program_wrote_is_what_the_register_wrote(rubric: str, content: str, written: str) -> None:
    assert one(rubric, content) == written


@pytest.mark.parametrize(
    ("rubric", "content"),
    [
        ("08.09.10", ""),
        ("08.09.10", "394.5"),
        ("08.09.10", "-394"),
        ("08.09.10", "GM0394"),
        ("08.09.10", "39 4"),
        ("08.09.10", "03940"),
        ("01.03.10", ""),
        ("01.03.10", "06/21/1985"),
        ("01.03.10", "21/06/1985"),
        ("01.03.10", "21 juni 1985"),
        ("01.03.10", "85-06-21"),
        ("01.03.10", "1985-6-21"),
        ("01.03.10", "1985-06-21 13:05:00"),
        ("01.03.10", "31219"),
        ("08.11.60", "12"),
        ("07.67.20", "1.0"),
    ],
)
def test_what_might_mean_something_else_stays_for_its_rule_to_reject(rubric: str, content: str) -> None:
    assert one(rubric, content) == content


@given(rubric=st.sampled_from(sorted(WIDTHS)), data=st.data())
def test_a_code_that_lost_its_zeros_gets_them_back(rubric: str, data: st.DataObject) -> None:
    code = data.draw(st.text("0123456789", min_size=WIDTHS[rubric], max_size=WIDTHS[rubric]))
    assert one(rubric, str(int(code))) == code
    assert one(rubric, code) == code


@given(rubric=st.sampled_from(sorted(DATES)), day=st.dates())
def test_a_date_is_a_date_in_every_writing(rubric: str, day: object) -> None:
    year, month, date = str(day).split("-")
    written = [
        str(day),
        f"{date}-{month}-{year}",
        f"{int(date)}-{int(month)}-{year}",
        f"{day} 00:00:00",
        year + month + date,
    ]
    assert {one(rubric, content) for content in written} == {year + month + date}
