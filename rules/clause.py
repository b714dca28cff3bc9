"""Rules, table rows and their exceptions, as a policy writes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from .cell import read_cell
from .condition import All, Condition
from .kind import Misfit, Type
from .problem import Place, suggest
from .saying import Saying, SayingReader
from .shape import Reader
from .source import Mapping as MappingNode
from .source import Node, Scalar
from .value import Value
from .vocabulary import literal, read_literal
from .when import read_when

if TYPE_CHECKING:
    from .policy import Answer

RULE_KEYS: Final = ("id", "title", "source", "in_force", "when", "then", "except", "exception_to", "mandatory", "note")
TABLE_KEYS: Final = ("when", "then", "rows", "source", "sources", "titles", "in_force")
ROW_KEYS: Final = ("cells", "title", "source", "in_force", "note")
DATE: Final = Type("date")


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule or row; `parent` is the position of the rule that it is an exception to, or -1."""

    id: str
    title: Mapping[str, str]
    source: tuple[str, ...]
    when: Condition
    then: Mapping[str, Saying]
    since: int | None
    until: int | None
    mandatory: bool
    place: Place
    parent: int = -1


@dataclass(slots=True, eq=False)
class _Branch:
    """A rule as written, before exceptions are put behind their parents."""

    rule: Rule
    parent: _Branch | None = None
    target: Scalar | None = None
    children: list[_Branch] = field(default_factory=list)


class ClauseReader:
    """Reads the rules of one policy and collects what is wrong with them."""

    def __init__(self, policy: str, answers: Mapping[str, Answer], says: SayingReader, reader: Reader) -> None:
        self.policy, self.answers, self.says, self.reader = policy, answers, says, reader
        self.names = says.names
        self.branches: dict[str, _Branch] = {}

    def read(self, parts: Mapping[str, Node]) -> tuple[Rule, ...]:
        """Return the policy's rules, each behind the rule that it is an exception to."""
        source = self.names.cited(parts.get("source"), self.reader)
        if "table" in parts:
            self._read_table(parts["table"], source)
        for node in self.reader.sequence(parts.get("rules")):
            self._read_rule(node, None, source)
        self._find_targets()
        return self._in_order()

    def sayings(self, node: Node | None) -> dict[str, Saying]:
        """Read what is said for each answer."""
        said = {}
        for key, body in self.reader.pairs(node):
            answer = self.answers.get(key.text)
            if answer is None:
                hint = suggest(key.text, self.answers) or "add it to answers"
                self.reader.report(key, "R208", f"policy '{self.policy}' does not answer '{key.text}'", hint)
                continue
            saying = self.says.read(body, answer.type, answer.collected, answer.contracted)
            if saying is not None:
                said[answer.name] = saying
        return said

    # ---- rules

    def _read_rule(self, node: Node, parent: _Branch | None, source: tuple[str, ...]) -> None:
        parts = self.reader.mapping(node, RULE_KEYS, ("id", "when"))
        name = self.reader.text(parts.get("id"))
        if name is None:
            return
        target = parts.get("exception_to")
        if parent is None and target is None and "then" not in parts:
            hint = "add then: (only an exception may be silent)"
            self.reader.report(parts["id"], "R106", f"rule '{name}' says nothing", hint)
        when = read_when(parts.get("when"), self.names, self.reader)
        then = self.sayings(parts.get("then"))
        rule = self._rule(name, parts["id"].place, parts, when, then, source)
        branch = _Branch(rule, parent, target if isinstance(target, Scalar) else None)
        self._add(branch)
        for inner in self.reader.sequence(parts.get("except")):
            self._read_rule(inner, branch, rule.source)

    def _rule(
        self,
        name: str,
        place: Place,
        parts: Mapping[str, Node],
        when: Condition,
        then: Mapping[str, Saying],
        source: tuple[str, ...],
    ) -> Rule:
        since, until = self._read_force(parts.get("in_force"))
        return Rule(
            id=name,
            title=self.reader.texts(parts.get("title")),
            source=self.names.cited(parts.get("source"), self.reader) or source,
            when=when,
            then=MappingProxyType(dict(then)),
            since=since,
            until=until,
            mandatory=bool(self.reader.yes_no(parts.get("mandatory"))),
            place=place,
        )

    def _read_force(self, node: Node | None) -> tuple[int | None, int | None]:
        """Read {from: first day, until: last day}."""
        parts = self.reader.mapping(node, ("from", "until"))
        days = [
            read_literal(parts[word], DATE, "", self.reader) if word in parts else None for word in ("from", "until")
        ]
        since, until = (day if isinstance(day, int) else None for day in days)
        if since is not None and until is not None and since > until and node is not None:
            self.reader.report(node, "R311", "the rule ends before it begins", "until is its last day")
        return since, until

    def _add(self, branch: _Branch) -> None:
        rule = branch.rule
        twin = self.branches.setdefault(rule.id, branch)
        if twin is not branch:
            message = f"rule '{rule.id}' stands at line {twin.rule.place.line} too"
            self.reader.report(rule.place, "R303", message, "give each rule its own id")

    # ---- tables

    def _read_table(self, node: Node, source: tuple[str, ...]) -> None:
        parts = self.reader.mapping(node, TABLE_KEYS, ("when", "then", "rows"))
        facts = [self.names.fact(one, self.reader) for one in self.reader.sequence(parts.get("when"))]
        answers = [self._answer(one) for one in self.reader.sequence(parts.get("then"))]
        source = self.names.cited(parts.get("source"), self.reader) or source
        sources = {key.text: body for key, body in self.reader.pairs(parts.get("sources"))}
        titles = {key.text: body for key, body in self.reader.pairs(parts.get("titles"))}
        rows = self.reader.pairs(parts.get("rows"))
        self._check_row_names((*sources, *titles), {key.text for key, _ in rows}, parts)
        for key, body in rows:
            extra = (
                self.reader.mapping(body, ROW_KEYS, ("cells",)) if isinstance(body, MappingNode) else {"cells": body}
            )
            given = {"source": sources.get(key.text), "title": titles.get(key.text), "in_force": parts.get("in_force")}
            row = {name: one for name, one in (given | extra).items() if one is not None}
            when, then = self._read_cells(key, row.get("cells"), facts, answers)
            self._add(_Branch(self._rule(key.text, key.place, row, when, then, source)))

    def _check_row_names(self, used: tuple[str, ...], rows: set[str], parts: Mapping[str, Node]) -> None:
        for name in used:
            if name not in rows:
                where = parts.get("sources") or parts.get("titles")
                assert where is not None
                self.reader.report(where, "R309", f"there is no row '{name}'", suggest(name, rows) or "name a row")

    def _answer(self, node: Node) -> Answer | None:
        name = self.reader.text(node)
        if name is not None and name not in self.answers:
            self.reader.report(
                node, "R208", f"policy '{self.policy}' does not answer '{name}'", suggest(name, self.answers)
            )
        return self.answers.get(name or "")

    def _read_cells(
        self, key: Scalar, node: Node | None, facts: list[str | None], answers: list[Answer | None]
    ) -> tuple[Condition, dict[str, Saying]]:
        cells = self.reader.sequence(node)
        if len(cells) != len(facts) + len(answers):
            message = f"row '{key.text}' has {len(cells)} cells for {len(facts)} tests and {len(answers)} answers"
            self.reader.report(key, "R309", message, "give one cell a column; '-' tests nothing")
            return All(()), {}
        tests = [
            read_cell(cell, fact, self.names.facts[fact], self.reader, self._literal)
            for cell, fact in zip(cells, facts, strict=False)
            if fact is not None
        ]
        said = {}
        for cell, answer in zip(cells[len(facts) :], answers, strict=True):
            if answer is not None:
                saying = self.says.read(cell, answer.type, answer.collected, answer.contracted)
                if saying is not None:
                    said[answer.name] = saying
        return All(tuple(test for test in tests if test is not None)), said

    def _literal(self, text: str, kind: Type) -> Value:
        written: object = {"true": True, "false": False}.get(text, text)
        try:
            return literal(written, kind, self.names.currency)
        except Misfit:
            if kind.kind in ("number", "ratio") or not text.isdecimal():
                raise
            return literal(int(text), kind, self.names.currency)

    # ---- exceptions

    def _find_targets(self) -> None:
        for branch in self.branches.values():
            if branch.target is not None:
                branch.parent = self.branches.get(branch.target.text)
                if branch.parent is None:
                    hint = suggest(branch.target.text, self.branches) or "name a rule or row of this policy"
                    message = f"there is no rule '{branch.target.text}' to be an exception to"
                    self.reader.report(branch.target, "R206", message, hint)
            if branch.parent is not None:
                branch.parent.children.append(branch)

    def _in_order(self) -> tuple[Rule, ...]:
        ordered: list[Rule] = []
        placed: set[str] = set()

        def place(branch: _Branch, parent: int) -> None:
            here = len(ordered)
            placed.add(branch.rule.id)
            ordered.append(replace(branch.rule, parent=parent))
            for child in branch.children:
                place(child, here)

        for branch in self.branches.values():
            if branch.parent is None:
                place(branch, -1)
        self._report_circles([branch for name, branch in self.branches.items() if name not in placed])
        return tuple(ordered)

    def _report_circles(self, circling: list[_Branch]) -> None:
        for branch in circling:
            if branch.target is not None and branch.parent is not None:
                other = branch.parent.rule
                message = f"'{branch.rule.id}' and '{other.id}' (line {other.place.line}) are exceptions in a circle"
                self.reader.report(branch.target, "R302", message, "one of them must stand by itself")
