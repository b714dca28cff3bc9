from __future__ import annotations

import json
from pathlib import Path
from shutil import copytree

import pytest
from click.testing import CliRunner, Result

from service import policy_tests
from service.cli.commands import redress
from service.packs import Ready, prepare
from service.validation import json_text
from tests.service.api.test_decisions import CASE
from tests.service.conftest import SHOP

BROKEN = str(SHOP / "cases" / "broken.yaml")


def run(*words: str, stdin: bytes | None = None) -> Result:
    result = CliRunner().invoke(redress, words, input=stdin)
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


def decide(*words: str, stdin: bytes | None = None) -> Result:
    return run("decide", "--pack", str(SHOP), *words, stdin=stdin)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return Path(copytree(SHOP, tmp_path / "shop"))


# ---- decide


def test_json_is_printed_as_the_service_answers_it(ready: Ready) -> None:
    result = decide("--json", "-", stdin=json.dumps(CASE).encode())
    assert result.exit_code == 0
    assert result.stdout_bytes == json_text.write(ready.decide(CASE)) + b"\n"


def test_a_case_in_yaml_is_the_same_case(tmp_path: Path) -> None:
    path = tmp_path / "case.yaml"
    path.write_text(json.dumps(CASE), encoding="utf-8")
    assert decide("--json", str(path)).stdout == decide("--json", "-", stdin=json.dumps(CASE).encode()).stdout


def test_decimals_mean_the_same_in_yaml_in_json_and_as_text(tmp_path: Path) -> None:
    told = []
    for name, ratio in (("a.yaml", "0.20"), ("b.json", "0.20"), ("c.json", '"0.20"'), ("d.yaml", '"0.2"')):
        text = json.dumps(CASE).replace('"spoiled_ratio": "0.20"', f'"spoiled_ratio": {ratio}')
        (tmp_path / name).write_text(text, encoding="utf-8")
        told.append(decide("--json", str(tmp_path / name)).stdout)
    assert '"refund_fen":2560' in told[0]
    assert len(set(told)) == 1


def test_what_is_ignored_of_a_case_is_warned_of(ready: Ready) -> None:
    told = {**CASE, "order": {**CASE["order"], "old": "x"}}
    result = decide("--json", "--lang", "en", "-", stdin=json.dumps(told).encode())
    assert (result.exit_code, result.stdout_bytes) == (0, json_text.write(ready.decide(CASE)) + b"\n")
    assert "/order/old" in result.stderr


def test_the_given_of_a_policy_test_is_a_case() -> None:
    result = decide("--json", BROKEN)
    assert result.exit_code == 0
    assert json.loads(result.stdout)["remedy"]["refund_fen"] == 2560


def test_the_instant_of_deciding_can_be_chosen(ready: Ready) -> None:
    at = "2026-08-20T00:00:00+08:00"
    result = decide("--json", "--at", at, "-", stdin=json.dumps(CASE).encode())
    assert result.stdout_bytes == json_text.write(ready.decide({**CASE, "at": at})) + b"\n"


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.json", b'{"issues": [', "bad_json"),
        ("a.json", b'{"a": 1, "a": 2}', "key_twice /a"),
        ("a.json", b"\xff", "not_utf8"),
        ("a.json", b"{}", "missing /submitted_at"),
        ("a.json", b"[]", "not_record"),
        ("a.yaml", b"a: [", "a.yaml:1"),
        ("a.yaml", b"a: \xff", "a.yaml:1"),
        ("a.yaml", b"", "a.yaml:1"),
        ("a.yaml", b"a: 1\n---\nb: 2\n", "2 documents"),
        ("a.yaml", b"submitted_at: yes\n", "a.yaml:1:15"),
        ("a.yaml", b"issues:\n- kind: lost\n", "a.yaml:2:3: not_one_of /issues/0/kind"),
        ("a.txt", b"just text", "not_record"),
    ],
)  # fmt: skip
def test_a_case_that_cannot_be_used_is_refused_with_its_faults(
    tmp_path: Path, name: str, content: bytes, told: str
) -> None:
    (tmp_path / name).write_bytes(content)
    result = decide(str(tmp_path / name))
    assert result.exit_code == 2
    assert told in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize(
    "words",
    [
        ("decide", "--pack", str(SHOP), "/nowhere/case.yaml"),
        ("decide", "--pack", str(SHOP), str(SHOP)),
        ("decide", "--pack", str(SHOP), "a\0b"),
        ("decide", "--pack", str(SHOP), "--at", "yesterday", BROKEN),
        ("decide", "--pack", str(SHOP), "--at", "2026-08-14T15:00:00", BROKEN),
        ("decide", "--pack", str(SHOP), "--lang", "fr", BROKEN),
        ("decide", "--pack", str(SHOP)),
        ("decide", "--pack", "nowhere", BROKEN),
        ("check", "nowhere"),
        ("test", "nowhere"),
        ("serve", "--pack", str(SHOP), "--port", "70000"),
        ("serve", "--pack", str(SHOP), "--host", "0.0.0.0"),
        ("serve", "--pack", str(SHOP), "--host", "example.org"),
        ("dcide",),
    ],
)
def test_misuse_ends_with_2_and_says_what_is_wrong(words: tuple[str, ...]) -> None:
    result = run(*words)
    assert result.exit_code == 2
    assert "Error" in result.stderr or "Usage" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_case_that_does_not_fit_names_the_pack_it_was_held_against() -> None:
    result = decide("-", stdin=json.dumps({**CASE, "zip": 1}).encode())
    assert result.exit_code == 2
    assert result.stderr.splitlines()[-1] == "this is no case of pack shop; --pack takes another"


def test_a_misspelt_value_is_named_with_what_is_allowed_and_no_other_pack_is_proposed(tmp_path: Path) -> None:
    path = tmp_path / "case.yaml"
    path.write_text(json.dumps(CASE, indent=1).replace('"broken"', '"brokn"'), encoding="utf-8")
    told = {language: decide("--lang", language, str(path)).stderr.splitlines() for language in ("en", "zh")}
    line = next(at for at, text in enumerate(path.read_text().split("\n"), 1) if '"kind": "brokn"' in text)
    ((english,), (chinese,)) = (told["en"], told["zh"])
    assert english.startswith(f"{path}:{line}:")
    assert "/issues/0/kind: 'brokn' is not taken; one of these is wanted: " in english
    assert english.endswith(" (did you mean 'broken'?)")
    assert "不能填“brokn”，应为其中之一：" in chinese
    assert chinese.endswith("；是否想写“broken”？")


def test_a_case_over_one_mebibyte_is_refused() -> None:
    assert decide("-", stdin=b" " * (2**20 + 1)).exit_code == 2


def test_a_pack_with_problems_decides_nothing_and_names_them(shop: Path) -> None:
    (shop / "remedies.yaml").write_text("policy: x\n", encoding="utf-8")
    result = run("decide", "--pack", str(shop), BROKEN)
    assert result.exit_code == 1
    assert "remedies.yaml:1:1" in result.stderr


def test_a_language_that_the_pack_does_not_speak_gives_the_packs_first(shop: Path) -> None:
    head = (
        (shop / "pack.yaml")
        .read_text(encoding="utf-8")
        .replace("[zh, en]", "[en]")
        .replace("  zh: {money: '{amount} 元'}\n", "")
    )
    (shop / "pack.yaml").write_text(head, encoding="utf-8")
    (shop / "words.yaml").write_text("sorry: {en: We are sorry.}\n", encoding="utf-8")
    told, wanted, plain = (
        run("decide", "--pack", str(shop), BROKEN, *words) for words in (["--lang", "zh"], ["--lang", "en"], [])
    )
    assert told.stdout == wanted.stdout == plain.stdout
    assert told.stderr == "pack shop does not speak 'zh'; told in 'en'\n"
    assert wanted.stderr == plain.stderr == ""


def test_a_case_in_the_folder_of_a_pack_is_decided_by_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("decide", "--json", BROKEN).stdout == decide("--json", BROKEN).stdout
    monkeypatch.chdir(SHOP.parent)
    assert run("decide", "--json", "shop/cases/broken.yaml").stdout == decide("--json", BROKEN).stdout


# ---- several packs


@pytest.fixture
def two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("service.packs.__file__", str(tmp_path / "elsewhere" / "service" / "packs.py"))
    monkeypatch.chdir(tmp_path)
    for name in ("one", "two"):
        copytree(SHOP, tmp_path / "policies" / name)
    return tmp_path / "policies"


def test_all_packs_are_checked_and_tested_where_none_is_named(two: Path) -> None:
    checked = run("check")
    assert (checked.exit_code, checked.stdout) == (0, "policies/one: no problems\npolicies/two: no problems\n")
    assert run("test").stdout == "4 passed, 0 failed\n"
    (two / "two" / "words.yaml").write_text("sorry: {zh: 很抱歉。}\n", encoding="utf-8")
    told = json.loads(run("check", "--json").stdout)
    assert told["packs"] == ["policies/one", "policies/two"]
    assert [problem["file"] for problem in told["problems"]] == ["policies/two/words.yaml"]
    assert run("check").exit_code == 1
    assert run("test").stdout.splitlines()[-1] == "2 passed, 0 failed, 1 with problems"
    assert run("test", "one").exit_code == 0


@pytest.mark.parametrize("words", [("decide", "-"), ("serve", "--port", "0")])
def test_of_several_packs_one_has_to_be_named(two: Path, words: tuple[str, ...]) -> None:
    result = run(*words, stdin=json.dumps(CASE).encode())
    assert result.exit_code == 2
    assert "--pack: one, two" in result.stderr


def test_where_there_is_no_pack_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.packs.__file__", str(tmp_path / "elsewhere" / "service" / "packs.py"))
    monkeypatch.chdir(tmp_path)
    for verb in ("check", "test"):
        assert (run(verb).exit_code, "pack.yaml" in run(verb).stderr) == (2, True)


# ---- check


def test_a_good_pack_has_no_problems() -> None:
    result = run("check", str(SHOP))
    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1].endswith("no problems")


def test_problems_of_policies_and_of_tests_are_told_together(shop: Path) -> None:
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


def test_the_case_of_a_test_has_to_fit(shop: Path) -> None:
    cases = shop / "cases" / "broken.yaml"
    cases.write_text(cases.read_text(encoding="utf-8").replace("issues.0.kind: late", "issues.0.kind: lost"), "utf-8")
    result = run("check", "--json", str(shop))
    assert result.exit_code == 1
    (problem,) = json.loads(result.stdout)["problems"]
    assert problem["code"] == "R403"
    assert problem["file"].endswith("broken.yaml")
    assert "/issues/0/kind" in problem["message"]


def test_a_problem_of_what_is_given_is_told_once_where_it_stands(shop: Path) -> None:
    cases = shop / "cases" / "broken.yaml"
    text = cases.read_text(encoding="utf-8").replace("spoiled_ratio: 0.20", "spoiled_ratio: 20")
    cases.write_text(text.replace("issues.0.kind: late", "issues.0.kind: lost"), encoding="utf-8")
    checked, tested = run("check", str(shop)).stdout.splitlines(), run("test", str(shop)).stdout.splitlines()
    assert [line.rpartition("broken.yaml")[2][:8] for line in checked[:-1]] == [":7:38: R", ":12:12: "]
    assert "the case that is given: /issues/0/spoiled_ratio: " in checked[0]
    assert "the case of branch 'late': /issues/0/kind: 'lost' is not taken; " in checked[1]
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
    told = [line.rpartition("broken.yaml")[2] for line in run("check", str(shop)).stdout.splitlines()]
    assert told[0].startswith(":6:46: R403 the case that is given: /order/lines/0/paid_fen: ")
    assert told[1].startswith(":10:66: R401 the amounts of this pack are in CNY (write the amount with its currency")
    assert len(told) == 3


# ---- test


def test_a_pack_that_does_as_its_tests_say_passes() -> None:
    result = run("test", str(SHOP))
    assert (result.exit_code, result.stdout.splitlines()[-1]) == (0, "2 passed, 0 failed")


def test_a_change_that_a_test_does_not_agree_with_is_named_with_expected_and_found(shop: Path) -> None:
    parameters = shop / "parameters.yaml"
    parameters.write_text(parameters.read_text(encoding="utf-8").replace("values: 100", "values: 50"), "utf-8")
    result = run("test", str(shop))
    assert result.exit_code == 1
    *told, last = result.stdout.splitlines()
    assert last == "1 passed, 1 failed"
    assert "FAILED" in told[0]
    assert "broken.yaml:9" in told[0]
    assert "T01 破损 / share" in told[0]
    assert told[1].strip() == "remedy.refund_fen: expected 25.60 CNY, found 12.80 CNY"


def test_the_same_as_json(shop: Path) -> None:
    parameters = shop / "parameters.yaml"
    parameters.write_text(parameters.read_text(encoding="utf-8").replace("values: 100", "values: 50"), "utf-8")
    told = json.loads(run("test", "--json", str(shop)).stdout)
    assert (told["passed"], told["failed"]) == (1, 1)
    (failed,) = [branch for branch in told["branches"] if not branch["passed"]]
    assert failed["differences"] == [{"path": "remedy.refund_fen", "expected": "25.60 CNY", "found": "12.80 CNY"}]


def test_branches_are_chosen_by_what_they_are_called() -> None:
    assert run("test", str(SHOP), "-k", "LATE").stdout == "1 passed, 0 failed\n"
    assert run("test", str(SHOP), "-k", "破损").stdout == "2 passed, 0 failed\n"


def test_no_test_at_all_is_no_success(shop: Path) -> None:
    result = run("test", str(SHOP), "-k", "nothing like it")
    assert (result.exit_code, result.stdout.splitlines()[-1]) == (1, "0 passed, 0 failed")
    (shop / "cases" / "broken.yaml").unlink()
    assert run("test", str(shop)).exit_code == 1


def test_a_malformed_test_is_counted_apart(shop: Path) -> None:
    (shop / "cases" / "more.yaml").write_text("case: {zh: a, en: b}\ngiven: {}\nbranches: []\n", encoding="utf-8")
    result = run("test", str(shop))
    assert (result.exit_code, result.stdout.splitlines()[-1]) == (1, "2 passed, 0 failed, 1 with problems")
    told = json.loads(run("test", "--json", str(shop)).stdout)
    assert (told["passed"], told["failed"], told["with_problems"]) == (2, 0, 1)


def test_a_branch_can_set_what_the_shop_sets(shop: Path) -> None:
    with (shop / "cases" / "broken.yaml").open("a", encoding="utf-8") as file:
        file.write("  - {name: half, parameters: {share: 50}, expect: {remedy: {refund_fen: 12.80 CNY}}}\n")
        file.write("  - {name: wrong, parameters: {shre: 50}, expect: {remedy: {refund_fen: 12.80 CNY}}}\n")
    result = run("test", str(shop))
    assert result.stdout.splitlines()[-1] == "3 passed, 0 failed, 1 with problems"
    assert "'shre'" in result.stdout


@pytest.mark.parametrize("verb", ["decide", "check", "test", "serve"])
def test_every_verb_has_help(verb: str) -> None:
    result = run(verb, "--help")
    assert result.exit_code == 0
    assert "Usage" in result.stdout
