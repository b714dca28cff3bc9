"""People of every role, and cases of the Chinese pack that they are asked about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from service.auth import GRANTED, Caller
from service.validation.case_file import read_case
from tests.support.places import CN

CASES = CN / "cases"


def person(name: str, role: str) -> Caller:
    return Caller(name, role, frozenset(GRANTED[role]))


ANN, BEN = person("ann", "agent"), person("ben", "agent")
LEO, LIN = person("leo", "lead"), person("lin", "lead")
MAY, MAX = person("may", "manager"), person("max", "manager")
SUE, SAM = person("sue", "specialist"), person("sam", "specialist")


def given(name: str, **changes: Any) -> dict[str, Any]:
    """Return the case that a policy test of the pack is about, with other facts of its first issue."""
    path = CASES / f"{name}.yaml"
    read, faults = read_case(str(path), path.read_bytes(), "en")
    assert read is not None, faults
    case: dict[str, Any] = read.case
    case["customer"] = case["customer"] | {"id": "C1"}
    return case | {"issues": [case["issues"][0] | changes, *case["issues"][1:]]}


def mandarins(**changes: Any) -> dict[str, Any]:
    """Return a case of 99.00: refund 39.60, up to 49.50 for an agent; all of it and a voucher for a lead; automatic."""
    return given("rotten-mandarins", **changes)


def kettle(**changes: Any) -> dict[str, Any]:
    """Return a case of 500.00: send it back for all of it, or a new one, or an exchange."""
    return given("damaged-goods", **changes)


def override(kind: str = "refund", **amounts: int) -> Mapping[str, Any]:
    return {"choice": "override", "override": {"kind": kind, **amounts}, "reason": "agreed_with_customer"}
