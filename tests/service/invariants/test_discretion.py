"""What people write of others is masked wherever it is kept, and what was decided can still be decided again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from service import clock
from service.audit.replay import replay
from service.audit.verification import verify
from service.casework.cases import erasing
from service.casework.cases.events import record_event
from service.casework.choices import Choice
from service.casework.context import CaseContext
from service.casework.decisions.deciding import decide
from service.casework.executions import claims, executions, reviews
from service.casework.limits import switches
from service.casework.outcomes import appeals, approvals
from service.ledger import chain
from service.ledger.store import Ledger
from service.ledger.tables import DECISIONS, METADATA
from service.packs import Ready
from service.settings import Settings
from tests.support.machines import MACHINE, automatic, storm
from tests.support.people import ANN, LEO, MAY, mandarins, override
from tests.support.taking import take

# the name of nobody, and numbers of no person: see test_private
NAME, PHONE, PAPER, CARD = "张小明", "13812345678", "11010519491231002X", "6222020200012345670"
SECRETS = (NAME, "小明", PHONE, "12345678", PAPER, "19491231", CARD, "6222 0202")
SAID = f"客户{NAME}，打１３８-1234-5678没人接；身份证{PAPER}，退到6222 0202 0001 2345 670。收件人：{NAME}，订单A1028"
LEFT = "订单A1028"  # what is no secret stays


def with_secrets(case: dict[str, Any]) -> dict[str, Any]:
    """Return a case with secrets in every free text."""
    issues = [{**issue, **dict.fromkeys(("description", "statement", "place"), SAID)} for issue in case["issues"]]
    complaint = {**case.get("complaint", {}), "special_request": SAID}
    person = {"name": NAME, "contact": PHONE, "address": f"北京市朝阳区{PHONE}"}
    return case | {"issues": issues, "complaint": complaint, "customer": {**case.get("customer", {}), **person}}


def kept(ledger: Ledger) -> Iterator[tuple[str, str]]:
    """Yield everything that a ledger holds: each value of each table, with payloads unpacked."""
    with ledger.reading() as connection:
        for table in METADATA.sorted_tables:
            for row in connection.execute(select(table)).mappings():
                for name, value in row.items():
                    packed = table.name == "payloads" and name == "body"
                    yield f"{table.name}.{name}", str(chain.unpack(value) if packed else value)


def leaks(ledger: Ledger) -> set[tuple[str, str]]:
    return {(where, secret) for where, text in kept(ledger) for secret in SECRETS if secret in text}


def everything(context: CaseContext) -> str:
    """Do all with a case, and some with others, that takes a text; return the number of the case."""
    first = decide(context, with_secrets(mandarins()), "ann")
    no = first.case_no
    events: tuple[dict[str, Any], ...] = (
        {"kind": "note", "note": SAID},
        {"kind": "followed_up", "note": SAID},
        {"kind": "summary", "note": SAID},
        {"kind": "tag", "tag": f"客户{PHONE}"},
        {"kind": "satisfaction", "score": 2, "suggestion": SAID, "note": SAID},
        {"kind": "dispute_negotiated", "result": "going_on", "note": SAID},
        {"kind": "evidence_added", "note": SAID, "facts": {"issue.description": SAID, "customer.name": NAME}},
        {"kind": "merchant_replied", "note": SAID, "case": with_secrets(mandarins(spoiled_ratio="0.30"))},
        {"kind": "person_requested", "note": SAID},
    )
    for event in events:
        record_event(context, no, event, ANN)
    _people(context)
    _machines(context)
    with context.ledger.writing("root") as writer:
        switches.turn_on(writer, "all", "*", SAID)
        switches.turn_off(writer, "all", "*", SAID)
    return no


def _people(context: CaseContext) -> None:
    """Take outcomes, approve and refuse them, and appeal."""
    taken = decide(context, with_secrets(mandarins()), "ann")
    take(context, taken, Choice("accepted", note=SAID))
    proof = [{"kind": "photo", "note": SAID}]
    statement = {"by": "customer", "grounds": SAID, "evidence": proof}
    again = appeals.appeal(context, taken.id, statement, with_secrets(mandarins(spoiled_ratio="0.50")), ANN)
    appeals.appeal(context, again.id, statement, None, LEO)
    for number, judge in enumerate((approvals.approve, approvals.refuse)):
        case = with_secrets(mandarins())
        case["order"] = case["order"] | {"no": f"B{number}"}
        waiting = decide(context, case, "ann")
        assert (
            take(context, waiting, override(refund_fen=3960, goodwill_fen=9000) | {"note": SAID})["state"] == "waiting"
        )
        judge(context, waiting.id, waiting.digest, SAID, LEO)


def _machines(context: CaseContext) -> None:
    """Fail an execution, settle a late one, and review what was drawn."""
    failed, late, drawn = (automatic(context, with_secrets(storm(number))) for number in range(3))
    claims.claim(context, failed, MACHINE.name)
    executions.report(context, failed, MACHINE, "failed", SAID)
    claims.claim(context, late, MACHINE.name)
    with context.ledger.writing("x") as writer:
        writer.connection.execute(update(DECISIONS).where(DECISIONS.c.id == drawn).values(drawn=True))
    reviews.review(context, drawn, MAY, False, SAID)
    hurried = replace(context, ledger=Ledger(context.ledger.url.render_as_string(hide_password=False), _next_day))
    executions.settle(hurried, late, LEO, "failed", SAID)
    hurried.ledger.close()


def _next_day() -> datetime:
    return datetime.now(UTC) + timedelta(days=1)


@pytest.mark.parametrize("way", ["mask", "leave_out"])
def test_no_secret_is_stored_anywhere_no_matter_who_wrote_it(
    cn: Ready, ledger: Ledger, way: str, caplog: pytest.LogCaptureFixture
) -> None:
    context = CaseContext(cn, ledger, Settings(personal=way), clock.now)
    no = everything(context)
    assert leaks(ledger) == set()
    assert not any(secret in caplog.text for secret in SECRETS)
    assert any(LEFT in text for _, text in kept(ledger))
    erasing.erase(ledger, "root", erasing.of_case(no), "request", SAID, force=True)
    assert leaks(ledger) == set()


def test_a_masked_case_replays_equal_and_verifies(cn: Ready, ledger: Ledger) -> None:
    context = CaseContext(cn, ledger, Settings(), clock.now)
    everything(context)
    with ledger.reading() as connection:
        ids = connection.execute(select(DECISIONS.c.id)).scalars().all()
    assert {one.verdict for one in replay(context.archive, ids)} == {"equal"}
    assert verify(ledger).sound


def test_personal_data_is_stored_where_the_setting_says_keep(cn: Ready, ledger: Ledger) -> None:
    context = CaseContext(cn, ledger, Settings(personal="keep"), clock.now)
    case = decide(context, with_secrets(mandarins()), "ann").case_no
    record_event(context, case, {"kind": "note", "note": SAID}, ANN)
    assert {where for where, _ in leaks(ledger)} == {"payloads.body"}
