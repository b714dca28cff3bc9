"""Read the rules of a policy: rules, table rows and their exceptions."""

from __future__ import annotations

from collections.abc import Mapping, Set
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from rules.language.cell import read_cell
from rules.language.condition import All, Condition
from rules.language.exceptions import RuleNode, order_rules
from rules.language.keys import BESIDE_ROW, BESIDE_RULE, BESIDE_TABLE, ROW_KEYS, RULE_KEYS, TABLE_KEYS
from rules.language.literal import parse_literal, read_literal
from rules.language.output import Output, OutputReader
from rules.language.rule import Rule
from rules.language.when import read_when
from rules.text.nodes import Mapping as MappingNode
from rules.text.nodes import Node, Scalar, Sequence
from rules.text.problem import Place, shown, suggest
from rules.text.reader import Reader
from rules.values.kind import Type
from rules.values.value import Value

if TYPE_CHECKING:
    from rules.language.rule import Answer

DATE: Final = Type("date")


class RuleReader:
    """Reads the rules of one policy and reports their problems."""

    def __init__(self, policy: str, answers: Mapping[str, Answer], output_reader: OutputReader, reader: Reader) -> None:
        self.policy, self.answers, self.output_reader, self.reader = policy, answers, output_reader, reader
        self.names = output_reader.names
        self.branches: dict[str, RuleNode] = {}
        self.tabled = False
        self.has_own_rules = False  # rules that are no exceptions

    def read(self, *written: Mapping[str, Node]) -> tuple[Rule, ...]:
        """Return the rules from all documents of the policy, each after the rule that it is an exception to."""
        self.tabled = any("table" in parts for parts in written)
        for parts in written:
            source = self.names.cited(parts.get("source"), self.reader)
            if "table" in parts:
                self._read_table(parts["table"], source)
            for node in self.reader.sequence(parts.get("rules")):
                self._read_rule(node, None, source)
        return order_rules(self.branches, self.reader)

    def outputs(self, node: Node | None) -> dict[str, Output]:
        """Read the output for each answer."""
        outputs = {}
        for key, body in self.reader.pairs(node):
            answer = self._answer(key)
            output = self.output_reader.read(body, answer.type, answer.collected, answer.contracted) if answer else None
            if answer is not None and output is not None:
                outputs[answer.name] = output
        return outputs

    def _answer(self, node: Node) -> Answer | None:
        name = node.text if isinstance(node, Scalar) else self.reader.text(node)
        if name is not None and name not in self.answers and name not in self.names.faulty:
            hint = suggest(name, self.answers) or "add it to answers"
            self.reader.report(node, "R208", f"policy '{self.policy}' has no answer {shown(name)}", hint)
        return self.answers.get(name or "")

    # ---- rules

    def _read_rule(self, node: Node, parent: RuleNode | None, source: tuple[str, ...]) -> None:
        parts = self.reader.mapping(node, RULE_KEYS, ("id", "when"), BESIDE_RULE)
        name = self.reader.text(parts.get("id"))
        if name is None:
            return
        targets = self._targets(parts, parent)
        then = parts.get("then")
        if parent is None and not targets:
            self.has_own_rules = True
            self._check_outputs(parts["id"], {key.text for key, _ in self.reader.pairs(then)})
        when = read_when(parts.get("when"), self.names, self.reader)
        rule = self._rule(name, parts["id"].place, parts, when, self.outputs(then), source)
        branch = RuleNode(rule, [parent] if parent is not None else [], targets)
        self._add(branch)
        for inner in self.reader.sequence(parts.get("except")):
            self._read_rule(inner, branch, rule.source)

    def _check_outputs(self, node: Node, outputs: Set[str]) -> None:
        """Report a rule without outputs that is no exception, or a rule beside a table that lacks an output."""
        if not outputs:
            hint = "add then: (only an exception may have no output)"
            self.reader.report(node, "R106", "the rule has no output", hint)
        elif self.tabled and not outputs >= self.answers.keys():
            missing = next(name for name in self.answers if name not in outputs)
            hint = "write a policy without a table, or give every answer"
            self.reader.report(node, "R309", f"the rule is beside a table and has no output for '{missing}'", hint)

    def _targets(self, parts: Mapping[str, Node], parent: RuleNode | None) -> tuple[Scalar, ...]:
        """Return the names under exception_to: of one rule, or of a list of rules."""
        node = parts.get("exception_to")
        if node is not None and parent is not None:
            message = f"this is already an exception to '{parent.rule.id}' by its place"
            self.reader.report(node, "R105", message, "take exception_to out, or move the rule")
            return ()
        if isinstance(node, Sequence) and not node.items:
            self.reader.report(node, "R107", "the list under exception_to names no rule", "name at least one rule")
        self.reader.names(node)
        named = node.items if isinstance(node, Sequence) else (node,)
        return tuple(one for one in named if isinstance(one, Scalar))

    def _rule(
        self,
        name: str,
        place: Place,
        parts: Mapping[str, Node],
        when: Condition,
        then: Mapping[str, Output],
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
            meets=self.reader.names(parts.get("meets")),
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

    def _add(self, branch: RuleNode) -> None:
        rule = branch.rule
        twin = self.branches.setdefault(rule.id, branch)
        if twin is not branch:
            message = f"rule {shown(rule.id)} is also at {twin.rule.place.seen_from(rule.place)}"
            self.reader.report(rule.place, "R303", message, "give each rule its own id")

    # ---- tables

    def _read_table(self, node: Node, source: tuple[str, ...]) -> None:
        parts = self.reader.mapping(node, TABLE_KEYS, ("when", "then", "rows"), BESIDE_TABLE)
        facts = [self.names.fact(one, self.reader) for one in self.reader.sequence(parts.get("when"))]
        answers = [self._answer(one) for one in self.reader.sequence(parts.get("then"))]
        source = self.names.cited(parts.get("source"), self.reader) or source
        rows = self.reader.pairs(parts.get("rows"))
        self._check_columns(parts.get("then"), answers)
        sources, titles = (self._by_row(parts.get(word), rows) for word in ("sources", "titles"))
        for key, body in rows:
            is_long = isinstance(body, MappingNode)
            extra = self.reader.mapping(body, ROW_KEYS, ("cells",), BESIDE_ROW) if is_long else {"cells": body}
            given = {"source": sources.get(key.text), "title": titles.get(key.text)}
            given |= {word: parts.get(word) for word in ("in_force", "meets")}
            row = {name: one for name, one in (given | extra).items() if one is not None}
            when, then = self._read_cells(key, row.get("cells"), facts, answers)
            self._add(RuleNode(self._rule(key.text, key.place, row, when, then, source)))

    def _check_columns(self, node: Node | None, answers: list[Answer | None]) -> None:
        """Report each answer that is not exactly one column: a row gives all outputs."""
        if node is None or None in answers:
            return
        columns = [answer.name for answer in answers if answer is not None]
        for name in self.answers:
            if columns.count(name) != 1:
                times = "no column" if name not in columns else "more than one column"
                self.reader.report(node, "R309", f"the table has {times} for '{name}'", "give each answer one column")

    def _by_row(self, node: Node | None, rows: tuple[tuple[Scalar, Node], ...]) -> dict[str, Node]:
        """Read a mapping of row ids."""
        ids = {key.text for key, _ in rows}
        for key, _ in self.reader.pairs(node):
            if key.text not in ids:
                hint = suggest(key.text, ids) or "name a row"
                self.reader.report(key, "R309", f"there is no row {shown(key.text)}", hint)
        return {key.text: body for key, body in self.reader.pairs(node)}

    def _read_cells(
        self, key: Scalar, node: Node | None, facts: list[str | None], answers: list[Answer | None]
    ) -> tuple[Condition, dict[str, Output]]:
        cells = self.reader.sequence(node)
        if len(cells) != len(facts) + len(answers):
            message = f"row {shown(key.text)} has {len(cells)} cells for {len(facts) + len(answers)} columns"
            self.reader.report(key, "R309", message, "give each column one cell; '-' accepts any value")
            return All(()), {}
        tests = [
            read_cell(cell, fact, self.names.facts[fact], self.reader, self._literal)
            for cell, fact in zip(cells, facts, strict=False)
            if fact is not None
        ]
        outputs = {}
        for cell, answer in zip(cells[len(facts) :], answers, strict=True):
            if answer is None:
                continue
            if answer.collected and isinstance(cell, Sequence) and len(cell.items) != 1:
                self.reader.report(cell, "R309", "a cell gives one value", "write a row for each")
                continue
            output = self.output_reader.read(cell, answer.type, answer.collected, answer.contracted)
            if output is not None:
                outputs[answer.name] = output
        return All(tuple(test for test in tests if test is not None)), outputs

    def _literal(self, text: str, kind: Type) -> Value:
        """Parse the text of a cell as a YAML value."""
        written = text == "true" if kind.kind == "yes_no" and text in ("true", "false") else text
        return parse_literal(written, kind, self.names.currency)
