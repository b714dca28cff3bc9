"""Each problem has a status and a message, and each of both belongs to a problem."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from service.api.statuses import STATUS
from service.i18n.problems import PROBLEMS
from service.ledger.outages import OUTAGES
from tests.support.places import SERVICE

RAISING = {"DomainError", "BadRequest", "problem", "document", "Item"}
OF_HTTP = {"bad_request", "internal", "method_not_allowed", "not_found", "too_large"}  # raised by Flask itself


def texts(node: ast.expr) -> Iterator[str]:
    """Yield the texts that an expression may have as its value."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from (*texts(node.body), *texts(node.orelse))


def raised() -> set[str]:
    """Return the codes with which the service raises an error or answers a problem."""
    calls = [
        (call.func.id, argument)
        for path in SERVICE.rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in RAISING
        for argument in call.args[2 if call.func.id == "Item" else 0 :][:1]
    ]
    return {text for _, argument in calls for text in texts(argument) if " " not in text} | of_schemas()


def of_schemas() -> set[str]:
    """Return the codes that schemas name for bodies that do not fit them."""
    return {
        text
        for path in (SERVICE / "api" / "schemas").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "code" and node.value is not None
        for text in texts(node.value)
    }


def test_each_code_that_is_raised_has_a_status() -> None:
    outages = {outage.code for outage in OUTAGES}
    assert raised() | OF_HTTP | outages == STATUS.keys()


def test_each_code_has_a_message_and_each_message_a_code() -> None:
    assert PROBLEMS.keys() == STATUS.keys()


def test_statuses_are_those_of_errors() -> None:
    assert all(400 <= status < 600 for status in STATUS.values())
