"""`redress facts`: the vocabulary as an editor or an agent looks for it."""

from __future__ import annotations

import json
from pathlib import Path

from service.cli.facts import SCREEN
from tests.support.command_line import run
from tests.support.places import CN


def test_the_facts_of_a_kind_are_those_that_its_rules_read(shop: Path) -> None:
    printed = run("facts", "--pack", str(shop), "--kind", "broken", "--lang", "en", "--json")
    assert printed.exit_code == 0
    names = [fact["name"] for fact in json.loads(printed.stdout)["facts"]]
    assert "issue.spoiled_ratio" in names
    assert "issue.kind" not in names


def test_a_word_selects_by_name_and_label_in_every_language(shop: Path) -> None:
    by_name = run("facts", "spoiled", "--pack", str(shop)).stdout
    assert by_name.startswith("issue.spoiled_ratio")
    assert len(by_name.splitlines()) == 1


def test_a_line_says_the_type_who_knows_it_and_what_absence_means(shop: Path) -> None:
    printed = run("facts", "--pack", str(shop), "--lang", "en").stdout
    assert "must be known before automatic handling" in printed
    assert "left out: asked for where it matters" in printed


def test_a_kind_that_the_pack_does_not_know_is_misuse_and_the_nearest_is_suggested(shop: Path) -> None:
    result = run("facts", "--pack", str(shop), "--kind", "broke")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "did you mean 'broken'?" in result.stderr


def test_of_a_few_facts_every_value_is_listed_with_its_label(shop: Path) -> None:
    printed = run("facts", "issue.kind", "--pack", str(shop), "--lang", "en").stdout
    assert printed.splitlines()[1:] == ["    late  Late", "    broken  Broken"]


def test_a_screen_of_facts_is_listed_and_the_rest_counted() -> None:
    printed = run("facts", "--kind", "quality", "--pack", str(CN), "--lang", "en").stdout.splitlines()
    assert len(printed) == SCREEN + 1
    assert printed[-1].endswith("more matter less: --all")
    complete = json.loads(run("facts", "--kind", "quality", "--pack", str(CN), "--json").stdout)["facts"]
    assert len(complete) > SCREEN
    assert printed[0].startswith(("line.category", "evidence.items"))
