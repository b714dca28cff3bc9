"""Read what a person sends about a decision: an outcome, an approval, an appeal. Raises BadRequest with every fault."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from rules.language.contract import KIND, MONEY, YES_NO
from rules.recommending.remedy import GIVES_NOTHING
from rules.values.kind import Type
from service.casework.choices import OPTION, OVERRIDE, WAYS, Choice, Given
from service.casework.outcomes.appeals import PARTIES
from service.errors import BadRequest
from service.i18n.terms import ANOTHER, REASONS
from service.validation.fields import Known, Many, Part, Position, Stating, faults_of
from service.validation.issue import ValidationIssue

MOST_EVIDENCE: Final = 50
AMOUNTS: Final = ("refund_fen", "compensation_fen", "goodwill_fen")
REFUNDS: Final = ("refund", "return_refund", "price_difference")  # kinds that are nothing without a refund
COMPENSATION: Final = "compensation"
PARTS: Final[Mapping[str, tuple[str, ...]]] = {OPTION: ("option", "refund_fen"), OVERRIDE: ("override",)}
REQUIRED: Final[Mapping[str, tuple[str, ...]]] = {OPTION: ("option",), OVERRIDE: ("override", "reason")}

_OVERRIDE: Final = Part({"kind": Known(KIND, required=True), **{name: Known(MONEY) for name in AMOUNTS}})
_OUTCOME: Final = Part(
    {
        "choice": Known(Type("one_of", values=WAYS), required=True),
        "option": Position(),
        "refund_fen": Known(MONEY),
        "override": _OVERRIDE,
        "reason": Known(Type("one_of", values=tuple(REASONS))),
        "note": Stating(),
    }
)
_APPROVAL: Final = Part({"approve": Known(YES_NO, required=True), "digest": Stating(required=True), "note": Stating()})
_EVIDENCE: Final = Part({"kind": Stating(required=True), "ref": Stating(), "note": Stating()})
_APPEAL: Final = Part(
    {
        "by": Known(Type("one_of", values=PARTIES), required=True),
        "grounds": Stating(required=True),
        "evidence": Many(_EVIDENCE, 1, MOST_EVIDENCE),
    }
)

Json = dict[str, Any]


def outcome(body: Any) -> Choice:
    """Read what is to be done with a decision."""
    told = _fitting(_OUTCOME, body)
    if faults := (*_misplaced(told), *_senseless(told.get("override"))):
        raise BadRequest("body_does_not_fit", faults)
    named = {name: told.get(name) for name in ("option", "refund_fen", "reason", "note")}
    override = Given(**told["override"]) if "override" in told else None
    return Choice(told["choice"], override=override, **named)


def approval(body: Any) -> Json:
    """Read whether what was proposed is approved, and for which digest."""
    return {"note": None, **_fitting(_APPROVAL, body)}


def appeal(body: Any) -> tuple[Json, Any]:
    """Read who appeals and on what grounds, and the case as it is now, where it is sent along."""
    case = body.get("case") if isinstance(body, dict) else None
    rest = {name: value for name, value in body.items() if name != "case"} if isinstance(body, dict) else body
    return _fitting(_APPEAL, rest), case


def _fitting(form: Part, body: Any) -> Json:
    """Return a body that fits its form; null says that a part is left out."""
    told = {name: value for name, value in body.items() if value is not None} if isinstance(body, dict) else body
    if faults := faults_of(form, told):
        raise BadRequest("body_does_not_fit", faults)
    assert isinstance(told, dict)
    return told


def _misplaced(told: Json) -> Iterator[ValidationIssue]:
    """Yield what a choice lacks, and what belongs to another one."""
    way = told["choice"]
    for name in REQUIRED.get(way, ()):
        if name not in told:
            yield ValidationIssue(f"/{name}", "missing")
    for name in ("option", "refund_fen", "override"):
        if name in told and name not in PARTS.get(way, ()):
            yield ValidationIssue(f"/{name}", "not_wanted", (way,))
    if told.get("reason") == ANOTHER and "note" not in told:
        yield ValidationIssue("/note", "note_for_other")


def _senseless(override: Json | None) -> Iterator[ValidationIssue]:
    """Yield amounts that do not go with the kind of remedy."""
    if override is None:
        return
    kind, refund = override["kind"], override.get("refund_fen", 0)
    if kind in GIVES_NOTHING and refund:
        yield ValidationIssue("/override/refund_fen", "gives_nothing", (kind,))
    if kind in REFUNDS and not refund:
        yield ValidationIssue("/override/refund_fen", "amount_wanted", (kind,))
    if kind == COMPENSATION and not any(override.get(name) for name in AMOUNTS):
        yield ValidationIssue("/override/compensation_fen", "amount_wanted", (kind,))
