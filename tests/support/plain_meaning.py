"""What a pack means, read straight from its YAML in the words of the design; it shares nothing with the core.

Unknown is None, true and false are themselves. Amounts are fractions (money in fen), instants microseconds, dates days.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any, Final
from zoneinfo import ZoneInfo

import yaml

Truth = bool | None
ORDER: Final = {
    "at_least": operator.ge,
    "more_than": operator.gt,
    "after": operator.gt,
    "at_most": operator.le,
    "less_than": operator.lt,
    "before": operator.lt,
}
SIGNS: Final = {">=": "at_least", ">": "more_than", "<=": "at_most", "<": "less_than"}
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
LOADER: Final = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # every scalar stays text
ELEMENT: Final = re.compile(r'\s*("[^"]*"|[^",]+)\s*(?:,|$)')
RANGE: Final = re.compile(r"([\[(])(.+?)\.\.(.+?)([\])])")


def every(truths: Iterable[Truth]) -> Truth:
    """Kleene's and."""
    found = list(truths)
    return False if False in found else None if None in found else True


def some(truths: Iterable[Truth]) -> Truth:
    """Kleene's or."""
    found = list(truths)
    return True if True in found else None if None in found else False


def invert(truth: Truth) -> Truth:
    """Kleene's not."""
    return None if truth is None else not truth


def value_of(text: str, kind: str) -> Any:
    """Read a literal, or the text of a value from a case."""
    match kind:
        case "yes_no":
            return text == "true"
        case "money":
            return Fraction(text.split(" ", maxsplit=1)[0]) * 100
        case "number" | "ratio":
            return Fraction(text)
        case "instant":
            return (datetime.fromisoformat(text) - EPOCH) // timedelta(microseconds=1)
        case "date":
            return date.fromisoformat(text).toordinal()
    return text


class Meaning:
    """A pack, as its text has it."""

    def __init__(self, files: Mapping[str, str]) -> None:
        read = {name: list(yaml.load_all(text, LOADER)) for name, text in files.items()}
        self.head, self.sources = read["pack.yaml"][0], read["sources.yaml"][0]
        self.vocabulary, self.groups = read["vocabulary.yaml"][0]["facts"], read["vocabulary.yaml"][0]["groups"]
        self.derived, self.parameters = read["derived.yaml"][0], read["parameters.yaml"][0]
        self.policies = {policy["policy"]: policy for policy in read["policies.yaml"]}
        self.zone = ZoneInfo(self.head["time_zone"])
        self._figures: dict[int, list[str]] = {}
        self._rows: dict[int, Mapping[str, Any]] = {}

    def figures(self, rule: Mapping[str, Any]) -> list[str]:
        """Return the parameters that a rule reads, by whatever name, in what it asks and says."""
        if id(rule) not in self._figures:
            named = names_in([rule.get("when"), rule.get("then")])
            self._figures[id(rule)] = [name for name in dict.fromkeys(named) if name in self.parameters]
        return self._figures[id(rule)]

    def row(self, table: Mapping[str, Any], cells: Sequence[Any]) -> Mapping[str, Any]:
        """Return a row of a table as what a rule reads."""
        if id(cells) not in self._rows:
            when = {name: cell for name, cell in zip(table["when"], cells, strict=False) if cell != "-"}
            self._rows[id(cells)] = {**table, "when": when, "then": cells[len(table["when"]) :]}
        return self._rows[id(cells)]


class View:
    """One issue of one case; `answers` are what policies said before, and the types of their names."""

    def __init__(
        self, pack: Meaning, case: Mapping[str, Any], issue: int, answers: Mapping[str, Any], kinds: Mapping[str, str]
    ) -> None:
        self.pack, self.case, self.answers, self.kinds = pack, case, answers, kinds
        self.issue = case["issues"][issue]
        lines = case["order"]["lines"]
        named = [line for line in lines if line["id"] == self.issue.get("line")]
        self.line = named[0] if named else lines[0] if len(lines) == 1 else {}
        self.known: dict[str, Any] = {}

    # ---- facts

    def read(self, name: str) -> Any:
        """Return the value of a fact, None where it is not known."""
        if name in self.answers:
            return self.answers[name]
        if name in self.pack.parameters:
            return self.figure(name)
        if name not in self.known:
            self.known[name] = self._derive(self.pack.derived[name]) if name in self.pack.derived else self._sent(name)
        return self.known[name]

    def _raw(self, name: str) -> Any:
        """Return what the case says of a fact, ... where it is left out."""
        group, dot, key = name.partition(".")
        scope = self._scope(name)
        part: Any = {"case": self.case, "line": self.line, "issue": self.issue}[scope]
        if dot and group not in ("line", "issue"):
            part = part.get(group)
        return part.get(key if dot else name, ...) if isinstance(part, Mapping) else ...

    def _sent(self, name: str) -> Any:
        if name == "submitted_at":
            return value_of(self.case[name], "instant")
        fact, raw = self.pack.vocabulary[name], self._raw(name)
        scope = self._scope(name)
        if raw is ...:
            return (
                value_of(fact["presume"], self.kind(name))
                if "presume" in fact and (self.line or scope != "line")
                else None
            )
        return self._typed(raw, fact["type"])

    def _scope(self, name: str) -> str:
        group, dot, _ = name.partition(".")
        return str(self.pack.groups[group]["of"]) if dot else "case"

    def _first_known(self, names: Iterable[str]) -> Any:
        """Return the first that is known; what was sent as unknown, and not left out, is passed over by nothing."""
        for name in names:
            found = self.read(name)
            if found is not None or (name in self.pack.vocabulary and self._raw(name) is not ...):
                return found
        return None

    def _typed(self, raw: Any, kind: Any) -> Any:
        if raw is None or raw == "unknown":
            return None
        if isinstance(kind, Mapping) and "list_of" in kind:
            return [self._typed(item, kind["list_of"]) for item in raw]
        if isinstance(raw, Mapping | bool):
            return raw
        name = next(iter(kind)) if isinstance(kind, Mapping) else kind
        return Fraction(raw) if name == "money" else value_of(str(raw), name)

    def kind(self, name: str) -> str:
        """Return the kind of a fact, of a list that of its items."""
        return self.kinds[name]

    def _derive(self, spec: Mapping[str, Any]) -> Any:
        (function, given), *_ = spec.items()
        if function == "gather":
            items = self.read(given["items"]) or []
            return {item["shows"] for item in items if "shows" in item}, set(self.read(given["lacking"]) or [])
        values = [self.read(name) for name in (given.values() if isinstance(given, Mapping) else given)]
        if function == "first_known":
            return self._first_known(given)
        if None in values or (function == "ratio" and values[1] == 0):
            return None
        first, second = values
        if function == "hours":
            return Fraction(second - first, 3_600_000_000)
        return Fraction(first) / second if function == "ratio" else first + second

    # ---- days

    def day(self, source: Any) -> int:
        """Return the day that governs what cites a source."""
        chain: Any = self.pack.head["as_of"]
        if source:
            article = source if isinstance(source, str) else source[0]
            chain = self.pack.sources["documents"][self.pack.sources["articles"][article]["document"]].get("as_of", [])
        name = next(one for one in [*chain, "submitted_at"] if self.read(one) is not None)
        found = self.read(name)
        return (
            found
            if self.kind(name) == "date"
            else (EPOCH + timedelta(microseconds=found)).astimezone(self.pack.zone).toordinal()
        )

    def figure(self, name: str) -> Any:
        """Return a parameter's value on its day, None before its first."""
        written, day = self.pack.parameters[name], self.day(self.pack.parameters[name].get("source"))
        values = written["values"] if isinstance(written["values"], Mapping) else {"0001-01-01": written["values"]}
        begun = [since for since in sorted(values) if date.fromisoformat(since).toordinal() <= day]
        return (
            value_of(
                values[begun[-1]],
                next(iter(written["type"])) if isinstance(written["type"], Mapping) else written["type"],
            )
            if begun
            else None
        )

    def in_force(self, rule: Mapping[str, Any], source: Any) -> bool:
        """Tell whether a rule is in force: on its own days, and once all its parameters have a value."""
        period, day = rule.get("in_force", {}), self.day(source)
        if ("from" in period and day < value_of(period["from"], "date")) or (
            "until" in period and day > value_of(period["until"], "date")
        ):
            return False
        return all(self.figure(name) is not None for name in self.pack.figures(rule))

    # ---- conditions

    def holds(self, when: Mapping[str, Any]) -> Truth:
        """Return the truth of a condition."""
        return every(self._entry(key, body) for key, body in when.items())

    def _entry(self, key: str, body: Any) -> Truth:
        if key == "not":
            return invert(self.holds(body))
        if key in ("all", "any"):
            return (every if key == "all" else some)(self.holds(part) for part in body)
        if isinstance(body, Mapping) and not {"fact", "parameter"} & set(body):
            return every(self.test(key, word, wanted) for word, wanted in body.items())
        return self.test(key, "is", body)

    def test(self, name: str, word: str, wanted: Any) -> Truth:
        """Return the truth of one test of one fact."""
        found = self.read(name)
        if word == "known":
            return found is None
        sides = [self._side(side, name) for side in (wanted if isinstance(wanted, list) else [wanted])]
        if word in ORDER:
            return None if found is None or sides[0] is None else ORDER[word](found, sides[0])
        truth = some(self._same(found, side) if word != "includes" else self._has(found, side) for side in sides)
        return invert(truth) if word == "is_not" else truth

    def _side(self, side: Any, name: str) -> Any:
        if isinstance(side, Mapping):
            return self.read(side["fact"]) if "fact" in side else self.figure(side["parameter"])
        return value_of(side, self.kind(name))

    def _same(self, one: Any, other: Any) -> Truth:
        return None if one is None or other is None else one == other

    def _has(self, found: Any, item: Any) -> Truth:
        if found is None or item is None:
            return None
        if (
            isinstance(found, tuple) and len(found) == 2 and isinstance(found[0], set)
        ):  # evidence, to which more may come
            return True if item in found[0] else False if item in found[1] else None
        return item in (one[0] if isinstance(one, tuple) else one for one in found)  # of shares, the parties

    # ---- cells of a table

    def cell(self, text: str, name: str) -> Truth:
        """Return the truth of a unary test."""
        if text == "-":
            return True
        if text.startswith("not(") and text.endswith(")"):
            return invert(self.cell(text[4:-1], name))
        return some(self._element(element.strip(), name) for element in ELEMENT.findall(text))

    def _element(self, element: str, name: str) -> Truth:
        found, kind = self.read(name), self.kind(name)
        same = self._has if isinstance(found, list | tuple) else self._same
        if element.startswith('"'):
            return same(found, element[1:-1])
        if matched := RANGE.fullmatch(element):
            ends = (
                ("at_least" if matched[1] == "[" else "more_than", matched[2]),
                ("at_most" if matched[4] == "]" else "less_than", matched[3]),
            )
            return every(None if found is None else ORDER[word](found, value_of(end, kind)) for word, end in ends)
        sign = next((sign for sign in SIGNS if element.startswith(sign)), None)
        if sign:
            return (
                None if found is None else ORDER[SIGNS[sign]](found, value_of(element.removeprefix(sign).strip(), kind))
            )
        return same(found, value_of(element, kind))

    # ---- rules

    def truths(self, policy: Mapping[str, Any]) -> dict[str, Truth]:
        """Return the truth of every rule and row of a policy; an exception holds only where its rule does."""
        found: dict[str, Truth] = {}
        source, table = policy.get("source"), policy.get("table", {})
        for row, cells in table.get("rows", {}).items():
            forced = self.in_force(self.pack.row(table, cells), table.get("source", source))
            found[row] = (
                every(self.cell(text, name) for text, name in zip(cells, table["when"], strict=False))
                if forced
                else False
            )
        self._rules(policy.get("rules", []), True, source, found)
        return found

    def _rules(self, rules: Sequence[Mapping[str, Any]], above: Truth, source: Any, found: dict[str, Truth]) -> None:
        for rule in rules:
            cited = rule.get("source", source)
            own = self.holds(rule["when"]) if self.in_force(rule, cited) else False
            named = rule.get("exception_to", [])
            targets = [named] if isinstance(named, str) else named
            found[rule["id"]] = every((some(found[one] for one in targets) if targets else above, own))
            self._rules(rule.get("except", []), found[rule["id"]], cited, found)


def names_in(node: Any) -> Iterable[str]:
    """Yield everything that a node names: keys, and what stands behind fact and parameter."""
    if isinstance(node, list):
        for part in node:
            yield from names_in(part)
    elif isinstance(node, Mapping):
        for key, part in node.items():
            yield part if key in ("fact", "parameter") else key
            yield from names_in(part)
