from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from service.audit.replay import ERASED, replay_recorded
from service.audit.verification import verify
from service.casework.context import CaseContext
from service.casework.decisions.deciding import Recorded, decide, find_decision
from service.errors import DomainError
from service.ledger import chain
from service.ledger.pack_archive import Archive
from service.ledger.store import Ledger
from service.ledger.tables import (
    CASES,
    CLOCKS,
    DECISIONS,
    ENDPOINTS,
    ENTRIES,
    EXECUTIONS,
    OUTBOX,
    PAYLOADS,
    PROPOSALS,
    SPENT,
)
from service.packs import Ready
from tests.support.filed import case, context_of, run

WHY = ("--reason", "asked for by letter")


def closed(filed: CaseContext, customer: str = "C1", on: str = "2026-01-10", state: str = "closed") -> Recorded:
    """Return the decision of a case that was closed on a day."""
    made = decide(filed, case("A1", customer), "owner")
    with filed.ledger.writing("owner") as writer:
        of_case = update(CASES).where(CASES.c.no == made.case_no)
        writer.connection.execute(of_case.values(state=state, closed_at=f"{on}T12:00:00.000000Z"))
    return made


def rows(ledger: Ledger, table: Any, **where: Any) -> list[Any]:
    with ledger.reading() as connection:
        return list(connection.execute(select(table).filter_by(**where)))


def kept(ledger: Ledger) -> list[int]:
    return sorted(row.seq for row in rows(ledger, PAYLOADS))


# ---- what goes and what stays


def test_an_erased_case_is_gone_and_the_chain_is_sound(filed: CaseContext) -> None:
    first, second = closed(filed, "C1"), decide(filed, case("A1", "C2"), "owner")
    code, output = run(filed.ledger, "erase", "--case", first.case_no, *WHY)
    assert (code, output) == (0, "1 cases erased, 1 payloads\n")
    assert kept(filed.ledger) == [2, 3]
    report = verify(filed.ledger)
    assert (report.sound, report.erased) == (True, 1)
    archive = Archive(filed.ledger)
    assert [one.verdict for one in replay_recorded(archive)] == [ERASED, "equal"]
    with pytest.raises(DomainError) as refused:
        find_decision(filed, first.id)
    assert refused.value.code == "erased"
    assert find_decision(filed, second.id) is not None


def test_an_entry_says_what_was_erased_and_why(filed: CaseContext) -> None:
    made = closed(filed)
    run(filed.ledger, "erase", "--case", made.case_no, *WHY)
    (entry,) = rows(filed.ledger, ENTRIES, kind="erased")
    (payload,) = rows(filed.ledger, PAYLOADS, seq=entry.seq)
    assert (entry.case_no, entry.by) == (made.case_no, "owner")
    body = {"entries": [1], "because": "request", "reason": "asked for by letter", "spent": []}
    assert chain.unpack(payload.body) == body


def test_erasing_removes_the_customer_and_keeps_the_amounts(filed: CaseContext) -> None:
    made = closed(filed)
    (before,) = rows(filed.ledger, DECISIONS)
    assert (before.customer, before.order_no) == ("C1", "A1")
    run(filed.ledger, "erase", "--case", made.case_no, *WHY)
    (after,) = rows(filed.ledger, DECISIONS)
    changed = {name for name in before._fields if getattr(before, name) != getattr(after, name)}
    assert changed == {"customer", "order_no", "order_key", "state"}
    (standing,) = rows(filed.ledger, CASES)
    assert (standing.customer, standing.order_no, standing.state) == (None, None, "archived")


def test_every_entry_of_the_case_is_erased_once(filed: CaseContext) -> None:
    made = closed(filed)
    with filed.ledger.writing("owner") as writer:
        writer.append("note", {"text": "张小明 rang"}, case_no=made.case_no)
        writer.append("note", {"text": "of no case"})
    assert run(filed.ledger, "erase", "--case", made.case_no, *WHY)[1] == "1 cases erased, 2 payloads\n"
    assert kept(filed.ledger) == [3, 4]
    assert run(filed.ledger, "erase", "--case", made.case_no, *WHY)[1] == "0 cases erased, 0 payloads\n"
    assert run(filed.ledger, "erase", "--case", "Tousu-20260110-9999", *WHY)[0] == 2  # it is not said to be erased
    assert kept(filed.ledger) == [3, 4]
    assert verify(filed.ledger).erased == 2


def test_undelivered_messages_about_an_erased_case_are_dropped(filed: CaseContext) -> None:
    made, other = closed(filed, "C1"), closed(filed, "C2")
    with filed.ledger.writing("owner") as writer:
        endpoint = {"id": "end_1", "url": "", "events": "", "secrets": "", "made_at": ""}
        writer.connection.execute(insert(ENDPOINTS), endpoint)
        for name, content in (
            ("of the decision", {"data": {"id": made.id}}),
            ("of the case", {"data": {"case_no": made.case_no}}),
            ("of another", {"data": {"id": other.id, "case_no": other.case_no}}),
            ("of a longer number", {"data": {"case_no": f"{made.case_no}0"}}),
        ):
            message = {
                "id": name,
                "endpoint": "end_1",
                "event": "e",
                "body": chain.plain(content),
                "attempts": 0,
                "made_at": "",
            }
            writer.connection.execute(insert(OUTBOX), message)
    run(filed.ledger, "erase", "--case", made.case_no, *WHY)
    assert {row.id for row in rows(filed.ledger, OUTBOX)} == {"of another", "of a longer number"}


def test_budgets_of_past_days_forget_the_customer_and_today_counts_on(filed: CaseContext) -> None:
    made = closed(filed)
    today = rows(filed.ledger, DECISIONS)[0].at[:10]
    with filed.ledger.writing("owner") as writer:
        for scope, day in (("customer", "2026-01-01"), ("customer", today), ("merchant", "2026-01-01")):
            writer.connection.execute(insert(SPENT), {"scope": scope, "name": "C1", "day": day, "many": 1, "fen": 1})
    run(filed.ledger, "erase", "--case", made.case_no, *WHY)
    left = {(row.scope, row.day) for row in rows(filed.ledger, SPENT)}
    assert left == {("customer", today), ("merchant", "2026-01-01")}


def test_nothing_is_left_in_the_file(filing: Ready, tmp_path: Path) -> None:
    ledger = Ledger(f"sqlite:///{tmp_path / 'a.db'}")
    ledger.migrate()
    made = closed(context_of(filing, ledger), "customer-4711")
    body = rows(ledger, PAYLOADS)[0].body
    ledger.scrub()
    content = (tmp_path / "a.db").read_bytes()
    assert (body[:200] in content, b"customer-4711" in content) == (True, True)
    run(ledger, "erase", "--case", made.case_no, *WHY)
    ledger.close()
    content = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert (body[:200] in content, b"customer-4711" in content) == (False, False)


# ---- which cases


def test_a_customer_is_found_by_any_decision_of_his(filed: CaseContext) -> None:
    mine, other = closed(filed, "C1"), closed(filed, "C2")
    with filed.ledger.writing("owner") as writer:
        writer.connection.execute(update(CASES).where(CASES.c.no == mine.case_no).values(customer=None))
    assert run(filed.ledger, "erase", "--customer", "C1", *WHY)[1] == "1 cases erased, 1 payloads\n"
    assert [row.no for row in rows(filed.ledger, CASES, customer="C2")] == [other.case_no]
    assert run(filed.ledger, "erase", "--customer", "C1", *WHY)[1] == "0 cases erased, 0 payloads\n"


def test_an_open_case_is_erased_only_by_force_and_ends_then(filed: CaseContext) -> None:
    made = decide(filed, case(), "owner")
    with filed.ledger.writing("owner") as writer:
        clock = {"case_no": made.case_no, "name": "reply", "decision": made.id, "due_at": "2027"}
        writer.connection.execute(insert(CLOCKS), clock)
        proposal = {"id": "p1", "decision": made.id, "digest": "", "maker": "a", "needs": "lead"}
        writer.connection.execute(insert(PROPOSALS), {**proposal, "state": "waiting", "seq": 1})
    code, output = run(filed.ledger, "erase", "--case", made.case_no, *WHY)
    assert (code, output.splitlines()[0]) == (1, f"{made.case_no}: not erased, it is open: --force ends it")
    assert kept(filed.ledger) == [1]
    assert run(filed.ledger, "erase", "--case", made.case_no, "--force", *WHY)[0] == 0
    (standing,) = rows(filed.ledger, CASES)
    assert standing.state == "archived"
    assert standing.closed_at is not None
    assert rows(filed.ledger, CLOCKS) == []
    assert [row.state for row in rows(filed.ledger, PROPOSALS)] == ["void"]
    assert [row.state for row in rows(filed.ledger, DECISIONS)] == ["superseded"]
    assert verify(filed.ledger).sound


@pytest.mark.parametrize(
    ("state", "erased"), [("claimed", False), ("late", False), ("executed", True), ("failed", True)]
)
def test_a_payment_under_way_keeps_its_case(filed: CaseContext, state: str, erased: bool) -> None:
    made = closed(filed)
    with filed.ledger.writing("owner") as writer:
        values = dict.fromkeys(("claimed_by", "claimed_at", "confirm_by"), "") | dict.fromkeys(
            ("total_fen", "refund_fen"), 1
        )
        execution = {"decision": made.id, "case_no": made.case_no, "state": state, "seq": 1}
        writer.connection.execute(insert(EXECUTIONS), values | execution)
    code, output = run(filed.ledger, "erase", "--case", made.case_no, "--force", *WHY)
    assert (code, "confirm it first" in output) == ((0, False) if erased else (1, True))
    assert len(rows(filed.ledger, EXECUTIONS)) == 1


def test_erasing_by_age_takes_only_cases_closed_before_the_day(filed: CaseContext) -> None:
    old, archived = closed(filed, on="2026-01-09"), closed(filed, on="2025-12-01", state="archived")
    closed(filed, on="2026-01-10")
    closed(filed, on="2026-01-01", state="done")
    decide(filed, case(), "owner")
    code, output = run(filed.ledger, "erase", "--before", "2026-01-10", *WHY, "--json")
    assert (code, json.loads(output)["cases"]) == (0, [old.case_no, archived.case_no])
    assert kept(filed.ledger) == [3, 4, 5, 6, 7]
    (because,) = {chain.unpack(row.body)["because"] for row in rows(filed.ledger, PAYLOADS) if row.seq > 5}
    assert because == "retention"


def test_many_cases_go_in_several_transactions(filed: CaseContext, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.casework.cases.erasing.BATCH", 2)
    for _ in range(5):
        closed(filed)
    assert run(filed.ledger, "erase", "--customer", "C1", *WHY)[1] == "5 cases erased, 5 payloads\n"
    assert (verify(filed.ledger).sound, verify(filed.ledger).erased) == (True, 5)


def test_retention_counts_days_from_the_closing(filed: CaseContext) -> None:
    old = closed(filed, on="2020-01-01")
    closed(filed, on="2999-01-01")
    code, output = run(filed.ledger, "erase", "--retention", "--json", REDRESS_RETENTION_DAYS="365")
    assert (code, json.loads(output)["cases"]) == (0, [old.case_no])
    (entry,) = rows(filed.ledger, ENTRIES, kind="erased")
    (payload,) = rows(filed.ledger, PAYLOADS, seq=entry.seq)
    assert chain.unpack(payload.body)["reason"] == "kept for 365 days"


def test_without_retention_everything_is_kept(filed: CaseContext) -> None:
    closed(filed, on="2020-01-01")
    code, output = run(filed.ledger, "erase", "--retention")
    assert (code, "keeps everything" in output) == (2, True)
    assert kept(filed.ledger) == [1]


def test_a_dry_run_reports_and_erases_nothing(filed: CaseContext) -> None:
    made, going = closed(filed), decide(filed, case(), "owner")
    code, output = run(filed.ledger, "erase", "--customer", "C1", "--dry-run")
    assert code == 0
    assert output.splitlines() == [
        f"{made.case_no}: 1 payloads, closed, can be erased",
        f"{going.case_no}: 1 payloads, it is open: --force ends it",
        "2 cases; nothing was erased",
    ]
    assert kept(filed.ledger) == [1, 2]
    output = run(filed.ledger, "erase", "--customer", "C1", "--dry-run", "--json")[1]
    assert [one["verdict"] for one in json.loads(output)["cases"]] == ["erasable", "goes_on"]


@pytest.mark.parametrize(
    "words",
    [
        WHY,
        ("--case", "1"),
        ("--case", "1", "--reason", " "),
        ("--case", "1", "--reason", "x" * 201),
        ("--case", "1", "--customer", "2", *WHY),
        ("--before", "yesterday", *WHY),
        ("--before", "2026-01-01", "--force", *WHY),
        ("--retention", "--force"),
    ],
)
def test_wrong_arguments_exit_with_2(filed: CaseContext, words: tuple[str, ...]) -> None:
    assert run(filed.ledger, "erase", *words)[0] == 2
