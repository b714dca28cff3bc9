"""Whatever people, machines, events and crashes do to a handful of orders, a line and a cause are paid for once."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any, NamedTuple

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from service.auth import GRANTED, Caller
from service.casework.cases.events import record_event
from service.casework.choices import Choice, Given
from service.casework.context import CaseContext
from service.casework.decisions.deciding import decide
from service.casework.decisions.recording import Recorded
from service.casework.executions import claims, executions
from service.casework.outcomes import appeals, approvals, outcomes
from service.errors import DomainError, InvalidEvent
from service.ledger.store import COMMIT_HOOK, Ledger
from service.ledger.tables import EXECUTIONS, OUTCOMES
from service.packs import Ready, prepare, read_policies
from service.settings import Settings
from tests.support.at_counter import Time
from tests.support.budget import budget
from tests.support.emptying import empty
from tests.support.places import PACKS

TILL = PACKS / "till"
PRICES = {"A1": {"1": 10_000, "2": 4_000}, "B2": {"1": 700}}  # fen, by order and line
SPELLINGS = {"A1": ("A1", "a1", " Ａ１ ", "A-1"), "B2": ("B2", "b 2", "B-2")}
WRITTEN: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "full-width": lambda id: chr(ord(id) + 0xFEE0),
    "marked": lambda id: f"#{id}",
}  # ids of lines
DELAY, MULTIPLE = 500, 3  # what the pack gives for a delay, and how many times the price for a fake
SHARES = (10, 20, 50, 100)  # per cent of a line that is lost
BEGINNINGS = ("decided", "paid", "paid again", "paid again")
GIVEN_AGAIN = (1, 50, 500, 700, 2_000)  # few enough that something is left of the order
CAUSES = {  # what is stated, and the cause that the pack finds in it
    "rotten": ({"kind": "quality", "rotten": True}, "spoiled"),
    "rotten-ticked-as-damage": ({"kind": "damage", "rotten": True}, "spoiled"),
    "broken": ({"kind": "damage"}, "broken"),
    "late": ({"kind": "late"}, "delayed"),
    "fake": ({"kind": "quality", "fake": True}, "faked"),
}
PEOPLE = tuple(
    Caller(f"{role}-{at}", role, frozenset(GRANTED[role])) for role in ("agent", "lead", "manager") for at in (1, 2)
)
MACHINES = tuple(Caller(name, "back_end", frozenset(GRANTED["back_end"])) for name in ("till", "bot"))
AMOUNTS = (0, 1, 50, 500, 700, 2_000, 5_000, 10_000, 20_000)


SEEN: Counter[str] = Counter()  # of all sequences: that the property was put to the test


class Killed(Exception):
    """Raised where the process would have died before its transaction was kept."""


class Decided(NamedTuple):
    """A decision of the test: what it is about, and what is owed for that in all."""

    id: str
    case_no: str
    digest: str
    order: str
    line: str
    cause: str
    owed_fen: int
    case: dict[str, Any]


class Paid(NamedTuple):
    """A payment that the ledger holds to have been made, or to be under way."""

    decision: Decided
    refund_fen: int
    total_fen: int
    approved: bool
    reference: str | None


@pytest.fixture(scope="module")
def till() -> Iterator[Ready]:
    ready, problems = prepare(read_policies(TILL))
    assert problems == ()
    assert ready is not None
    yield ready
    ready.close()


class Shop(RuleBasedStateMachine):
    """People, machines and events at one ledger, which may crash at any write."""

    pack: Ready
    ledger: Ledger

    def __init__(self) -> None:
        super().__init__()
        empty(self.ledger)
        self.time = Time()
        self.ledger.now = self.time  # type: ignore[method-assign]
        self.context = CaseContext(self.pack, self.ledger, Settings(drawn_percent=0), self.time.text)
        self.decisions: dict[str, Decided] = {}
        self.dies = ""
        self.made: list[Paid] = []

    # ---- what is done

    def attempt(self, act: Callable[[], Any]) -> Any:
        """Do something; it may be refused, die before it is kept, or be done again because its answer was lost."""
        dies, self.dies = self.dies, ""
        found = None
        with suppress(DomainError, InvalidEvent, Killed):
            if dies == "before":
                token = COMMIT_HOOK.set(_kill)
                try:
                    return act()
                finally:
                    COMMIT_HOOK.reset(token)
            found = act()
            if dies == "after":
                with suppress(DomainError, InvalidEvent):
                    found = act() or found
        return found

    def keep(self, recorded: Any, about: tuple[str, str, str], owed_fen: int, case: dict[str, Any]) -> None:
        if isinstance(recorded, Recorded):
            made = Decided(recorded.id, recorded.case_no, recorded.digest, *about, owed_fen, case)
            self.decisions[made.id] = made

    def any_of(self, data: st.DataObject) -> Decided:
        return data.draw(st.sampled_from(sorted(self.decisions.values(), key=lambda one: one.id)[-4:]))

    @rule(how=st.sampled_from(("before", "after")))
    def crash(self, how: str) -> None:
        self.dies = how

    @initialize(
        cause=st.sampled_from(sorted(CAUSES)),
        share=st.sampled_from(SHARES),
        begins=st.sampled_from(BEGINNINGS),
        refund=st.sampled_from(GIVEN_AGAIN),
    )
    def begin(self, cause: str, share: int, begins: str, refund: int) -> None:
        """Decide a first complaint; most are paid at once, and many paid again, since what matters comes after that."""
        self.complain("A1", "1", 0, "as it is", cause, share, "chat", 1, PEOPLE[0])
        (first,) = self.decisions.values()
        if begins != "decided":
            self.settle(first, Choice("accepted"), PEOPLE[0], None)
        if begins == "paid again" and (again := self.decide_again(first, "phone", PEOPLE[0])):
            self.settle(again, override_of(refund), PEOPLE[0], PEOPLE[2])

    @rule(
        order=st.sampled_from(sorted(PRICES)),
        line=st.sampled_from(("1", "2")),
        spelling=st.integers(0, 3),
        written=st.sampled_from(sorted(WRITTEN)),
        cause=st.sampled_from(sorted(CAUSES)),
        share=st.sampled_from(SHARES),
        channel=st.sampled_from(("chat", "phone", "review")),
        times=st.integers(1, 3),
        by=st.sampled_from((*PEOPLE, *MACHINES)),
    )
    def complain(
        self,
        order: str,
        line: str,
        spelling: int,
        written: str,
        cause: str,
        share: int,
        channel: str,
        times: int,
        by: Caller,
    ) -> None:
        line = line if line in PRICES[order] else "1"
        stated, found = CAUSES[cause]
        spelled = SPELLINGS[order][spelling % len(SPELLINGS[order])]
        write = WRITTEN[written]
        lines = [{"id": write(id), "paid_fen": fen} for id, fen in PRICES[order].items()]
        case = {
            "submitted_at": "2026-11-22T09:30:00+08:00",
            "channel": channel,
            "order": {"no": spelled, "refunded_fen": 0, "lines": lines},
            "customer": {"id": f"C-{order}"},
            "issues": [{**stated, "line": write(line), "lost_share": f"0.{share:02}" if share < 100 else "1"}] * times,
        }
        recorded = self.attempt(lambda: decide(self.context, case, by))
        self.keep(recorded, (order, line, found), owed(order, line, found, share), case)

    @precondition(lambda self: self.decisions)
    @rule(data=st.data(), share=st.sampled_from(SHARES), by=st.sampled_from(PEOPLE))
    def add_evidence(self, data: st.DataObject, share: int, by: Caller) -> None:
        one = self.any_of(data)
        facts = {"issue.lost_share": f"0.{share:02}" if share < 100 else "1"}
        event = {"kind": "evidence_added", "facts": facts, "issue": 0}
        happened = self.attempt(lambda: record_event(self.context, one.case_no, event, by))
        more = max(one.owed_fen, owed(one.order, one.line, one.cause, share))
        if happened is not None:
            self.keep(happened.decision, (one.order, one.line, one.cause), more, one.case)

    @precondition(lambda self: self.decisions)
    @rule(data=st.data(), by=st.sampled_from(PEOPLE))
    def accept(self, data: st.DataObject, by: Caller) -> None:
        one = self.any_of(data)
        self.attempt(lambda: outcomes.take(self.context, one.id, Choice("accepted"), by))

    @precondition(lambda self: self.decisions)
    @rule(
        data=st.data(),
        refund=st.sampled_from(AMOUNTS),
        more=st.sampled_from(AMOUNTS[:5]),
        by=st.sampled_from(PEOPLE),
    )
    def override(self, data: st.DataObject, refund: int, more: int, by: Caller) -> None:
        one = self.any_of(data)
        self.attempt(lambda: outcomes.take(self.context, one.id, override_of(refund, more), by))

    @precondition(lambda self: self.decisions)
    @rule(data=st.data(), yes=st.booleans(), by=st.sampled_from(PEOPLE))
    def approve(self, data: st.DataObject, yes: bool, by: Caller) -> None:
        one = self.any_of(data)
        say = approvals.approve if yes else approvals.refuse
        self.attempt(lambda: say(self.context, one.id, one.digest, None, by))

    @precondition(lambda self: self.decisions)
    @rule(data=st.data(), by=st.sampled_from(PEOPLE))
    def appeal(self, data: st.DataObject, by: Caller) -> None:
        one = self.any_of(data)
        statement = {"by": "customer", "grounds": "It is worse than that"}
        recorded = self.attempt(lambda: appeals.appeal(self.context, one.id, statement, None, by))
        self.keep(recorded, (one.order, one.line, one.cause), one.owed_fen, one.case)

    @precondition(lambda self: self.decisions)
    @rule(data=st.data(), by=st.sampled_from(MACHINES))
    def claim(self, data: st.DataObject, by: Caller) -> None:
        one = self.any_of(data)
        self.attempt(lambda: claims.claim(self.context, one.id, by.name))

    @precondition(lambda self: self.decisions)
    @rule(
        data=st.data(),
        done=st.booleans(),
        reference=st.sampled_from(("R1", "R2", "r-1", "new")),
        by=st.sampled_from((*MACHINES, *PEOPLE)),
    )
    def report(self, data: st.DataObject, done: bool, reference: str, by: Caller) -> None:
        one = self.any_of(data)
        result = (executions.EXECUTED, named(reference, one)) if done else (executions.FAILED, "no such account")
        record = executions.report if by in MACHINES else executions.settle
        self.attempt(lambda: record(self.context, one.id, by, *result))

    @precondition(lambda self: self.decisions)
    @rule(
        data=st.data(),
        refund=st.sampled_from((None, *AMOUNTS)),
        more=st.sampled_from(AMOUNTS[:4]),
        reference=st.sampled_from(("R1", "R2", "new")),
        by=st.sampled_from(PEOPLE),
    )
    def pay(self, data: st.DataObject, refund: int | None, more: int, reference: str, by: Caller) -> None:
        one = self.any_of(data)
        promise = self.promise(one) if refund is None else (refund, refund + more)
        event = {
            "kind": "executed", "reference": named(reference, one), "refund_fen": promise[0], "total_fen": promise[1],
        }  # fmt: skip
        self.attempt(lambda: record_event(self.context, one.case_no, event, by))

    @precondition(lambda self: self.decisions)
    @rule(data=st.data(), by=st.sampled_from(PEOPLE), approving=st.sampled_from(PEOPLE))
    def settle_by_hand(self, data: st.DataObject, by: Caller, approving: Caller) -> None:
        """Do at once what people do with most decisions: take the outcome, approve it where it waits, and pay it."""
        self.settle(self.any_of(data), Choice("accepted"), by, approving)

    @precondition(lambda self: self.decisions)
    @rule(
        data=st.data(),
        refund=st.sampled_from(AMOUNTS),
        by=st.sampled_from(PEOPLE),
        approving=st.sampled_from((None, *PEOPLE)),
    )
    def give_something_else(self, data: st.DataObject, refund: int, by: Caller, approving: Caller | None) -> None:
        """Override a decision, have that approved or not, and pay what is then in force."""
        self.settle(self.any_of(data), override_of(refund), by, approving)

    @precondition(lambda self: self.decisions)
    @rule(
        data=st.data(),
        channel=st.sampled_from(("chat", "phone", "review")),
        refund=st.sampled_from((None, *AMOUNTS)),
        by=st.sampled_from(PEOPLE),
    )
    def ask_again(self, data: st.DataObject, channel: str, refund: int | None, by: Caller) -> None:
        """Send the same complaint once more, take what is recommended or something else, and pay it."""
        if again := self.decide_again(self.any_of(data), channel, by):
            self.settle(again, Choice("accepted") if refund is None else override_of(refund), by, None)

    @precondition(lambda self: self.made)
    @rule(
        data=st.data(),
        channel=st.sampled_from(("chat", "phone", "review")),
        refund=st.sampled_from(GIVEN_AGAIN),
        by=st.sampled_from(PEOPLE),
        approving=st.sampled_from(PEOPLE[2:]),
    )
    def give_again(self, data: st.DataObject, channel: str, refund: int, by: Caller, approving: Caller) -> None:
        """Complain once more of what was paid, give something for it again, have that approved, and pay it."""
        paid = data.draw(st.sampled_from(self.made)).decision
        if again := self.decide_again(paid, channel, by):
            self.settle(again, override_of(refund), by, approving)

    @precondition(lambda self: self.decisions)
    @rule(data=st.data(), by=st.sampled_from(MACHINES))
    def settle_by_machine(self, data: st.DataObject, by: Caller) -> None:
        """Claim a decision and report it paid."""
        one = self.any_of(data)
        self.attempt(lambda: claims.claim(self.context, one.id, by.name))
        self.attempt(lambda: executions.report(self.context, one.id, by, executions.EXECUTED, named("new", one)))

    @precondition(lambda self: self.decisions)
    @rule(data=st.data(), reference=st.sampled_from(("R1", "new")), by=st.sampled_from(PEOPLE))
    def pay_later(self, data: st.DataObject, reference: str, by: Caller) -> None:
        """Pay what some outcome in force promises, whatever was paid since."""
        promising = [one for one in self.decisions.values() if self.promise(one) != (0, 0)]
        if promising:
            one = data.draw(st.sampled_from(sorted(promising, key=lambda one: one.id)))
            self.pay_as_promised(one, by, reference)

    def decide_again(self, one: Decided, channel: str, by: Caller) -> Decided | None:
        """Return the decision on the same complaint in a channel, None where there is none."""
        case = {**one.case, "channel": channel}
        recorded = self.attempt(lambda: decide(self.context, case, by))
        self.keep(recorded, (one.order, one.line, one.cause), one.owed_fen, case)
        return self.decisions[recorded.id] if isinstance(recorded, Recorded) else None

    def settle(self, one: Decided, choice: Choice, by: Caller, approving: Caller | None) -> None:
        """Take an outcome, have it approved where somebody does, and pay what is then in force."""
        self.attempt(lambda: outcomes.take(self.context, one.id, choice, by))
        if approving is not None:
            self.attempt(lambda: approvals.approve(self.context, one.id, one.digest, None, approving))
        self.pay_as_promised(one, by)

    def pay_as_promised(self, one: Decided, by: Caller, reference: str = "new") -> None:
        refund, total = self.promise(one)
        event = {"kind": "executed", "reference": named(reference, one), "refund_fen": refund, "total_fen": total}
        self.attempt(lambda: record_event(self.context, one.case_no, event, by))

    @precondition(lambda self: self.decisions)
    @rule(data=st.data(), kind=st.sampled_from(("closed", "reopened", "person_requested")), by=st.sampled_from(PEOPLE))
    def close_or_reopen(self, data: st.DataObject, kind: str, by: Caller) -> None:
        one = self.any_of(data)
        event = {"kind": kind} | ({"note": "once more"} if kind == "reopened" else {})
        self.attempt(lambda: record_event(self.context, one.case_no, event, by))

    @rule(minutes=st.sampled_from((1, 60, 60 * 24)))
    def wait(self, minutes: int) -> None:
        self.time.moment += timedelta(minutes=minutes)

    # ---- what always holds

    def promise(self, one: Decided) -> tuple[int, int]:
        """Return what the outcome of a decision gives; nothing where there is none."""
        with suppress(DomainError):
            if found := outcomes.outcome_of(self.context, one.id)["outcome"]:
                return found["refund_fen"], found["total_fen"]
        return 0, 0

    def payments(self) -> list[Paid]:
        rows = select(EXECUTIONS, OUTCOMES.c.approved_by)
        rows = rows.outerjoin(OUTCOMES, OUTCOMES.c.decision == EXECUTIONS.c.decision)
        with self.ledger.reading() as connection:
            found = connection.execute(rows.where(EXECUTIONS.c.state != "failed").order_by(EXECUTIONS.c.seq)).all()
        return [
            Paid(
                self.decisions[row.decision],
                row.refund_fen,
                row.total_fen,
                row.approved_by is not None,
                row.reference_key if row.state == "executed" else None,
            )
            for row in found
        ]

    @invariant()
    def nothing_is_paid_twice(self) -> None:
        payments = self.payments()
        assert_within_lines(payments)
        assert_within_causes(payments, self.decisions.values())
        references = [paid.reference for paid in payments if paid.reference is not None]
        assert len(references) == len(set(references))
        self.made = payments

    def teardown(self) -> None:
        further = list(further_of(self.made))
        SEEN.update({"sequences": 1, "payments": len(self.made), "further payments of a cause": len(further)})
        SEEN.update({"approved further payments": sum(paid.approved for paid in further)})


def further_of(payments: Iterable[Paid]) -> Iterator[Paid]:
    """Yield the payments of a cause of a line that had been paid for before."""
    subjects = set()
    for paid in payments:
        subject = paid.decision.order, paid.decision.line, paid.decision.cause
        if subject in subjects:
            yield paid
        subjects.add(subject)


def assert_within_lines(payments: list[Paid]) -> None:
    """Check that refunds of a line stay within its price, but for what was approved, and those of an order always."""
    lines: dict[tuple[str, str], int] = defaultdict(int)
    orders: dict[str, int] = defaultdict(int)
    for paid in payments:
        orders[paid.decision.order] += paid.refund_fen
        if not paid.approved:
            lines[paid.decision.order, paid.decision.line] += paid.refund_fen
    assert all(fen <= PRICES[order][line] for (order, line), fen in lines.items()), lines
    assert all(fen <= sum(PRICES[order].values()) for order, fen in orders.items()), orders


def assert_within_causes(payments: list[Paid], decisions: Iterable[Decided]) -> None:
    """Check that what follows the first payment of a cause was owed, or approved.

    The first may be what somebody chose within the limit of his role.
    """
    given: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    most: dict[tuple[str, str, str], int] = defaultdict(int)
    for one in decisions:
        subject = one.order, one.line, one.cause
        most[subject] = max(most[subject], one.owed_fen)
    for paid in payments:
        if not paid.approved:
            given[paid.decision.order, paid.decision.line, paid.decision.cause].append(paid.total_fen)
    for subject, amounts in given.items():
        assert sum(amounts) <= max(amounts[0], most[subject]), (subject, amounts, most[subject])


def owed(order: str, line: str, cause: str, share: int) -> int:
    """Return what is owed for a cause of a line in all, by the pack's own words."""
    cost = PRICES[order][line]
    return {"delayed": DELAY, "faked": cost + MULTIPLE * cost}.get(cause, cost * share // 100)


def override_of(refund_fen: int, compensation_fen: int = 0) -> Choice:
    given = Given("refund" if refund_fen else "compensation", refund_fen, compensation_fen=compensation_fen)
    return Choice("override", override=given, reason="agreed_with_customer")


def named(reference: str, one: Decided) -> str:
    return f"R-{one.id}" if reference == "new" else reference


def _kill(_: object) -> None:
    raise Killed


def test_a_line_and_a_cause_are_paid_for_once(
    till: Ready, ledger: Ledger, monkeypatch: pytest.MonkeyPatch, record_property: Callable[[str, object], None]
) -> None:
    monkeypatch.setattr(Shop, "pack", till, raising=False)
    monkeypatch.setattr(Shop, "ledger", ledger, raising=False)
    monkeypatch.setattr(ledger, "now", ledger.now)  # the time of the ledger is its own again afterwards
    SEEN.clear()
    sequences = budget(36, 2_600)
    run_state_machine_as_test(Shop, settings=settings(max_examples=sequences, stateful_step_count=30))
    assert SEEN["payments"] > sequences / 4, SEEN
    assert SEEN["further payments of a cause"] > sequences / 20, SEEN
    assert SEEN["approved further payments"] >= budget(15, 300), SEEN
    record_property("report", ", ".join(f"{many} {what}" for what, many in sorted(SEEN.items())))


def test_options_that_give_more_of_a_line_than_it_cost_need_another_person(till: Ready, ledger: Ledger) -> None:
    context = CaseContext(till, ledger, Settings(drawn_percent=0), Time().text)
    issues = [{"kind": "quality", "rotten": True, "lost_share": "0.6"}, {"kind": "damage", "lost_share": "0.4"}]
    lines = [{"id": "1", "paid_fen": 10_000}, {"id": "2", "paid_fen": 40_000}]
    case = {"order": {"no": "A1", "refunded_fen": 0, "lines": lines}, "customer": {"id": "C"}}
    decision = decide(context, case | {"issues": [{**issue, "line": "1"} for issue in issues]}, PEOPLE[0])
    assert decision.recommendation["remedy"]["refund_fen"] == 10_000  # 60 and 40 per cent of the line
    of_second = [at for at, one in enumerate(decision.recommendation["alternatives"]) if one["issue"] == 1]
    for chosen in (Choice("option", option=of_second[0], refund_fen=8_000), Choice("option", option=of_second[1])):
        taken = outcomes.take(context, decision.id, chosen, PEOPLE[2])  # a lead, who may grant each of them
        assert taken["state"] == "waiting"
        approvals.refuse(context, decision.id, decision.digest, None, PEOPLE[3])
