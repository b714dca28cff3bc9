"""What rules cite, and which day governs by it."""

import pytest

from rules.language.names import Names
from rules.language.sources import read_governing_facts, read_sources
from rules.text.reader import Reader
from rules.values.kind import Type
from tests.support.base_packs import node_of


@pytest.fixture
def names() -> Names:
    asked = {"order.paid_at": Type("instant"), "order.day": Type("date"), "order.sum": Type("money")}
    implied = {"submitted_at": Type("instant"), "at": Type("instant"), "chosen.refund_fen": Type("money")}
    return Names("EUR", facts={**asked, **implied, "derived.day": Type("date")}, asked=asked.keys())


@pytest.mark.parametrize(
    ("written", "chain"),
    [
        ("order.paid_at", ("order.paid_at", "submitted_at")),
        ("[order.day, order.paid_at]", ("order.day", "order.paid_at", "submitted_at")),
        ("[submitted_at, order.day]", ("submitted_at", "order.day")),
        ("at", ("at", "submitted_at")),
        ("[]", ("submitted_at",)),
    ],
)
def test_the_day_of_submission_is_the_last_resort(names: Names, written: str, chain: tuple[str, ...]) -> None:
    reader = Reader()
    assert read_governing_facts(node_of(written), names, reader) == chain
    assert reader.problems == []
    assert read_governing_facts(None, names, reader) == ("submitted_at",)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("order.sum", "R207"),
        ("derived.day", "R207"),  # worked out only when the day is fixed
        ("chosen.refund_fen", "R207"),
        ("order.date", "R203"),
        ("{order: day}", "R107"),
        ("[[order.day]]", "R107"),
        ("", "R203"),
    ],
)
def test_what_gives_no_day_is_reported(names: Names, written: str, code: str) -> None:
    reader = Reader()
    assert read_governing_facts(node_of(f"x: {written}").items[0][1], names, reader) == ("submitted_at",)  # type: ignore[union-attr, index]
    assert [problem.code for problem in reader.problems] == [code]


def test_documents_and_articles_are_read() -> None:
    text = """
documents:
  law: {title: {zh: 法, en: Law}, as_of: [submitted_at], note: x}
articles:
  LAW-1: {document: law, says: {zh: 甲, en: A}, grade: B, note: x}
  LAW-2: {document: law, says: {en: C}}
"""
    reader = Reader()
    documents, articles = read_sources(node_of(text), Names("EUR", facts={"submitted_at": Type("instant")}), reader)
    assert reader.problems == []
    assert documents["law"].title == {"zh": "法", "en": "Law"}
    assert (articles["LAW-1"].document, articles["LAW-1"].says, articles["LAW-1"].grade) == (
        "law",
        {"zh": "甲", "en": "A"},
        "B",
    )
    assert articles["LAW-2"].grade == ""


@pytest.mark.parametrize(
    ("text", "reported"),
    [
        ("documents: {}", "1:1: R106 key 'articles' is missing"),
        ("documents: {a: {}}\narticles: {}", "1:16: R106 key 'title' is missing"),
        ("documents: {}\narticles: {A-1: {says: {en: x}}}", "2:17: R106 key 'document' is missing"),
        ("documents: {}\narticles: {A-1: {document: a, says: {en: x}}}", "2:28: R205 unknown document 'a'"),
        ("documents: {a: {title: {en: x}}}\narticles: {A-1: {document: a, says: {en: x}, grade: Z}}", "2:53: R115"),
    ],
)
def test_what_is_wrong_with_sources_is_reported(text: str, reported: str) -> None:
    reader = Reader()
    read_sources(node_of(text), Names("EUR"), reader)
    assert [str(problem).startswith(f"a.yaml:{reported}") for problem in reader.problems] == [True]


def test_a_pack_without_sources_has_none() -> None:
    assert read_sources(None, Names("EUR"), Reader()) == ({}, {})
