from __future__ import annotations

import json
from pathlib import Path

import pytest
from rich.cells import cell_len

from service.packs import Ready
from service.validation import json_text
from tests.support.cases import CASE
from tests.support.command_line import BROKEN, decide, run
from tests.support.places import ROOT, SHOP


def test_json_is_printed_as_the_service_returns_it(ready: Ready) -> None:
    result = decide("--json", "-", stdin=json.dumps(CASE).encode())
    assert result.exit_code == 0
    assert result.stdout_bytes == json_text.write(ready.decide(CASE)) + b"\n"


def test_a_case_in_yaml_is_the_same_case(tmp_path: Path) -> None:
    path = tmp_path / "case.yaml"
    path.write_text(json.dumps(CASE), encoding="utf-8")
    assert decide("--json", str(path)).stdout == decide("--json", "-", stdin=json.dumps(CASE).encode()).stdout


def test_decimals_mean_the_same_in_yaml_in_json_and_as_text(tmp_path: Path) -> None:
    printed = []
    for name, ratio in (("a.yaml", "0.20"), ("b.json", "0.20"), ("c.json", '"0.20"'), ("d.yaml", '"0.2"')):
        text = json.dumps(CASE).replace('"spoiled_ratio": "0.20"', f'"spoiled_ratio": {ratio}')
        (tmp_path / name).write_text(text, encoding="utf-8")
        printed.append(decide("--json", str(tmp_path / name)).stdout)
    assert '"refund_fen":2560' in printed[0]
    assert len(set(printed)) == 1


def test_ignored_parts_of_a_case_cause_a_warning(ready: Ready) -> None:
    case = {**CASE, "order": {**CASE["order"], "old": "x"}}
    result = decide("--json", "--lang", "en", "-", stdin=json.dumps(case).encode())
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
    ("name", "content", "expected"),
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
def test_an_unusable_case_is_refused_with_the_reason(tmp_path: Path, name: str, content: bytes, expected: str) -> None:
    (tmp_path / name).write_bytes(content)
    result = decide(str(tmp_path / name))
    assert result.exit_code == 2
    assert expected in result.stderr
    assert result.stdout == ""


def test_the_error_for_an_invalid_case_names_the_pack() -> None:
    result = decide("-", stdin=json.dumps({**CASE, "zip": 1}).encode())
    assert result.exit_code == 2
    assert result.stderr.splitlines()[-1] == "this is not a case of pack shop; --pack selects another"


def test_a_misspelt_value_is_named_with_what_is_allowed_and_no_other_pack_is_proposed(tmp_path: Path) -> None:
    path = tmp_path / "case.yaml"
    path.write_text(json.dumps(CASE, indent=1).replace('"broken"', '"brokn"'), encoding="utf-8")
    warnings = {language: decide("--lang", language, str(path)).stderr.splitlines() for language in ("en", "zh")}
    line = next(at for at, text in enumerate(path.read_text().split("\n"), 1) if '"kind": "brokn"' in text)
    ((english,), (chinese,)) = (warnings["en"], warnings["zh"])
    assert english.startswith(f"{path}:{line}:")
    assert "/issues/0/kind: 'brokn' is not accepted; expected one of: " in english
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


def test_a_language_that_the_pack_lacks_is_replaced_by_its_first(shop: Path) -> None:
    head = (
        (shop / "pack.yaml")
        .read_text(encoding="utf-8")
        .replace("[zh, en]", "[en]")
        .replace("  zh: {money: '{amount} 元'}\n", "")
    )
    (shop / "pack.yaml").write_text(head, encoding="utf-8")
    (shop / "words.yaml").write_text("sorry: {en: We are sorry.}\n", encoding="utf-8")
    result, wanted, plain = (
        run("decide", "--pack", str(shop), BROKEN, *words) for words in (["--lang", "zh"], ["--lang", "en"], [])
    )
    assert result.stdout == wanted.stdout == plain.stdout
    assert result.stderr == "pack shop has no texts in 'zh'; the output is in 'en'\n"
    assert wanted.stderr == plain.stderr == ""


def test_a_case_in_the_folder_of_a_pack_is_decided_by_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("decide", "--json", BROKEN).stdout == decide("--json", BROKEN).stdout
    monkeypatch.chdir(SHOP.parent)
    assert run("decide", "--json", "shop/cases/broken.yaml").stdout == decide("--json", BROKEN).stdout


def test_a_case_elsewhere_is_decided_by_the_pack_that_it_names(tmp_path: Path) -> None:
    file = tmp_path / "case.yaml"
    assert run("new", "case", str(file), "--kind", "withdrawal", "--pack", "eu").exit_code == 0
    decided = run("decide", str(file), "--json")
    assert decided.exit_code == 0, decided.stderr
    assert json.loads(decided.stdout)["policy"]["pack"] == "eu"
    file.write_text(file.read_text(encoding="utf-8").replace("pack: eu\n", ""), encoding="utf-8")
    assert "which pack? name one with --pack: cn, eu" in run("decide", str(file)).stderr


def test_the_output_fits_a_screen_unless_more_is_wanted() -> None:
    short, why, whole = (decide("--lang", "en", BROKEN, *words).stdout for words in ((), ("--why",), ("--all",)))
    assert short.splitlines()[-1] == "Reasons, sources and presumptions: --why; everything: --all"
    assert "\nWhy\n" in why
    assert len(short.splitlines()) < len(why.splitlines()) <= len(whole.splitlines())
    assert decide("--json", "--all", BROKEN).stdout == decide("--json", BROKEN).stdout


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_case_of_the_readme_fits_a_screen_of_forty_lines(language: str) -> None:
    lines = run("decide", f"{ROOT}/policies/cn/cases/storm-delay.yaml", "--lang", language).stdout.splitlines()
    wrapped = sum(-(-max(cell_len(line), 1) // 100) for line in lines)
    assert wrapped <= 40
