from __future__ import annotations

from decimal import Decimal

import pytest

from service.validation.json_text import read, write


def found(text: str | bytes) -> list[tuple[str, str]]:
    value, faults = read(text if isinstance(text, bytes) else text.encode())
    assert value is None
    return [(fault.pointer, fault.code) for fault in faults]


def test_decimals_stay_exact() -> None:
    assert read(b'{"share": 0.20, "paid_fen": 12800}') == ({"share": Decimal("0.20"), "paid_fen": 12800}, ())


def test_duplicate_keys_are_reported_with_their_pointers() -> None:
    assert found('{"a": [{"b": 1, "c/d": 2, "b": 3, "c/d": 4}], "a2": {"x": {"y": 1, "y": 1}}}') == [
        ("/a/0/b", "key_twice"),
        ("/a/0/c~1d", "key_twice"),
        ("/a2/x/y", "key_twice"),
    ]


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ('{"a": NaN}', [("/a", "not_finite")]),
        ("[1, -Infinity]", [("/1", "not_finite")]),
        ('{"a": 1234567890123456789}', [("/a", "huge_integer")]),
        ('{"a": ' + "9" * 10_000 + "}", [("/a", "huge_integer")]),
        ('{"a": 0.' + "1" * 10_000 + "}", [("/a", "not_number")]),
        ('{"a": "\\ud800"}', [("/a", "not_unicode")]),
        ('{"\\ud800": 1}', [("", "not_unicode")]),
        ("[" * 100 + "]" * 100, [("/0" * 64, "too_deep")]),
        ("[" * 100_000 + "]" * 100_000, [("", "too_deep")]),
        ('{"a": ' * 900 + "1" + "}" * 900, [("/a" * 64, "too_deep")]),
        ("", [("", "bad_json")]),
        ("{'a': 1}", [("", "bad_json")]),
        ('{"a": 1,}', [("", "bad_json")]),
        ('{"a": 1} 2', [("", "bad_json")]),
        ('{"a": 01}', [("", "bad_json")]),
        (b'{"a": "\xff"}', [("", "not_utf8")]),
        ('{"a": 1}'.encode("utf-16"), [("", "not_utf8")]),
    ],
)
def test_invalid_json_is_refused(text: str | bytes, faults: list[tuple[str, str]]) -> None:
    assert found(text) == faults


def test_all_issues_are_reported_in_the_order_of_the_text() -> None:
    assert found('{"a": NaN, "b": {"c": 1, "c": 2}, "d": [Infinity]}') == [
        ("/a", "not_finite"),
        ("/b/c", "key_twice"),
        ("/d/0", "not_finite"),
    ]


def test_a_syntax_error_is_reported_with_line_and_column() -> None:
    _, (fault,) = read(b'{\n  "a": 1,\n  b\n}')
    assert fault.message("en") == "this is not valid JSON: line 3, column 3: a key in double quotes is expected here"
    assert fault.message("zh") == "不是合法的 JSON：第 3 行第 3 列，此处应有双引号括起的键"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "此处应有一个值"),
        ("[1,", "此处应有一个值"),
        ("[1 2]", "此处应有逗号或结尾的括号"),
        ('{"a" 1}', "此处应有冒号"),
        ('{"a', "从此处起的文字缺少结尾的双引号"),
        ('["\n"]', "文字中含有未转义的控制字符"),
        ('["\\x"]', "反斜杠之后不是合法的转义"),
        ('["\\u12"]', "反斜杠之后不是合法的转义"),
        ("1 1", "JSON 到此已结束，之后不应再有内容"),
    ],
)
def test_what_the_parser_expects_is_reported_in_chinese(text: str, expected: str) -> None:
    _, (fault,) = read(text.encode())
    assert fault.message("zh").endswith(f"，{expected}")


def test_a_byte_that_is_no_utf8_is_counted() -> None:
    _, (fault,) = read(b'"a\xff"')
    assert fault.message("zh") == "不是 UTF-8 编码：从 0 数起的第 2 个字节有误"


def test_many_braces_alone_are_no_fault() -> None:
    assert read(b"[" + b",".join([b"{}"] * 500) + b"]") == ([{}] * 500, ())


def test_a_pair_of_surrogates_is_one_letter() -> None:
    assert read(b'"\\ud83c\\udf51"') == ("🍑", ())


def test_written_json_keeps_the_order_of_keys_and_needs_no_escapes() -> None:
    assert write({"b": "桃", "a": [1, None, True]}) == '{"b":"桃","a":[1,null,true]}'.encode()
