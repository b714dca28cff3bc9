"""Hold switches and budgets against the entries that set them: who takes one away lets machines pay."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Table, select

from ..spelling import name_of
from .agreement import ROW_ALONE, ROW_DIFFERS, ROW_MISSING
from .finding import Finding
from .payloads import payload_of, with_payloads
from .tables import ENTRIES, LIMITS, SWITCHES

ON, OFF, SET = "switch.on", "switch.off", "budget.set"  # kinds of entries
CALLED: Final[Mapping[Table, str]] = {SWITCHES: "switch", LIMITS: "budget"}

Key = tuple[Table, str, str]  # with a scope and a name


class _Told(NamedTuple):
    seq: int
    id: str
    columns: Mapping[str, Any]


def disagreements(connection: Connection) -> Iterator[Finding]:
    """Yield each switch and budget that is not as the last entry about it says."""
    told = _told(connection)
    for table, called in CALLED.items():
        for row in connection.execute(select(table).order_by(table.c.scope, table.c.name)).mappings():
            one = told.pop((table, row["scope"], row["name"]), None)
            if one is None:
                yield Finding(ROW_ALONE, f"no entry tells of {row['scope']} {row['name']}", kind=called)
                continue
            for name, value in one.columns.items():
                if row[name] != value:
                    detail = f"{name} of {row['scope']} {row['name']} is {row[name]!r}, recorded {value!r}"
                    yield Finding(ROW_DIFFERS, detail, one.seq, one.id, called)
    for (table, scope, name), one in told.items():
        yield Finding(ROW_MISSING, f"that of {scope} {name} is gone", one.seq, one.id, CALLED[table])


def _told(connection: Connection) -> dict[Key, _Told]:
    """Return what entries say of switches and budgets; one whose payload was changed says nothing, and is found so."""
    entries = with_payloads(select(ENTRIES), ENTRIES.c.seq).where(ENTRIES.c.kind.in_((ON, OFF, SET)))
    found: dict[Key, _Told] = {}
    for row in connection.execute(entries.order_by(ENTRIES.c.seq)):
        body = payload_of(row)
        if body is None:
            continue
        place = (LIMITS if row.kind == SET else SWITCHES, body["scope"], name_of(body["scope"], body["name"]))
        found.pop(place, None)
        if row.kind == SET:
            found[place] = _Told(row.seq, row.id, {name: body[name] for name in ("most", "most_fen")})
        elif row.kind == ON:
            found[place] = _Told(row.seq, row.id, {"since": row.at, "by": row.by, "reason": body["reason"]})
    return found
