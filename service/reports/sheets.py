"""The daily sheet (S-242), and the weekly sheet (S-272), which compares with the week before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import Connection, select

from service.i18n.reports import SECTIONS
from service.ledger.tables import CASES
from service.reports.counts import FIRST, LAST, Sums, tally, total
from service.reports.naming import label
from service.reports.report import Question, Row

DAILY: Final = ("section", "section_label", "value", "label", "cases", "open", "closed")
WEEKLY: Final = ("section", "section_label", "value", "label", "cases", "before", "change", "total_fen", "given_fen")
BY_DAY: Final = ("state", "channel", "kind", "cause", "severity", "category")
BY_WEEK: Final = ("kind", "category", "cause")
TYPICAL: Final = "typical"  # the tag of a typical case


def daily(connection: Connection, asked: Question) -> Iterator[Row]:
    """Yield the new complaints by each dimension, the most frequent first."""
    yield _row(asked, "total", "", total(connection, asked))
    for section in BY_DAY:
        counted = tally(connection, asked, section)
        for _, value in sorted(counted, key=lambda key: (-counted[key].cases, key[1])):
            yield _row(asked, section, value, counted["", value])


def weekly(connection: Connection, asked: Question) -> Iterator[Row]:
    """Yield the frequent values and their change against the period before, and then the typical cases."""
    earlier = replace(asked, period=asked.period.before())
    yield _compared(_row(asked, "total", "", total(connection, asked)), total(connection, earlier))
    for section in BY_WEEK:
        now, then = tally(connection, asked, section), tally(connection, earlier, section)
        counted = {key: now.get(key, Sums()) for key in (*now, *then)}
        for key in sorted(counted, key=lambda key: (-counted[key].cases, key[1])):
            yield _compared(_row(asked, section, key[1], counted[key]), then.get(key, Sums()))
    yield from _typical(connection, asked)


def _row(asked: Question, section: str, value: str, sums: Sums) -> dict[str, Any]:
    named = SECTIONS[section][asked.words.language]
    text = named if section == "total" else label(asked.words, section, value)
    head = {"section": section, "section_label": named, "value": value or None, "label": text}
    return {**head, **sums._asdict(), "closed": sums.cases - sums.open}


def _compared(row: Row, then: Sums) -> Row:
    return {**row, "before": then.cases, "change": row["cases"] - then.cases}


def _typical(connection: Connection, asked: Question) -> Iterator[Row]:
    """Yield the cases of the period with the tag, each with its kinds and remedy."""
    cases = FIRST.join(CASES, CASES.c.seq == FIRST.c.seq).join(LAST, LAST.c.id == CASES.c.decision)
    of_case = select(CASES.c.no, LAST.c.kinds, LAST.c.remedy, LAST.c.total_fen).select_from(cases)
    tagged = CASES.c.tags.contains(f"|{TYPICAL}|", autoescape=True)
    for case in connection.execute(of_case.where(*asked.days(FIRST), tagged).order_by(FIRST.c.seq)):
        kinds = [label(asked.words, "kind", kind) for kind in case.kinds.split()]
        about = asked.words.joined([*kinds, label(asked.words, "remedy", case.remedy)])
        row = _row(asked, TYPICAL, "", Sums(1, total_fen=case.total_fen))
        yield {**row, "value": case.no, "label": about, "before": None, "change": None, "given_fen": None}
