"""Put the facts of an event into a case, and report the faults at their places in the event."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from typing import Any, Final

from rules.compiling.pack import Pack
from rules.language.vocabulary import Vocabulary
from service.ledger.filing import filed, path_of
from service.packs import Ready
from service.validation.case import scopes
from service.validation.issue import MOST_REPORTED, ValidationIssue, nearest, pointer

FACTS: Final = ("facts", "case")  # the parts of an event that lead to a new decision
REJECTED: Final = "issue.rejected"  # a fact of the contract
INSTANT_OF_DECIDING: Final = "at"  # each decision of a case has its own instant

Json = dict[str, Any]
Path = tuple[str | int, ...]


def case_after_event(
    event: Mapping[str, Any], kept: Mapping[str, Any], number: str, ready: Ready
) -> tuple[Json, list[ValidationIssue]]:
    """Return the case after an event, with every fault of the event."""
    if "case" in event:
        case = event["case"]
        return case, [*under_case(ready.schema.faults(case)), *_renumbered(case, number, ready.pack)]
    case = deepcopy({key: value for key, value in kept.items() if key != INSTANT_OF_DECIDING})
    places, faults = _places(event, case, ready.pack.vocabulary)
    for name, place in places.items():
        _put(case, place, event["facts"][name])
    found = [_at_event_fact(fault, places) for fault in ready.schema.faults(case)]
    return case, [*faults, *found, *([] if found else _renumbered(case, number, ready.pack, places))]


def with_rejected_option(
    event: Mapping[str, Any], body: Mapping[str, Any] | None, vocabulary: Vocabulary
) -> tuple[Mapping[str, Any], list[ValidationIssue]]:
    """Return an event with its option, and with the fact that it was rejected if the pack has such a fact."""
    if "option" not in event or body is None:
        return event, []
    options = body["recommendation"]["alternatives"]
    if event["option"] >= len(options):
        return event, [ValidationIssue("/option", "no_such_option", (str(len(options)),))]
    offered = options[event["option"]]
    event = {**event, "offered": {name: offered[name] for name in ("kind", "refund_fen")}}
    if event["kind"] != "customer_rejected" or {"facts", "case"} & event.keys() or REJECTED not in vocabulary.facts:
        return event, []
    item = vocabulary.facts[REJECTED].type.item
    if item is None or offered["kind"] not in item.values:
        return event, []
    stated = body["case"]["issues"][offered["issue"]].get(vocabulary.path(REJECTED)[-1])
    before = [kind for kind in stated if kind != offered["kind"]] if isinstance(stated, list) else []
    return {**event, "facts": {REJECTED: [*before, offered["kind"]]}, "issue": offered["issue"]}, []


def personal_facts(case: Mapping[str, Any], vocabulary: Vocabulary) -> list[str]:
    """Return the personal facts that a case states."""
    named = [name for name, fact in vocabulary.facts.items() if fact.personal]
    return [
        name for name in named if any(_holds(part, vocabulary.path(name)) for part in _parts(case, vocabulary, name))
    ]


def _places(
    event: Mapping[str, Any], case: Json, vocabulary: Vocabulary
) -> tuple[dict[str, Path], list[ValidationIssue]]:
    """Return the path in the case of each fact of an event."""
    places: dict[str, Path] = {}
    faults: dict[str, ValidationIssue] = {}
    for name in event.get("facts", {}):
        if len(faults) == MOST_REPORTED:
            break
        if name not in vocabulary.facts:
            at = pointer(("facts", name))
            faults[at] = ValidationIssue(at, "unknown_key", nearest=nearest(name, vocabulary.facts))
            continue
        start, fault = _start(event, case, vocabulary.scope(name))
        if fault is not None:
            faults[fault.pointer] = fault
        else:
            places[name] = (*start, *vocabulary.path(name))
    return places, list(faults.values())


def _start(event: Mapping[str, Any], case: Json, scope: str) -> tuple[Path, ValidationIssue | None]:
    """Return the path of the case, the issue or the line that the facts of an event are about."""
    if scope == "case":
        return (), None
    known: dict[Any, Path] = {
        (path[-1] if scope == "issue" else part.get("id")): path for path, part in scopes(case, scope)
    }
    expected = tuple(map(str, known))
    if scope in event:
        wanted = event[scope]
        unknown = ValidationIssue(f"/{scope}", f"no_such_{scope}", expected)
        return (known[wanted], None) if wanted in known else ((), unknown)
    if len(known) == 1:
        return next(iter(known.values())), None
    return (), ValidationIssue(f"/{scope}", f"which_{scope}" if known else f"no_such_{scope}", expected)


def _put(case: Json, place: Path, value: Any) -> None:
    """Set a value at a path, with the missing groups on the way."""
    part: Any = case
    for step in place[:-1]:
        if isinstance(step, str) and not isinstance(part.get(step), dict | list):
            part[step] = {}
        part = part[step]
    part[place[-1]] = value


def _at_event_fact(fault: ValidationIssue, places: Mapping[str, Path]) -> ValidationIssue:
    """Point a fault of the case at the fact of the event that causes it."""
    for name, place in places.items():
        start = pointer(place)
        if fault.pointer == start or fault.pointer.startswith(f"{start}/"):
            moved = pointer(("facts", name)) + fault.pointer[len(start) :]
            return replace(fault, pointer=moved)
    return under_case((fault,))[0]


def under_case(faults: Sequence[ValidationIssue]) -> list[ValidationIssue]:
    """Point faults at the case inside an event."""
    return [replace(fault, pointer=f"/case{fault.pointer}") for fault in faults]


def _renumbered(case: Any, number: str, pack: Pack, places: Mapping[str, Path] | None = None) -> list[ValidationIssue]:
    """Return a fault if an event gives its case another number."""
    path = path_of(pack, "number")
    stated = filed(pack, "number", case) if isinstance(case, dict) else None
    if path is None or stated in (None, number):
        return []
    fault = ValidationIssue(pointer(path), "other_case", (number,))
    return [_at_event_fact(fault, places or {})]


def _parts(case: Mapping[str, Any], vocabulary: Vocabulary, name: str) -> list[Mapping[str, Any]]:
    return [part for _, part in scopes(case, vocabulary.scope(name))]


def _holds(part: Any, path: tuple[str, ...]) -> bool:
    for step in path:
        part = part.get(step) if isinstance(part, Mapping) else None
    return part is not None
