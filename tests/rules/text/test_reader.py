"""What a loader gets from a tree, and what it is reported when the tree has another shape."""

import re
from pathlib import Path

import pytest

from rules.text.nodes import Mapping, Node, Scalar
from rules.text.problem import Place
from rules.text.reader import Reader
from rules.text.yaml_parser import read_yaml

FAULTS = Path(__file__).parent / "faults" / "shape"
EXPECTED = re.compile(r"^# expect: (\d+):(\d+) (R\d{3}) ?(.*)$", re.MULTILINE)
KEYS = ("title", "pages", "lent", "shelf", "writers", "says", "chapters")


def read_book(reader: Reader, node: Node) -> dict[str, object]:
    """Load a book, a shape made up to walk every method of the reader."""
    parts = reader.mapping(node, KEYS, required=("title",))
    return {
        "title": reader.text(parts.get("title")),
        "pages": reader.integer(parts.get("pages")),
        "lent": reader.yes_no(parts.get("lent")),
        "shelf": reader.choice(parts.get("shelf"), ("poems", "novels")),
        "writers": reader.names(parts.get("writers")),
        "says": reader.texts(parts.get("says")),
        "chapters": [reader.names(chapter) for chapter in reader.sequence(parts.get("chapters"))],
    }


def walked(content: bytes, file: str = "a.yaml") -> tuple[list[dict[str, object]], Reader]:
    documents, problems = read_yaml(content, file)
    reader = Reader(problems)
    return [read_book(reader, document) for document in documents], reader


@pytest.mark.parametrize("path", sorted(FAULTS.glob("*.yaml")), ids=lambda path: path.stem)
def test_another_shape_is_reported_at_its_position(path: Path) -> None:
    content = path.read_bytes()
    expected = EXPECTED.findall(content.decode())
    problems = sorted(walked(content, path.name)[1].problems)
    reported = [(str(p.place.line), str(p.place.column), p.code) for p in problems]
    assert reported == [(line, column, code) for line, column, code, _ in expected]
    for problem, (*_, words) in zip(problems, expected, strict=True):
        assert words in str(problem)


def test_what_fits_is_given() -> None:
    books, reader = walked(
        "title: 诗\npages: 12\nlent: false\nshelf: poems\nwriters: Li Bai\n"
        "says: {zh: 诗, en: Poems, zh-Hant: 詩}\nchapters: [One, [Two, Three]]\n".encode()
    )
    assert reader.problems == []
    assert books == [
        {
            "title": "诗",
            "pages": 12,
            "lent": False,
            "shelf": "poems",
            "writers": ("Li Bai",),
            "says": {"zh": "诗", "en": "Poems", "zh-Hant": "詩"},
            "chapters": [("One",), ("Two", "Three")],
        }
    ]


def test_what_fits_is_given_beside_what_does_not() -> None:
    books, reader = walked(b"title: A\npages: many\nwriters: [B, 3, C]\nsays: {zh: D, Zz: E}\n")
    assert books[0]["title"] == "A"
    assert books[0]["pages"] is None
    assert books[0]["writers"] == ("B", "C")
    assert books[0]["says"] == {"zh": "D"}
    assert [problem.code for problem in reader.problems] == ["R107", "R107", "R105"]


def test_what_is_left_out_is_passed_over() -> None:
    reader = Reader()
    assert reader.text(None) is None
    assert reader.names(None) == ()
    assert reader.sequence(None) == ()
    assert reader.mapping(None, KEYS, required=KEYS) == {}
    assert reader.problems == []


def test_pairs_keep_the_keys_with_their_places() -> None:
    (node,), _ = read_yaml(b"b: 1\na: 2\n", "a.yaml")
    assert [(key.text, key.place.line) for key, _ in Reader().pairs(node)] == [("b", 1), ("a", 2)]


def test_a_report_takes_a_node_or_a_place() -> None:
    reader = Reader()
    place = Place("a.yaml", 3, 5, "$.when")
    reader.report(place, "R203", "unknown fact 'x'")
    reader.report(Mapping(place, ()), "R203", "unknown fact 'x'", "did you mean 'y'?")
    assert [str(problem) for problem in reader.problems] == [
        "a.yaml:3:5: R203 unknown fact 'x'",
        "a.yaml:3:5: R203 unknown fact 'x' (did you mean 'y'?)",
    ]


def test_a_faulty_scalar_is_not_reported_again() -> None:
    reader = Reader()
    reader.report(Scalar(Place("a.yaml", 1, 1), "yes", "yes", faulty=True), "R202", "unknown value 'yes'")
    assert reader.problems == []
