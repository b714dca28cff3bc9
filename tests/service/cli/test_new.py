"""`redress new case`: a case to fill in, as somebody begins who has not seen the vocabulary."""

from __future__ import annotations

import json
from pathlib import Path

from tests.support.command_line import run
from tests.support.places import PACKS


def test_a_case_that_is_written_can_be_decided_as_it_is(shop: Path) -> None:
    file = shop.parent / "case.yaml"
    written = run("new", "case", str(file), "--kind", "broken", "--pack", str(shop), "--lang", "en")
    assert (written.exit_code, written.stdout) == (0, f"{file}: redress decide {file} --pack {shop}\n")
    assert "spoiled_ratio: 0.1" in file.read_text(encoding="utf-8")
    decided = run("decide", str(file), "--pack", str(shop), "--json")
    assert decided.exit_code == 0, decided.stderr
    assert json.loads(decided.stdout)["outcome"] == "remedy"


def test_without_a_file_it_is_printed(shop: Path) -> None:
    printed = run("new", "case", "--kind", "late", "--pack", str(shop), "--lang", "en")
    assert printed.exit_code == 0
    assert printed.stdout.startswith("# A case of Late with ordinary values\n")
    assert "  - kind: late" in printed.stdout


def test_it_names_commands_that_find_the_pack(shop: Path) -> None:
    printed = run("new", "case", "-", "--kind", "late", "--pack", str(shop), "--lang", "en").stdout
    assert f"redress decide FILE --pack {shop}\n" in printed
    assert f"redress facts NAME --pack {shop}\n" in printed


def test_in_json_it_has_no_comments(shop: Path) -> None:
    printed = run("new", "case", "--kind", "late", "--pack", str(shop), "--json")
    assert json.loads(printed.stdout)["issues"][0]["kind"] == "late"


def test_all_adds_the_facts_that_matter_less(shop: Path) -> None:
    words = ("new", "case", "--kind", "late", "--pack", str(shop))
    usual, everything = run(*words).stdout, run(*words, "--all").stdout
    for name in ("# refunded_fen: 0 CNY", "# paid_fen: 100 CNY"):  # the two facts of a late parcel that may be left out
        assert name not in usual
        assert name in everything


def test_a_file_that_exists_is_not_overwritten(shop: Path) -> None:
    file = shop.parent / "case.yaml"
    file.write_text("mine", encoding="utf-8")
    result = run("new", "case", str(file), "--kind", "late", "--pack", str(shop))
    assert (result.exit_code, result.stdout) == (2, "")
    assert "exists already" in result.stderr
    assert file.read_text(encoding="utf-8") == "mine"


def test_a_file_that_cannot_be_written_is_misuse(shop: Path) -> None:
    result = run("new", "case", str(shop / "nowhere" / "case.yaml"), "--kind", "late", "--pack", str(shop))
    assert (result.exit_code, result.stdout) == (2, "")
    assert "cannot write" in result.stderr


def test_a_kind_is_wanted_and_the_nearest_is_suggested(shop: Path) -> None:
    none, wrong = run("new", "case", "--pack", str(shop)), run("new", "case", "--kind", "lat", "--pack", str(shop))
    assert (none.exit_code, wrong.exit_code) == (2, 2)
    assert "name one with --kind: late, broken" in none.stderr
    assert "did you mean 'late'?" in wrong.stderr


def test_a_pack_whose_cases_have_no_kind_needs_none() -> None:
    printed = run("new", "case", "--pack", str(PACKS / "library"), "--lang", "en")
    assert printed.exit_code == 0, printed.stderr
    assert "days_late: 1" in printed.stdout
    wrong = run("new", "case", "--kind", "late", "--pack", str(PACKS / "library"))
    assert (wrong.exit_code, wrong.stdout) == (2, "")
    assert "name no kind" in wrong.stderr
