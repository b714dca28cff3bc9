"""Executions: the claim of a decision, the reports on it, and the lists of both."""

from __future__ import annotations

from typing import ClassVar, Final

from marshmallow import fields

from service.api.schemas.base import Answer, Request, Variants
from service.api.schemas.fields import Line, Note, OneOf, fen, instant
from service.api.schemas.pages import Page, many
from service.api.schemas.parameters import Choice, Query, paging
from service.casework.payments.references import ACCOUNT
from service.casework.states import EXECUTED, FAILED, OF_EXECUTION

CLAIM: Final = "claim"
OF_RECIPIENT: Final = "the account of the recipient; a reference pays once an account, and only a digest is kept"


class Claiming(Request):
    """A machine claims the decision."""

    action = OneOf((CLAIM,), required=True)


class Paid(Request):
    """The decision was carried out, by a payment."""

    action = OneOf((EXECUTED,), required=True)
    said = Line(data_key="reference", required=True)
    account = Line(OF_RECIPIENT, data_key=ACCOUNT)


class NotPaid(Request):
    """The decision could not be carried out."""

    action = OneOf((FAILED,), required=True)
    said = Note(data_key="reason", required=True)


class ExecutionReport(Variants):
    """What became of an execution."""

    key = "action"
    forms: ClassVar = {EXECUTED: Paid, FAILED: NotPaid}

    action = OneOf(tuple(forms), required=True)


class ExecutionStep(Variants):
    """A claim, or what became of it."""

    key = "action"
    forms: ClassVar = {CLAIM: Claiming, **ExecutionReport.forms}

    action = OneOf(tuple(forms), required=True)


class ExecutedLine(Answer):
    """What is refunded of a line of the order."""

    line = fields.String(metadata={"description": "* for the order as a whole"})
    refund_fen = fen()


class Execution(Answer):
    """What was handed out to a machine, and what is recorded of it."""

    decision = fields.String(metadata={"description": "also the payment's idempotency key"})
    case_no = fields.String()
    state = OneOf(OF_EXECUTION)
    claimed_by = fields.String()
    claimed_at = instant()
    confirm_by = instant()
    ended_at = fields.String(allow_none=True, metadata={"format": "date-time"})
    reference = fields.String(allow_none=True, metadata={"description": "of the payment"})
    total_fen = fen()
    refund_fen = fen()
    currency = fields.String()
    order_no = fields.String(allow_none=True)
    lines = many(ExecutedLine)


class Claim(Execution):
    """An execution; on a claim with what to carry out."""

    optional = frozenset({"remedy"})

    remedy = fields.Dict(metadata={"description": "what to carry out; on a claim"})


class ExecutionsAsked(Query):
    """The executions that are wanted."""

    state = Choice(OF_EXECUTION, "only those in this state; a claim is late as soon as its time is over")
    limit, cursor = paging()


class Executions(Page):
    """A page of executions."""

    items = many(Execution)


class Claimable(Answer):
    """A decision that waits for a machine."""

    id = fields.String()
    case_no = fields.String()
    at = instant()
    mode = fields.String()
    remedy = fields.String(allow_none=True)
    total_fen = fen()
    refund_fen = fen()
    order_no = fields.String(allow_none=True)
    merchant = fields.String(allow_none=True)


class Claimables(Page):
    """A page of them."""

    items = many(Claimable)


class Swept(Answer):
    """The decisions whose claims were found late."""

    late = fields.List(fields.String())
