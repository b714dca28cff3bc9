from __future__ import annotations

import json
from pathlib import Path

import pytest

from service import policy_tests
from service.packs import prepare
from tests.support.command_line import BROKEN, decide, run
from tests.support.places import SHOP


def test_a_good_pack_has_no_problems() -> None:
    result = run("check", str(SHOP))
    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1].endswith("no problems")


def test_problems_of_policies_and_of_tests_are_printed_together(shop: Path) -> None:
    cases = shop / "cases" / "broken.yaml"
    text = cases.read_text(encoding="utf-8")
    cases.write_text(text.replace("{outcome: remedy, remedy: {kind: expl", "{outcom: x, remedy: {kind: expl"), "utf-8")
    words = shop / "words.yaml"
    words.write_text("sorry: {zh: 很抱歉。}\n", encoding="utf-8")
    result = run("check", str(shop))
    assert result.exit_code == 1
    assert "words.yaml:1:8: R106" in result.stdout
    assert "R401" in result.stdout
    assert "did you mean 'outcome'?" in result.stdout
    assert result.stdout.splitlines()[-1].endswith("2 problems")


def test_the_case_of_a_test_is_validated(shop: Path) -> None:
    cases = shop / "cases" / "broken.yaml"
    cases.write_text(cases.read_text(encoding="utf-8").replace("issues.0.kind: late", "issues.0.kind: lost"), "utf-8")
    result = run("check", "--json", str(shop))
    assert result.exit_code == 1
    (problem,) = json.loads(result.stdout)["problems"]
    assert problem["code"] == "R403"
    assert problem["file"].endswith("broken.yaml")
    assert "/issues/0/kind" in problem["message"]


def test_a_problem_of_a_given_case_is_printed_once_with_its_place(shop: Path) -> None:
    cases = shop / "cases" / "broken.yaml"
    text = cases.read_text(encoding="utf-8").replace("spoiled_ratio: 0.20", "spoiled_ratio: 20")
    cases.write_text(text.replace("issues.0.kind: late", "issues.0.kind: lost"), encoding="utf-8")
    checked, tested = run("check", str(shop)).stdout.splitlines(), run("test", str(shop)).stdout.splitlines()
    assert [line.rpartition("broken.yaml")[2][:8] for line in checked[:-1]] == [":7:38: R", ":12:12: "]
    assert "the case that is given: /issues/0/spoiled_ratio: " in checked[0]
    assert "the case of branch 'late': /issues/0/kind: 'lost' is not accepted; " in checked[1]
    assert tested == [*checked[:-1], "0 passed, 0 failed, 2 with problems"]


def test_checking_prepares_the_pack_once(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """To prepare it for the settings of each test took more than a minute; what they change is checked by itself."""
    with (shop / "cases" / "broken.yaml").open("a", encoding="utf-8") as file:
        for share in (10, 20, 30):
            file.write(f"  - {{name: s{share}, parameters: {{share: {share}}}, expect: {{outcome: remedy}}}}\n")
        file.write("  - {name: lost, with: {issues.0.kind: lost}, expect: {outcome: remedy}}\n")
    prepared: list[object] = []
    monkeypatch.setattr(policy_tests, "prepare", lambda *given: prepared.append(given) or prepare(*given))
    assert "1 problem" in run("check", str(shop)).stdout
    assert len(prepared) == 1


def test_an_amount_with_its_currency_means_the_same_in_given_and_in_expect(shop: Path) -> None:
    cases = shop / "cases" / "broken.yaml"
    text = cases.read_text(encoding="utf-8").replace("paid_fen: 12800", "paid_fen: 128.00 CNY")
    cases.write_text(text, encoding="utf-8")
    assert run("check", str(shop)).exit_code == 0
    assert run("test", str(shop)).stdout == "2 passed, 0 failed\n"
    assert run("decide", "--json", "--pack", str(shop), str(cases)).stdout == decide("--json", BROKEN).stdout
    cases.write_text(text.replace(" CNY", " USD"), encoding="utf-8")
    problems = [line.rpartition("broken.yaml")[2] for line in run("check", str(shop)).stdout.splitlines()]
    assert problems[0].startswith(":6:46: R403 the case that is given: /order/lines/0/paid_fen: ")
    assert problems[1].startswith(
        ":10:66: R401 the amounts of this pack are in CNY (write the amount with its currency"
    )
    assert len(problems) == 3
