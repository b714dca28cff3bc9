from __future__ import annotations

import json
from pathlib import Path

from tests.support.command_line import run
from tests.support.places import SHOP


def test_a_pack_that_agrees_with_its_tests_passes() -> None:
    result = run("test", str(SHOP))
    assert (result.exit_code, result.stdout.splitlines()[-1]) == (0, "2 passed, 0 failed")


def test_a_failed_test_is_printed_with_the_expected_and_the_found_value(shop: Path) -> None:
    parameters = shop / "parameters.yaml"
    parameters.write_text(parameters.read_text(encoding="utf-8").replace("values: 100", "values: 50"), "utf-8")
    result = run("test", str(shop))
    assert result.exit_code == 1
    *failures, last = result.stdout.splitlines()
    assert last == "1 passed, 1 failed"
    assert "FAILED" in failures[0]
    assert "broken.yaml:9" in failures[0]
    assert "T01 破损 / share" in failures[0]
    assert failures[1].strip() == "remedy.refund_fen: expected 25.60 CNY, found 12.80 CNY"


def test_the_same_as_json(shop: Path) -> None:
    parameters = shop / "parameters.yaml"
    parameters.write_text(parameters.read_text(encoding="utf-8").replace("values: 100", "values: 50"), "utf-8")
    report = json.loads(run("test", "--json", str(shop)).stdout)
    assert (report["passed"], report["failed"]) == (1, 1)
    (failed,) = [branch for branch in report["branches"] if not branch["passed"]]
    assert failed["differences"] == [{"path": "remedy.refund_fen", "expected": "25.60 CNY", "found": "12.80 CNY"}]


def test_branches_are_selected_by_name() -> None:
    assert run("test", str(SHOP), "-k", "LATE").stdout == "1 passed, 0 failed\n"
    assert run("test", str(SHOP), "-k", "破损").stdout == "2 passed, 0 failed\n"


def test_a_run_without_tests_fails(shop: Path) -> None:
    result = run("test", str(SHOP), "-k", "nothing like it")
    assert (result.exit_code, result.stdout.splitlines()[-1]) == (1, "0 passed, 0 failed")
    (shop / "cases" / "broken.yaml").unlink()
    assert run("test", str(shop)).exit_code == 1


def test_a_malformed_test_is_counted_separately(shop: Path) -> None:
    (shop / "cases" / "more.yaml").write_text("case: {zh: a, en: b}\ngiven: {}\nbranches: []\n", encoding="utf-8")
    result = run("test", str(shop))
    assert (result.exit_code, result.stdout.splitlines()[-1]) == (1, "2 passed, 0 failed, 1 with problems")
    report = json.loads(run("test", "--json", str(shop)).stdout)
    assert (report["passed"], report["failed"], report["with_problems"]) == (2, 0, 1)


def test_a_branch_can_set_the_settings_of_a_shop(shop: Path) -> None:
    with (shop / "cases" / "broken.yaml").open("a", encoding="utf-8") as file:
        file.write("  - {name: half, parameters: {share: 50}, expect: {remedy: {refund_fen: 12.80 CNY}}}\n")
        file.write("  - {name: wrong, parameters: {shre: 50}, expect: {remedy: {refund_fen: 12.80 CNY}}}\n")
    result = run("test", str(shop))
    assert result.stdout.splitlines()[-1] == "3 passed, 0 failed, 1 with problems"
    assert "'shre'" in result.stdout


def test_published_cases_are_scored_and_never_mixed_with_the_other_tests(shop: Path) -> None:
    (shop / "published").mkdir()
    content = (shop / "cases" / "broken.yaml").read_text(encoding="utf-8")
    retold = "published: {source: a court, facts: It broke., law: The seller answers.}\ngiven:"
    wrong = content.replace("given:", retold).replace("25.60 CNY", "30.00 CNY")
    (shop / "published" / "X-1.yaml").write_text(wrong, encoding="utf-8")
    assert run("test", str(shop)).stdout.splitlines()[-1] == "2 passed, 0 failed"
    result = run("test", str(shop), "--published")
    assert result.exit_code == 1
    assert result.stdout.splitlines()[2:] == [
        "1 passed, 1 failed",
        "outcome               2 of    2  100 %",
        "remedy.kind           2 of    2  100 %",
        "remedy.refund_fen     0 of    1    0 %",
        "in every part         1 of    2   50 %",
        "carried out by a machine and wrong: 0",
    ]
    report = json.loads(run("test", str(shop), "--published", "--json").stdout)
    assert report["score"]["whole"] == {"right": 1, "of": 2}
