"""Words: texts with slots, the same slots in every language, and nothing said with a hole in it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.language.words import Block, Template, read_template, read_words
from rules.text.nodes import Scalar
from rules.text.problem import Place
from rules.text.reader import Reader
from rules.text.yaml_parser import read_yaml

PLACE = Place("words.yaml", 1, 1)


def words(text: str, languages: tuple[str, ...] = ("zh", "en")) -> tuple[tuple[Block, ...], list[str]]:
    (document, *_), problems = read_yaml(text.encode(), "words.yaml")
    assert not problems
    reader = Reader()
    blocks = read_words(document, reader, languages)
    return blocks, [str(problem) for problem in sorted(reader.problems)]


def template(text: str) -> Template:
    reader = Reader()
    found = read_template(text, Scalar(PLACE, text, text), reader)
    assert reader.problems == [] and found is not None
    return found


def test_blocks_keep_the_order_of_the_file_and_their_languages() -> None:
    blocks, problems = words("""
sorry: {zh: '抱歉', en: 'Sorry'}
refund: {zh: '退款{settled.refund_fen}', en: 'We refund {settled.refund_fen}'}
""")
    assert problems == []
    assert [block.name for block in blocks] == ["sorry", "refund"]
    assert list(blocks[0].texts) == ["zh", "en"]
    assert [block.slots for block in blocks] == [(), ("settled.refund_fen",)]


def test_slots_are_filled_by_name() -> None:
    text = template("We refund {settled.refund_fen} to {customer.name}; {customer.name}, thank you.")
    said = {"settled.refund_fen": "25.60", "customer.name": "Li"}
    assert text.slots == ("settled.refund_fen", "customer.name")
    assert text.fill(said.get) == "We refund 25.60 to Li; Li, thank you."


def test_a_text_with_an_empty_slot_is_not_said() -> None:
    assert template("by {refund_by}").fill(lambda slot: None) is None


def test_doubled_braces_are_braces() -> None:
    text = template("{{A}} costs {price}, not {{price}}")
    assert text.slots == ("price",)
    assert text.fill(lambda slot: "3") == "{A} costs 3, not {price}"


def test_what_fills_a_slot_is_never_read_as_a_template() -> None:
    assert template("Dear {customer.name}").fill(lambda slot: "{order.no}") == "Dear {order.no}"


def test_slots_may_stand_in_any_order_in_each_language() -> None:
    assert words("offer: {zh: '{a}和{b}', en: '{b} and {a}, {b}'}")[1] == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("refund: {zh: 退款}", "words.yaml:1:9: R106 block 'refund' has no text in 'en'; add it"),
        ("refund: {zh: 退款, en: refund, fr: remboursement}", "R105 block 'refund' has a text in 'fr'"),
        ("refund: {zh: '退款{a}', en: 'refund'}", "words.yaml:1:27: R209 the text in 'en' lacks {a}"),
        (
            "refund: {zh: '退款{order.refunded_fen}', en: 'refund {order.refunded}'}",
            "R209 the text in 'en' lacks {order.refunded_fen} (did you mean 'order.refunded'?)",
        ),
        ("refund: {zh: 'a', en: 'a }'}", "R209 '}' is unbalanced in 'a }' (write {{ and }} for literal braces"),
        ("refund: {zh: 'a', en: '{ a'}", "R209 '{' is unbalanced in '{ a'"),
        ("refund: {zh: 'a', en: '{}'}", "R209 '{}' is not a slot (write a name in braces, such as {order.no})"),
        ("refund: {zh: 'a', en: '{order no}'}", "R209 '{order no}' is not a slot"),
        ("refund: {zh: 'a', en: '{order.}'}", "R209 '{order.}' is not a slot"),
        ("refund: {zh: 'a', en: '{day:02}'}", "R209 '{day:02}' is not a slot"),
        ("refund: {zh: 'a', en: '{a!r}'}", "R209 '{a!r}' is not a slot"),
        ("refund: {zh: 'a', en: '{a{b}}'}", "R209 '{' is unbalanced"),
    ],
)
def test_faulty_blocks_are_reported_and_left_out(text: str, said: str) -> None:
    blocks, problems = words(text)
    assert blocks == ()
    assert any(said in problem for problem in problems)


def test_a_text_without_languages_is_misshapen() -> None:
    blocks, problems = words("refund: 退款")
    assert blocks == ()
    assert ["R107" in problem for problem in problems] == [True]


def test_one_faulty_block_does_not_hide_another() -> None:
    blocks, problems = words("a: {zh: '{', en: '}'}\nb: {zh: x}\nc: {zh: x, en: x}")
    assert [block.name for block in blocks] == ["c"]
    assert [problem.split()[1] for problem in problems] == ["R209", "R209", "R106"]


def test_a_pack_without_words_says_nothing() -> None:
    assert read_words(None, Reader(), ("zh",)) == ()


@given(st.text(max_size=40))
def test_doubling_braces_keeps_any_text_as_it_is(text: str) -> None:
    doubled = text.replace("{", "{{").replace("}", "}}")
    assert template(doubled).fill(lambda slot: None) == text


@given(st.text(alphabet="{}a.:02 ", max_size=12))
def test_any_text_gives_a_template_or_problems(text: str) -> None:
    reader = Reader()
    found = read_template(text, Scalar(PLACE, text, text), reader, padded=True)
    assert (found is None) is bool(reader.problems)
