"""The names of report values in the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from service.i18n.filling import called
from service.rendering.glossary import Glossary

Say = Callable[[Glossary, str], str]


def _filed(what: str) -> Say:
    """Render a value by the fact of the pack that it is filed under."""
    return lambda words, value: words.value(words.pack.filed_under.get(what, ""), value)


def _ours(group: str) -> Say:
    return lambda words, value: words.term(group, value)


_SAY: Final[Mapping[str, Say]] = {
    "cause": _filed("cause"),
    "category": _filed("category"),
    "channel": _filed("channel"),
    "kind": lambda words, value: words.value("issue.kind", value),
    "severity": lambda words, value: words.value("severity", value),
    "party": _ours("party"),
    "remedy": _ours("kind"),
    "outcome": _ours("outcome"),
    "state": lambda words, value: called("state", value, words.language),
}


def label(words: Glossary, what: str, value: str | None) -> str:
    """Return the name of a value, also of a missing one."""
    return _SAY[what](words, value) if value else words.term("line", "unknown")


def rule_title(words: Glossary, rule: str) -> str:
    """Return the title of a rule, written policy/rule, else the question of its policy."""
    policy, _, name = rule.partition("/")
    asks = next((one.asks for one in words.pack.policies if one.name == policy), None)
    return words.pick(words.titles.get((policy, name))) or words.pick(asks) or rule
