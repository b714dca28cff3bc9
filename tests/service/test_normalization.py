"""Names that look alike: what is one name, and what may be taken for another."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from service.normalization import FOREIGN, MIXED, doubt, folded, key, name_of

# default-ignorable by the Unicode Standard, section 5.21, and its DerivedCoreProperties.txt
UNSEEN = (
    *("\u3164", "\u115f", "\u1160", "\uffa0"),  # Hangul fillers, of which the last and first are the third by NFKC
    *("\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u00ad"),  # zero width, soft hyphen
    *("\u200e", "\u202e", "\u2066", "\u2069", "\u061c"),  # directions
    *("\ufe00", "\ufe0f", "\U000e0100", "\u180b", "\u034f"),  # variation selectors, grapheme joiner
    *("\U000e0041", "\U000e007f", "\u17b4", "\u206a"),  # tags, Khmer inherent vowels, deprecated
)


@pytest.mark.parametrize(
    "names",
    [
        ("A-1001", "a 1001", "Ａ１００１", "#A1001\u200b", "a١٠٠١"),
        ("张三店", " 张三\u3000店"),
        ("", None, "  ", "-", "\u200b", "\u3164"),
        ("x" * 500, "X" * 500, "x\u3164" * 500),
        ("가1", "\u1100\u11611", "\u1100\u3164\u11611", "\u1100-\u11611"),  # letters that belong together come together
        ("Straße", "STRASSE", "straſſe"),
    ],
)
def test_one_name_has_one_key(names: Any) -> None:
    assert len({key(name) for name in names}) == 1
    assert all(len(key(name)) <= 100 for name in names)


@pytest.mark.parametrize("unseen", UNSEEN, ids=lambda sign: f"{ord(sign):04X}")
def test_what_nobody_sees_makes_no_other_name(unseen: str) -> None:
    name = f"{unseen}A{unseen}-1001{unseen}"
    assert (folded(name), key(name), doubt(name)) == ("a-1001", "a1001", None)


def test_orders_that_only_look_alike_are_not_added_up() -> None:
    assert folded("1-23") != folded("12-3")
    assert folded(" １-23") == folded("1-23")


@given(st.text())
@example("\u1100-\u1161")
@example("e\u3164\u0301")
@example("\u1f82\u0345\u0301")
@example("A¨1")
@example("ﷺ" * 40)
def test_a_key_has_itself_as_its_key(name: str) -> None:
    assert key(key(name)) == key(name) == key(folded(name))
    assert folded(folded(name)) == folded(name)


@given(st.text(), st.sampled_from(UNSEEN), st.text())
def test_what_nobody_sees_changes_no_name_anywhere(before: str, unseen: str, after: str) -> None:
    assert key(f"{before}{unseen}{after}") == key(before + after) or len(before + after) > 50  # a long one is a digest


@pytest.mark.parametrize(
    "id",
    [
        "A1001",
        "Ａ１００１",
        "a-1001/2",
        "订单2024A1",
        "ご注文No１",
        "주문A1",
        "ㄅA1",
        "Müller_7",
        "Łódź-5",
        "店★1",
        "-",
        "",
        None,
    ],
)
def test_an_id_of_one_writing_raises_no_doubt(id: str | None) -> None:
    assert doubt(id) is None


@pytest.mark.parametrize(
    ("id", "why"),
    [
        ("К1001A", MIXED),  # Cyrillic and Latin
        ("Α1001b", MIXED),  # Greek and Latin
        ("订单А1", MIXED),  # Han and Cyrillic
        ("ㄅ주1", MIXED),  # Bopomofo and Hangul
        ("αб1", MIXED),  # Greek and Cyrillic
        ("Ꮢ1001", MIXED),  # Cherokee, which no shop numbers orders in
        ("\ue0001", MIXED),  # no writing
        ("К1001", FOREIGN),  # Cyrillic alone may pass for K1001
        ("ΑΒ12", FOREIGN),
        ("A1৪", MIXED),  # a Bengali four that looks like an eight
        ("1৪", FOREIGN),
        ("Aɑ1", FOREIGN),  # a phonetic sign
        ("ıd1", FOREIGN),  # a dotless i
        ("A1〇〇1", FOREIGN),  # a zero that is no digit
    ],
)
def test_an_id_whose_letters_may_pass_for_others_is_doubted(id: str, why: str) -> None:
    assert doubt(id) == why


@pytest.mark.parametrize(
    ("name", "why"), [("Алфа маркет", None), ("ΑΒ 12", None), ("Shop ③〇店", None), ("Аlfa", MIXED)]
)
def test_a_merchant_is_named_in_any_writing_but_one_at_a_time(name: str, why: str | None) -> None:
    assert doubt(name, is_id=False) == why


@pytest.mark.parametrize(
    ("scope", "name", "kept"),
    [
        ("merchant", "Shop\u3164 One", "shopone"),
        ("customer", "c\u115f1", "c1"),
        ("merchant", "*", "*"),
        ("day", "*", "*"),
        ("rule", "automation/goods-stay", "automation/goods-stay"),
    ],
)
def test_budgets_and_switches_of_whom_have_a_key(scope: str, name: str, kept: str) -> None:
    assert name_of(scope, name) == kept
