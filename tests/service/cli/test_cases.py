from __future__ import annotations

import json

import pytest
from click.testing import Result

from service.casework.context import CaseContext
from service.casework.decisions.deciding import decide
from tests.support import command_line
from tests.support.at_counter import COUNTER, complaint, say
from tests.support.places import SHOP


@pytest.fixture
def here(office: CaseContext, monkeypatch: pytest.MonkeyPatch) -> CaseContext:
    """Return the office at the ledger that the settings name."""
    monkeypatch.setenv("REDRESS_LEDGER", office.ledger.url.render_as_string(hide_password=False))
    return office


def run(*words: str) -> Result:
    return command_line.run("cases", *words)


def test_cases_are_listed_and_filtered(here: CaseContext) -> None:
    one = decide(here, complaint(), "小李").case_no
    two = decide(here, complaint(customer={"id": "C2\x1b[31m"}), "小李").case_no
    assert [line.split()[0] for line in run().stdout.splitlines()] == [two, one]
    assert "\x1b" not in run().stdout
    assert [item["no"] for item in json.loads(run("--customer", "C1", "--json").stdout)["items"]] == [one]
    assert run("--state", "gone").exit_code == 2


def test_the_timeline_of_a_case_is_printed(here: CaseContext) -> None:
    no = decide(here, complaint(), "小李").case_no
    say(here, no, "note", note="已致电客户")
    result = run("show", no, "--pack", str(COUNTER))
    assert result.stdout.splitlines()[0] == f"投诉单 {no}"
    assert result.stdout.splitlines()[2].endswith("小李备注：已致电客户")
    assert run("show", no, "--pack", str(COUNTER), "--lang", "en").stdout.startswith(f"Case {no}")
    items = json.loads(run("show", no, "--pack", str(COUNTER), "--json").stdout)["items"]
    assert [item["kind"] for item in items] == ["decision", "event"]


def test_the_timeline_uses_the_words_of_the_pack_that_decided(here: CaseContext) -> None:
    no = decide(here, complaint(), "小李").case_no
    other = SHOP
    assert "25.60元" in run("show", no, "--pack", str(other)).stdout


def test_a_missing_case_exits_with_2(here: CaseContext) -> None:
    result = run("show", "X", "--pack", str(COUNTER))
    assert (result.exit_code, "there is no case 'X'" in result.stderr) == (2, True)


def test_missed_deadlines_are_findings_until_they_are_escalated(here: CaseContext) -> None:
    assert run("overdue").exit_code == 0
    past = {"submitted_at": "2020-01-01T09:00:00+08:00", "at": "2020-01-01T10:00:00+08:00"}
    decide(here, complaint(**past), "小李")
    assert run("overdue").exit_code == 1
    assert "respond_by  escalate_to_lead -> lead" in run("overdue", "--escalate", "--pack", str(COUNTER)).stdout
    assert run("overdue", "--escalate", "--pack", str(COUNTER)).stdout == ""
