"""The code names no policy, fact or country of a pack, and a pack of nothing that it knows is decided."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from rules.compiling.load import load
from rules.compiling.pack import Pack
from rules.decide import Decider
from rules.deciding.match import Matcher
from rules.language import contract
from rules.language.vocabulary import WHO
from rules.recommending.answers import OUTCOMES
from service.api.schemas.executions import ExecutionStep
from service.packs import read_policies
from tests.support.places import PACKS, POLICIES
from tests.support.source import CORE, LAB, SERVICE, shown, tree

REAL_PACKS = sorted(path.parent for path in POLICIES.glob("*/pack.yaml"))
LIBRARY = PACKS / "library"
PLATFORM = {"platform"}  # the fact whose values are the names of platforms


def literals(path: Path) -> set[str]:
    """Return the string literals of a module, without its docstrings."""
    nodes = list(ast.walk(tree(path)))
    docstrings = {
        id(node.body[0].value)
        for node in nodes
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    return {
        node.value
        for node in nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings
    }


def allowed() -> set[str]:
    """Return the names of the contract between policies and code, and the keys of a recommendation."""
    names = {
        *contract.ANSWERS,
        *contract.SETTLE_FACTS,
        *contract.JOINED,
        contract.GROUND,
        contract.REQUEST,
        contract.WAITING,
        contract.HANDOVER,
        contract.PAID_BEFORE,
        *contract.CASE_INDEX,
        *contract.WORD_SLOTS,
    }
    names |= {*contract.LINE_FACTS, *contract.CASE_FACTS, *contract.ISSUE_FACTS, "submitted_at", "at", "issue.kind"}
    names |= set(ExecutionStep.forms)  # what a back end says of an execution, which a policy may be called as well
    names |= {*contract.PARTIES, *contract.KINDS, *contract.ROLES, *contract.MODES, *OUTCOMES, *WHO}
    return names | keys(recommended())


def keys(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set(value) | {key for part in value.values() for key in keys(part)}
    return {key for part in value for key in keys(part)} if isinstance(value, list) else set()


@cache
def read(folder: Path) -> Pack:
    pack, problems = load(read_policies(folder))
    assert problems == ()
    assert pack is not None
    return pack


def recommended() -> dict[str, Any]:
    """Return a recommendation of a pack that names nothing of any country."""
    with Matcher(read(LIBRARY)) as matcher:
        return Decider(read(LIBRARY), matcher).decide(fine("adult", 2))


def named(pack: Pack) -> Mapping[str, str]:
    """Return what is a pack's own: its names of things, each with what it names."""
    facts = pack.vocabulary.facts
    found = {pack.name: "the pack", pack.jurisdiction: "its jurisdiction", pack.currency: "its currency"}
    found[pack.zone.key] = "its time zone"
    for kind, names in (
        ("a policy", (policy.name for policy in pack.policies)),
        ("an answer", (name for policy in pack.policies for name in policy.answers)),
        ("a fact", facts),
        ("a derived fact", pack.derived),
        ("a parameter", pack.parameters),
        ("a document", pack.documents),
        ("an article", pack.articles),
        ("a block of words", (block.name for block in pack.blocks)),
        ("a platform", (value for name in PLATFORM & facts.keys() for value in facts[name].type.values)),
    ):
        found.update((name, kind) for name in names)
    return found


@pytest.mark.parametrize("folder", REAL_PACKS, ids=lambda folder: folder.name)
def test_the_code_names_nothing_of_a_pack(folder: Path) -> None:
    own = {name: kind for name, kind in named(read(folder)).items() if name and name not in allowed()}
    found = {
        f"{shown(path)}: '{text}' is {own[text]} of pack {folder.name}"
        for path in (*CORE, *LAB, *SERVICE)
        for text in literals(path) & own.keys()
    }
    assert not found


# ---- a pack of nothing that we know


def fine(reader: str, days_late: int) -> dict[str, Any]:
    return {
        "submitted_at": "2026-03-02T10:00:00+01:00",
        "order": {"lines": [{"id": "1", "paid_fen": 501}]},
        "issues": [{"loan": {"reader": reader, "days_late": days_late}}],
    }


def test_the_pack_of_library_fines_is_short() -> None:
    lines = [line for path in sorted(LIBRARY.glob("*.yaml")) for line in path.read_text(encoding="utf-8").splitlines()]
    assert len(lines) <= 40


@pytest.mark.parametrize(
    ("reader", "days_late", "outcome", "kind", "fen"),
    [
        ("adult", 2, "remedy", "refund", 251),  # half of 5.01 is 2.505
        ("adult", 3, "remedy", "refund", 251),
        ("adult", 5, "refuse", "refuse", 0),
        ("child", 2, "remedy", "refund", 501),
        ("child", 5, "remedy", "refund", 501),
    ],
)
def test_library_fines_are_decided_without_code(reader: str, days_late: int, outcome: str, kind: str, fen: int) -> None:
    with Matcher(read(LIBRARY)) as matcher:
        found = Decider(read(LIBRARY), matcher).decide(fine(reader, days_late))
    assert (found["outcome"], found["remedy"]["kind"], found["remedy"]["refund_fen"]) == (outcome, kind, fen)
    assert found["remedy"]["currency"] == "EUR"


def test_library_fines_ask_for_what_they_lack() -> None:
    with Matcher(read(LIBRARY)) as matcher:
        found = Decider(read(LIBRARY), matcher).decide({**fine("adult", 2), "issues": [{"loan": {"reader": "adult"}}]})
    (asked,) = found["missing"]
    assert (found["outcome"], asked["fact"], asked["question"]) == (
        "ask",
        "loan.days_late",
        {"en": "How many days late was it?"},
    )
    assert [one["answer"] for one in asked["changes"]] == [{"at_most": 3}, {"more_than": 3}]
