"""Write nodes as YAML, and put into another order what has none."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from random import Random
from typing import Final

from rules.language.hit_policy import HitPolicy
from tests.support.random_values import Node, decimal

Files = dict[str, str]

PLAIN_WORD: Final = re.compile(r"[a-z]{2,}[a-z0-9_.-]*")
TRAPS: Final = frozenset({"true", "false", "null", "yes", "no", "on", "off"})
ORDERLESS: Final = ("all", "any", "rules", "except")
BY_ROWS: Final = frozenset(hit.value for hit in HitPolicy if hit.by_rows)


def flow(node: Node) -> str:
    """Write a node on one line; texts that could be read as something else are quoted."""
    if isinstance(node, dict):
        return "{" + ", ".join(f"{flow(key)}: {flow(value)}" for key, value in node.items()) + "}"
    if isinstance(node, list | tuple):
        return "[" + ", ".join(map(flow, node)) + "]"
    if isinstance(node, bool):
        return "true" if node else "false"
    if isinstance(node, int | Fraction):
        return decimal(node)
    return node if PLAIN_WORD.fullmatch(node) and node not in TRAPS else json.dumps(node, ensure_ascii=False)


def block(node: Mapping[str, Node]) -> str:
    """Write a mapping with a line for each key."""
    return "".join(f"{flow(key)}: {flow(value)}\n" for key, value in node.items()) or "{}\n"


def write(parts: Mapping[str, Node], policies: Sequence[Node]) -> Files:
    """Write the files of a pack, its policies in one of them."""
    return {name: block(part) for name, part in parts.items()} | {"policies.yaml": "---\n".join(map(block, policies))}


def shuffled(node: Node, chance: Random, key: str = "", rows: bool = True) -> Node:
    """Return a node with everything in another order whose order may not matter."""
    if isinstance(node, dict):
        rows = rows and node.get("hit") not in BY_ROWS
        items = list(node.items())
        if key != "answers" and (key != "rows" or rows):  # of answers, the first ranks before the second
            chance.shuffle(items)
        return {name: shuffled(part, chance, name, rows) for name, part in items}
    if isinstance(node, list):
        parts = chance.sample(node, len(node)) if key in ORDERLESS else node
        return [shuffled(part, chance, "", rows) for part in parts]
    return node


def reordered(node: Node, chance: Random, key: str = "") -> Node:
    """Return a policy with its rules, exceptions and rows in another order, unless it goes by the order of its rows."""
    if isinstance(node, dict):
        if node.get("hit") in BY_ROWS:
            return node
        items = chance.sample(list(node.items()), len(node)) if key == "rows" else node.items()
        return {name: reordered(part, chance, name) for name, part in items}
    if isinstance(node, list):
        parts = chance.sample(node, len(node)) if key in ("rules", "except") else node
        return [reordered(part, chance) for part in parts]
    return node
