"""List the keys of policies, rules, tables and rows, and where a misplaced key belongs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

POLICY_KEYS: Final = ("policy", "asks", "owner", "note", "answers", "hit", "otherwise", "rules", "table", "source")
ADDITION_KEYS: Final = ("adds_to", "note", "rules", "table", "source")
RULE_KEYS: Final = (
    "id", "title", "source", "meets", "in_force", "when", "then", "except", "exception_to", "mandatory", "note",
)  # fmt: skip
TABLE_KEYS: Final = ("when", "then", "rows", "source", "sources", "meets", "titles", "in_force")
ROW_KEYS: Final = ("cells", "title", "source", "meets", "in_force", "note")

_POLICY: Final = dict.fromkeys(POLICY_KEYS, "at the head of the policy, beside 'rules' or 'table'")
_RULE: Final = dict.fromkeys(RULE_KEYS, "in a rule, under 'rules'")
_TABLE: Final = dict.fromkeys(TABLE_KEYS, "under 'table'")
_ROW: Final = dict.fromkeys(ROW_KEYS, "in a row of a table")
_TABLE_AND_ROW: Final = {**_ROW, **_TABLE}

BESIDE_POLICY: Final[Mapping[str, str]] = {**_TABLE_AND_ROW, **_RULE}
BESIDE_ADDITION: Final[Mapping[str, str]] = {**BESIDE_POLICY, **_POLICY}
BESIDE_RULE: Final[Mapping[str, str]] = {**_TABLE_AND_ROW, **_POLICY}
BESIDE_TABLE: Final[Mapping[str, str]] = {**_ROW, **_RULE, **_POLICY}
BESIDE_ROW: Final[Mapping[str, str]] = {**_RULE, **_TABLE, **_POLICY}
