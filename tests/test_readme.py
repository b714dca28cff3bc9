"""The README shows what is so: its YAML and commands work; the manual names every command and path."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from textwrap import dedent
from typing import Any

import click
import pytest

from rules.compiling.load import load
from rules.text import nodes, yaml_parser
from rules.text.problem import Problem
from service.api.app import create_app
from service.cli.commands import redress
from service.packs import Ready
from tests.support.command_line import run
from tests.support.places import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
MANUAL = (ROOT / "service" / "deploy" / "README.md").read_text(encoding="utf-8")
COMMAND_LINE, HTTP = (
    MANUAL.partition(f"## {title}\n")[2].partition("\n## ")[0] for title in ("The command line", "Over HTTP")
)
PACK = ROOT / "policies" / "cn"
LANGUAGES = {"sh", "yaml", "text", "console", "diff"}
OPTION = re.compile(r"(?<![\w-])(--?[a-z][a-z-]*)")


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its text, and the line of the README on which it begins."""

    language: str
    text: str
    line: int

    def __str__(self) -> str:
        return f"{self.language or 'plain'}-{self.line}"


def fenced() -> list[Block]:
    blocks: list[Block] = []
    lines: list[str] = []
    open_at, language = 0, ""
    for number, line in enumerate(README.splitlines(), 1):
        fence = re.match(r"\s*```(\w*)\s*$", line)
        if fence and not open_at:
            open_at, language, lines = number, fence[1], []
        elif fence:
            blocks.append(Block(language, dedent("\n".join(lines)) + "\n", open_at))
            open_at = 0
        elif open_at:
            lines.append(line)
    assert not open_at, f"the block that begins on line {open_at} does not end"
    return blocks


def indented(text: str) -> list[Block]:
    """Return each line that is set as code by its indentation, outside fences and lists."""
    outside = re.sub(r"```.*?```", lambda found: "\n" * found[0].count("\n"), text, flags=re.DOTALL)
    lines = outside.splitlines()
    return [
        Block("indented", line.strip(), number)
        for number, (before, line) in enumerate(pairwise(["", *lines]), 1)
        if line.startswith("    ") and (not before.strip() or before.startswith("    "))
    ]


BLOCKS = fenced()
YAML = [block for block in BLOCKS if block.language == "yaml"]


def test_every_block_says_what_it_is() -> None:
    assert {block.language for block in BLOCKS} <= LANGUAGES


# ---- YAML


def files_of_pack() -> dict[str, bytes]:
    """Return the pack's files by their paths within it, wherever the tests are run."""
    return {
        path.relative_to(PACK).as_posix(): path.read_bytes()
        for path in sorted(PACK.rglob("*.yaml"))
        if path.relative_to(PACK).parts[0] not in ("cases", "published")
    }


def bare(text: str) -> list[str]:
    """Return the lines of a text without their common indentation, empty lines and remarks."""
    lines = [line.split(" #")[0].rstrip() for line in dedent(text).splitlines()]
    return dedent("\n".join(line for line in lines if line.strip() and not line.lstrip().startswith("#"))).splitlines()


def place_of(text: str) -> tuple[str, int, int] | None:
    """Return the file of the pack that has these lines one after the other, with the first and the last of them."""
    wanted = bare(text)
    for path, content in files_of_pack().items():
        lines = content.decode().splitlines()
        kept = [at for at, line in enumerate(lines) if line.strip() and not line.lstrip().startswith("#")]
        for start in range(len(kept) - len(wanted) + 1):
            part = kept[start : start + len(wanted)]
            if bare("\n".join(lines[at] for at in part)) == wanted:
                return path, part[0], part[-1]
    return None


def put(text: str, place: tuple[str, int, int]) -> dict[str, bytes]:
    """Return the pack's files with a text in the place of some lines of one of them."""
    path, first, last = place
    files = dict(files_of_pack())
    lines = files[path].decode().splitlines()
    indent = lines[first][: len(lines[first]) - len(lines[first].lstrip())]
    new = [indent + line if line else line for line in dedent(text).splitlines()]
    files[path] = ("\n".join([*lines[:first], *new, *lines[last + 1 :]]) + "\n").encode()
    return files


def problems_of(files: Mapping[str, bytes]) -> tuple[Problem, ...]:
    return load(files)[1]


def added(document: Any, text: str) -> dict[str, bytes] | None:
    """Return the pack's files with a whole document of its own put in, or None where the text is none."""
    keys = [key.text for key, _ in document.items] if isinstance(document, nodes.Mapping) else []
    if "policy" not in keys:
        return None
    name = document.get("policy").text
    files = dict(files_of_pack())
    for path, content in files.items():
        parts = content.decode().split("\n---\n")
        kept = [part for part in parts if not re.search(rf"^policy: {re.escape(name)}\s*$", part, re.MULTILINE)]
        if len(kept) < len(parts):
            return {**files, path: "\n---\n".join([*kept, text]).encode()}
    return {**files, "readme.yaml": text.encode()}


def test_the_readme_shows_a_policy_before_and_after_a_change() -> None:
    assert len(YAML) >= 2
    assert [place_of(block.text) is not None for block in YAML].count(False) >= 1


@pytest.mark.parametrize("block", YAML, ids=str)
def test_yaml_is_read_without_a_problem(block: Block) -> None:
    documents, problems = yaml_parser.read_yaml(block.text.encode(), f"README.md:{block.line}")
    assert problems == ()
    assert documents


@pytest.mark.parametrize("block", YAML, ids=str)
def test_yaml_is_a_case_or_part_of_a_good_pack(block: Block, cn: Ready) -> None:
    """A case fits its schema; a policy loads; lines stand in the pack, or load in the place of those shown before."""
    documents, _ = yaml_parser.read_yaml(block.text.encode(), "README.md")
    if any(isinstance(document, nodes.Mapping) and document.get("issues") is not None for document in documents):
        (document,) = documents
        from rules.lab.trial import plain

        assert cn.schema.faults(plain(document)) == ()
        return
    if place_of(block.text) is not None:
        assert problems_of(files_of_pack()) == ()
        return
    if (files := added(documents[0], block.text)) is not None:
        assert problems_of(files) == ()
        return
    places = [place_of(other.text) for other in YAML if other.line < block.line]
    before = [place for place in places if place is not None]
    assert before, f"the YAML on line {block.line} is no case, no policy, and nothing of the pack was shown before it"
    assert problems_of(put(block.text, before[-1])) == ()


# ---- commands


def shown_commands() -> list[tuple[int, list[str]]]:
    """Return each whole command of a shell block that begins with redress, with its line.

    What runs beside pytest is run whenever that is, and not by these tests again.
    """
    found = []
    for block in BLOCKS:
        if block.language in ("sh", "console"):
            for line in (line for line in block.text.splitlines() if "pytest" not in line):
                parts = re.split(r"&&|\|\||;|\|", line.removeprefix("$ "))
                words = [shlex.split(part, comments=True) for part in parts if "redress" in part]
                found += [(block.line, one[1:]) for one in words if one and one[0].rpartition("/")[2] == "redress"]
    return found


COMMANDS = shown_commands()
USAGES = [block for block in indented(COMMAND_LINE) if block.text.startswith("redress ")]


def command_of(words: list[str]) -> click.Command:
    """Return the command of a command line, of a group the subcommand that is named."""
    assert words
    assert words[0] in redress.commands, f"there is no command '{words[0]}'"
    command: click.Command = redress
    for word in words:
        if not isinstance(command, click.Group) or word not in command.commands:
            break
        command = command.commands[word]
    return command


def options_of(command: click.Command) -> set[str]:
    return {option for parameter in command.params for option in parameter.opts} | {"--help", "-h"}


def test_the_readme_shows_commands() -> None:
    assert COMMANDS
    assert USAGES


@pytest.mark.parametrize(
    ("line", "words"), COMMANDS, ids=lambda value: " ".join(value) if isinstance(value, list) else str(value)
)
def test_a_command_that_is_shown_runs(line: int, words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    command = command_of(words)
    if command.name == "serve":  # it would not end
        assert run(*words, "--help").exit_code == 0
        assert {word for word in words if word.startswith("-")} <= options_of(command)
        return
    result = run(*words)
    assert result.exit_code == 0, f"line {line}: {result.output}"


@pytest.mark.parametrize("usage", USAGES, ids=lambda block: block.text[:30])
def test_a_line_of_usage_names_a_command_and_its_options(usage: Block) -> None:
    words = usage.text.split()[1:]
    command = command_of(words)
    named = set(OPTION.findall(usage.text.split("redress", 1)[1]))
    assert named <= options_of(command)


@pytest.mark.parametrize("name", sorted(redress.commands))
def test_every_command_has_its_line(name: str) -> None:
    lines = [usage for usage in USAGES if usage.text.split()[1] == name]
    assert len(lines) == 1
    used, _, meaning = lines[0].text.partition("  ")
    assert meaning.strip(), f"{used} says nothing of what it does"


@pytest.mark.parametrize("name", sorted(redress.commands))
def test_every_option_of_a_command_is_documented(name: str) -> None:
    named = set(OPTION.findall(COMMAND_LINE))
    for parameter in redress.commands[name].params:
        if isinstance(parameter, click.Option) and parameter.name not in ("host",):
            assert set(parameter.opts) & named, f"redress {name} {parameter.opts[0]} is not documented"


@pytest.mark.parametrize("text", sorted(set(re.findall(r"`redress ([^`]+)`", README + COMMAND_LINE))))
def test_a_command_named_in_a_sentence_exists(text: str) -> None:
    words = text.split()
    command = command_of(words)
    assert {word for word in words if word.startswith("-")} <= options_of(command)


# ---- what is printed


def printed() -> list[tuple[str, Block]]:
    """Return each block of text with the command that stands in a remark before it or in its own first line."""
    found = []
    for block in BLOCKS:
        if block.language == "console":
            first, _, rest = block.text.partition("\n")
            if rest.strip():
                found.append((first.removeprefix("$ "), Block("text", rest, block.line)))
        elif block.language == "text":
            above = "\n".join(README.splitlines()[: block.line - 1])
            commands = re.findall(
                r"redress ((?:decide|check|test|explain|diff|replay)[^`\n]*?)(?:`| -->|$)", above, re.MULTILINE
            )
            assert commands, f"nothing says what printed the text on line {block.line}"
            found.append((f"redress {commands[-1]}", block))
    return found


def test_the_readme_shows_what_is_printed() -> None:
    assert len(printed()) >= 1


@pytest.mark.parametrize(("command", "block"), printed(), ids=str)
def test_what_is_shown_as_printed_is_printed(
    command: str, block: Block, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Lines that are shown follow each other as printed; `...` stands for some that are left out.

    What a changed pack prints is printed by the pack with the last change that is shown above it.
    """
    monkeypatch.chdir(ROOT)
    words = shlex.split(command)[1:]
    changed = [one for one in YAML if one.line < block.line and place_of(one.text) is None]
    plain = run(*words).output
    outputs = [plain]
    if changed:
        before = [place for one in YAML if one.line < changed[-1].line and (place := place_of(one.text)) is not None]
        outputs.append(printed_by(put(changed[-1].text, before[-1]), words, tmp_path))
    assert any(holds(output, block.text) for output in outputs), outputs[-1]


def printed_by(files: Mapping[str, bytes], words: list[str], folder: Path) -> str:
    """Return what a command prints of a pack of these files, with the pack's own tests beside them."""
    cases = {path.relative_to(PACK).as_posix(): path.read_bytes() for path in (PACK / "cases").rglob("*.yaml")}
    for path, content in {**files, **cases}.items():
        target = folder / "cn" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    pack = str(folder / "cn")
    where = ["--pack", pack] if words[0] == "decide" else [pack]
    return run(*(word for word in words if word not in ("cn", "policies/cn")), *where).output.replace(
        pack, "policies/cn"
    )


def holds(output: str, text: str) -> bool:
    """Tell whether a text is in an output, line by line in order; `...` skips lines."""
    lines = [line.rstrip() for line in output.splitlines()]
    at, skipping = 0, True
    for wanted in (line.rstrip() for line in text.strip("\n").splitlines()):
        if wanted.strip() in ("...", "…"):
            skipping = True
            continue
        left = lines[at:] if skipping else lines[at : at + 1]
        if wanted not in left:
            return False
        at += left.index(wanted) + 1
        skipping = False
    return True


# ---- over HTTP


def test_the_documents_name_every_path_and_no_other(cn: Ready) -> None:
    app = create_app({"PACK": cn, "TESTING": True})
    routes = {rule.rule for rule in app.url_map.iter_rules() if rule.endpoint != "static"}
    named = set(re.findall(r"(?:localhost:\d+|`)(/[a-z0-9_./<>:-]+)", README + HTTP))
    assert named <= routes
    assert routes - named == set()


def test_the_readme_is_for_a_stranger_with_five_minutes() -> None:
    assert len(README.splitlines()) <= 150
