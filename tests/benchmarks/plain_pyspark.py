"""The full register path as a Spark user would write it: two extracts in, counts per municipality out.

Belongs here: the whole job in one file that can be read from top to bottom, in columns and SQL functions, with nothing
of zicht in it, so that zicht has something to be measured against. No Python function sees a row. Every row is judged
and given its pseudonyms in one pass and cached, because several questions are asked of it.
Does not belong here: timing, and anything that only one of the two baselines does. ``plain_pandas`` does the same job.

``python plain_pyspark.py BRP.csv RNI.csv KEYHEX OUT.json``
"""

from __future__ import annotations

import csv
import json
import sys
from functools import reduce
from itertools import pairwise
from operator import or_
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyspark.sql import SparkSession  # type: ignore[import-not-found]
from pyspark.sql import functions as F  # noqa: N812 - its usual name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyspark.sql import Column, DataFrame

SEEDS = Path(__file__).resolve().parents[2] / "dbt_project" / "seeds"

# Dates are numbers jjjjmmdd, which sort as dates do.
REFERENCE_DATE = 20260101
BEGINNING, END = 10101, 99991231
NO_DATE = -1

# Of several nationalities the first of this order counts.
GROUPS = ("nl", "moe", "other_eu", "efta", "ukraine", "third_country", "unknown")
DUTCH, THIRD_COUNTRY, UNKNOWN = 0, 5, 6

NATIONALITY = ("nationalities", "nationality_ends", "treated_as")
REASONS = ("", "O", "E", "M", "R", "F", "W", ".")
PERSON_TEXTS = {
    "a_number": "01.01.10", "bsn": "01.01.20", "birth": "01.03.10", "nationalities": "04.05.10",
    "nationality_ends": "04.64.10", "treated_as": "04.65.10", "settled": "08.14.20", "suspended": "07.67.10",
    "reason": "07.67.20", "municipality": "08.09.10", "incorrect_person": "01.84.10",
    "incorrect_nationality": "04.84.10", "incorrect_residence": "08.84.10",
}  # fmt: skip
BRP_TEXTS = PERSON_TEXTS | {"registered": "08.09.20"}
RNI_TEXTS = PERSON_TEXTS | {
    "first_registered": "07.68.10", "address": "16.09.10", "address_end": "16.18.10", "address_start": "16.85.10",
}  # fmt: skip
BRP_DATES = ("birth", "settled", "suspended", "registered")
RNI_DATES = ("birth", "settled", "suspended", "first_registered", "address_start", "address_end")
BLOCK_BYTES = 64  # of SHA-256


def main() -> None:
    """Read both extracts, count, write the counts as JSON."""
    brp_path, rni_path, key, out = sys.argv[1:]
    spark = session()
    brp = residents(spark, brp_path, bytes.fromhex(key)).cache()
    rni = temporary_addresses(spark, rni_path, bytes.fromhex(key)).cache()
    result = {
        "rows": {"brp": rows(brp), "rni": rows(rni)},
        "counts": counts(*without_residents(brp.where("accepted"), rni.where("accepted"))),
    }
    spark.stop()
    Path(out).write_text(json.dumps(result, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def session() -> SparkSession:
    """Spark on two cores of this machine."""
    builder: SparkSession.Builder = SparkSession.builder
    return (
        builder.master("local[2]")
        .appName("plain_pyspark")
        .config("spark.driver.memory", "6g")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "8")
        # HotSpot compiles no method above 8,000 bytes of code, and the rules are more; Spark then writes smaller ones.
        .config("spark.sql.codegen.hugeMethodLimit", "8000")
        .getOrCreate()
    )


# reading


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


def header_of(path: str) -> list[str]:
    """The rubrics of a file, in its order."""
    with Path(path).open(encoding="utf-8-sig") as stream:
        return stream.readline().rstrip("\n").split(",")


def read_lines(spark: SparkSession, path: str) -> DataFrame:
    """The rows of a file as lines; the header is the one that starts with a rubric's number."""
    return spark.read.text(path).where(~F.col("value").startswith("01.01."))


def texts(lines: DataFrame, header: list[str], rubrics: dict[str, str]) -> DataFrame:
    """The rubrics by name, and how many cells a row has.

    Escaped signs become control characters, so that they split no row; no code or number holds one.
    """
    line = F.col("value")
    unescaped = reduce(
        lambda text, pair: F.replace(text, F.lit(pair[0]), F.lit(pair[1])),
        ((r"\\", "\x01"), (r"\,", "\x02"), (r"\;", "\x03")),
        line,
    )
    cells = lines.select(F.split(F.when(line.contains("\\"), unescaped).otherwise(line), ",").alias("cells"))

    def cell(rubric: str) -> Column:
        if rubric not in header:
            return F.lit("")
        return F.coalesce(F.get("cells", F.lit(header.index(rubric))), F.lit(""))

    return cells.select(F.size("cells").alias("width"), *(cell(rubric).alias(name) for name, rubric in rubrics.items()))


# dates


def with_bounds(frame: DataFrame, names: Iterable[str]) -> DataFrame:
    """Each date as ``<name>_low`` and ``<name>_high``, both null where it is empty and ``NO_DATE`` where it is none."""
    names = tuple(names)
    numbers = frame.withColumns({name: as_number(name) for name in names})
    return numbers.withColumns(
        {f"{name}_low": F.expr(low_sql(name)) for name in names}
        | {f"{name}_high": F.expr(high_sql(name)) for name in names}
    )


def as_number(name: str) -> Column:
    """Eight digits as a number."""
    text = F.col(name)
    return F.when(text.rlike(r"^[0-9]{8}\z"), text.cast("int")).when(text != "", NO_DATE)


def is_date_sql(name: str) -> str:
    """Whether a number is jjjjmmdd; once a part is unknown, those after it are."""
    year, month, day = f"{name} div 10000", f"{name} div 100 % 100", f"{name} % 100"
    return f"""(
        {name} = 0
        or {year} > 0 and {name} % 10000 = 0
        or {year} > 0 and {month} between 1 and 12 and {day} between 0 and {last_day_sql(year, month)}
    )"""


def last_day_sql(year: str, month: str) -> str:
    """The number of days of a month."""
    return f"""case
        when {month} = 2 then if({year} % 4 = 0 and ({year} % 100 <> 0 or {year} % 400 = 0), 29, 28)
        when {month} in (4, 6, 9, 11) then 30
        else 31 end"""


def low_sql(name: str) -> str:
    """The first day that a date with unknown parts may stand for."""
    return f"""case
        when {name} is null then null
        when not {is_date_sql(name)} then {NO_DATE}
        when {name} = 0 then {BEGINNING}
        when {name} % 10000 = 0 then {name} + 101
        when {name} % 100 = 0 then {name} + 1
        else {name} end"""


def high_sql(name: str) -> str:
    """The last day that a date with unknown parts may stand for."""
    return f"""case
        when {name} is null then null
        when not {is_date_sql(name)} then {NO_DATE}
        when {name} = 0 then {END}
        when {name} % 10000 = 0 then {name} + 1231
        when {name} % 100 = 0 then {name} + {last_day_sql(f"{name} div 10000", f"{name} div 100 % 100")}
        else {name} end"""


def past(name: str) -> tuple[Column, Column]:
    """The bounds of a date that has been; an absent one may be any day up to the reference date."""
    high = F.coalesce(F.col(f"{name}_high"), F.lit(REFERENCE_DATE))
    return F.coalesce(F.col(f"{name}_low"), F.lit(BEGINNING)), F.least(high, F.lit(REFERENCE_DATE))


# rules


def any_of(conditions: Iterable[Column]) -> Column:
    """Whether one of the conditions holds."""
    return reduce(or_, conditions)


def broken_person(columns: int) -> Column:
    """Whether a row breaks a rule that both registers have."""
    nationalities = [row["nationality_code"] for row in seed("nationality")] + [""]
    lengths = [F.when(F.col(name) != "", F.size(F.split(name, ";"))) for name in NATIONALITY]
    return any_of(
        (
            F.col("width") != columns,
            ~is_a_number(),
            ~((F.col("bsn") == "") | is_bsn()),
            F.coalesce(F.col("birth_low") == NO_DATE, F.lit(False)),
            F.coalesce(F.greatest(*lengths) != F.least(*lengths), F.lit(False)),
            ~F.forall(F.split("nationalities", ";"), lambda code: code.isin(nationalities)),
            no_past_date("settled"),
        )
    )


def broken_in_brp() -> Column:
    """Whether a row breaks a rule of the BRP."""
    municipalities = [row["municipality_code"] for row in seed("municipality")]
    return any_of(
        (
            F.col("municipality") == "1999",
            ~F.col("municipality").isin(municipalities),
            ~F.col("reason").isin(*REASONS),
            no_past_date("registered"),
            no_past_date("suspended"),
        )
    )


def broken_in_rni() -> Column:
    """Whether a row breaks a rule of the RNI."""
    municipalities = [row["municipality_code"] for row in seed("municipality")]
    return any_of(
        (
            F.col("municipality") != "1999",
            ~F.col("address").isin([*municipalities, ""]),
            ~F.col("reason").isin(*REASONS),
            no_past_date("first_registered"),
            no_past_date("suspended"),
            no_past_date("address_start"),
            F.coalesce(F.col("address_end_low") == NO_DATE, F.lit(False)),
        )
    )


def no_past_date(name: str) -> Column:
    """Whether something is no date, or one after the reference date."""
    low = F.col(f"{name}_low")
    return F.coalesce((low == NO_DATE) | (low > REFERENCE_DATE), F.lit(False))


def digit_sql(number: str, place: int, width: int) -> str:
    """One digit of a number, counted from the left."""
    return f"{number} div {10 ** (width - 1 - place)} % 10"


def with_numbers(frame: DataFrame) -> DataFrame:
    """A-nummer and BSN as numbers, null where they are no ten or nine digits."""

    def number(name: str, pattern: str) -> Column:
        return F.when(F.col(name).rlike(pattern), F.col(name).cast("long"))

    return frame.withColumns({"a": number("a_number", r"^[1-9][0-9]{9}\z"), "b": number("bsn", r"^[0-9]{9}\z")})


def is_a_number() -> Column:
    """Whether column ``a`` is an A-nummer: no equal neighbours, and its two tests by eleven."""
    digits = [f"({digit_sql('a', place, 10)})" for place in range(10)]
    unequal = " and ".join(f"{one} <> {next_one}" for one, next_one in pairwise(digits))
    powers = " + ".join(f"{2**place} * {one}" for place, one in enumerate(digits))
    tests = f"{unequal} and ({' + '.join(digits)}) % 11 in (0, 5) and ({powers}) % 11 = 0"
    return F.expr(f"coalesce({tests}, false)")


def is_bsn() -> Column:
    """Whether column ``b`` is a BSN: its test by eleven."""
    weights = (9, 8, 7, 6, 5, 4, 3, 2, -1)
    weighted = " + ".join(f"{weight} * ({digit_sql('b', place, 9)})" for place, weight in enumerate(weights))
    return F.expr(f"coalesce(b <> 0 and ({weighted}) % 11 = 0, false)")


# states


def judged(spark: SparkSession, path: str, rubrics: dict[str, str], dates: Iterable[str], rule: Column) -> DataFrame:
    """All rows of a file, with their dates as bounds, and whether they break no rule."""
    header = header_of(path)
    typed = with_bounds(with_numbers(texts(read_lines(spark, path), header, rubrics)), dates)
    return typed.withColumn("accepted", ~(broken_person(len(header)) | rule))


def persons(key: bytes) -> dict[str, Column]:
    """Who a person is: pseudonyms and group of nationality."""
    return {
        "pseudonym": pseudonym(F.col("bsn"), key),
        "a_pseudonym": pseudonym(F.col("a_number"), key),
        "base_group": base_group(),
    }


def pseudonym(number: Column, key: bytes) -> Column:
    """HMAC-SHA256 (RFC 2104); null of an empty number."""
    block = key.ljust(BLOCK_BYTES, b"\0")
    inner, outer = (F.lit(bytearray(byte ^ pad for byte in block)) for pad in (0x36, 0x5C))
    hashed = F.sha2(F.concat(inner, F.encode(number, "UTF-8")), 256)
    return F.when(number != "", F.sha2(F.concat(outer, F.unhex(hashed)), 256))


def base_group() -> Column:
    """The place in ``GROUPS`` of a person; who is treated as Dutch (B) is, who is established non-Dutch (V) is not."""
    groups = {row["nationality_code"]: group_of(row) for row in seed("nationality_group")}
    groups |= {"0000": UNKNOWN, "0499": UNKNOWN}

    def group(code: Column) -> Column:
        found = F.when(code == "", None)
        for place in sorted(set(groups.values()) - {THIRD_COUNTRY}):
            found = found.when(code.isin([one for one, its in groups.items() if its == place]), place)
        return found.otherwise(THIRD_COUNTRY)

    treatments = F.split("treated_as", ";")
    treated = F.when(F.array_contains(treatments, "B"), DUTCH).when(F.array_contains(treatments, "V"), UNKNOWN)
    of_nationalities = F.array_min(F.transform(F.split("nationalities", ";"), group))
    return F.coalesce(F.least(of_nationalities, treated), F.lit(UNKNOWN))


def is_incorrect() -> Column:
    """Whether a record is marked as incorrect."""
    marks = ("incorrect_person", "incorrect_nationality", "incorrect_residence")
    return any_of(F.col(mark).isin("O", "S") for mark in marks)


def residents(spark: SparkSession, path: str, key: bytes) -> DataFrame:
    """Persons of the BRP, and whether they are residents on the reference date: possibly, certainly."""
    (start_low, start_high), (end_low, end_high) = past("registered"), past("suspended")
    stays = (F.col("reason") == "") & F.col("suspended").isNull()
    return judged(spark, path, BRP_TEXTS, BRP_DATES, broken_in_brp()).select(
        "accepted",
        F.lit("brp").alias("register"),
        "municipality",
        (~is_incorrect() & (start_low <= REFERENCE_DATE) & (stays | (end_high > REFERENCE_DATE))).alias("possible"),
        (~is_incorrect() & (start_high <= REFERENCE_DATE) & (stays | (end_low > REFERENCE_DATE))).alias("certain"),
        *(column.alias(name) for name, column in persons(key).items()),
    )


def temporary_addresses(spark: SparkSession, path: str, key: bytes) -> DataFrame:
    """Persons of the RNI, and whether they have a temporary address on the reference date: possibly, certainly."""
    start_low, start_high = past("address_start")
    end_low, end_high = F.col("address_end_low"), F.col("address_end_high")
    here = (F.col("reason") == "R") & (F.col("address") != "") & ~is_incorrect()
    stays = F.col("address_end").isNull()
    return judged(spark, path, RNI_TEXTS, RNI_DATES, broken_in_rni()).select(
        "accepted",
        F.lit("rni").alias("register"),
        F.col("address").alias("municipality"),
        (here & (start_low <= REFERENCE_DATE) & (stays | (end_high > REFERENCE_DATE))).alias("possible"),
        (here & (start_high <= REFERENCE_DATE) & (stays | (end_low > REFERENCE_DATE))).alias("certain"),
        *(column.alias(name) for name, column in persons(key).items()),
    )


def without_residents(brp: DataFrame, rni: DataFrame) -> tuple[DataFrame, DataFrame]:
    """The BRP, and the RNI without who is certainly a resident; who may be a resident is not certain to stay there."""
    certain = brp.where("certain").select("a_pseudonym")
    possible = brp.where("possible and not certain").select("a_pseudonym", F.lit(True).alias("may_be_resident"))
    staying = rni.where("possible").join(certain, "a_pseudonym", "left_anti")
    known = staying.join(possible.distinct(), "a_pseudonym", "left")
    certain_there = F.col("certain") & F.col("may_be_resident").isNull()
    return brp, known.withColumn("certain", certain_there).drop("may_be_resident")


# counts


def rows(frame: DataFrame) -> dict[str, int]:
    """How many rows were read, and what became of them."""
    read, kept = frame.count(), frame.where("accepted").count()
    return {"read": read, "accepted": kept, "rejected": read - kept}


def counts(brp: DataFrame, rni: DataFrame) -> list[dict[str, Any]]:
    """Persons without Dutch nationality by register, municipality and group, in that order."""
    counted = (
        brp.unionByName(rni)
        .where(F.col("possible") & (F.col("base_group") != DUTCH))
        .groupBy("register", "municipality", "base_group")
        .agg(F.count_if("certain").alias("persons_low"), F.count(F.lit(1)).alias("persons_high"))
        .collect()
    )
    cells = [cell.asDict() | {"base_group": GROUPS[cell["base_group"]]} for cell in counted]
    return sorted(cells, key=lambda cell: (cell["register"], cell["municipality"], cell["base_group"]))


if __name__ == "__main__":
    main()
