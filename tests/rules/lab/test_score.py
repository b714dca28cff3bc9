from __future__ import annotations

from typing import Any

from rules.lab.expected import judge
from rules.lab.score import Judged, score

PERSON = {"one_of": ["agent", "lead"]}
MACHINE = {"one_of": ["auto", "auto_appeal"]}


def judged(expected: dict[str, Any], mode: str = "agent", refund_fen: int | None = 2560) -> Judged:
    """Return the test of a decision that refunds an amount; where there is none it has no remedy at all."""
    remedy = None if refund_fen is None else {"kind": "refund", "refund_fen": refund_fen, "compensation": []}
    found = {"outcome": "remedy", "remedy": remedy, "automation": {"mode": mode}}
    return Judged(expected, judge(expected, found), mode in ("auto", "auto_appeal"))


def test_each_expected_part_is_scored_apart() -> None:
    expected = {"outcome": "remedy", "remedy": {"refund_fen": {"at_least": "25 CNY"}, "kind": "refund"}}
    found = score([judged(expected), judged(expected, refund_fen=2400)])
    assert found.as_json()["parts"] == {
        "outcome": {"right": 2, "of": 2},
        "remedy.refund_fen": {"right": 1, "of": 2},
        "remedy.kind": {"right": 2, "of": 2},
    }
    assert found.whole.as_json() == {"right": 1, "of": 2}


def test_every_part_of_what_is_not_there_at_all_is_wrong() -> None:
    expected = {"outcome": "remedy", "remedy": {"kind": "refund", "compensation": [{"head": "late"}]}}
    parts = score([judged(expected, refund_fen=None)]).parts
    assert {path: share.right for path, share in parts.items()} == {
        "outcome": 1,
        "remedy.kind": 0,
        "remedy.compensation": 0,
    }


def test_a_missing_item_of_a_list_makes_the_list_wrong() -> None:
    parts = score([judged({"remedy": {"compensation": [{"head": "late"}]}})]).parts
    assert parts["remedy.compensation"].as_json() == {"right": 0, "of": 1}


def test_a_machine_is_wrong_where_a_person_should_decide_or_where_anything_differs() -> None:
    right = {"remedy": {"refund_fen": "25.60 CNY"}}
    wrong = {"remedy": {"refund_fen": "20.00 CNY"}}
    tests = [
        judged({**right, "automation": {"mode": MACHINE}}, "auto"),
        judged({**right, "automation": {"mode": PERSON}}, "auto"),
        judged(wrong, "auto_appeal"),
        judged({**wrong, "automation": {"mode": PERSON}}, "agent"),
    ]
    assert score(tests).wrongly_automatic == 2


def test_of_what_a_machine_should_carry_out_only_what_is_right_in_every_part_counts() -> None:
    right, wrong = {"outcome": "remedy"}, {"outcome": "refuse"}
    machine = {"automation": {"mode": MACHINE}}
    found = score([
        judged({**right, **machine}, "auto"),
        judged({**wrong, **machine}, "auto"),
        judged({**right, **machine}, "agent"),
        judged({**right, "automation": {"mode": PERSON}}),
    ])  # fmt: skip
    assert found.automatic.as_json() == {"right": 1, "of": 3}
