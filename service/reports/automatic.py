"""Report on automatic decisions: their share, executions, reasons for handover to people, results of reviews."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, Final

from sqlalchemy import Connection, Select, and_, exists, select

from rules.language.contract import AUTOMATIC
from service.i18n.reports import MEASURES, REASONS
from service.ledger.chain import payload_of, with_payloads
from service.ledger.tables import DECISIONS, ENTRIES, EXECUTIONS
from service.reports.report import Question, Row

COLUMNS: Final = ("measure", "reason", "label", "decisions", "percent", "total_fen")
REFUSED: Final = "execution.refused"  # the entry that hands a decision over to a person
REVIEW: Final = "review"  # the entry of a review
ERASED: Final = "erased"
BY_HAND: Final = "event"  # the entry of an execution that a person reported
PART_OF: Final = {
    **dict.fromkeys(("decided", "wanted", "automatic"), "decided"),
    **dict.fromkeys(("degraded", "claimed", "executed", "failed", "late", "drawn"), "wanted"),
    **{"reviewed": "drawn", "wrong": "reviewed"},
}

Key = tuple[str, str, str]  # part of the period, measure, reason


def automatic(connection: Connection, asked: Question) -> Iterator[Row]:
    """Yield each measure, with its share of the whole."""
    many: Counter[Key] = Counter()
    fen: Counter[Key] = Counter()
    for day, measure, reasons, total in _measured(connection, asked):
        for reason in ("", *reasons):
            key = (asked.period.key(day), measure, reason)
            many[key] += 1
            fen[key] += total
    order = list(MEASURES)
    for key in sorted(many, key=lambda key: (key[0], order.index(key[1]), key[2] != "", -many[key], key[2])):
        period, measure, reason = key
        of = many[period, PART_OF[measure], ""]
        yield {
            "period": period,
            "measure": measure,
            "reason": reason or None,
            "label": _label(measure, reason, asked.words.language),
            "decisions": many[key],
            "percent": round(many[key] * 100 / of, 1) if of else None,
            "total_fen": fen[key],
        }


def _label(measure: str, reason: str, language: str) -> str:
    if not reason:
        return MEASURES[measure][language]
    return REASONS[reason][language] if reason in REASONS else reason


def _counted(code: str) -> str:
    """Return the reason under which a code is counted."""
    return code if code in REASONS else code.partition(":")[0]


Measured = tuple[str, str, Iterable[str], int]


def _measured(connection: Connection, asked: Question) -> Iterator[Measured]:
    """Yield each decision under each of its measures."""
    taken = dict(_about(connection, asked, REFUSED))
    found = dict(_about(connection, asked, REVIEW))
    columns = (DECISIONS, EXECUTIONS.c.state.label("execution"))
    by_hand = exists().where(ENTRIES.c.seq == EXECUTIONS.c.seq, ENTRIES.c.kind == BY_HAND)
    by_machine = and_(EXECUTIONS.c.decision == DECISIONS.c.id, ~by_hand)
    every = select(*columns).select_from(DECISIONS.outerjoin(EXECUTIONS, by_machine)).where(*asked.days())
    for row in connection.execution_options(stream_results=True).execute(every):
        for measure, reasons in _measures(row, taken.get(row.id), found.get(row.id)):
            yield row.day, measure, reasons, row.total_fen


def _measures(row: Any, taken: Any, review: Any) -> Iterator[tuple[str, Iterable[str]]]:
    """Yield the measures of a decision; `taken` is the reason of its handover, `review` the result of its review."""
    yield "decided", ()
    why = row.held.splitlines() + (taken["reasons"] if taken is not None else [])
    if row.mode in AUTOMATIC or why or row.execution is not None:
        yield "wanted", ()
        yield ("degraded", dict.fromkeys(map(_counted, why))) if why else ("automatic", ())
    if row.execution is not None:
        yield row.execution, ()
    if row.drawn:
        yield "drawn", ()
    if row.reviewed_at is not None:
        yield "reviewed", ()
    if review is not None and review.get("right") is False:
        yield "wrong", ()


def _about(connection: Connection, asked: Question, kind: str) -> Iterator[tuple[str, Any]]:
    """Yield the payloads of entries of a kind on decisions of the period; an unreadable one is empty."""
    said: Select[Any] = (
        select(ENTRIES.c.about)
        .join(DECISIONS, DECISIONS.c.id == ENTRIES.c.about)
        .where(ENTRIES.c.kind == kind, *asked.days())
        .order_by(ENTRIES.c.seq)
    )
    for row in connection.execute(with_payloads(said, ENTRIES.c.seq)):
        yield row.about, payload_of(row) or {"reasons": [ERASED]}
