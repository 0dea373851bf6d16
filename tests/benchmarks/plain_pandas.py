"""The full register path as an analyst would write it in pandas: two extracts in, counts per municipality out.

Belongs here: the whole job in one file that can be read from top to bottom, with nothing of zicht in it, so that zicht
has something to be measured against. Columns with few different values are categories, and what a value means is
worked out once for each of them; that is the quick way in pandas. The two numbers of a person differ in every row:
their tests are done on a matrix of digits, their pseudonyms one by one, as the standard library has them.
Does not belong here: timing, and anything that only one of the two baselines does. ``plain_pyspark`` does the same job.

``python plain_pandas.py BRP.csv RNI.csv KEYHEX OUT.json``
"""

from __future__ import annotations

import calendar
import csv
import hmac
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd  # type: ignore[import-untyped]
import pyarrow as pa
import pyarrow.csv

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    Bools = npt.NDArray[np.bool_]
    Ints = npt.NDArray[np.int64]

SEEDS = Path(__file__).resolve().parents[2] / "dbt_project" / "seeds"

# Dates are numbers jjjjmmdd, which sort as dates do.
REFERENCE_DATE = 20260101
BEGINNING, END = 10101, 99991231
EMPTY, NO_DATE = 0, -1

# Of several nationalities the first of this order counts.
GROUPS = ("nl", "moe", "other_eu", "efta", "ukraine", "third_country", "unknown")
DUTCH, THIRD_COUNTRY, UNKNOWN, NONE = 0, 5, 6, 7

NUMBERS = ("01.01.10", "01.01.20")
NATIONALITY = ("04.05.10", "04.64.10", "04.65.10")
INCORRECT = ("01.84.10", "04.84.10", "08.84.10")
CODES = (
    "01.03.10", *NATIONALITY, "07.67.10", "07.67.20", "07.68.10", "08.09.10", "08.09.20", "08.14.20",
    "16.09.10", "16.18.10", "16.85.10", *INCORRECT,
)  # fmt: skip
REASONS = ("", "O", "E", "M", "R", "F", "W", ".")


def main() -> None:
    """Read both extracts, count, write the counts as JSON."""
    brp_path, rni_path, key, out = sys.argv[1:]
    nationalities, municipalities, groups = read_code_tables()
    secret = bytes.fromhex(key)

    frame, brp_read = read_lo_csv(brp_path)
    frame = frame[~(broken_person(frame, nationalities) | broken_in_brp(frame, municipalities))]
    brp = residents(frame, persons(frame, groups, secret))

    frame, rni_read = read_lo_csv(rni_path)
    frame = frame[~(broken_person(frame, nationalities) | broken_in_rni(frame, municipalities))]
    rni = temporary_addresses(frame, persons(frame, groups, secret))

    result = {
        "rows": {"brp": rows(brp_read, len(brp)), "rni": rows(rni_read, len(rni))},
        "counts": [*counts("brp", brp), *counts("rni", without_residents(rni, brp))],
    }
    Path(out).write_text(json.dumps(result, indent=1, sort_keys=True) + "\n", encoding="utf-8")


# reading


def read_code_tables() -> tuple[set[str], set[str], dict[str, int]]:
    """Nationalities, municipalities, and the place in ``GROUPS`` of the nationalities that are not third-country."""
    nationalities = {row["nationality_code"] for row in seed("nationality")}
    municipalities = {row["municipality_code"] for row in seed("municipality")}
    groups = {row["nationality_code"]: group_of(row) for row in seed("nationality_group")}
    return nationalities, municipalities, groups | {"0000": UNKNOWN, "0499": UNKNOWN}


def seed(name: str) -> list[dict[str, str]]:
    """The rows of a code table."""
    with (SEEDS / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def group_of(row: dict[str, str]) -> int:
    """The group of a nationality on the reference date."""
    group = row["origin_group"]
    since, until = (int(row[edge].replace("-", "") or REFERENCE_DATE) for edge in ("eu_from", "eu_until"))
    may_be_member = group in ("moe", "other_eu") or row["eu_from"] != ""
    if may_be_member and since <= REFERENCE_DATE <= until:
        return GROUPS.index("moe" if group == "moe" else "other_eu")
    return GROUPS.index(group) if group in ("nl", "efta", "ukraine") else THIRD_COUNTRY


def read_lo_csv(path: str) -> tuple[pd.DataFrame, int]:
    """The rows with as many columns as the header, and how many rows there are.

    Escaped signs become control characters, so that they split no row; no code or number holds one.
    """
    data = Path(path).read_bytes()
    if b"\\" in data:
        data = data.replace(rb"\\", b"\x01").replace(rb"\,", b"\x02").replace(rb"\;", b"\x03")
    header = data[: data.index(b"\n")].decode("utf-8-sig").rstrip("\r").split(",")
    skipped = 0

    def skip(row: pa.csv.InvalidRow) -> str:
        nonlocal skipped
        skipped += 1
        return "skip"

    category = pa.dictionary(pa.int32(), pa.string())
    table = pa.csv.read_csv(
        pa.BufferReader(data),
        parse_options=pa.csv.ParseOptions(quote_char=False, invalid_row_handler=skip),
        convert_options=pa.csv.ConvertOptions(
            include_columns=[name for name in (*NUMBERS, *CODES) if name in header],
            column_types={name: pa.string() for name in NUMBERS} | dict.fromkeys(CODES, category),
        ),
    )
    frame = table.to_pandas()
    for name in CODES:
        if name not in header:
            frame[name] = pd.Categorical.from_codes(np.zeros(len(frame), np.int8), categories=[""])
    return frame, len(frame) + skipped


def per_value(column: pd.Series, function: Callable[[str], Any]) -> npt.NDArray[Any]:
    """A function of a category's value, called once for each value."""
    values = np.array([function(value) for value in column.cat.categories])
    of_rows: npt.NDArray[Any] = values[column.cat.codes]
    return of_rows


# rules


def broken_person(frame: pd.DataFrame, nationalities: set[str]) -> Bools:
    """Which rows break a rule that both registers have."""
    lengths = np.stack(
        [per_value(frame[name], lambda cell: len(cell.split(";")) if cell else 0) for name in NATIONALITY]
    )
    known = nationalities | {""}
    broken: Bools = (
        ~is_a_number(frame["01.01.10"])
        | ~((frame["01.01.20"] == "").to_numpy() | is_bsn(frame["01.01.20"]))
        | (per_value(frame["01.03.10"], earliest) == NO_DATE)
        | ((lengths != 0) & (lengths != lengths.max(axis=0))).any(axis=0)
        | ~per_value(frame["04.05.10"], lambda cell: known.issuperset(cell.split(";")))
        | no_past_date(frame["08.14.20"])
    )
    return broken


def broken_in_brp(frame: pd.DataFrame, municipalities: set[str]) -> Bools:
    """Which rows break a rule of the BRP."""
    broken: Bools = (
        ~per_value(frame["08.09.10"], lambda code: code in municipalities and code != "1999")
        | ~frame["07.67.20"].isin(REASONS).to_numpy()
        | no_past_date(frame["08.09.20"])
        | no_past_date(frame["07.67.10"])
    )
    return broken


def broken_in_rni(frame: pd.DataFrame, municipalities: set[str]) -> Bools:
    """Which rows break a rule of the RNI."""
    broken: Bools = (
        (frame["08.09.10"] != "1999").to_numpy()
        | ~frame["07.67.20"].isin(REASONS).to_numpy()
        | ~per_value(frame["16.09.10"], lambda code: code in municipalities or code == "")
        | no_past_date(frame["07.68.10"])
        | no_past_date(frame["07.67.10"])
        | no_past_date(frame["16.85.10"])
        | (per_value(frame["16.18.10"], earliest) == NO_DATE)
    )
    return broken


def digits_of(numbers: pd.Series) -> Ints:
    """One row of digits for each number; all have the same width."""
    text = "".join(numbers.tolist()).encode("ascii")
    return (np.frombuffer(text, np.uint8) - ord("0")).reshape(len(numbers), -1).astype(np.int64)


def is_a_number(numbers: pd.Series) -> Bools:
    """Whether each is an A-nummer: no equal neighbours, and its two tests by eleven."""
    valid: Bools = numbers.str.fullmatch("[1-9][0-9]{9}").to_numpy(dtype=bool, copy=True)
    digits = digits_of(numbers[valid])
    valid[valid] = (
        (digits[:, 1:] != digits[:, :-1]).all(axis=1)
        & np.isin(digits.sum(axis=1) % 11, (0, 5))
        & (digits @ 2 ** np.arange(10) % 11 == 0)
    )
    return valid


def is_bsn(numbers: pd.Series) -> Bools:
    """Whether each is a BSN: its test by eleven."""
    valid: Bools = (numbers.str.fullmatch("[0-9]{9}") & (numbers != "000000000")).to_numpy(dtype=bool, copy=True)
    valid[valid] = digits_of(numbers[valid]) @ np.array((9, 8, 7, 6, 5, 4, 3, 2, -1)) % 11 == 0
    return valid


# dates


def earliest(text: str) -> int:
    """The first day that a date with unknown parts may stand for."""
    if text == "":
        return EMPTY
    if not is_date(text):
        return NO_DATE
    year, month, day = parts(text)
    return (year or 1) * 10000 + (month or 1) * 100 + (day or 1)


def latest(text: str) -> int:
    """The last day that a date with unknown parts may stand for."""
    if text == "":
        return EMPTY
    if not is_date(text):
        return NO_DATE
    year, month, day = parts(text)
    if year == 0:
        return END
    month = month or 12
    return year * 10000 + month * 100 + (day or calendar.monthrange(year, month)[1])


def is_date(text: str) -> bool:
    """Whether it is jjjjmmdd; once a part is unknown, those after it are."""
    if len(text) != 8 or not (text.isascii() and text.isdigit()):
        return False
    year, month, day = parts(text)
    if year == 0 or month == 0:
        return month == day == 0
    return month <= 12 and day <= calendar.monthrange(year, month)[1]


def parts(text: str) -> tuple[int, int, int]:
    """Year, month and day of eight digits."""
    return int(text[:4]), int(text[4:6]), int(text[6:])


def no_past_date(column: pd.Series) -> Bools:
    """Which rows hold something that is no date, or one after the reference date."""
    low = per_value(column, earliest)
    return np.asarray((low == NO_DATE) | (low > REFERENCE_DATE))


def past(column: pd.Series) -> tuple[Ints, Ints]:
    """The bounds of a date that has been; an absent one may be any day up to the reference date."""
    low, high = per_value(column, earliest), per_value(column, latest)
    high = np.where(high == EMPTY, REFERENCE_DATE, high)
    return np.where(low == EMPTY, BEGINNING, low), np.minimum(high, REFERENCE_DATE)


# states


def persons(frame: pd.DataFrame, groups: dict[str, int], key: bytes) -> pd.DataFrame:
    """Who the persons are: pseudonyms and group of nationality."""
    return pd.DataFrame(
        {
            "pseudonym": pseudonyms(frame["01.01.20"], key),
            "a_pseudonym": pseudonyms(frame["01.01.10"], key),
            "base_group": base_group(frame, groups),
        },
        index=frame.index,
    )


def pseudonyms(numbers: pd.Series, key: bytes) -> pd.Series:
    """HMAC-SHA256 of each number; none of an empty one. As Python strings: ``isin`` is ten times slower on Arrow's."""
    hashed = [hmac.digest(key, number.encode(), "sha256").hex() if number else None for number in numbers.tolist()]
    return pd.Series(hashed, index=numbers.index, dtype=object)


def base_group(frame: pd.DataFrame, groups: dict[str, int]) -> Ints:
    """The place in ``GROUPS`` of a person; who is treated as Dutch (B) is, who is established non-Dutch (V) is not."""

    def of_nationalities(cell: str) -> int:
        return min((groups.get(code, THIRD_COUNTRY) for code in cell.split(";") if code), default=NONE)

    def of_treatment(cell: str) -> int:
        treatments = cell.split(";")
        return DUTCH if "B" in treatments else UNKNOWN if "V" in treatments else NONE

    group = np.minimum(per_value(frame["04.05.10"], of_nationalities), per_value(frame["04.65.10"], of_treatment))
    return np.where(group == NONE, UNKNOWN, group)


def is_incorrect(frame: pd.DataFrame) -> Bools:
    """Which records are marked as incorrect."""
    marked: Bools = np.any([frame[name].isin(("O", "S")).to_numpy() for name in INCORRECT], axis=0)
    return marked


def residents(frame: pd.DataFrame, who: pd.DataFrame) -> pd.DataFrame:
    """Persons of the BRP, and whether they are residents on the reference date: possibly, certainly."""
    start_low, start_high = past(frame["08.09.20"])
    end_low, end_high = past(frame["07.67.10"])
    stays = ((frame["07.67.20"] == "") & (frame["07.67.10"] == "")).to_numpy()
    correct = ~is_incorrect(frame)
    return who.assign(
        municipality=frame["08.09.10"],
        possible=correct & (start_low <= REFERENCE_DATE) & (stays | (end_high > REFERENCE_DATE)),
        certain=correct & (start_high <= REFERENCE_DATE) & (stays | (end_low > REFERENCE_DATE)),
    )


def temporary_addresses(frame: pd.DataFrame, who: pd.DataFrame) -> pd.DataFrame:
    """Persons of the RNI, and whether they have a temporary address on the reference date: possibly, certainly."""
    start_low, start_high = past(frame["16.85.10"])
    end_low, end_high = per_value(frame["16.18.10"], earliest), per_value(frame["16.18.10"], latest)
    here = ((frame["07.67.20"] == "R") & (frame["16.09.10"] != "")).to_numpy() & ~is_incorrect(frame)
    return who.assign(
        municipality=frame["16.09.10"],
        possible=here & (start_low <= REFERENCE_DATE) & ((end_high == EMPTY) | (end_high > REFERENCE_DATE)),
        certain=here & (start_high <= REFERENCE_DATE) & ((end_low == EMPTY) | (end_low > REFERENCE_DATE)),
    )


def without_residents(rni: pd.DataFrame, brp: pd.DataFrame) -> pd.DataFrame:
    """The RNI without who is certainly a resident; of who may be a resident, the address is not certain."""
    staying = rni[rni["possible"]]
    staying = staying[~staying["a_pseudonym"].isin(brp.loc[brp["certain"], "a_pseudonym"])]
    may_be_resident = staying["a_pseudonym"].isin(brp.loc[brp["possible"], "a_pseudonym"])
    return staying.assign(certain=staying["certain"] & ~may_be_resident)


# counts


def rows(read: int, accepted: int) -> dict[str, int]:
    """How many rows were read, and what became of them."""
    return {"read": read, "accepted": accepted, "rejected": read - accepted}


def counts(register: str, frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Persons without Dutch nationality by municipality and group, in that order."""
    counted = (
        frame[frame["possible"] & (frame["base_group"] != DUTCH)]
        .groupby(["municipality", "base_group"], observed=True)["certain"]
        .agg(["sum", "size"])
    )
    cells = [
        {
            "register": register,
            "municipality": municipality,
            "base_group": GROUPS[group],
            "persons_low": int(low),
            "persons_high": int(high),
        }
        for (municipality, group), low, high in counted.itertuples(name=None)
    ]
    return sorted(cells, key=lambda cell: (cell["municipality"], cell["base_group"]))


if __name__ == "__main__":
    main()
