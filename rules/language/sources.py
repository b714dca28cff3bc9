"""Read the documents and articles that rules cite, and the facts that give the governing day."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from rules.language.names import Names
from rules.text.nodes import Mapping as MappingNode
from rules.text.nodes import Node, Sequence
from rules.text.problem import shown, suggest
from rules.text.reader import Reader

SUBMITTED: Final = "submitted_at"
DECIDED: Final = "at"
GRADES: Final = ("A", "B", "C", "D", "E", "S")
TIMES: Final = ("instant", "date")

GoverningFacts = tuple[str, ...]  # the first known of these facts gives the governing day


@dataclass(frozen=True, slots=True)
class Document:
    """A law, the rules of a platform or of the shop, with the facts that give its governing day."""

    name: str
    title: Mapping[str, str]
    as_of: GoverningFacts


@dataclass(frozen=True, slots=True)
class Article:
    """An article of a document, paraphrased, with the grade of its source."""

    id: str
    document: str
    says: Mapping[str, str]
    grade: str


def governing_facts(
    articles: Mapping[str, Article], documents: Mapping[str, Document], as_of: GoverningFacts
) -> Callable[[tuple[str, ...]], GoverningFacts]:
    """Return a function from cited sources to governing facts: those of the first source, or the pack's."""
    known = {name: documents[one.document].as_of for name, one in articles.items() if one.document in documents}
    return lambda source: known.get(source[0], as_of) if source else as_of


def read_sources(
    node: Node | None, names: Names, reader: Reader
) -> tuple[Mapping[str, Document], Mapping[str, Article]]:
    """Read sources.yaml."""
    parts = reader.mapping(node, ("documents", "articles"), ("documents", "articles"))
    documents = {
        key.text: _read_document(key.text, body, names, reader) for key, body in reader.pairs(parts.get("documents"))
    }
    articles = {
        key.text: _read_article(key.text, body, documents, reader) for key, body in reader.pairs(parts.get("articles"))
    }
    return documents, articles


def _read_document(name: str, node: Node, names: Names, reader: Reader) -> Document:
    parts = reader.mapping(node, ("title", "as_of", "note"), ("title",))
    return Document(name, reader.texts(parts.get("title")), read_governing_facts(parts.get("as_of"), names, reader))


def _read_article(name: str, node: Node, documents: Mapping[str, Document], reader: Reader) -> Article:
    parts = reader.mapping(node, ("document", "says", "grade", "note"), ("document", "says"))
    document = reader.text(parts.get("document"))
    if document is not None and document not in documents:
        hint = suggest(document, documents) or "add it under documents"
        reader.report(parts["document"], "R205", f"unknown document {shown(document)}", hint)
    grade = reader.choice(parts.get("grade"), GRADES)
    return Article(name, document or "", reader.texts(parts.get("says")), grade or "")


def check_left_out(node: Node | None, reader: Reader) -> None:
    """Report problems of left-out.yaml, which lists requirements without a rule and the reasons."""
    for _, body in reader.pairs(node):
        parts = reader.mapping(body, ("why", "kept_by"), ("why",))
        why = reader.texts(parts.get("why"))
        if isinstance(parts.get("why"), MappingNode) and not any(map(str.strip, why.values())):
            reader.report(parts["why"], "R106", "the reason is missing; write why in a language of the pack")
        reader.text(parts.get("kept_by"))


def read_governing_facts(node: Node | None, names: Names, reader: Reader) -> GoverningFacts:
    """Read the facts of which the first known gives the governing day; the last is the submission."""
    chain = []
    for item in node.items if isinstance(node, Sequence) else () if node is None else (node,):
        name = names.fact(item, reader)
        if name is None:
            continue
        if name not in names.asked and name not in (SUBMITTED, DECIDED):
            message = f"'{name}' is computed later, and cannot give the governing day"
            reader.report(item, "R207", message, "name an instant or a date of vocabulary.yaml")
        elif names.facts[name].kind not in TIMES:
            message = f"'{name}' is not a date, and cannot give the governing day"
            reader.report(item, "R207", message, "name an instant or a date of vocabulary.yaml")
        else:
            chain.append(name)
    return tuple(dict.fromkeys((*chain, SUBMITTED)))
