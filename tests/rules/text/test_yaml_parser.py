"""What is read from YAML text, where each thing stands, and what is refused."""

import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from rules.text import yaml_parser
from rules.text.encoding import MAX_BYTES
from rules.text.nodes import Mapping, Node, Scalar, Sequence
from rules.text.yaml_parser import MAX_DEPTH, MAX_PROBLEMS, read_yaml

FAULTS = Path(__file__).parent / "faults"
EXPECTED = re.compile(r"^# expect: (\d+):(\d+) (R\d{3}) ?(.*)$", re.MULTILINE)
BOTH = pytest.mark.parametrize("fast", [pytest.param(True, id="fast"), pytest.param(False, id="slow")])


@pytest.mark.parametrize("path", sorted(FAULTS.glob("*.yaml")), ids=lambda path: path.stem)
@BOTH
def test_a_fault_is_reported_at_its_position(path: Path, fast: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not fast:
        monkeypatch.setattr(yaml_parser, "_C_LOADER", None)
    content = path.read_bytes()
    expected = EXPECTED.findall(content.decode(errors="replace"))
    _, problems = read_yaml(content, path.name)
    reported = [(str(p.place.line), str(p.place.column), p.code) for p in problems]
    assert reported == [(line, column, code) for line, column, code, _ in expected]
    for problem, (*_, words) in zip(problems, expected, strict=True):
        assert words in str(problem)


def only(text: str) -> Node:
    """Read the one document of a text that has no faults."""
    documents, problems = read_yaml(text.encode(), "a.yaml")
    assert problems == ()
    (document,) = documents
    return document


def scalars(node: Node) -> Iterator[Scalar]:
    """Give every key and value of a tree."""
    if isinstance(node, Scalar):
        yield node
    elif isinstance(node, Sequence):
        for item in node.items:
            yield from scalars(item)
    else:
        for key, value in node.items:
            yield key
            yield from scalars(value)


def data(node: Node) -> object:
    """Give the plain values of a tree."""
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Sequence):
        return [data(item) for item in node.items]
    return {key.text: data(value) for key, value in node.items}


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("true", True),
        ("false", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("0", 0),
        ("12", 12),
        ("-3", -3),
        ("0.20", Fraction(1, 5)),
        ("-1.5", Fraction(-3, 2)),
        ("10.0", Fraction(10)),
        ("2026-08-14", "2026-08-14"),
        ("2026-08-14T15:00:00+08:00", "2026-08-14T15:00:00+08:00"),
        ("3 CNY", "3 CNY"),
        ("24 hours", "24 hours"),
        ("10%", "10%"),
        ("(0..24]", "(0..24]"),
        ("< 10", "< 10"),
        ("-", "-"),
        ("none", "none"),
        ("yes and no", "yes and no"),
        ("1.2.3", "1.2.3"),
        ("１２", "１２"),
        ("0" * 70 + "x", "0" * 70 + "x"),
        ("'12'", "12"),
        ('"true"', "true"),
        ("'yes'", "yes"),
        ("''", ""),
        ("|\n  one\n  two\n", "one\ntwo\n"),
        (">-\n  one\n  two\n", "one two"),
    ],
)
def test_a_value_has_the_type_that_it_looks_like(written: str, value: object) -> None:
    document = only(f"[{written}]" if written == "-" else f"a: {written}")
    (found,) = document.items if isinstance(document, Sequence) else [document.items[0][1]]  # type: ignore[union-attr]
    assert isinstance(found, Scalar)
    assert found.value == value
    assert type(found.value) is type(value)


def test_a_decimal_is_exact_and_keeps_what_was_written() -> None:
    amount = only("a: 0.10").get("a")  # type: ignore[union-attr]
    assert (amount.value, amount.text, amount.quoted) == (Fraction(1, 10), "0.10", False)  # type: ignore[union-attr]


def test_keys_are_found_by_what_was_written() -> None:
    document = only("2026: a\n'2027': b\n2014-03-15: c\ntrue: d\n")
    assert isinstance(document, Mapping)
    assert [document.get(key).value for key in ("2026", "2027", "2014-03-15", "true")] == ["a", "b", "c", "d"]  # type: ignore[union-attr]
    assert document.get("2028") is None


@BOTH
def test_positions_count_characters(fast: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not fast:
        monkeypatch.setattr(yaml_parser, "_C_LOADER", None)
    document = only("policy: 原因\n标题: {中文: 水蜜桃🍑, en: [桃, 'peach']}\nrules:\n  - id: 甲\n    when: {a.b: 1}\n")
    found = {scalar.text: (scalar.place.line, scalar.place.column, scalar.place.path) for scalar in scalars(document)}
    assert found == {
        "policy": (1, 1, "$.policy"),
        "原因": (1, 9, "$.policy"),
        "标题": (2, 1, "$.标题"),
        "中文": (2, 6, "$.标题.中文"),
        "水蜜桃🍑": (2, 10, "$.标题.中文"),
        "en": (2, 16, "$.标题.en"),
        "桃": (2, 21, "$.标题.en[0]"),
        "peach": (2, 24, "$.标题.en[1]"),
        "rules": (3, 1, "$.rules"),
        "id": (4, 5, "$.rules[0].id"),
        "甲": (4, 9, "$.rules[0].id"),
        "when": (5, 5, "$.rules[0].when"),
        "a.b": (5, 12, "$.rules[0].when.a.b"),
        "1": (5, 17, "$.rules[0].when.a.b"),
    }


def test_a_list_and_a_mapping_stand_where_they_begin() -> None:
    document = only("a:\n  - b: 1\n    c: [2]\nd: {}\n")
    items = document.get("a")  # type: ignore[union-attr]
    assert isinstance(items, Sequence)
    assert (items.place.line, items.place.column) == (2, 3)
    inner = items.items[0]
    assert isinstance(inner, Mapping)
    assert (inner.place.line, inner.place.column) == (2, 5)
    assert (inner.get("c").place.line, inner.get("c").place.column) == (3, 8)  # type: ignore[union-attr]


def test_documents_are_read_one_by_one_and_empty_ones_left_out() -> None:
    documents, problems = read_yaml(b"a: 1\n---\nb: 2\n---\n# nothing\n--- {c: 3}\n...\n---\n", "a.yaml")
    assert problems == ()
    assert [data(document) for document in documents] == [{"a": 1}, {"b": 2}, {"c": 3}]
    assert [document.place.line for document in documents] == [1, 3, 6]


def test_a_document_that_cannot_be_followed_spares_its_neighbours() -> None:
    documents, problems = read_yaml(b"a: 1\n---\nb: 'x\n---\nc: 3\n", "a.yaml")
    assert [data(document) for document in documents] == [{"a": 1}, {"c": 3}]
    assert [str(problem) for problem in problems] == [
        "a.yaml:3:4: R101 the quote that opens here is never closed; close it"
    ]


def test_what_was_reported_is_marked_and_the_rest_kept() -> None:
    (document,), problems = read_yaml(b"a: yes\nb: *x\nc: 1\n", "a.yaml")
    assert [problem.code for problem in problems] == ["R108", "R109"]
    assert {scalar.text: scalar.faulty for scalar in scalars(document)} == {
        "a": False, "yes": True, "b": False, "*x": True, "c": False, "1": False
    }  # fmt: skip


def test_of_a_key_that_is_duplicated_the_first_is_kept() -> None:
    (document,), _ = read_yaml(b"a: 1\na: 2\n", "a.yaml")
    assert data(document) == {"a": 1}


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_any_line_end_will_do(newline: str) -> None:
    (document,), problems = read_yaml(newline.join(["a: 1", "b: |", "  x", "  y", "c: yes"]).encode(), "a.yaml")
    assert data(document) == {"a": 1, "b": "x\ny\n", "c": "yes"}
    assert [str(problem.place) for problem in problems] == ["a.yaml:5:4"]


def test_a_byte_order_mark_is_no_column() -> None:
    (document,), problems = read_yaml(b"\xef\xbb\xbfa: yes", "a.yaml")
    assert data(document) == {"a": "yes"}
    assert [(problem.place.line, problem.place.column) for problem in problems] == [(1, 4)]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "gb18030", "latin-1"])
def test_another_encoding_is_refused_and_nothing_else_said(encoding: str) -> None:
    text = "é: x\n" if encoding == "latin-1" else "\ufeff破损: [x\n" if "16-" in encoding else "破损: [x\n"
    documents, problems = read_yaml(text.encode(encoding), "a.yaml")
    assert documents == ()
    assert [(problem.code, problem.place.line, problem.place.column) for problem in problems] == [("R103", 1, 1)]


def test_a_file_may_have_one_mebibyte_and_no_more() -> None:
    content = b"a: " + b"x" * (MAX_BYTES - 3)
    assert read_yaml(content, "a.yaml")[1] == ()
    assert [problem.code for problem in read_yaml(content + b"x", "a.yaml")[1]] == ["R111"]


@pytest.mark.parametrize("content", [b"", b"\n\n", b"# only a comment", b"---\n---\n", b"\xef\xbb\xbf"])
def test_a_file_with_nothing_in_it_is_reported(content: bytes) -> None:
    documents, problems = read_yaml(content, "a.yaml")
    assert documents == ()
    assert [problem.code for problem in problems] == ["R110"]


def test_nesting_is_taken_up_to_its_bound() -> None:
    assert read_yaml(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH, "a.yaml")[1] == ()
    assert [p.code for p in read_yaml(b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1), "a.yaml")[1]] == ["R112"]


@pytest.mark.parametrize("content", [b"[" * MAX_BYTES, b"{a: " * 9999, b"- " * 9999, b"? " * 9999, b"[\n" * 9999])
def test_a_flood_of_brackets_ends_early(content: bytes) -> None:
    assert [problem.code for problem in read_yaml(content, "a.yaml")[1]] == ["R112"]


def test_a_flood_of_faults_is_reported_in_part() -> None:
    _, problems = read_yaml(b"a: yes\n---\n" * 9999, "a.yaml")
    assert len(problems) == MAX_PROBLEMS + 1
    assert problems[-1].hint == "there are more; these are the first"


def test_a_long_path_stops_growing() -> None:
    lines = [" " * depth + "k" * 300 + ":" for depth in range(9)]
    assert max(len(scalar.place.path) for scalar in scalars(only("\n".join(lines)))) < 500


WORDS = st.text("水果apple '\":#-,[]{}&*!%@", min_size=2, max_size=12).filter(lambda text: text.isprintable())
TREES = st.recursive(
    st.booleans() | st.integers(-(10**9), 10**9) | WORDS | st.none(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=15,
)


@given(st.dictionaries(WORDS, TREES, min_size=1, max_size=4), st.booleans())
def test_what_a_writer_writes_is_read_back_with_its_places(tree: dict[str, object], flow: bool) -> None:
    text = yaml.safe_dump(tree, allow_unicode=True, default_flow_style=flow, width=10**6, sort_keys=False)
    document = only(text)
    assert data(document) == tree
    lines = text.split("\n")
    for scalar in scalars(document):
        here = lines[scalar.place.line - 1][scalar.place.column - 1 :]
        assert here[0] in "'\"?|>" if scalar.quoted else here.startswith(scalar.text)


PIECES = [
    "a: 1\n", "key: v\n", "  b: 水蜜桃: x\n", "- item\n", "  - k: v\n", "  text\n", "- ", "? ", ": ", ":", ",", "[",
    "]", "{", "}", "'", '"', "|", ">-\n", "#c", "# c\n", "&a ", "*a", "!t ", "<<: ", "--- ", "---\n", "...\n", "%", "@",
    "`", "~", "-", " ", "\n", "\n  ", "\t", "\u3000", "\\", '"\\x41"', "水", "😀", "：", "x", "yes", "1", "0.5",
    "(0..1]",
]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
def test_both_parsers_read_alike(text: str) -> None:
    content = text.encode()
    with pytest.MonkeyPatch.context() as patch:
        fast = read_yaml(content, "a.yaml")
        patch.setattr(yaml_parser, "_C_LOADER", None)
        assert read_yaml(content, "a.yaml") == fast


@given(st.binary(max_size=60) | st.text(max_size=60).map(lambda text: text.encode(errors="replace")))
def test_no_bytes_break_it(content: bytes) -> None:
    documents, problems = read_yaml(content, "a.yaml")
    assert documents or problems
    assert list(problems) == sorted(problems)
