from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import Connection, delete, func, insert, select, update

from service.audit.record import Report
from service.audit.verification import verify
from service.casework.context import CaseContext
from service.casework.decisions.deciding import decide
from service.cli.commands import redress
from service.ledger import chain
from service.ledger.chain import Entry
from service.ledger.store import Ledger
from service.ledger.tables import CASES, DECISIONS, ENTRIES, HEAD, PACKS, PAYLOADS
from tests.support.filed import case, recorded, run
from tests.support.tampering import tampering

MANY = 6


@pytest.fixture
def six(filed: CaseContext) -> Ledger:
    """Return a ledger of six decisions."""
    recorded(filed, MANY)
    return filed.ledger


def record_findings(report: Report) -> set[tuple[str, int | None]]:
    """Return what is wrong with the record, by code and number."""
    return {(finding.code, finding.seq) for finding in report.record}


def row_findings(report: Report) -> set[tuple[str, int | None]]:
    return {(finding.code, finding.seq) for finding in report.rows}


def entry_at(connection: Connection, seq: int) -> tuple[Entry, str]:
    row = connection.execute(select(ENTRIES).where(ENTRIES.c.seq == seq)).one()
    return Entry(*row[:-1]), row.hash


def renumber(connection: Connection, first: int, step: int) -> None:
    """Close or open a gap from an entry on, so that the numbers show nothing."""
    for table in (ENTRIES, PAYLOADS, DECISIONS, CASES):
        for sign in (-1, 1):  # by way of negative numbers, for each stands once
            moved = table.c.seq >= first if sign < 0 else table.c.seq < 0
            by = {"seq": -(table.c.seq + step) if sign < 0 else -table.c.seq}
            connection.execute(update(table).where(moved).values(by))
    connection.execute(update(HEAD).values(seq=HEAD.c.seq + step))


def forged(connection: Connection, seq: int, body: Any, **columns: Any) -> None:
    """Insert an entry whose hash is right."""
    previous = connection.execute(select(ENTRIES.c.hash).where(ENTRIES.c.seq == seq - 1)).scalar() or chain.GENESIS
    packed = chain.pack(body)
    of = {"id": f"ent_{seq}", "kind": "vouched", "case_no": None, "about": None, "at": "2026", "by": "nobody"} | columns
    entry = Entry(seq=seq, digest=chain.digest(b"salt", packed), **of)
    values = {name: getattr(entry, name) for name in Entry.__slots__}
    connection.execute(insert(ENTRIES), values | {"hash": entry.hash(previous)})
    connection.execute(insert(PAYLOADS), {"seq": seq, "salt": b"salt", "body": packed})


# ---- sound


def test_an_untouched_ledger_is_sound(six: Ledger) -> None:
    report = verify(six)
    assert report.sound
    assert (report.entries, report.head_seq, report.erased) == (MANY, MANY, 0)


def test_an_empty_ledger_is_sound(ledger: Ledger) -> None:
    report = verify(ledger, chain.GENESIS)
    assert (report.sound, report.entries, report.head_hash) == (True, 0, chain.GENESIS)


def test_a_ledger_of_several_pages_is_sound(six: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.audit.record.PAGE", 2)
    assert (verify(six).sound, verify(six).entries) == (True, MANY)


# ---- one fault


@pytest.mark.parametrize("seq", [1, 3, MANY])
@pytest.mark.parametrize("column", [one.name for one in ENTRIES.c if one.name not in ("seq", "hash")])
def test_an_entry_with_a_changed_column_is_named_alone(six: Ledger, column: str, seq: int) -> None:
    with tampering(six) as connection:
        changed = func.coalesce(ENTRIES.c[column], "") + "x"
        if column in ("digest",):
            changed = func.replace(ENTRIES.c.digest, func.substr(ENTRIES.c.digest, 1, 1), "g")
        connection.execute(update(ENTRIES).where(ENTRIES.c.seq == seq).values({column: changed}))
    report = verify(six)
    beside = {"digest": {("payload_changed", seq)}, "kind": {("unknown_kind", seq)}}
    expected = {("entry_changed", seq)} | beside.get(column, set())
    assert record_findings(report) == expected
    (finding,) = (one for one in report.record if one.code == "entry_changed")
    with six.reading() as connection:
        names = connection.execute(select(ENTRIES.c.id, ENTRIES.c.kind).where(ENTRIES.c.seq == seq)).one()
    assert (finding.id, finding.kind) == tuple(names)


@pytest.mark.parametrize("seq", [1, 3, MANY])
def test_a_changed_hash_is_distinguished_from_a_changed_entry(six: Ledger, seq: int) -> None:
    with tampering(six) as connection:
        connection.execute(update(ENTRIES).where(ENTRIES.c.seq == seq).values(hash="f" * 64))
    assert record_findings(verify(six)) == {("hash_changed", seq)}


@pytest.mark.parametrize("seq", [1, 3, MANY])
def test_a_renumbered_entry_is_missing_at_its_own_number(six: Ledger, seq: int) -> None:
    with tampering(six) as connection:
        connection.execute(update(ENTRIES).where(ENTRIES.c.seq == seq).values(seq=MANY + 5))
    assert {("removed", seq), ("payload_missing", MANY + 5)} <= record_findings(verify(six))


@pytest.mark.parametrize("at", ["first", "middle", "last"])
@pytest.mark.parametrize("column", ["body", "salt"])
def test_one_changed_byte_of_a_payload_or_its_salt_is_named(six: Ledger, column: str, at: str) -> None:
    with tampering(six) as connection:
        of_third = PAYLOADS.c.seq == 3
        stored = bytearray(connection.execute(select(PAYLOADS.c[column]).where(of_third)).scalar_one())
        stored[{"first": 0, "middle": len(stored) // 2, "last": -1}[at]] ^= 1
        connection.execute(update(PAYLOADS).where(of_third).values({column: bytes(stored)}))
    (finding,) = verify(six).record
    assert (finding.code, finding.seq, finding.kind) == ("payload_changed", 3, "decision")
    assert finding.case_no == "Tousu-20260814-0003"


def test_a_payload_that_is_gone_without_an_erasure_is_named(six: Ledger) -> None:
    with tampering(six) as connection:
        connection.execute(delete(PAYLOADS).where(PAYLOADS.c.seq == 4))
    assert record_findings(verify(six)) == {("payload_missing", 4)}


def test_a_payload_that_reappears_after_its_erasure_is_named(six: Ledger) -> None:
    with six.writing("owner") as writer:
        writer.append("erased", {"entries": [2]}, case_no="Tousu-20260814-0002")
    assert record_findings(verify(six)) == {("not_erased", 2)}


def test_a_changed_erasure_entry_is_not_trusted(six: Ledger) -> None:
    with six.writing("owner") as writer:
        writer.append("erased", {"entries": [2]}, case_no="Tousu-20260814-0002")
    with tampering(six) as connection:
        connection.execute(delete(PAYLOADS).where(PAYLOADS.c.seq == 4))
        body = chain.pack({"entries": [2, 4]})
        connection.execute(update(PAYLOADS).where(PAYLOADS.c.seq == MANY + 1).values(body=body))
    assert record_findings(verify(six)) == {("payload_missing", 4), ("payload_changed", MANY + 1)}


def test_an_entry_removed_in_the_middle_is_a_gap_and_is_named_by_what_it_left(six: Ledger) -> None:
    with tampering(six) as connection:
        (entry, _) = entry_at(connection, 3)
        connection.execute(delete(ENTRIES).where(ENTRIES.c.seq == 3))
    report = verify(six)
    assert record_findings(report) == {("removed", 3)}
    assert (report.record[0].id, report.record[0].case_no) == (entry.id, entry.case_no)
    assert row_findings(report) == {("row_alone", 3)}


def test_an_entry_removed_with_all_that_belongs_to_it_is_a_gap(six: Ledger) -> None:
    with tampering(six) as connection:
        for table in (PAYLOADS, DECISIONS, CASES, ENTRIES):
            connection.execute(delete(table).where(table.c.seq == 3))
    assert record_findings(verify(six)) == {("removed", 3)}


@pytest.mark.parametrize("many", [1, 2])
def test_removed_entries_are_found_even_if_the_rest_is_renumbered(six: Ledger, many: int) -> None:
    with tampering(six) as connection:
        for table in (PAYLOADS, DECISIONS, CASES, ENTRIES):
            connection.execute(delete(table).where(table.c.seq >= 3, table.c.seq < 3 + many))
        renumber(connection, 3, -many)
    assert record_findings(verify(six)) == {("removed", seq) for seq in range(3, 3 + many)}


@pytest.mark.parametrize("many", [1, 2])
def test_removed_last_entries_are_found_by_the_head(six: Ledger, many: int) -> None:
    with tampering(six) as connection:
        for table in (PAYLOADS, DECISIONS, CASES, ENTRIES):
            connection.execute(delete(table).where(table.c.seq > MANY - many))
    assert record_findings(verify(six)) == {("removed", seq) for seq in range(MANY - many + 1, MANY + 1)}


def test_a_head_with_another_hash_is_named(six: Ledger) -> None:
    with tampering(six) as connection:
        connection.execute(update(HEAD).values(hash="f" * 64))
    assert record_findings(verify(six)) == {("head_differs", MANY)}


def test_a_missing_head_is_named(six: Ledger) -> None:
    with tampering(six) as connection:
        connection.execute(delete(HEAD))
    assert record_findings(verify(six)) == {("head_missing", None)}


@pytest.mark.parametrize(("one", "other"), [(2, 3), (1, 2), (2, 5), (1, MANY), (MANY - 1, MANY)])
@pytest.mark.parametrize("with_payloads", [True, False])
def test_two_swapped_entries_are_named_and_no_other(six: Ledger, one: int, other: int, with_payloads: bool) -> None:
    with tampering(six) as connection:
        for table in (ENTRIES, PAYLOADS) if with_payloads else (ENTRIES,):
            for seq, to in ((one, -1), (other, one), (-1, other)):
                connection.execute(update(table).where(table.c.seq == seq).values(seq=to))
    report = verify(six)
    assert record_findings(report) == {("moved", one), ("moved", other)}
    assert f"swapped with entry {other}" in report.record[0].detail


def test_an_entry_moved_to_another_place_is_named_and_no_other(six: Ledger) -> None:
    with tampering(six) as connection:
        for table in (ENTRIES, PAYLOADS):
            for seq, to in ((5, -1), (4, 5), (3, 4), (2, 3), (-1, 2)):
                connection.execute(update(table).where(table.c.seq == seq).values(seq=to))
    report = verify(six)
    assert record_findings(report) == {("moved", 2)}
    assert "entry 5" in report.record[0].detail


@pytest.mark.parametrize("hash_is_right", [True, False])
def test_an_entry_added_in_the_middle_is_named(six: Ledger, hash_is_right: bool) -> None:
    with tampering(six) as connection:
        renumber(connection, 3, 1)
        forged(connection, 3, {})
        if not hash_is_right:
            connection.execute(update(ENTRIES).where(ENTRIES.c.seq == 3).values(hash="f" * 64))
    report = verify(six)
    assert record_findings(report) == {("added", 3)}
    assert report.record[0].id == "ent_3"


def test_an_entry_added_at_the_end_is_found_behind_the_head(six: Ledger) -> None:
    with tampering(six) as connection:
        forged(connection, MANY + 1, {})
    assert record_findings(verify(six)) == {("added", MANY + 1)}


def test_an_entry_rewritten_with_its_hash_is_found_at_the_next_entry(six: Ledger) -> None:
    with tampering(six) as connection:
        entry, _ = entry_at(connection, 3)
        _, previous = entry_at(connection, 2)
        other = replace(entry, by="another")
        values = {"by": other.by, "hash": other.hash(previous)}
        connection.execute(update(ENTRIES).where(ENTRIES.c.seq == 3).values(values))
    (finding,) = verify(six).record
    assert (finding.code, finding.seq) == ("entry_changed", 4)
    assert "or that entry and its hash were" in finding.detail


# ---- several faults, and a head noted elsewhere


def test_verification_continues_after_a_finding(six: Ledger) -> None:
    with tampering(six) as connection:
        connection.execute(update(ENTRIES).where(ENTRIES.c.seq.in_((2, 3))).values(by="another"))
        connection.execute(update(PAYLOADS).where(PAYLOADS.c.seq == 4).values(salt=b"other"))
        for table in (PAYLOADS, DECISIONS, CASES, ENTRIES):
            connection.execute(delete(table).where(table.c.seq == 5))
    expected = {("entry_changed", 2), ("entry_changed", 3), ("payload_changed", 4), ("removed", 5)}
    assert record_findings(verify(six)) == expected


def test_findings_above_the_limit_are_counted(six: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("links", "record"):
        monkeypatch.setattr(f"service.audit.{module}.MOST", 2)
    with tampering(six) as connection:
        connection.execute(update(ENTRIES).values(by="another"))
        connection.execute(update(PAYLOADS).values(salt=b"other"))
    report = verify(six)
    assert (len(report.record), len(report.rows)) == (4, 2)
    assert report.unlisted == 3 * MANY - 6
    code, output = run(six, "verify")
    assert (code, output.splitlines()[6]) == (1, f"and {3 * MANY - 6} more")


def test_a_noted_head_is_found_until_history_is_rewritten(six: Ledger) -> None:
    noted = verify(six).head_hash
    with six.writing("owner") as writer:
        writer.append("vouched", {})
    assert verify(six, noted).sound
    with tampering(six) as connection:  # the last two removed, and the head put back
        for table in (PAYLOADS, DECISIONS, CASES, ENTRIES):
            connection.execute(delete(table).where(table.c.seq >= MANY))
        _, hash = entry_at(connection, MANY - 1)
        connection.execute(update(HEAD).values(seq=MANY - 1, hash=hash))
    assert verify(six).sound
    assert record_findings(verify(six, noted)) == {("head_unknown", None)}


# ---- what is looked up


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("case_no", "Tousu-20260814-0001"),
        ("digest", "0" * 64),
        ("total_fen", 1),
        ("refund_fen", 1),
        ("outcome", "refuse"),
        ("remedy", "exchange"),
        ("party", "logistics"),
        ("by", "another"),
        ("at", "2026-01-01T00:00:00.000000Z"),
        ("because", "appeal"),
        ("engine", "another"),
        ("severity", "urgent"),
        ("follows", "dec_0"),
    ],
)
def test_a_row_that_differs_from_its_entry_is_a_finding_of_the_rows(six: Ledger, column: str, value: Any) -> None:
    with tampering(six) as connection:
        connection.execute(update(DECISIONS).where(DECISIONS.c.seq == 3).values({column: value}))
    report = verify(six)
    assert (report.sound, report.record) == (False, ())
    assert ("row_differs", 3) in row_findings(report)
    (detail,) = (finding.detail for finding in report.rows if finding.kind == "decision")
    assert detail.startswith(f"{column} is {value!r}, recorded ")


def test_a_row_that_is_missing_is_named(six: Ledger) -> None:
    with tampering(six) as connection:
        connection.execute(delete(DECISIONS).where(DECISIONS.c.seq == 3))
        connection.execute(delete(CASES).where(CASES.c.seq == 5))
    found = {(finding.code, finding.kind, finding.seq) for finding in verify(six).rows}
    assert found == {("row_missing", "decision", 3), ("row_missing", "case", 5)}


def test_a_case_that_names_an_earlier_decision_is_named(filed: CaseContext) -> None:
    first = decide(filed, case(), "owner")
    again = case()
    again["complaint"] = {"no": first.case_no}
    decide(filed, again, "owner")
    assert verify(filed.ledger).sound
    with tampering(filed.ledger) as connection:
        connection.execute(update(CASES).values(decision=first.id))
    assert {(one.code, one.kind, one.case_no) for one in verify(filed.ledger).rows} == {
        ("row_differs", "case", first.case_no)
    }


def test_a_pack_that_was_changed_or_is_gone_is_named(six: Ledger) -> None:
    with tampering(six) as connection:
        connection.execute(update(PACKS).values(files=chain.pack({"pack.yaml": "pack: other"})))
    assert {finding.code for finding in verify(six).rows} == {"pack_changed"}
    with tampering(six) as connection:
        connection.execute(update(PACKS).values(files=b"no pack"))
    assert {finding.code for finding in verify(six).rows} == {"pack_changed"}
    with tampering(six) as connection:
        connection.execute(delete(PACKS))
    assert row_findings(verify(six)) == {("pack_missing", seq) for seq in range(1, MANY + 1)}


@pytest.mark.parametrize("body", [[], {}, {"entries": 3}, {"entries": ["3", None, -1, 10**12]}])
def test_a_senseless_forged_erasure_does_not_stop_verification(six: Ledger, body: Any) -> None:
    with tampering(six) as connection:
        forged(connection, MANY + 1, body, kind="erased", case_no="Tousu-20260814-0002")
    assert record_findings(verify(six)) == {("added", MANY + 1), ("payload_senseless", MANY + 1)}


def test_a_senseless_forged_decision_is_found_and_does_not_stop_verification(six: Ledger) -> None:
    with tampering(six) as connection:
        forged(connection, MANY + 1, {"recommendation": []}, kind="decision")
    assert ("row_missing", MANY + 1) in row_findings(verify(six))


# ---- the command


def test_the_command_prints_the_head_and_accepts_it_again(six: Ledger) -> None:
    code, output = run(six, "verify")
    assert code == 0
    *_, sound, head = output.splitlines()
    assert (sound, head.split()[:2]) == ("sound", ["head", str(MANY)])
    assert run(six, "verify", "--head", head.split()[2])[0] == 0
    assert run(six, "verify", "--head", "f" * 64)[0] == 1
    assert run(six, "verify", "--head", "yesterday")[0] == 2


def test_the_command_prints_findings_and_exits_with_1(six: Ledger) -> None:
    with tampering(six) as connection:
        connection.execute(update(ENTRIES).where(ENTRIES.c.seq == 3).values(by="another"))
    code, output = run(six, "verify")
    assert code == 1
    assert output.startswith("3 decision dec_")
    assert "Tousu-20260814-0003: entry_changed: " in output.splitlines()[0]
    code, output = run(six, "verify", "--json")
    found = json.loads(output)
    assert (code, found["sound"], found["entries"]) == (1, False, MANY)
    assert [(one["code"], one["seq"]) for one in found["record"]] == [("entry_changed", 3)]


def test_without_a_ledger_the_command_exits_with_2() -> None:
    result = CliRunner().invoke(redress, ["verify"], env={"REDRESS_LEDGER": "mysql://nowhere"})
    assert result.exit_code == 2
    assert "write sqlite:///" in result.output
