"""A shop's own facts: declared in its copy of a pack, tested by its rules, said in its words, unknown to the code."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pytest

from rules.compiling.load import load
from rules.decide import Decider
from rules.deciding.match import Matcher
from rules.lab.trial import read_trials
from service.packs import read_policies
from service.validation.case import case_schema
from tests.support.places import CN

GROUP: Final = "groups:\n  extra: {of: case, label: {zh: 本店信息, en: facts of the shop}}\n"
FACTS: Final = """
  extra.party_day:
    type: yes_no
    label: {zh: 是否用于宴席, en: meant for a party}
    who: customer
    ask: {zh: 请问是否用于宴席？, en: Was it meant for a party?}
    presume: false
    because: not_alleged
  extra.host:
    type: text
    label: {zh: 主人称呼, en: the host}
    who: customer
    carried: true
"""
RULES: Final = b"""
adds_to: automation
rules:
  - id: party
    title: {zh: party, en: A party is for a lead}
    when: {extra.party_day: true}
    then: {automation.mode: lead}
---
adds_to: words
rules: [{id: party, when: {extra.party_day: true}, then: {say: party}}]
"""
WORDS: Final = (
    "\nparty: {zh: '{extra.host}的宴席我们一起想办法。', en: 'We find a way for the party of {extra.host}.'}\n"
)


def own_pack() -> dict[str, bytes]:
    """Return the files of the China pack as a shop changes them."""
    files = {Path(name).name: content for name, content in read_policies(CN).items()}
    vocabulary = files["vocabulary.yaml"].decode().replace("groups:\n", GROUP, 1) + FACTS
    words = files["words.yaml"].decode() + WORDS
    return {**files, "vocabulary.yaml": vocabulary.encode(), "words.yaml": words.encode(), "shop.yaml": RULES}


@pytest.mark.parametrize(
    ("extra", "mode", "said"),
    [
        ({"party_day": True, "host": "王女士"}, "lead", ["We find a way for the party of 王女士."]),
        ({"party_day": True}, "lead", []),  # the name is not stated: the block is left out, and nothing is lost
        ({}, "auto", []),
        (None, "auto", []),
    ],
)
def test_a_shop_adds_facts_of_its_own(extra: dict[str, Any] | None, mode: str, said: list[str]) -> None:
    pack, problems = load(own_pack())
    assert problems == ()
    assert pack is not None
    ((trial,), _) = read_trials((CN / "cases" / "storm-delay.yaml").read_bytes(), "storm-delay.yaml")
    case = dict(trial.branches[0].case) | ({} if extra is None else {"extra": extra})
    with Matcher(pack) as matcher:
        recommendation = Decider(pack, matcher).decide(case)
    assert recommendation["automation"]["mode"] == mode
    assert [block["en"] for block in recommendation["words"] if block["block"] == "party"] == said


def test_what_a_shop_does_not_declare_is_refused() -> None:
    pack, _ = load(own_pack())
    assert pack is not None
    faults = case_schema(pack.name, pack.vocabulary).faults(
        {"submitted_at": "2026-08-14T15:00:00+08:00", "issues": [{"kind": "other"}], "extra": {"dog": 1}}
    )
    assert [fault.pointer for fault in faults] == ["/extra/dog"]
