"""The schema of a case, built from a pack's vocabulary; a case is checked and not changed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import islice
from typing import Any, Final

from marshmallow import Schema, ValidationError, validates_schema

from rules.deciding.paid_before import PAYMENT
from rules.language.type_reader import UNKNOWN
from rules.language.vocabulary import Fact, Vocabulary
from rules.values.calendar import HOUR
from rules.values.kind import Type
from service.normalization import folded
from service.validation.fields import Checked, Known, Many, Mismatch, Part, Stated, issues_of
from service.validation.issue import MOST_REPORTED, Path, ValidationIssue, pointer

MOST_ISSUES: Final = 50
MOST_LINES: Final = 200
MOST_PAYMENTS: Final = 200
INSTANT: Final = Type("instant")
TEXT: Final = Type("text")
DAY: Final = 24 * HOUR
MONEY: Final = Type("money")
PAYMENT_FIELDS: Final[Mapping[str, Type]] = {**dict.fromkeys(PAYMENT, TEXT), "amount_fen": MONEY, "at": INSTANT}


class CaseSchema(Schema):
    """The envelope of a case; `case_schema` adds the facts."""

    error_messages = {"unknown": "unknown_key"}  # noqa: RUF012 - the name and the type are marshmallow's
    pack_name = ""
    retired: tuple[tuple[str, tuple[str, ...], str], ...] = ()  # scope, path, and the fact in its place

    def faults(self, case: Any) -> tuple[ValidationIssue, ...]:
        """Return all faults of a case at once; nothing where it is valid."""
        if not isinstance(case, dict):
            return (ValidationIssue("", "not_record"),)
        errors = self.validate(case)
        return tuple(islice(issues_of(errors, (), self.fields), MOST_REPORTED)) if errors else ()

    def warnings(self, case: Mapping[str, Any]) -> tuple[ValidationIssue, ...]:
        """Return what a valid case should no longer state: retired facts, and the shop's name."""
        retired = tuple(
            ValidationIssue(pointer((*start, *path)), "moved" if new else "retired", (new,) if new else ())
            for scope, path, new in self.retired
            for start, part in scopes(case, scope)
            if holds(part, path)
        )
        unheard = "merchant" in case and isinstance(self.fields["merchant"], Known)
        return (*retired, ValidationIssue("/merchant", "no_layer")) if unheard else retired

    @validates_schema(pass_original=True, skip_on_field_errors=False)
    def _check_references(self, _: Any, case: Any, **__: Any) -> None:
        """Find repeated ids, references to lines that the order lacks, and a case for another pack."""
        faults: dict[str, Any] = {}
        ids = {path: line.get("id") for path, line in scopes(case, "line")}
        if twice := {path[-1]: {"id": ["id_twice"]} for path in _repeated(ids)}:
            faults["order"] = {"lines": twice}
        known = _line_ids(case)
        if known is not None and (strangers := _strangers(case, known)):
            faults["issues"] = strangers
        if known and (strangers := _paid_for(case, known)):
            faults["paid_before"] = strangers
        if case.get("pack") not in (None, self.pack_name):
            faults["pack"] = [Mismatch("other_pack", (self.pack_name,))]
        if faults:
            raise ValidationError(faults)


def case_schema(name: str, vocabulary: Vocabulary) -> CaseSchema:
    """Build the schema of a pack's cases, once for all threads."""
    parts = layout(vocabulary)
    case = _fields(parts["case"])
    case.setdefault("merchant", Known(TEXT))
    lines = Many(Part({**_fields(parts["line"]), "id": Known(TEXT, required=True)}), 0, MOST_LINES)
    issue = {**_fields(parts["issue"]), "line": Stated(TEXT)}
    if "kind" in issue:
        issue["kind"].required = True
    case |= {
        "order": Part({**getattr(case.get("order"), "parts", {}), "lines": lines}),
        "issues": Many(Part(issue), 1, MOST_ISSUES, required=True),
        "paid_before": Many(_payment(), 0, MOST_PAYMENTS),
        "submitted_at": Known(INSTANT, required=True),
        "at": Known(INSTANT),
        "pack": Known(TEXT),
    }
    schema = CaseSchema.from_dict(dict(case), name="Case")()
    assert isinstance(schema, CaseSchema)
    schema.pack_name = name
    schema.retired = tuple(
        (vocabulary.scope(name), vocabulary.path(name), fact.moved_to.fact if fact.moved_to is not None else "")
        for name, fact in vocabulary.facts.items()
        if fact.retired
    )
    return schema


def ahead(case: Mapping[str, Any], now: str) -> tuple[ValidationIssue, ...]:
    """Return the instants of a valid case that are over a day in the future: of deciding, of earlier payments.

    Clocks of machines differ by less.
    """
    last: Any = INSTANT.parse(now) + DAY  # type: ignore[operator]
    instants: list[tuple[Path, Any]] = [(("at",), case["at"])] if "at" in case else []
    instants += [
        (("paid_before", at, "at"), payment["at"]) for at, payment in _stated_by_sender(case) if "at" in payment
    ]
    return tuple(
        ValidationIssue(pointer(path), "not_yet", (now,)) for path, instant in instants if INSTANT.parse(instant) > last
    )


def _payment() -> Part:
    """Return the schema of an earlier payment; all but its amount is optional."""
    return Part({name: Known(kind, required=name == "amount_fen") for name, kind in PAYMENT_FIELDS.items()})


def _fields(parts: Mapping[str, Fact | Mapping[str, Fact]]) -> dict[str, Checked]:
    return {
        key: Stated(part.type, part.retired and part.moved_to is None)
        if isinstance(part, Fact)
        else Part(_fields(part))
        for key, part in parts.items()
    }


def _repeated(ids: Mapping[Path, Any]) -> Iterator[Path]:
    """Yield the paths of ids that an earlier line has, in any spelling."""
    seen = set()
    for path, name in ids.items():
        if isinstance(name, str):
            if folded(name) in seen:
                yield path
            seen.add(folded(name))


def _line_ids(case: Mapping[str, Any]) -> tuple[str, ...] | None:
    """Return the ids of the order's lines, or None where the lines are invalid, which is reported already."""
    order = case.get("order", {})
    lines = order.get("lines", []) if isinstance(order, dict) else None
    if not isinstance(lines, list):
        return None
    ids: tuple[Any, ...] = tuple(line.get("id") if isinstance(line, dict) else None for line in lines)
    return ids if all(isinstance(name, str) for name in ids) else None


def _strangers(case: Mapping[str, Any], known: Collection[str]) -> dict[str | int, Any]:
    """Return the issues that refer to a line which the order does not have."""
    return {
        path[-1]: {"line": [Mismatch("no_such_line", known)]}
        for path, issue in scopes(case, "issue")
        if isinstance(name := issue.get("line"), str) and name not in known and name != UNKNOWN
    }


def _paid_for(case: Mapping[str, Any], known: Collection[str]) -> dict[str | int, Any]:
    """Return the earlier payments for a line which the order does not have."""
    return {
        at: {"line": [Mismatch("no_such_line", known)]}
        for at, payment in _stated_by_sender(case)
        if isinstance(name := payment.get("line"), str) and name not in ("", *known)
    }


def _stated_by_sender(case: Mapping[str, Any]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Yield the earlier payments that the sender states, without those from the ledger, with their positions."""
    payments = case.get("paid_before")
    for at, payment in enumerate(payments if isinstance(payments, list) else ()):
        if isinstance(payment, dict) and "decision" not in payment:
            yield at, payment


Layout = Mapping[str, Mapping[str, "Fact | Mapping[str, Fact]"]]


def layout(vocabulary: Vocabulary) -> Layout:
    """Return the facts and groups of facts of a case, a line and an issue."""
    parts: dict[str, dict[str, Any]] = {"case": {}, "line": {}, "issue": {}}
    for name, fact in vocabulary.facts.items():
        *groups, key = vocabulary.path(name)
        place = parts[vocabulary.scope(name)]
        for group in groups:
            place = place.setdefault(group, {})
        place[key] = fact
    return parts


def scopes(case: Mapping[str, Any], scope: str) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """Yield the objects that hold facts of a scope, each with its path; values that are not objects are skipped."""
    order = case.get("order")
    if scope == "case":
        yield (), case
    elif scope == "issue":
        yield from ((("issues", position), issue) for position, issue in records(case.get("issues")))
    elif isinstance(order, dict):
        yield from ((("order", "lines", position), line) for position, line in records(order.get("lines")))


def records(value: object) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Yield the objects of a list with their positions; nothing where there is no list."""
    if isinstance(value, list):
        yield from ((position, item) for position, item in enumerate(value) if isinstance(item, dict))


def holds(part: Any, path: tuple[str, ...]) -> bool:
    """Check whether a path exists, even with the value null."""
    for step in path:
        if not isinstance(part, Mapping) or step not in part:
            return False
        part = part[step]
    return True
