"""The timeline of a case: its entries in order, each as JSON and as a sentence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from sqlalchemy import Connection, Row, select

from rules.compiling.pack import Pack
from service.casework.context import CaseContext
from service.casework.outcomes.outcomes import with_choice
from service.errors import DomainError
from service.ledger.chain import payload_of, with_payloads
from service.ledger.tables import CASES, DECISIONS, ENTRIES, KEYS
from service.rendering.story import Story

CHOSEN: Final = ("outcome", "proposal")  # kinds of entries that contain a choice
WHOLE: Final = 10_000  # printed entries of a case

Json = dict[str, Any]


def timeline(context: CaseContext, case_no: str, language: str, limit: int = WHOLE, after: int = 0) -> list[Json]:
    """Return the entries of a case after one, the oldest first. Raises DomainError if there is no such case."""
    with context.ledger.reading() as connection:
        digest = _digest(connection, case_no)
        rows = _entries(connection, case_no, limit, after)
        roles = _roles(connection, {row.by for row in rows})
    story = Story(_pack(context, digest), language, roles)
    return [_item(row, story) for row in rows]


def printed(context: CaseContext, case_no: str, language: str) -> list[str]:
    """Return the timeline of a case as text, one line per entry."""
    story = Story(context.ready.pack, language, {})
    items = timeline(context, case_no, language)
    before: Iterable[str | None] = (None, *(item["at"] for item in items))
    lines = [f"{story.when(item['at'], last)}  {item['text']}" for item, last in zip(items, before, strict=False)]
    return [story.say("title", case_no), *lines]


def _item(row: Row[Any], story: Story) -> Json:
    body = payload_of(row)
    entry = {name: getattr(row, name) for name in ("seq", "id", "kind", "about", "at", "by")}
    entry["erased"] = row.body is None
    text = story.render({**entry, "body": body})
    shown = _outlined(body) if row.kind == "decision" and body is not None else body
    if row.kind in CHOSEN and body is not None:
        shown = with_choice(body)
    return {**entry, "body": shown, "text": text}


def _outlined(body: Mapping[str, Any]) -> Json:
    """Return the outline of a decision; /v1/decisions/ID returns all of it."""
    recommendation = body["recommendation"]
    remedy = recommendation["remedy"] or {}
    recorded = {name: body.get(name) for name in ("because", "follows", "mode", "held", "event")}
    amounts = {name: remedy.get(name) for name in ("kind", "total_fen", "refund_fen")}
    return recorded | {"outcome": recommendation["outcome"], "severity": recommendation["severity"]} | amounts


def _digest(connection: Connection, case_no: str) -> str:
    of_case = select(DECISIONS.c.pack_digest).join(CASES, CASES.c.decision == DECISIONS.c.id)
    digest = connection.execute(of_case.where(CASES.c.no == case_no)).scalar()
    if digest is None:
        raise DomainError("no_case", case_no)
    return str(digest)


def _entries(connection: Connection, case_no: str, limit: int, after: int) -> list[Row[Any]]:
    of_case = with_payloads(select(ENTRIES), ENTRIES.c.seq).where(ENTRIES.c.case_no == case_no, ENTRIES.c.seq > after)
    return list(connection.execute(of_case.order_by(ENTRIES.c.seq).limit(limit)).all())


def _roles(connection: Connection, names: set[str]) -> dict[str, str]:
    """Return the roles of callers; none for a name with keys of several roles."""
    found: dict[str, set[str]] = {}
    for name, role in connection.execute(select(KEYS.c.name, KEYS.c.role).where(KEYS.c.name.in_(names))):
        found.setdefault(name, set()).add(role)
    return {name: next(iter(roles)) for name, roles in found.items() if len(roles) == 1}


def _pack(context: CaseContext, digest: str) -> Pack:
    """Return the pack of the latest decision, or the current pack if that can no longer be loaded."""
    if digest == context.ready.pack.digest:
        return context.ready.pack
    kept = context.archive.ready(digest)
    return context.ready.pack if kept is None else kept.pack
