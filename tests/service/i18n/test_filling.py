from __future__ import annotations

import re
from itertools import product
from pathlib import Path
from string import Formatter

import pytest

import service
from rules.language.contract import KINDS, MODES
from service.auth import GRANTED, SCOPES
from service.casework import states
from service.casework.choices import WAYS
from service.casework.decisions.following import Identity
from service.casework.limits import scopes
from service.casework.states import STATES, TRANSITIONS
from service.i18n.faults import FAULTS
from service.i18n.filling import MONEY, called, fill, problem
from service.i18n.problems import PROBLEMS
from service.i18n.terms import TERMS
from service.i18n.texts import LANGUAGES
from service.validation.issue import ValidationIssue

SERVICE = Path(service.__file__).parent
CODES = {
    "role": GRANTED,
    "scope": SCOPES,
    "switch": scopes.SWITCHED,
    "budget": scopes.BUDGETED,
    "filed": Identity._fields,
    "mode": MODES,
    "kind": (*KINDS, "none"),
    "way": WAYS,
    "state": STATES,
    "decision": (
        states.OPEN,
        states.WAITING,
        states.ACCEPTED,
        states.CHANGED,
        "superseded",
        states.CLAIMED,
        states.EXECUTED,
    ),
    "execution": states.OF_EXECUTION,
    "event": TRANSITIONS,
}
AS_GIVEN = {  # texts whose first slot takes an id, a name, a number, an address, or what has to be written
    *("no_case", "erased", "already_taken", "already_waiting", "in_execution", "decided_before", "nothing_waits"),
    *("other_digest", "busy", "still_executing", "still_waiting", "execution_open", "no_decision", "outcome_unknown"),
    *("webhook_host", "webhook_plain", "webhook_unresolved", "too_many_webhooks", "no_webhook", "not_for_machines"),
    *("not_automatic", "claimed_already", "claim_ended", "not_claimed", "claimed_by_another", "reported_otherwise"),
    *("other_pack_decided", "goods_first", "reviewed_already", "not_drawn", "no_scope", "too_large", "not_utf8"),
    *("other_merchant", "outcome_first", "more_than_outcome", "promised_elsewhere", "approval_waits"),
    *("given_since", "not_given"),
}
BOTH_AS_GIVEN = {
    "year_range",
    "not_late",
    "not_latest",
    "no_option",
    "other_case",
    "webhook_address",
    "no_report",
    "bad_json",
}
NAMES_OF_CASES = {"other_order", "order_left_out"}  # a case, what it has, what was sent
REFERENCES = {"reference_used"}  # a reference, a decision, a case


def slots(text: str) -> list[tuple[str, str]]:
    """Return the slots of a text, each with what it says of itself."""
    return [(name, spec or "") for _, name, spec, _ in Formatter().parse(text) if name is not None]


TOLD = {
    **{("fault", code): FAULTS[code] for code in FAULTS},
    **{("problem", code): PROBLEMS[code] for code in PROBLEMS},
}


@pytest.mark.parametrize("group", CODES)
def test_every_code_that_there_is_has_its_name(group: str) -> None:
    assert TERMS[group].keys() == {*CODES[group]}
    for code in CODES[group]:
        assert not called(group, code, "zh").isascii()


@pytest.mark.parametrize("named", TOLD, ids=" ".join)
def test_no_text_that_people_read_shows_a_bare_code(named: tuple[str, str]) -> None:
    groups = {name: spec for name, spec in slots(TOLD[named]["zh"]) if spec not in ("", MONEY)}
    codes = {name: list(TERMS[spec.removesuffix("()")]) for name, spec in groups.items()}
    for chosen in product(*codes.values()):
        filling = dict(zip(codes, chosen, strict=True))
        details = [filling.get(str(place), "1") for place in range(4)]
        said = fill(TOLD[named], "zh", *details, expected="1")
        for name, code in filling.items():
            word = called(groups[name].removesuffix("()"), code, "zh")
            assert word in said
            bare = said.replace(f"{word}（{code}）", word) if groups[name].endswith("()") else said
            assert not re.search(rf"\b{re.escape(code)}\b", bare, re.ASCII), said


@pytest.mark.parametrize("named", TOLD, ids=" ".join)
def test_a_slot_without_a_term_takes_no_code(named: tuple[str, str]) -> None:
    bare = {name for text in TOLD[named].values() for name, spec in slots(text) if not spec and name.isdecimal()}
    of_terms = {name for name, spec in slots(TOLD[named]["zh"]) if spec}
    as_given = {"0", "1"} if named[1] in BOTH_AS_GIVEN else {"0"} if named[1] in AS_GIVEN else set()
    as_given |= {"0", "2", "3"} if named[1] in NAMES_OF_CASES else set()
    as_given |= {"0", "1", "2"} if named[1] in REFERENCES else set()
    assert bare - of_terms <= as_given


@pytest.mark.parametrize("named", TOLD, ids=" ".join)
def test_both_languages_have_the_same_slots(named: tuple[str, str]) -> None:
    zh, en = ({name for name, _ in slots(TOLD[named][language])} for language in LANGUAGES)
    assert zh == en


def test_every_refusal_has_its_title() -> None:
    refusals = re.compile(r'\b(?:DomainError|BadRequest|problem|document)\(\s*(?:\d{3},\s*)?"(\w+)"')
    named = {code for path in SERVICE.rglob("*.py") for code in refusals.findall(path.read_text(encoding="utf-8"))}
    assert {"no_decision", "lead_settles", "bad_json", "this_machine_only"} <= named
    assert named <= PROBLEMS.keys()


def test_codes_are_written_in_the_language_of_the_reader() -> None:
    assert problem("role_too_low", "zh", ("lead",)) == "需要组长或更高级别的人员审批"
    assert problem("role_too_low", "en", ("manager",)) == "The approval needs a manager or a higher role"
    assert problem("not_now", "zh", ("return_shipped", "archived")) == "投诉单当前状态为“已归档”，不能登记“客户寄回”"
    assert "处理方式为“组长处理”，状态为“已被新的决定取代”" in problem(
        "not_automatic", "zh", ("D1", "lead", "superseded")
    )
    assert "（逾期未确认）" in problem("claim_ended", "zh", ("D1", "late"))


def test_a_code_that_has_to_be_written_follows_its_name() -> None:
    assert "“登记处理结果（override）”" in problem("not_allowed", "zh", ("override",))
    assert problem("not_allowed", "en", ("execute",)).endswith("carry out decisions (execute): use a key that has it")
    message = problem("no_scope", "zh", ("planet/x", ", ".join(scopes.SWITCHED)))
    assert message == "没有 planet/x 这一范围；可用：全部（all）、政策包（pack）、规则（rule）、商家（merchant）"
    assert ValidationIssue("", "not_wanted", ("accepted",)).message("zh") == "选择“采纳建议（accepted）”时不应有此项"


def test_a_code_without_a_name_is_written_as_it_is() -> None:
    assert problem("not_now", "zh", ("landed", "closed")) == "投诉单当前状态为“已关闭”，不能登记“landed”"


def test_amounts_are_written_as_people_read_them() -> None:
    details = ("2560", "-5")
    assert "退款 25.60 超出" in problem("more_than_left", "zh", details)
    assert "refund of 25.60 is more than what is left: of the amount paid, only -0.05 is" in problem(
        "more_than_left", "en", details
    )
    assert "退款 ¥2560 超出" in problem("more_than_left", "zh", details, lambda fen: f"¥{fen}")
