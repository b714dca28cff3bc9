"""Render an ordinary case as a YAML file to fill in: a comment a line, and what is left out as commented-out lines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from rules.lab.ordinary_case import OrdinaryCase, first_value, ordinary_value
from rules.lab.relevance import REMEDY
from rules.language.contract import TICKED
from rules.text.plain_scalar import parse_plain_scalar
from rules.values.kind import Type
from rules.values.value import OPEN
from service.rendering.choices import choices
from service.rendering.glossary import Glossary

LONGEST: Final = 40  # lines of a file, but for what it has to state
MOST_VALUES: Final = 7  # of a fact, in its comment
WIDEST: Final = 44  # characters before the comments, but for longer values
COMMENT: Final = "# "
TYPED: Final = frozenset({"text", "yes_no", "money", "number", "ratio", "instant", "date"})  # whose values need no list
PLAIN: Final = re.compile(r"[A-Za-z][\w.-]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class _Leaf:
    written: str
    comment: str
    stated: bool


Tree = dict[str, "_Leaf | Tree"]


def case_form(ordinary: OrdinaryCase, words: Glossary, everything: bool = False, folder: str = "") -> list[str]:
    """Return the lines of the file, one comment per line; only with `everything` all that can matter for the kind.

    `folder` is where the pack is, if its name does not find it.
    """
    form = _Form(words)
    for name, value in ordinary.stated.items():
        form.add(name, value, stated=True)
    head = [f"{COMMENT}{line}" for line in form.head(ordinary, folder)]
    for name, decides in ordinary.others.items():
        assumed = decides == REMEDY and words.pack.vocabulary.facts[name].presume is not OPEN  # others are asked for
        if everything or (assumed and len(head) + len(form.rows()) < LONGEST):
            form.add(name, form.suggested(name, ordinary.stated.get(TICKED)), stated=False)
    rows = form.rows()
    width = min(WIDEST, max(len(written) for written, _ in rows))
    return head + [f"{written:<{width}}  {COMMENT}{comment}" if comment else written for written, comment in rows]


class _Form:
    """The facts of a case, sorted into the parts of a case."""

    def __init__(self, words: Glossary) -> None:
        self.words, self.pack = words, words.pack
        self.parts: dict[str, Tree] = {"case": {"order": {}}, "line": {}, "issue": {}}

    def head(self, ordinary: OrdinaryCase, folder: str) -> Iterator[str]:
        """Yield what the file is, what to do with it, and how it is decided as it stands."""
        words, kind = self.words, ordinary.stated.get(TICKED)
        yield words.line("form_case", self.pack.name if kind is None else words.value(TICKED, kind))
        yield words.line("form_do", f" --pack {folder}" if folder else "")
        yield words.line("form_rest", folder or self.pack.name)
        yield words.line("form_now", words.joined(list(self._result(ordinary.recommendation)), "pause"))

    def _result(self, recommendation: Mapping[str, Any]) -> Iterator[str]:
        yield self.words.term("outcome", recommendation["outcome"])
        if recommendation["outcome"] == "remedy":
            yield self.words.term("kind", recommendation["remedy"]["kind"])
        yield from dict.fromkeys(self.words.pick(one["label"]) for one in recommendation["missing"])

    def suggested(self, name: str, kind: str | None) -> Any:
        """Return a value for a line that is left out; of records, one that shows how they are written."""
        fact = self.pack.vocabulary.facts[name]
        item = fact.type.item
        return [first_value(item)] if item is not None and item.fields else ordinary_value(self.pack, fact, kind)

    def add(self, name: str, value: Any, *, stated: bool) -> None:
        """Add a fact to its part of the case."""
        vocabulary = self.pack.vocabulary
        *groups, key = vocabulary.path(name)
        place = self.parts[vocabulary.scope(name)]
        for group in groups:
            inner = place.setdefault(group, {})
            assert isinstance(inner, dict)
            place = inner
        fact = vocabulary.facts.get(name)
        kind = fact.type if fact is not None else Type("instant")  # submitted_at needs no entry
        place[key] = _Leaf(self._written(kind, value), self._comment(name), stated)

    def _comment(self, name: str) -> str:
        fact, words = self.pack.vocabulary.facts.get(name), self.words
        if fact is None:
            return words.label(name)
        takes = "" if fact.type.kind in TYPED else choices(fact.type, MOST_VALUES)
        who = words.line("extent", words.joined([words.term("who", who) for who in fact.who])) if fact.who else ""
        return words.joined([part for part in (words.pick(fact.label) or name, takes) if part], "colon") + who

    def _written(self, kind: Type, value: Any) -> str:
        """Return a value in YAML; amounts with their currency."""
        if kind.item is not None:
            return f"[{', '.join(self._written(kind.item, item) for item in value)}]"
        if kind.fields:
            return (
                f"{{{', '.join(f'{name}: {self._written(kind.fields[name], part)}' for name, part in value.items())}}}"
            )
        if kind.kind == "money":
            return f"{value // 100}{f'.{value % 100:02}' if value % 100 else ''} {self.pack.currency}"
        if isinstance(value, bool):
            return "true" if value else "false"
        plain = kind.kind in ("instant", "date", "number", "ratio") or (
            PLAIN.fullmatch(value) and parse_plain_scalar(value) == value
        )
        return str(value) if plain else "'" + value.replace("'", "''") + "'"

    def rows(self) -> list[tuple[str, str]]:
        """Return the lines of the case, each with its comment."""
        case, line, issue = (dict(self.parts[scope]) for scope in ("case", "line", "issue"))
        order = case.pop("order")
        assert isinstance(order, dict)
        rows = [
            (f"pack: {self.pack.name}", ""),
            *_rows(case, ""),
            ("order:", ""),
            *_rows(order, "  "),
            ("  lines:", ""),
        ]
        rows += _item({"id": _Leaf("'1'", "", stated=True), **line}, "    ", "id")
        rows.append(("issues:", ""))
        first = next((name for name in ("kind", "line") if name in issue), "line")
        return rows + list(_item({"line": _Leaf("'1'", "", stated=True), **issue}, "  ", first))


def _item(tree: Tree, indent: str, first: str) -> Iterator[tuple[str, str]]:
    """Yield the lines of an item of a list, which begins with one of its keys."""
    leaf = tree[first]
    assert isinstance(leaf, _Leaf)
    yield f"{indent}- {first}: {leaf.written}", leaf.comment
    yield from _rows({name: part for name, part in tree.items() if name != first}, f"{indent}  ")


def _rows(tree: Tree, indent: str) -> Iterator[tuple[str, str]]:
    """Yield the lines of a part of the case: what is stated before what is left out, groups last."""
    for name, node in sorted(tree.items(), key=lambda one: (isinstance(one[1], dict), not _states(one[1]))):
        start = indent if _states(node) else f"{indent}{COMMENT}"
        if isinstance(node, _Leaf):
            yield f"{start}{name}: {node.written}", node.comment
        elif len(node) == 1 and isinstance(leaf := next(iter(node.values())), _Leaf):
            yield f"{start}{name}: {{{next(iter(node))}: {leaf.written}}}", leaf.comment
        else:
            yield f"{start}{name}:", ""
            yield from _rows(node, f"{indent}  ")


def _states(node: _Leaf | Tree) -> bool:
    return node.stated if isinstance(node, _Leaf) else any(map(_states, node.values()))
