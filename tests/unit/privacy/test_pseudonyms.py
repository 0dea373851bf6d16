"""Pseudonyms: the macro against Python's own HMAC, and the file that holds the key."""

from __future__ import annotations

import hashlib
import hmac
import stat
from typing import TYPE_CHECKING

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.privacy.pseudonyms import define_pseudonym, make_key, read_key
from pipelines.settings import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        yield opened


@given(
    key=st.binary(min_size=1, max_size=200),
    identifiers=st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), min_size=1, max_size=20),
)
def test_the_macro_is_hmac_sha256(connection: duckdb.DuckDBPyConnection, key: bytes, identifiers: list[str]) -> None:
    define_pseudonym(connection, key)
    found = connection.execute("select pseudonym(one) from (select unnest(?::varchar[]) as one)", [identifiers])
    expected = [(hmac.new(key, one.encode(), hashlib.sha256).hexdigest(),) for one in identifiers]
    assert found.fetchall() == expected


def test_an_absent_identifier_gives_no_pseudonym(connection: duckdb.DuckDBPyConnection) -> None:
    define_pseudonym(connection, b"key")
    assert connection.execute("select pseudonym(''), pseudonym(null)").fetchone() == (None, None)


def test_another_key_gives_another_pseudonym(connection: duckdb.DuckDBPyConnection) -> None:
    seen = set()
    for key in (b"one", b"other"):
        define_pseudonym(connection, key)
        seen.add(connection.execute("select pseudonym('900500012')").fetchone())
    assert len(seen) == 2


def test_no_statement_or_plan_shows_the_key(connection: duckdb.DuckDBPyConnection) -> None:
    key = bytes(range(100, 132))
    define_pseudonym(connection, key)
    plan = str(connection.execute("explain select pseudonym(one) from (select unnest(['1', '2']) as one)").fetchall())
    macros = str(connection.execute("select macro_definition from duckdb_functions()").fetchall())
    padded = [bytes(byte ^ pad for byte in key) for pad in (0, 0x36, 0x5C)]
    assert not any(one.hex() in text.lower() for one in padded for text in (plan, macros))


def test_a_new_key_is_random_of_256_bits_and_its_owners_alone(tmp_path: Path) -> None:
    one, other = tmp_path / "a" / "one.key", tmp_path / "other.key"
    make_key(one)
    make_key(other)
    assert stat.S_IMODE(one.stat().st_mode) == 0o600
    assert len(read_key(one)) == 32
    assert read_key(one) != read_key(other)


def test_a_key_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "secret.key"
    make_key(path)
    before = path.read_bytes()
    with pytest.raises(UsageError, match="loses every pseudonym"):
        make_key(path)
    assert path.read_bytes() == before


def test_a_missing_key_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="zicht key"):
        read_key(tmp_path / "none.key")


@pytest.mark.parametrize("content", ["", "abc", "g" * 64, "a" * 63, "a" * 65, "é" * 64])
def test_a_file_that_holds_no_key_is_refused_without_showing_it(tmp_path: Path, content: str) -> None:
    path = tmp_path / "bad.key"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(UsageError, match="64 hexadecimal digits") as wrong:
        read_key(path)
    assert not content or content not in str(wrong.value)


def test_a_key_may_end_with_or_without_a_line_end(tmp_path: Path) -> None:
    path = tmp_path / "k.key"
    for end in ("", "\n", "\r\n"):
        path.write_text("0f" * 32 + end, encoding="ascii")
        assert read_key(path) == b"\x0f" * 32
