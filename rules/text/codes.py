"""Describe the problem codes of YAML files: meaning, an example to avoid, a correct example, and the reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Code:
    """Describe one code for policy editors; `avoid` and `prefer` are examples in YAML, else in text."""

    summary: str
    avoid: str
    prefer: str
    why: str


TEXT_CODES: Mapping[str, Code] = MappingProxyType(
    {
        "R101": Code(
            "the YAML syntax of the file is invalid",
            "title: {zh: 破损, en: Damaged: leaking}",
            "title: {zh: 破损, en: 'Damaged: leaking'}",
            "quotes, brackets and indentation show where a value begins and ends; a guess could change a rule",
        ),
        "R102": Code(
            "a tab or a full-width space is used instead of a plain space",
            "a line that begins with a tab, or with the wide space of a Chinese keyboard",
            "two plain spaces for each level",
            "each editor shows a tab with another width, so indentation with tabs is ambiguous",
        ),
        "R103": Code(
            "the file is not saved as UTF-8",
            "a file saved as GBK, GB18030 or UTF-16",
            "save the file again and choose UTF-8 as its encoding",
            "another encoding turns the same bytes into other text",
        ),
        "R104": Code(
            "a key is duplicated",
            "when: {issue.kind: damage, issue.kind: delay}",
            "when: {issue.kind: [damage, delay]}",
            "one of the two values would be lost without a message",
        ),
        "R105": Code(
            "a key is not known here",
            "then: ...\nexcepts: ...",
            "then: ...\nexcept: ...",
            "ignoring a misspelt key would silently change a rule",
        ),
        "R106": Code(
            "a key is missing",
            "id: damaged\nthen: {finding.cause: damage_at_delivery}",
            "id: damaged\nwhen: {issue.kind: damage}\nthen: {finding.cause: damage_at_delivery}",
            "what is left out would have to be guessed",
        ),
        "R107": Code(
            "a value of another shape is expected",
            "rules: damaged",
            "rules:\n  - id: damaged",
            "keys with values, a list, a text and a number have different meanings; none is converted to another",
        ),
        "R108": Code(
            "a word that YAML tools read in different ways",
            "answer: yes\nfrom: 09:00\ncode: 007",
            "answer: true\nfrom: '09:00'\ncode: '007'",
            "older YAML reads yes as true, 12:30 as 750 and 010 as 8, newer YAML as they look; in quotes all agree",
        ),
        "R109": Code(
            "aliases, anchors, merge keys and tags are not allowed",
            "base: &base {issue.kind: damage}\nwhen: *base",
            "when: {issue.kind: damage}",
            "a rule must be readable in one place; shared values belong in parameters.yaml",
        ),
        "R110": Code(
            "the file is empty",
            "an empty file, or one with comments only",
            "write a policy in it, or delete the file",
            "an empty policy file is usually a mistake",
        ),
        "R111": Code(
            "the file is too large",
            "one file of more than 1 MiB",
            "several files, one for each policy",
            "such a file cannot be reviewed, and could exhaust the memory of the service",
        ),
        "R112": Code(
            "the nesting is too deep",
            "[[[[[[ ... ]]]]]]",
            "at most 40 levels of brackets and indentation",
            "so many levels are unreadable; a missing bracket is the usual cause",
        ),
        "R113": Code(
            "an invisible character",
            "a zero-width space or a control character that came along from a web page",
            "delete it, or type the line again",
            "two words that look the same would be different",
        ),
        "R114": Code(
            "a number is written in a form that is not allowed",
            "share: 1e-2",
            "share: 0.01",
            "numbers are exact decimals: digits, and at most one decimal point",
        ),
        "R115": Code(
            "a value is not one of the choices",
            "hit: first-come",
            "hit: priority",
            "only the listed values are valid here",
        ),
        "R116": Code(
            "a comma ends a text without quotes too early",
            "title: {zh: 破损, en: Damaged, leaking}",
            "title: {zh: 破损, en: 'Damaged, leaking'}",
            "inside { } a comma without quotes ends the text and begins the next key",
        ),
    }
)
