"""The guide for policy editors: its blocks make a pack that works as it says; it names all that the language has."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from pathlib import Path
from shutil import copytree
from typing import Any, Final, NamedTuple

import pytest

from rules.compiling.load import PACK_KEYS, load
from rules.compiling.pack import Pack
from rules.compiling.pack_files import PARTS
from rules.decide import decide
from rules.deciding.facts import FactReader
from rules.deciding.match import Matcher, truths
from rules.lab.expected import OPERATORS
from rules.lab.trial import BRANCH_KEYS, CASE_KEYS, Trial, read_trials
from rules.language import contract, formats, keys, parameter
from rules.language.cell import CELL_SYNTAX
from rules.language.codes import CODES
from rules.language.formula import BOUNDS, OPERATIONS
from rules.language.hit_policy import HitPolicy
from rules.language.literal import parse_literal
from rules.language.vocabulary import BECAUSE, FACT_KEYS, LEFT_OUT, WHO
from rules.language.when import TESTS
from rules.text.problem import Problem
from rules.values.calendar import UNITS
from rules.values.registry import FUNCTIONS
from tests.support.command_line import run
from tests.support.places import CN, POLICIES

GUIDE: Final = POLICIES / "README.md"
TEXT: Final = GUIDE.read_text(encoding="utf-8")
TYPES: Final = ("yes_no", "one_of", "money", "ratio", "number", "instant", "date", "text", "list_of", "shares_of")
WITHOUT_EFFECT: Final = frozenset({"mandatory"})  # a key that is taken and that nothing heeds yet
AT: Final = "2026-08-14T15:00:00+08:00"

Files = Mapping[str, bytes]
Json = dict[str, Any]


class Block(NamedTuple):
    """A block of the guide: its language, what its first line names, and the rest."""

    language: str
    heading: str
    body: str


def blocks(language: str) -> Iterator[Block]:
    """Yield the blocks in a language; in YAML a comment that is one word begins a new one."""
    for found, text in re.findall(r"^```(\w+)\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE):
        heads = re.split(r"^# (\S+)\n", text, flags=re.MULTILINE) if found == "yaml" else ["", *text.split("\n", 1)]
        assert heads[0] == "", f"a block without a heading: {text}"
        if found == language:
            yield from (Block(language, *pair) for pair in zip(heads[1::2], heads[2::2], strict=True))


def rows(first: str) -> list[list[str]]:
    """Return the cells of the table whose head begins so, its head left out."""
    (table,) = (part for part in TEXT.split("\n\n") if part.startswith(f"| {first} |"))
    return [[cell.strip() for cell in line.removesuffix("|").split("|")[1:]] for line in table.splitlines()[2:]]


def code(text: str) -> list[str]:
    """Return what a text shows as code."""
    return re.findall(r"`([^`\n]+)`", text)


# ---- the pack of the guide


@cache
def files() -> Files:
    """Return the files that all blocks make, and the table of functions."""
    found: dict[str, str] = {}
    for block in blocks("yaml"):
        if block.heading.endswith(".yaml"):
            found[block.heading] = found.get(block.heading, "") + block.body
    found["derived.yaml"] += "\n".join(code(line)[0] for line, _, _ in rows("in `derived.yaml`"))
    return {name: text.encode() for name, text in found.items()}


def loaded(**more: str) -> tuple[Pack | None, tuple[Problem, ...]]:
    """Load the guide's pack with further policies, or with other files in the place of its own."""
    policies = {name: content for name, content in files().items() if not name.startswith("cases/")}
    return load({**policies, **{f"{name}.yaml": text.encode() for name, text in more.items()}})


def good(**more: str) -> Pack:
    pack, problems = loaded(**more)
    assert problems == ()
    assert pack is not None
    return pack


def trial() -> Trial:
    ((found,), problems) = read_trials(files()["cases/peaches.yaml"], "cases/peaches.yaml")
    assert problems == ()
    return found


def given(**facts: object) -> Json:
    """Return the case of the guide's tests at its own instant."""
    return {**trial().given, "at": AT, **facts}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the guide's pack on disk."""
    home = tmp_path / "orchard"
    for name, content in files().items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_bytes(content)
    return home


def test_the_blocks_make_a_pack_without_problems(folder: Path) -> None:
    result = run("check", str(folder))
    assert result.stdout.endswith("orchard: no problems\n"), result.stdout


def test_what_its_tests_expect_comes_true(folder: Path) -> None:
    result = run("test", str(folder))
    assert result.stdout.endswith(f"{len(trial().branches)} passed, 0 failed\n"), result.stdout


def test_every_block_has_a_use() -> None:
    headings = {block.heading for block in blocks("yaml")}
    assert {heading for heading in headings if not heading.endswith(".yaml")} == {"when"}
    assert set(re.findall(r"^```(\w+)$", TEXT, re.MULTILINE)) == {"yaml", "diff", "text"}


# ---- conditions and cells


def rule(when: str, *also: str) -> str:
    """Return a policy of one rule, which other policies do not read."""
    head = "policy: one\nanswers: {one: yes_no}\notherwise: {one: false}\nrules:\n"
    return f"{head}- {{id: a, when: {when}, {''.join(f'{line}, ' for line in also)}then: {{one: true}}}}\n"


def truth(pack: Pack, case: Json) -> Any:
    """Return whether the first rule of the policy `one` holds; None where that is not known."""
    (bound,) = (one for one in pack.program.policies if one.policy.name == "one")
    return truths(bound, FactReader(pack).read(case).issues[0].frame)[0]


def conditions() -> list[tuple[str, str]]:
    """Return the conditions of the guide, each with the code by which it is refused, if it is."""
    (block,) = (one for one in blocks("yaml") if one.heading == "when")
    pairs = (line.removeprefix("- ").partition("#") for line in block.body.splitlines())
    return [
        (when.strip(), remark.strip() if re.fullmatch(r"R\d{3}", remark.strip()) else "") for when, _, remark in pairs
    ]


@pytest.mark.parametrize(("when", "refused"), conditions())
def test_each_condition_is_taken_or_refused_as_it_says(when: str, refused: str) -> None:
    _, problems = loaded(one=rule(when))
    assert [problem.code for problem in problems] == ([refused] if refused else [])


def test_the_last_conditions_of_the_guide_are_refused() -> None:
    refused = [bool(code) for _, code in conditions()]
    assert "the last six are refused" in TEXT
    assert refused == [False] * (len(refused) - 6) + [True] * 6


def test_what_is_presumed_is_not_unknown() -> None:
    pack = good(one=rule("{line.quantity: {known: false}}"))
    line = {"id": "1", "category": "fresh"}
    assert truth(pack, given(order={"lines": [line]})) is False
    assert truth(pack, given(order={"lines": [{**line, "quantity": "unknown"}]})) is True


def cells() -> list[tuple[str, str, str]]:
    return [(code(cell)[0], holds, fails) for row in rows("cell") for cell, holds, fails in (row[:3], row[3:])]


@pytest.mark.parametrize(("cell", "holds", "fails"), cells())
def test_each_cell_holds_for_what_is_said(cell: str, holds: str, fails: str) -> None:
    fact = "line.category" if re.search("fresh|tea", cell) else "issue.count"
    vocabulary = files()["vocabulary.yaml"].decode() + "  issue.count: {type: number}\n"
    table = f"table: {{when: [{fact}], then: [one], rows: {{a: [{cell}, true]}}}}\n"
    one = f"policy: one\nanswers: {{one: yes_no}}\notherwise: {{one: false}}\n{table}"
    pack = good(vocabulary=vocabulary, one=one)

    def found(value: str) -> Any:
        line: Json = {"id": "1", "category": value} if value in ("fresh", "tea") else {"id": "1"}
        issue: Json = {"line": "1", "count": int(value)} if value.isdecimal() else {"line": "1"}
        return truth(pack, {"submitted_at": AT, "order": {"lines": [line]}, "issues": [issue]})

    wanted = dict.fromkeys(filter(None, holds.split(", ")), True)
    wanted |= dict.fromkeys(filter(None, fails.split(", ")), False)
    assert wanted
    assert {value: found(value) for value in wanted} == wanted


def test_every_form_of_a_cell_is_shown() -> None:
    shown = " ".join(cell for cell, _, _ in cells())
    forms = re.findall(r"'([^']+)'", CELL_SYNTAX)
    for form in (*forms, "< ", "<= ", "> ", ">= ", "[", "]", "(", ")", '"'):
        likeness = re.escape(form) if form in ("-", *'[]()"') or form[0] in "<>" else _alike(form)
        assert re.search(likeness, shown), form


def _alike(form: str) -> str:
    """Return a pattern of a form, whatever its values are."""
    return re.sub(r"(\w+)(?!\w*\\\()", r"\\w+", re.escape(form)) if not form.startswith("not") else r"not\(\w+, \w+\)"


# ---- figures, dates and words


def results() -> list[tuple[str, str]]:
    """Return each derived fact with the value beside it."""
    formulas = [line for block in blocks("yaml") if block.heading == "derived.yaml" for line in block.body.splitlines()]
    beside = [(line.partition(":")[0], line.partition("# ")[2].partition(":")[0]) for line in formulas]
    return beside + [
        (line.strip("`").partition(":")[0], code(value)[0]) for line, value, _ in rows("in `derived.yaml`")
    ]


@pytest.mark.parametrize(("name", "expected"), results())
def test_each_derived_fact_has_the_value_beside_it(name: str, expected: str) -> None:
    pack = good()
    value = FactReader(pack).read(given()).issues[0].frame[pack.program.slots[name]]
    kind = pack.program.types[name]
    shown = kind.show(value, pack.zone)
    if kind.kind in ("instant", "date"):
        assert shown.startswith(expected)
    elif kind.kind == "list":
        assert f"[{', '.join(shown)}]" == expected
    else:
        assert value == parse_literal(
            {"true": True}.get(expected, int(expected) if expected.isdecimal() else expected), kind, "CNY"
        )


@pytest.mark.parametrize(
    ("source", "in_force", "holds"),
    [
        ("HOUSE-48", "{from: 2026-08-14}", True),  # the first day; the house goes by the complaint of 14 August
        ("HOUSE-48", "{from: 2026-08-15}", False),
        ("HOUSE-48", "{until: 2026-08-14}", True),  # the last day
        ("HOUSE-48", "{until: 2026-08-13}", False),
        ("LAW-7", "{from: 2026-08-12}", False),  # the law goes by the payment of 10 August
        ("[HOUSE-48, LAW-7]", "{from: 2026-08-12}", True),  # of several sources the first one's document governs
        ("[LAW-7, HOUSE-48]", "{from: 2026-08-12}", False),
    ],
)
def test_a_rule_is_in_force_on_the_days_that_are_said(source: str, in_force: str, holds: bool) -> None:
    assert truth(good(one=rule("{}", f"source: {source}", f"in_force: {in_force}")), given()) is holds


def test_before_its_first_day_a_parameter_leaves_its_rules_out_of_force() -> None:
    pack = good(one=rule("{issue.hours: {at_most: {parameter: report.hours}}}"))
    early = {"submitted_at": "2019-12-31T10:00:00+08:00", "delivery": {"signed_at": "2019-12-31T09:00:00+08:00"}}
    assert truth(pack, given()) is True
    assert truth(pack, given(**early)) is False


def decided(pack: Pack, case: Json) -> Json:
    with Matcher(pack) as matcher:
        return decide(pack, matcher, case)


def test_what_words_lack_is_asked_for() -> None:
    words = (
        files()["words.yaml"]
        .decode()
        .replace("非常抱歉", "{issue.requested_at}")
        .replace("we are", "{issue.requested_at}")
    )
    found = decided(good(words=words), given())
    assert found["outcome"] == "ask"
    assert [one["fact"] for one in found["missing"]] == ["issue.requested_at"]


def test_a_block_with_a_deadline_that_does_not_run_is_left_out_and_a_person_looks() -> None:
    words = re.sub(r"closing: .*", "closing: {zh: '{claim_by}', en: '{claim_by}'}", files()["words.yaml"].decode())
    found = decided(good(words=words), given(issues=[{"kind": "delay", "line": "1"}]))
    assert [one["block"] for one in found["words"]] == ["extra"]
    assert (found["outcome"], found["automation"]["mode"]) == ("remedy", "agent")


def test_where_rules_contradict_each_other_a_person_looks() -> None:
    finding = files()["finding.yaml"].decode()
    other = "  - {id: other, when: {issue.kind: quality}, then: {finding.cause: mind}}\n"
    found = decided(good(finding=finding + other), given())
    assert (found["outcome"], found["remedy"]) == ("review", None)
    assert [block["block"] for block in found["words"]] == ["needs-a-person"]


def test_the_guide_shows_a_problem_as_it_is_printed() -> None:
    finding = files()["finding.yaml"].decode().replace("issue.spoiled_ratio", "issue.spoild_ratio")
    (problem,) = loaded(finding=finding)[1]
    assert f"`{problem}`" in TEXT


# ---- the first change


def changed(home: Path, diff: Block) -> Path:
    """Return a copy of the pack with a diff of the guide made in it."""
    copy = Path(copytree(CN, home / "cn"))
    path = copy / Path(diff.heading).relative_to("policies/cn")
    text = path.read_text(encoding="utf-8")
    old, new = diff.body.splitlines()
    assert (old[0], new[0], text.count(f"{old[1:]}\n")) == ("-", "+", 1)
    path.write_text(text.replace(old[1:], new[1:]), encoding="utf-8")
    return copy


def counted_alike(text: str) -> str:
    """Return a report without what changes whenever a test is added: line numbers, and how many passed."""
    return re.sub(r"\d+ passed", "N passed", re.sub(r":\d+:\d+:", ":", text))


def test_the_tests_find_the_changed_tier_as_it_is_printed(tmp_path: Path) -> None:
    tier, _ = blocks("diff")
    home = changed(tmp_path, tier)
    (printed,) = blocks("text")
    output = run("test", "-k", "storm-delay", str(home)).stdout.replace(str(home), "policies/cn")
    assert counted_alike(output) == counted_alike(f"{printed.heading}\n{printed.body}")


def test_earlier_cases_keep_the_figure_that_changes_later(tmp_path: Path) -> None:
    _, figure = blocks("diff")
    result = run("test", "-k", "price-protection", str(changed(tmp_path, figure)))
    assert result.exit_code == 0, result.stdout


# ---- it names everything


def test_every_function_stands_with_its_own_sentence() -> None:
    meanings = {re.search(r": \{(\w+)", line)[1]: what for line, _, what in reversed(rows("in `derived.yaml`"))}  # type: ignore[index]
    assert meanings.keys() == FUNCTIONS.keys()
    for name, function in FUNCTIONS.items():
        assert meanings[name].startswith(function.summary), f"write of {name}: {function.summary}"


def test_every_code_stands_with_its_summary() -> None:
    text = " ".join(TEXT.split())
    missing = [f"{name} {page.summary}" for name, page in CODES.items() if f"{name} {page.summary}" not in text]
    assert missing == []
    assert set(re.findall(r"\bR\d{3}\b", TEXT)) == set(CODES)


def test_every_hit_policy_stands_in_its_table() -> None:
    assert {word for row in rows("`hit`") for word in code(row[0])} == set(HitPolicy)


def test_every_answer_of_the_contract_stands_with_its_fields() -> None:
    listed = {code(name)[0]: (name.endswith("*"), fields) for name, fields, _ in rows("answer")}
    for name, answer in contract.ANSWERS.items():
        required, fields = listed[name]
        assert required is answer.required
        item = answer.type.item
        if item is not None and item.kind == "record":
            assert set(code(fields)) == set(item.fields)
            assert set(re.findall(r"`(\w+)` \*", fields)) == set(answer.fields)


PARTS_OF_THE_LANGUAGE: Final[Mapping[str, Collection[str]]] = {
    "files": [f"{part}.yaml" for part in PARTS],
    "keys of pack.yaml": PACK_KEYS,
    "formats": formats.FORMAT_KEYS,
    "types": TYPES,
    "keys of facts": FACT_KEYS,
    "who can state a fact": WHO,
    "reasons of presumptions": BECAUSE,
    "keys of policies": keys.POLICY_KEYS,
    "keys of rules": set(keys.RULE_KEYS) - WITHOUT_EFFECT,
    "keys of tables and rows": (*keys.TABLE_KEYS, *keys.ROW_KEYS),
    "tests": TESTS,
    "keys of parameters": parameter.PARAMETER_KEYS,
    "operations and bounds": (*OPERATIONS, *BOUNDS),
    "what functions take": {name for one in FUNCTIONS.values() for name in one.parameters if name != one.first},
    "units of time": [unit.replace("_", " ").removesuffix("s") for unit in UNITS],
    "answers that are joined": contract.JOINED,
    "kinds, parties, bases and events": (*contract.KINDS, *contract.PARTIES, *contract.BASES, *contract.MOMENTS),
    "roles, modes and entitlements": (*contract.ROLES, *contract.MODES, *contract.ENTITLEMENT),
    "facts that are given": contract.SETTLE_FACTS,
    "facts that are read": (*contract.LINE_FACTS, *contract.CASE_FACTS, *contract.ISSUE_FACTS),
    "slots and blocks of their own": (*contract.WORD_SLOTS, contract.REQUEST, contract.WAITING, contract.HANDOVER),
    "keys and operators of tests": (*CASE_KEYS, *BRANCH_KEYS, *OPERATORS, LEFT_OUT),
}


@pytest.mark.parametrize("part", PARTS_OF_THE_LANGUAGE)
def test_every_word_of_the_language_is_named(part: str) -> None:
    prose = re.sub(r"^```.*?^```", "", TEXT, flags=re.DOTALL | re.MULTILINE)
    shown = "\n".join([*code(prose), *(block.body for block in blocks("yaml"))])
    words = PARTS_OF_THE_LANGUAGE[part]
    assert [word for word in words if not re.search(rf"(?<![\w.-]){re.escape(word)}s?(?![\w-])", shown)] == []
