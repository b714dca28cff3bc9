"""The verbs of the command line: decide, check, test, explain, serve; those of the ledger stand in `verbs`."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from textwrap import indent
from typing import Any, NoReturn

import click
from rich.text import Text

from rules.text.codes import CODES, Code
from rules.text.problem import Problem, shown, suggest
from rules.values.kind import InvalidValue
from service import clock, packs, policy_tests
from service.cli.budget import budget
from service.cli.cases import cases
from service.cli.context import Misuse, folder_of, ledger_of, print_json, ready_of, settings_of, spoken
from service.cli.erase import erase
from service.cli.export import export
from service.cli.keys import keys
from service.cli.piping import Screen, Verbs
from service.cli.replay import replay
from service.cli.report import report
from service.cli.sweep import sweep
from service.cli.switch import switch
from service.cli.verify import verify
from service.cli.webhooks import webhooks
from service.errors import CannotListen, PackNotFound
from service.i18n.messages import LANGUAGES
from service.validation import json_text
from service.validation.case import INSTANT
from service.validation.case_file import read_case
from service.validation.issue import ValidationIssue

LARGEST_CASE = 2**20
HERE = "-"
MARGIN = "    "
LONGEST_TOLD = 300  # characters of an expected or found value

_pack = click.option(
    "--pack",
    "named",
    metavar="DIR",
    help="A pack's folder, or its name; else the pack of FILE, or the only one there is.",
)
_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="redress", message="%(prog)s %(version)s")
def redress() -> None:
    """Decide after-sales cases by policies in YAML.

    Exit codes: 0 good, 1 findings, 2 misuse.
    """


@redress.command()
@click.argument("file")
@_pack
@_json
@click.option(
    "--lang",
    "language",
    type=click.Choice(LANGUAGES),
    help="Language; else, or where the pack does not speak it, the pack's first.",
)
@click.option("--at", "at", metavar="INSTANT", help="Decide as of this instant, such as 2026-08-14T15:00:00+08:00.")
def decide(file: str, named: str | None, as_json: bool, language: str | None, at: str | None) -> None:
    """Decide one case.

    FILE is a case in YAML or JSON, or a policy test, whose `given` is taken; - is standard input.
    """
    from service.rendering.readable import lines

    content = _content(file)
    ready = ready_of(folder_of(named, None if file == HERE else Path(file)))
    language = spoken(ready.pack, language)
    read, faults = read_case("stdin" if file == HERE else file, content, language)
    if read is None:
        _refuse(faults)
    read = read.counted(ready.pack)
    case = read.case if at is None or not isinstance(read.case, dict) else {**read.case, "at": _instant(at)}
    if found := ready.schema.faults(case):
        _refuse([*read.told(found, language), *_of_another_pack(found, ready.pack.name)])
    for warning in read.told(ready.schema.warnings(case), language):
        click.echo(warning, err=True)
    recommendation = ready.decide(case)
    if as_json:
        print_json(recommendation)
    else:
        _print(lines(recommendation, ready.pack, language))


@redress.command()
@click.argument("pack", required=False)
@_json
def check(pack: str | None, as_json: bool) -> None:
    """Tell everything that is wrong with a pack and its tests; without PACK, with every pack there is."""
    found = {str(folder): _problems(folder) for folder in _folders(pack)}
    if as_json:
        told = [problem.as_json() for problems in found.values() for problem in problems]
        print_json({"packs": list(found), "problems": told})
    else:
        for folder, problems in found.items():
            for problem in problems:
                click.echo(str(problem))
            click.echo(f"{folder}: {len(problems) or 'no'} problem{'' if len(problems) == 1 else 's'}")
    sys.exit(1 if any(found.values()) else 0)


@redress.command()
@click.argument("pack", required=False)
@click.option(
    "-k", "text", default="", metavar="TEXT", help="Only branches whose file, scenario, case or name holds TEXT."
)
@_json
def test(pack: str | None, text: str, as_json: bool) -> None:
    """Run a pack's policy tests; without PACK, those of every pack there is."""
    folders = _folders(pack)
    tried = [_tried(folder, text) for folder in folders]
    problems = [problem for found, _ in tried for problem in found]
    verdicts = [verdict for _, told in tried for verdict in told]
    passed = sum(verdict.passed for verdict in verdicts)
    unusable = len(problems) + sum(bool(verdict.problems) for verdict in verdicts)
    failed = sum(not verdict.passed and not verdict.problems for verdict in verdicts)
    if as_json:
        print_json(
            {
                "passed": passed,
                "failed": failed,
                "with_problems": unusable,
                "problems": [problem.as_json() for problem in problems],
                "branches": [verdict.as_json() for verdict in verdicts],
            }
        )
    else:
        _tell_trials(problems, verdicts)
        if not verdicts and not problems:
            told = " and ".join(map(str, folders))
            click.echo(f"no branch of {told} holds '{text}'" if text else f"there are no tests in {told}")
        click.echo(f"{passed} passed, {failed} failed" + (f", {unusable} with problems" if unusable else ""))
    sys.exit(0 if verdicts and not failed and not unusable else 1)


@redress.command()
@click.argument("code", required=False)
@_json
def explain(code: str | None, as_json: bool) -> None:
    """Tell what a problem's code means, what to avoid and what to write instead; without CODE, list them all."""
    if code is None:
        pages = [_as_json(name) for name in CODES]
        if as_json:
            print_json({"codes": pages})
        else:
            click.echo("\n".join(f"{page['code']}  {page['summary']}" for page in pages))
    elif (name := code.upper()) not in CODES:
        hint = suggest(name, CODES) or "'redress explain' lists them all"
        raise Misuse(f"there is no code {shown(code)} ({hint})")
    elif as_json:
        print_json(_as_json(name))
    else:
        click.echo(_page(name, CODES[name]))


@redress.command()
@_pack
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0 takes any free port.")
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="A loopback address; any other once there is a key."
)
def serve(named: str | None, port: int, host: str) -> None:
    """Answer over HTTP, on this machine only until there is a key (redress keys)."""
    from service.api import logs, metrics, server
    from service.api.app import create_app
    from service.ledger.keys import any_live
    from service.webhooks.delivery import Deliverer
    from service.webhooks.leader_lock import Turn

    folder = folder_of(named)
    ready = ready_of(folder)
    settings = settings_of()
    ledger = ledger_of(settings)
    try:
        listener = server.listen(host, port, everywhere=(is_keyed := any_live(ledger)))
    except CannotListen as error:
        raise Misuse(str(error)) from None
    greeting = f"{server.address_of(listener)} decides by pack {ready.pack.name} of {folder}, ledger {ledger.name}"
    ledger.close()
    logs.configure()
    if settings.proxies and not is_keyed:
        logs.LOG.warning(logs.NO_KEY)
    metrics.count_together()
    config = {
        "PACK": ready,
        "LEDGER": ledger,
        "SETTINGS": settings,
        "EXAMPLES": policy_tests.examples(folder, ready.pack),
    }
    server.serve(create_app(config), listener, greeting, beside=Turn(Deliverer(ledger, settings.webhook_hosts)))


# ---- reading


def _content(file: str) -> bytes:
    try:
        if file == HERE:
            content = sys.stdin.buffer.read(LARGEST_CASE + 1)
        else:
            with Path(file).open("rb") as stream:
                content = stream.read(LARGEST_CASE + 1)
    except (OSError, ValueError) as error:
        raise Misuse(f"cannot read '{file}': {getattr(error, 'strerror', None) or error}") from None
    if len(content) > LARGEST_CASE:
        raise Misuse(f"'{file}' is larger than 1 MiB")
    return content


def _folders(named: str | None) -> tuple[Path, ...]:
    """Return the folder of the pack that is named, else of every pack there is."""
    try:
        return packs.every() if named is None else (packs.find(named),)
    except PackNotFound as error:
        raise Misuse(str(error)) from None


def _problems(folder: Path) -> tuple[Problem, ...]:
    read = policy_tests.read(folder)
    runner = policy_tests.Runner(folder)
    found = {*runner.problems(), *read.problems, *runner.misfits(read)}
    runner.close()
    return tuple(sorted(found))


def _tried(folder: Path, text: str) -> tuple[tuple[Problem, ...], list[policy_tests.Verdict]]:
    """Run the branches of a pack that hold a text; a pack with problems runs none."""
    read = policy_tests.read(folder)
    runner = policy_tests.Runner(folder)
    verdicts = [] if runner.problems() else [runner.run(*chosen) for chosen in read.chosen(text)]
    problems = (*runner.problems(), *read.problems)
    runner.close()
    return problems, verdicts


def _instant(text: str) -> str:
    try:
        INSTANT.parse(text)
    except InvalidValue:
        raise Misuse(f"--at wants an instant with its offset, such as {clock.now(clock.UTC)}, not '{text}'") from None
    return text


# ---- telling


def _of_another_pack(found: Iterable[ValidationIssue], name: str) -> list[str]:
    """Say which pack the case was held against, where it names another or says what this one knows no word like."""
    foreign = any(one.code == "other_pack" or (one.code == "unknown_key" and not one.nearest) for one in found)
    return [f"this is no case of pack {name}; --pack takes another"] if foreign else []


def _refuse(faults: list[str]) -> NoReturn:
    for fault in faults:
        click.echo(fault, err=True)
    sys.exit(2)


def _tell_trials(problems: Iterable[Problem], verdicts: Sequence[policy_tests.Verdict]) -> None:
    """Print each problem once, however many branches it keeps from running, then the branches that fail."""
    kept_from_running = (problem for verdict in verdicts for problem in verdict.problems)
    for problem in dict.fromkeys((*problems, *kept_from_running)):
        click.echo(str(problem))
    for verdict in verdicts:
        if verdict.differences:
            title = " ".join(filter(None, (verdict.trial.scenario, next(iter(verdict.trial.title.values()), ""))))
            click.echo(f"FAILED {verdict.branch.place}: {title} / {verdict.branch.name}")
            for one in verdict.differences:
                click.echo(f"    {one.path}: expected {_shown(one.expected)}, found {_shown(one.found)}")


def _as_json(code: str) -> dict[str, str]:
    return {"code": code, **asdict(CODES[code])}


def _page(name: str, code: Code) -> str:
    avoid, prefer = (indent(example, MARGIN) for example in (code.avoid, code.prefer))
    return f"{name}: {code.summary}\n\navoid:\n{avoid}\n\nprefer:\n{prefer}\n\nwhy: {code.why}"


def _shown(value: Any) -> str:
    told = value if isinstance(value, str) else json_text.write(policy_tests.shown(value)).decode()
    return told if len(told) <= LONGEST_TOLD else f"{told[:LONGEST_TOLD]} ... (all of it with --json)"


def _print(lines: Iterable[tuple[str, str]]) -> None:
    console = Screen(highlight=False, soft_wrap=True)
    for style, line in lines:
        console.print(Text(line, style))


for verb in (budget, cases, erase, export, keys, replay, report, sweep, switch, verify, webhooks):
    redress.add_command(verb)
