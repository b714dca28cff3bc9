"""Hold what is looked up quickly against the record that it was told from."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any, Final

from sqlalchemy import Connection, and_, exists, select

from rules.load import digest_of

from . import chain
from .archive import files_of
from .finding import Finding
from .tables import CASES, DECISIONS, ENTRIES, PACKS

DECISION: Final = "decision"
ROW_DIFFERS, ROW_MISSING, ROW_ALONE, PACK_MISSING, PACK_CHANGED = (
    "row_differs",
    "row_missing",
    "row_alone",
    "pack_missing",
    "pack_changed",
)


def held_against(entry: chain.Entry, body: bytes | None, row: Mapping[str, Any]) -> list[str]:
    """Return in what the row of a decision differs from its entry, and from its payload where it is there."""
    expected = {name: getattr(entry, name) for name in ("seq", "case_no", "at", "by")}
    if body is not None:
        try:
            expected |= _told(chain.unpack(body))
        except (ValueError, LookupError, TypeError, AttributeError):
            return ["its payload is not that of a decision"]
    return [f"{name} is {row[name]!r}, recorded {value!r}" for name, value in expected.items() if row[name] != value]


def _told(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the payload of a decision says of its row."""
    recommendation = body["recommendation"]
    remedy = recommendation["remedy"] or {}
    return {
        "because": body["because"],
        "follows": body["follows"],
        "pack_digest": recommendation["policy"]["digest"],
        "engine": recommendation["policy"]["engine"],
        "digest": hashlib.sha256(chain.plain(recommendation)).hexdigest(),
        "outcome": recommendation["outcome"],
        "remedy": remedy.get("kind"),
        "total_fen": remedy.get("total_fen") or 0,
        "refund_fen": remedy.get("refund_fen") or 0,
        "party": recommendation["responsibility"]["to_customer"],
        "severity": recommendation["severity"],
    }


def disagreements(connection: Connection) -> Iterator[Finding]:
    """Yield the rows that have no entry, or no row that they hang on."""
    of_decision = (DECISIONS.c.seq, DECISIONS.c.id, DECISIONS.c.case_no)
    recorded = exists().where(and_(ENTRIES.c.id == DECISIONS.c.id, ENTRIES.c.kind == DECISION))
    for seq, id, case_no in connection.execute(select(*of_decision).where(~recorded).order_by(DECISIONS.c.seq)):
        yield Finding(ROW_ALONE, "a decision is looked up that no entry records", seq, id, DECISION, case_no)
    has_case = exists().where(CASES.c.no == DECISIONS.c.case_no)
    for seq, id, case_no in connection.execute(select(*of_decision).where(~has_case).order_by(DECISIONS.c.seq)):
        yield Finding(ROW_MISSING, f"there is no case {case_no}", seq, id, DECISION, case_no)
    has_pack = exists().where(PACKS.c.digest == DECISIONS.c.pack_digest)
    for seq, id, case_no in connection.execute(select(*of_decision).where(~has_pack).order_by(DECISIONS.c.seq)):
        yield Finding(PACK_MISSING, "the pack that decided is not kept", seq, id, DECISION, case_no)
    yield from _cases(connection)
    for digest in connection.execute(select(PACKS.c.digest).order_by(PACKS.c.digest)).scalars().all():
        if not _holds(connection, digest):
            yield Finding(PACK_CHANGED, "what is kept as this pack does not have its digest", id=digest, kind="pack")


def _holds(connection: Connection, digest: str) -> bool:
    try:
        files = files_of(connection, digest)
        return files is not None and digest_of(files) == digest
    except (ValueError, AttributeError):
        return False


def _cases(connection: Connection) -> Iterator[Finding]:
    """Yield the cases whose latest decision is another than they say."""
    of_case = DECISIONS.c.case_no == CASES.c.no
    latest = select(DECISIONS.c.id).where(of_case).order_by(DECISIONS.c.seq.desc()).limit(1).scalar_subquery()
    differing = select(CASES.c.seq, CASES.c.decision, CASES.c.no).where(CASES.c.decision.is_distinct_from(latest))
    for seq, decision, no in connection.execute(differing.order_by(CASES.c.seq)):
        yield Finding(ROW_DIFFERS, f"its latest decision is another than {decision}", seq, None, "case", no)
