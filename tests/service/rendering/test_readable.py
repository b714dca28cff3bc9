from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rules.lab.trial import plain
from rules.language import condition, contract, vocabulary
from rules.recommending import answers, missing
from rules.recommending.outline import RECOMMENDATION
from rules.text import yaml_parser
from service import packs
from service.i18n.headings import SAID
from service.packs import Ready, every, prepare, read_policies
from service.rendering.glossary import OURS, Glossary
from service.rendering.readable import ALL, DEPTHS, SCREEN, WHY, lines
from tests.support.cases import CASE
from tests.support.places import SHOP
from tests.support.walk import Walk


def page(ready: Ready, case: dict[str, Any], language: str, depth: str = ALL) -> list[str]:
    return [line for _, line in lines(ready.decide(case), ready.pack, language, depth)]


def changed(**facts: Any) -> dict[str, Any]:
    case = deepcopy(CASE)
    case["issues"][0].update(facts)
    return case


def test_the_headline_says_what_the_customer_gets(ready: Ready) -> None:
    assert page(ready, CASE, "zh")[0] == "处理方案：退款 25.60 元（部分），无需退货"
    assert page(ready, CASE, "en")[0] == "Remedy: refund of 25.60 CNY (in part), nothing to send back"


def test_a_remedy_without_money_names_no_amount(ready: Ready) -> None:
    assert page(ready, changed(kind="late"), "zh")[0] == "处理方案：解释说明"


def test_rules_are_shown_by_title_with_the_facts_they_rest_on(ready: Ready) -> None:
    assert "  到货破损（issue.kind：破损）" in page(ready, CASE, "zh")
    assert "  Broken on arrival (issue.kind: Broken)" in page(ready, CASE, "en")


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("zh", "依据：quality（所选类型：破损）：到货破损"),
        ("en", "Ground: quality (ticked: Broken): Broken on arrival"),
    ],
)
def test_a_ground_other_than_the_ticked_kind_is_named_in_one_line(ready: Ready, language: str, line: str) -> None:
    decided = ready.decide(CASE)
    (rule, *_) = (one for one in decided["why"]["rules"] if one["title"] and one["title"]["en"] == "Broken on arrival")
    rule["says"]["issue.ground"] = "quality"
    decided["issues"][0]["ground"] = {"value": "quality", "rule": rule["rule"]}
    for depth in DEPTHS:
        assert [text for _, text in lines(decided, ready.pack, language, depth)].count(line) == 1


@pytest.mark.parametrize("stated", [False, True])
def test_a_ground_that_is_the_ticked_kind_is_not_named(ready: Ready, stated: bool) -> None:
    decided = ready.decide(CASE)
    ticked = decided["issues"][0]["kind"]
    decided["issues"][0]["ground"] = {"value": ticked, "rule": None} if stated else None
    assert not [text for _, text in lines(decided, ready.pack, "en") if text.startswith("Ground")]


def test_missing_facts_are_asked_for_in_the_words_of_the_pack(ready: Ready) -> None:
    case = changed()
    del case["issues"][0]["spoiled_ratio"]
    shown = page(ready, case, "en")
    assert shown[0].startswith("More information needed")
    assert any(line.startswith("  How much is spoiled? (ask the customer)") for line in shown)


def test_a_case_that_asks_begins_with_its_questions(ready: Ready) -> None:
    case = changed()
    del case["issues"][0]["spoiled_ratio"]
    for depth in DEPTHS:
        printed = page(ready, case, "en", depth)
        assert printed[1:3] == ["", "Missing information"]
        assert printed[3].startswith("  How much is spoiled?")
        carried = next(at for at, line in enumerate(printed) if line.startswith("Handling: "))
        assert carried > printed.index("Missing information")
        assert printed.count("Missing information") == 1


@pytest.mark.parametrize(
    ("amounts", "modes", "wanted"),
    [
        ([1280, 2560, 3840], ["auto"], "refund of 12.80 CNY to 38.40 CNY"),
        ([0, 3840], ["auto"], "refund of 0.00 CNY to 38.40 CNY"),
        ([1280, None], ["auto"], "refund (amount not known yet)"),
        ([1280], ["auto", "agent"], "refund of 12.80 CNY or refuse"),
    ],
)
def test_the_outcomes_of_an_answer_are_shown_once_a_kind(
    ready: Ready, amounts: list[int | None], modes: list[str], wanted: str
) -> None:
    case = changed()
    del case["issues"][0]["spoiled_ratio"]
    recommendation = ready.decide(case)
    outcomes = [
        {"outcome": "remedy", "kind": "refund", "total_fen": fen, "mode": mode} for fen in amounts for mode in modes
    ]
    outcomes += [{"outcome": "refuse", "kind": "refuse", "total_fen": 0, "mode": modes[0]}]
    recommendation["missing"][0]["changes"] = [
        {"answer": 1, "outcomes": outcomes},
        {"answer": 2, "outcomes": outcomes[-1:]},
    ]
    (found, _) = (line for _, line in lines(recommendation, ready.pack, "en", SCREEN) if line.startswith("    if "))
    assert wanted in found
    assert found.count("refund") == 1
    assert " or refuse" in found.lower()


def test_each_depth_adds_to_the_one_before_it(ready: Ready) -> None:
    screen, why, whole = (page(ready, CASE, "en", depth) for depth in (SCREEN, WHY, ALL))
    assert "Why" not in screen
    assert "Why" in why
    assert {*screen} < {*why} <= {*whole}


def test_a_person_is_named_with_the_reasons_and_a_machine_is_not(ready: Ready) -> None:
    recommendation = ready.decide(CASE)
    reason = {"rule": "gate", "title": {"zh": "金额较大", "en": "A large sum"}, "issue": 0}
    for mode, wanted in (("agent", ["  Not automatic because: A large sum"]), ("auto", [])):
        recommendation["automation"] = {"mode": mode, "settled": True, "reasons": [reason, {**reason, "issue": 1}]}
        printed = [line for _, line in lines(recommendation, ready.pack, "en", SCREEN)]
        assert [line for line in printed if "Not automatic" in line] == wanted


def test_long_sections_are_cut_unless_all_is_printed(ready: Ready) -> None:
    recommendation = ready.decide(CASE)
    clock = {"name": "x", "at": None, "after": "decision", "within": "1 days", "on_timeout": None}
    recommendation["clocks"] = [{**clock, "title": {"en": f"deadline {number}"}} for number in range(9)]
    printed = {
        depth: [
            line for _, line in lines(recommendation, ready.pack, "en", depth) if "deadline" in line or "--all" in line
        ]
        for depth in (SCREEN, ALL)
    }
    assert printed[SCREEN] == [*printed[ALL][:5], "  ... see the rest with --all"]
    assert len(printed[ALL]) == 9


def test_a_text_that_lacks_a_language_is_shown_in_the_first_language_of_the_pack(ready: Ready) -> None:
    words = Glossary(replace(ready.pack, languages=("en",)), "zh")
    assert words.value("issue.kind", "broken") == "Broken"
    assert words.pick({"fr": "oui", "en": "yes"}) == "yes"
    assert words.term("kind", "refund") == "退款"


def test_control_characters_of_a_case_do_not_reach_the_terminal(ready: Ready) -> None:
    recommendation = ready.decide(CASE)
    recommendation["words"] = [{"block": "x", "zh": "a\x1b[31mb\u202ec\nd"}]
    shown = [line for _, line in lines(recommendation, ready.pack, "zh")]
    assert "  a\ufffd[31mb\ufffdc" in shown
    assert "  d" in shown


def test_a_case_that_cannot_be_decided_is_shown_too(ready: Ready) -> None:
    shown = page(ready, {"submitted_at": "not an instant", "issues": [{}]}, "en")
    assert shown[0] == "Review by a person"
    assert any("an error occurred while deciding" in line for line in shown)


@pytest.mark.parametrize(
    ("group", "names"),
    [
        ("outcome", answers.OUTCOMES),
        ("kind", contract.KINDS),
        ("party", contract.PARTIES),
        ("role", contract.ROLES),
        ("mode", contract.MODES),
        ("entitlement", contract.ENTITLEMENT),
        ("event", contract.MOMENTS),
        ("given", contract.SETTLE_FACTS),
        ("who", vocabulary.WHO),
        ("because", vocabulary.BECAUSE),
        ("matters", missing.REASONS),
        ("test", condition.OPPOSITES.keys() - {"known"}),
    ],
)
def test_every_name_of_the_contract_has_its_words(group: str, names: Any) -> None:
    assert set(names) <= SAID[group].keys()


# ---- the packs of this repository


def strangers(found: Any, outline: Any, path: str = "") -> list[str]:
    """Return the keys of a recommendation, and the values of those that have few, that its outline does not have."""
    if isinstance(found, dict) and isinstance(outline, dict):
        return [
            stranger
            for key, inner in found.items()
            for stranger in (
                strangers(inner, outline.get(key, outline.get("*")), f"{path}.{key}")
                if key in outline or "*" in outline
                else [f"{path}.{key}"]
            )
        ]
    if isinstance(found, list) and isinstance(outline, list):
        return [stranger for item in found for stranger in strangers(item, outline[0], path)]
    if isinstance(outline, tuple) and found is not None and found not in outline:
        return [f"{path}: {found}"]
    return []


@pytest.fixture(scope="module", params=every(), ids=lambda folder: folder.name)
def decided(request: pytest.FixtureRequest, walks: Callable[[Path], Walk]) -> list[tuple[Ready, Mapping[str, Any]]]:
    return [(one.ready, one.found) for one in walks(request.param).walked]


def test_every_recommendation_keeps_to_the_outline(decided: list[tuple[Ready, Mapping[str, Any]]]) -> None:
    found = {stranger for _, recommendation in decided for stranger in strangers(recommendation, RECOMMENDATION)}
    assert found == set()


def test_no_recommendation_is_a_breakdown(decided: list[tuple[Ready, Mapping[str, Any]]]) -> None:
    codes = {note["code"] for _, recommendation in decided for note in recommendation["why"]["notes"]}
    assert not codes & {"internal_error", "engine_failed", "engine_differs"}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_recommendation_can_be_read(decided: list[tuple[Ready, Mapping[str, Any]]], language: str) -> None:
    for ready, recommendation in decided:
        shown = [line for depth in DEPTHS for _, line in lines(recommendation, ready.pack, language, depth)]
        assert not any("{" in line or (language == "zh" and "None" in line) for line in shown)


def of_key(node: Any, key: str) -> Iterator[str]:
    """Yield every name that a file gives under a key."""
    if isinstance(node, dict):
        yield from (str(inner) for name, inner in node.items() if name == key and isinstance(inner, str))
        node = list(node.values())
    for inner in node if isinstance(node, list) else ():
        yield from of_key(inner, key)


def records(node: Any, key: str) -> Iterator[Any]:
    """Yield everything that stands under a key."""
    inner = list(node.values()) if isinstance(node, dict) else node if isinstance(node, list) else []
    yield from (node[key],) if isinstance(node, dict) and key in node else ()
    for one in inner:
        yield from records(one, key)


def written(folder: Path, key: str) -> set[str]:
    """Return every name that the policies of a pack give under a key."""
    read = (yaml_parser.read_yaml(content, name)[0] for name, content in read_policies(folder).items())
    return {one for documents in read for document in documents for one in of_key(plain(document), key)}


@pytest.mark.parametrize("folder", every(), ids=lambda folder: folder.name)
@pytest.mark.parametrize("group", ["head", "on_timeout"])
def test_every_name_that_a_pack_gives_has_its_words(folder: Path, group: str) -> None:
    assert written(folder, group) <= SAID[group].keys()


@pytest.mark.parametrize("folder", every(), ids=lambda folder: folder.name)
def test_every_form_of_goodwill_has_its_words(folder: Path) -> None:
    read = (yaml_parser.read_yaml(content, name)[0] for name, content in read_policies(folder).items())
    given = [one for documents in read for document in documents for one in records(plain(document), "remedy.goodwill")]
    assert {form for goodwill in given for form in of_key(goodwill, "form")} <= SAID["addition"].keys()


@pytest.mark.parametrize("folder", every(), ids=lambda folder: folder.name)
def test_every_clock_and_every_value_has_its_label(folder: Path, walks: Callable[[Path], Walk]) -> None:
    ready = walks(folder).ready
    kinds = {name: kind.item or kind for name, kind in ready.pack.program.types.items()}
    ours = [SAID[group].keys() for group in OURS]
    bare = {name for name, kind in kinds.items() if kind.values and not kind.labels}
    assert {name for name in bare if not any(known >= {*kinds[name].values} for known in ours)} == set()
    rules = [rule for policy in ready.pack.policies if "clocks" in policy.answers for rule in policy.rules]
    assert all(rule.title.keys() >= {*ready.pack.languages} for rule in rules)


def test_rules_that_were_set_aside_are_shown_by_title(ready: Ready) -> None:
    words = Glossary(ready.pack, "en")
    (policy, rule), title = next((key, title) for key, title in words.titles.items() if title)
    assert words.rule(policy, rule) == title["en"]
    assert words.rule(policy, "no-such-rule") == "no-such-rule"


def test_heads_of_compensation_are_shown_in_words(ready: Ready) -> None:
    assert Glossary(ready.pack, "zh").value("settled.heads", ["late_dispatch", "multiple"]) == "发货延迟赔付、加倍赔偿"


OWN = """
policy: own
answers:
  extra.gift: {one_of: [none, some, all]}
  extra.payer: {one_of: [merchant, none]}
  extra.split: {shares_of: [merchant, none]}
hit: unique
otherwise: {extra.gift: none, extra.payer: none, extra.split: {merchant: 40, none: rest}}
rules: [{id: never, when: {issue.kind: late}, then: {extra.gift: some}}]
"""


def test_none_is_nobody_in_responsibility_alone() -> None:
    ready, problems = prepare({**read_policies(SHOP), "own.yaml": OWN.encode()})
    assert ready is not None, problems
    words = Glossary(ready.pack, "en")
    assert words.value("responsibility.to_customer", "none") == "nobody"
    assert words.value("chosen.kind", "none") == "no solution yet"
    assert [words.value("extra.gift", value) for value in ("none", "all")] == ["none", "all"]
    assert [words.value("extra.payer", value) for value in ("none", "merchant")] == ["none", "the merchant"]
    assert words.value("extra.split", {"merchant": "40", "none": "60"}) == "the merchant 40%, none 60%"
    ready.close()


def test_packs_are_found_from_this_checkout() -> None:
    assert every()
    assert all((folder / "pack.yaml").is_file() and packs.read_tests(folder) for folder in every())
