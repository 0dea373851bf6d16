"""What StatLine tells of a municipality in words: every change, with its day, its sides and its inhabitants."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.areas.changes import Change, changes_of, merged

# The five texts that are known, in their own punctuation (CBS, 70739ned, CC BY 4.0).
TEXTS = {
    "0140": "Opgeheven per 01-01-2018, overgegaan naar: - Leeuwarden (GM0080), ... 4330 hectare met 1416 woningen en"
    " 3394 inwoners - Súdwest-Fryslân (GM1900), ... 6738 hectare met 2325 woningen en 5411 inwoners - Waadhoeke"
    " (GM1949), ... 1999 hectare met 806 woningen en 1878 inwoners Naamswijziging per 26-01-1985, oude naam:"
    " Littenseradeel (GM0103) Begindatum 26-01-1985",
    "1671": "Opgeheven per 01-01-2015, overgegaan naar: - 's-Hertogenbosch (GM0796), ... 2619 hectare met 2818 woningen"
    " en 6719 inwoners - Oss (GM0828), ... 1106 hectare met 1845 woningen en 4629 inwoners Grenswijziging per"
    " 01-01-2000, ontvangen van: - Oss (GM0828), ... 20 hectare met 0 woningen en 0 inwoners",
    "1931": "Ontstaan per 01-01-2015, ontvangen van: - Bergambacht (GM0491) ... 3510 hectare met 4231 woningen en 10186"
    " inwoners - Nederlek (GM0643) ... 2777 hectare met 6388 woningen en 14143 inwoners - Ouderkerk (GM0644) ..."
    " 2707 hectare met 3343 woningen en 8241 inwoners - Schoonhoven (GM0608) ... 628 hectare met 5302 woningen en"
    " 11898 inwoners - Vlist (GM0623) ... 5373 hectare met 4001 woningen en 9740 inwoners Begindatum 01-01-2015",
    "0545": "Opgeheven per 01-01-2019, overgegaan naar: - Vijfheerenlanden (GM1961), ... 3376 hectare met 8988 woningen"
    " en 21248 inwoners Provinciale wijziging per 01-01-2019: - overgegaan van provincie Zuid-Holland naar"
    " provincie Utrecht Wijziging per 01-01-1986, ontvangen van: - Heukelum (GM0533), ... 15 hectare met 1 woning"
    " en 1 inwoner - Kedichem (GM0538), ... 867 hectare met 466 woningen en 1084 inwoners Begindatum voor 1830",
    "1921": "Naamswijziging per 01-07-2015, nieuwe naam: De Fryske Marren (GM1940) Ontstaan per 01-01-2014, ontvangen"
    " van: - Boarnsterhim (GM0055), ... 531 hectare met 277 woningen en 783 inwoners - Lemsterland (GM0082), ..."
    " 7577 hectare met 6146 woningen en 13524 inwoners Begindatum 01-01-2014",
}


def told(code: str) -> list[tuple[Any, ...]]:
    """The changes of a known text, as one reads them."""
    return [
        (one.kind, str(one.on), one.old_code, one.new_code, one.inhabitants) for one in changes_of(code, TEXTS[code])
    ]


def test_a_municipality_that_was_divided_says_how_many_went_where_and_what_it_was_called() -> None:
    assert told("0140") == [
        ("ended", "2018-01-01", "0140", "0080", 3394),
        ("ended", "2018-01-01", "0140", "1900", 5411),
        ("ended", "2018-01-01", "0140", "1949", 1878),
        ("renamed", "1985-01-26", "0103", "0140", None),
    ]


def test_a_change_of_borders_ends_nobody_and_none_moved_is_nought() -> None:
    assert told("1671")[-1] == ("border_change", "2000-01-01", "0828", "1671", 0)


def test_a_new_municipality_says_of_whom_it_was_made() -> None:
    assert {one[:2] + one[3:4] for one in told("1931")} == {("ended", "2015-01-01", "1931")}
    assert {one[2]: one[4] for one in told("1931")} == {
        "0491": 10186, "0643": 14143, "0644": 8241, "0608": 11898, "0623": 9740,
    }  # fmt: skip


def test_one_house_with_one_inhabitant_is_read_and_a_change_of_province_is_read_over() -> None:
    assert told("0545") == [
        ("ended", "2019-01-01", "0545", "1961", 21248),
        ("ended", "1986-01-01", "0533", "0545", 1),
        ("ended", "1986-01-01", "0538", "0545", 1084),
    ]


def test_a_change_in_the_middle_of_a_year_keeps_its_day() -> None:
    assert told("1921")[0] == ("renamed", "2015-07-01", "1921", "1940", None)


def test_names_are_as_the_text_writes_them_and_ones_own_is_what_the_caller_knows() -> None:
    first = changes_of("1671", TEXTS["1671"], "Maasdonk")[0]
    assert (first.old_name, first.new_name) == ("Maasdonk", "'s-Hertogenbosch")
    (suffix,) = changes_of("0001", "Wijziging per 01-01-1970, ontvangen van: - Bergen (NH.) (GM0373), 2 inwoners")
    assert suffix.old_name == "Bergen (NH.)"


def test_a_municipality_of_which_nothing_is_told_has_no_changes() -> None:
    assert changes_of("0363", "") == changes_of("0363", " Begindatum voor 1830 ") == []


# two sides


GIVEN = "Opgeheven per 01-01-2019, overgegaan naar: - Haarlemmermeer (GM0394), ... 9 woningen en 5 inwoners"
TAKEN = "Wijziging per 01-01-2019, ontvangen van: - Haarlemmerliede c.a. (GM0393), ... 5 inwoners"


def test_giver_and_receiver_tell_the_same_change() -> None:
    assert changes_of("0393", GIVEN) == changes_of("0394", TAKEN)
    (one,) = merged([*changes_of("0394", TAKEN), *changes_of("0393", GIVEN, "Haarlemmerliede en Spaarnwoude")])
    assert (one.old_name, one.new_name, one.stated_by) == ("Haarlemmerliede en Spaarnwoude", "Haarlemmermeer", "0393")


def test_whether_the_giver_ended_is_for_the_giver_to_say() -> None:
    goes_on = changes_of("0393", GIVEN.replace("Opgeheven", "Wijziging"))
    for order in ([*goes_on, *changes_of("0394", TAKEN)], [*changes_of("0394", TAKEN), *goes_on]):
        assert [one.kind for one in merged(order)] == ["border_change"]
    border = changes_of("0394", TAKEN.replace("Wijziging", "Grenswijziging"))
    assert [one.kind for one in merged([*border, *changes_of("0393", GIVEN)])] == ["ended"]


def test_a_number_that_only_the_receiver_states_is_kept() -> None:
    silent = [replace(one, inhabitants=None) for one in changes_of("0393", GIVEN)]
    assert [one.inhabitants for one in merged([*silent, *changes_of("0394", TAKEN)])] == [5]


def test_an_exchange_of_land_is_two_changes() -> None:
    text = (
        "Grenswijziging per 01-01-1999, ontvangen van: - Uithoorn (GM0451) ... 3 hectare met 1 woning en 2 inwoners"
        " overgegaan naar: - Uithoorn (GM0451) ... 4 hectare met 0 woningen en 0 inwoners"
    )
    assert [(one.old_code, one.new_code, one.inhabitants) for one in changes_of("0394", text)] == [
        ("0451", "0394", 2),
        ("0394", "0451", 0),
    ]


# what cannot be read


@pytest.mark.parametrize(
    "text",
    [
        "Samengevoegd met Oss per 01-01-2015",
        "Opgeheven in 2015, overgegaan naar: - Oss (GM0828), ... 5 inwoners",
        "Opgeheven per 01-01-2015",
        "Opgeheven per 32-01-2015, overgegaan naar: - Oss (GM0828), ... 5 inwoners",
        "Opgeheven per 01-01-2015, ontvangen van: - Oss (GM0828), ... 5 inwoners",
        "Opgeheven per 01-01-2015, overgegaan naar: - Oss, ... 5 inwoners",
        "Opgeheven per 01-01-2015, overgegaan naar: - Oss (GM0828), ... 5 inwoners en drie boerderijen",
        "Opgeheven per 01-01-2015, overgegaan naar: - Oss (GM0828), vijf inwoners - Uden (GM0856), 6 inwoners",
        "Opgeheven per 01-01-2015, overgegaan naar: Oss (GM0828), 5 inwoners en boeren - Uden (GM0856), 6 inwoners",
        "Begindatum onbekend",
    ],
)
def test_words_that_are_not_understood_are_an_error_and_never_a_change_less(text: str) -> None:
    with pytest.raises(ValueError, match=r"cannot be read from '|day is out of range|day must be in"):
        changes_of("0001", text)


# any punctuation


NAMES = st.sampled_from(["Oss", "'s-Hertogenbosch", "Súdwest-Fryslân", "Bergen (NH.)", "Nuenen, Gerwen en Nederwetten"])
ITEMS = st.tuples(NAMES, st.integers(1, 9999), st.none() | st.integers(0, 1_500_000))
STATEMENTS = st.tuples(
    st.sampled_from(["Opgeheven", "Ontstaan", "Wijziging", "Grenswijziging"]),
    st.dates(date(1830, 1, 1), date(2030, 1, 1)),
    st.lists(ITEMS, min_size=1, max_size=4),
)
NOISE = st.sampled_from(["", " ", ", ", " ... ", ",  ...", "\r\n", " … ", ".. "])


def rendered(draw: Any, kind: str, on: date, items: list[tuple[str, int, int | None]]) -> str:
    direction = "overgegaan naar" if kind == "Opgeheven" else "ontvangen van"
    text = f"{kind} per {on:%d-%m-%Y}{draw(NOISE)} {direction}{draw(st.sampled_from([':', '', ' :']))} "
    for name, code, inhabitants in items:
        text += f"{draw(st.sampled_from(['- ', '– ', '-', '']))}{name} (GM{code:04}){draw(NOISE)} "
        if inhabitants is not None:
            written = f"{inhabitants:,}".replace(",", draw(st.sampled_from(["", "."])))
            text += draw(NOISE) + draw(st.sampled_from(["", "20 hectare met 1 woning en", "7 hectare met 2 woningen"]))
            text += f"{draw(NOISE)} {written} {'inwoner' if inhabitants == 1 else 'inwoners'}{draw(NOISE)} "
    return text


@given(st.data(), st.lists(STATEMENTS, max_size=4))
def test_what_was_told_is_read_whatever_stands_between_the_words(data: st.DataObject, told: list[Any]) -> None:
    text = "".join(rendered(data.draw, *one) for one in told) + data.draw(st.sampled_from(["", "Begindatum voor 1830"]))
    expected = [
        ("border_change" if kind == "Grenswijziging" else "ended", on, name, f"{code:04}", inhabitants)
        for kind, on, items in told
        for name, code, inhabitants in items
    ]
    read = changes_of("0000", text)
    others = [(one.new_name, one.new_code) if one.old_code == "0000" else (one.old_name, one.old_code) for one in read]
    assert [(one.kind, one.on, *other, one.inhabitants) for one, other in zip(read, others, strict=True)] == expected


@given(st.text(max_size=60))
def test_any_other_text_is_read_or_refused_and_breaks_nothing(text: str) -> None:
    try:
        found = changes_of("0000", text)
    except ValueError:
        return
    assert all(isinstance(one, Change) for one in found)


def test_what_one_text_tells_twice_of_a_day_went_over_together_and_its_end_is_not_lost() -> None:
    text = (
        "Opgeheven per 01-01-2015, overgegaan naar: - Oss (GM0828), ... 500 inwoners "
        "Grenswijziging per 01-01-2015, overgegaan naar: - Oss (GM0828), ... 20 inwoners"
    )
    (change,) = merged(changes_of("1671", text))
    assert (change.kind, change.inhabitants) == ("ended", 520)
    text = "Opgeheven per 01-01-2015, overgegaan naar: - Oss (GM0828), ... 500 inwoners - Oss (GM0828)"
    (change,) = merged(changes_of("1671", text))
    assert change.inhabitants is None, "of a part that is not told the whole is not known"
