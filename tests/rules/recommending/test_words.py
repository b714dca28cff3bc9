"""The words to say: the blocks that policies chose, in their order, filled in every language or not said."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.small_packs import Json, MakePack, codes, small_case

BILINGUAL = """
pack: small
currency: CNY
time_zone: Asia/Shanghai
languages: [zh, en]
formats:
  zh:
    money: '{amount}元'
    ratio: '百分之{percent}'
    yes_no: [是, 否]
    list: 、
    instant: '{month}月{day}日{hour:02}:{minute:02}'
  en: {list: '; ', instant: '{day} {month_name}, {hour:02}:{minute:02}', day_end: 'the end of {day} {month_name}'}
"""
FACTS = """
customer.name: {type: text, carried: true}
issue.opened: {type: yes_no, who: customer, ask: {zh: 拆封了吗？, en: Was it opened?}}
issue.share: {type: ratio}
line.name: {type: text}
"""


def say(*rules: str) -> str:
    """Return a policy of words; each rule is its condition and the blocks that it says."""
    listed = "\n".join(
        f"  - {{id: say-{at}, when: {when.strip()}, then: {{say: [{blocks.strip()}]}}}}"
        for at, (when, blocks) in enumerate(rule.split("=>") for rule in rules)
    )
    return f"policy: words\nanswers: {{say: contract}}\nhit: collect\nrules:\n{listed}\n"


def blocks(result: Json) -> list[str]:
    return [one["block"] for one in result["words"]]


def text(result: Json, block: str, language: str = "en") -> str:
    (found,) = [one[language] for one in result["words"] if one["block"] == block]
    assert isinstance(found, str)
    return found


# ---- which blocks, in which order


def test_blocks_are_in_the_order_of_the_words_and_not_of_the_rules(pack: MakePack) -> None:
    words = "hello: {en: Hello.}\nsorry: {en: Sorry.}\nbye: {en: Bye.}"
    result = pack(say("{} => bye, sorry", "{} => hello"), words=words).decide(small_case())
    assert blocks(result) == ["hello", "sorry", "bye"]
    assert result["words"][0] == {"block": "hello", "issue": 0, "rule": "say-1", "en": "Hello."}


def test_a_block_that_two_rules_choose_is_used_once(pack: MakePack) -> None:
    result = pack(say("{} => sorry", "{issue.kind: damage} => sorry"), words="sorry: {en: Sorry.}").decide(small_case())
    assert blocks(result) == ["sorry"]


def test_a_block_that_no_rule_chooses_is_not_used(pack: MakePack) -> None:
    result = pack(say("{issue.kind: other} => sorry"), words="sorry: {en: Sorry.}").decide(small_case())
    assert result["words"] == []


def test_a_text_that_several_issues_share_is_used_once_and_else_for_each(pack: MakePack) -> None:
    words = "sorry: {en: We are sorry.}\nname: {en: 'It is about {line.name}.'}"
    lines = [{"id": "a", "name": "tea", "paid_fen": 1}, {"id": "b", "name": "cup", "paid_fen": 1}]
    result = pack(say("{} => sorry, name"), "line.name: {type: text}", words=words).decide(
        small_case({"kind": "damage", "line": "a"}, {"kind": "delay", "line": "b"}, lines=lines)
    )
    assert [(one["block"], one["issue"], one["en"]) for one in result["words"]] == [
        ("sorry", 0, "We are sorry."),
        ("name", 0, "It is about tea."),
        ("name", 1, "It is about cup."),
    ]


# ---- slots

CLOCK = """---
policy: deadlines
answers: {clock: contract}
hit: collect
rules:
  - {id: soon, when: {}, then: {clock: {name: reply_by, after: decision, within: 2 hours}}}
  - {id: then, when: {}, then: {clock: {name: return_by, after: decision, within: 7 days}}}
  - {id: later, when: {}, then: {clock: {name: refund_by, after: inspection, within: 2 hours}}}
"""


@pytest.mark.parametrize(
    ("slot", "zh", "en"),
    [
        ("settled.refund_fen", "100.00元", "100.00 CNY"),
        ("issue.share", "百分之20", "20%"),
        ("issue.opened", "否", "no"),
        ("line.name", "茶", "茶"),
        ("customer.name", "李", "李"),
        ("chosen.kind", "refund", "refund"),
        ("reply_by", "3月2日12:00", "2 3, 12:00"),  # no names of months were given
        ("return_by", "3月9日23:59", "the end of 9 3"),
    ],
)
def test_slots_are_filled_in_each_language(pack: MakePack, slot: str, zh: str, en: str) -> None:
    words = f"reply: {{zh: '：{{{slot}}}', en: ': {{{slot}}}'}}"
    small_pack = pack(say("{} => reply") + CLOCK, FACTS, pack=BILINGUAL, words=words)
    case = small_case({"kind": "damage", "share": "0.20", "opened": False}, customer={"name": "李"})
    case["order"]["lines"][0]["name"] = "茶"
    result = small_pack.decide(case)
    assert (text(result, "reply", "zh"), text(result, "reply", "en")) == (f"：{zh}", f": {en}")


def test_answers_of_policies_fill_slots_by_their_labels(pack: MakePack) -> None:
    cause = """---
policy: cause
answers: {cause: {one_of: {carrier: {zh: 快递, en: the carrier}, nobody: {zh: 无人, en: nobody}}}}
otherwise: {cause: nobody}
rules: [{id: damaged, when: {issue.kind: damage}, then: {cause: carrier}}]
"""
    words = "reply: {zh: '责任在{cause}', en: 'It was {cause}.'}"
    result = pack(say("{} => reply") + cause, FACTS, pack=BILINGUAL, words=words).decide(small_case())
    assert (text(result, "reply", "zh"), text(result, "reply")) == ("责任在快递", "It was the carrier.")


@pytest.mark.parametrize("customer", [{}, {"name": None}])
def test_without_a_name_its_block_is_left_out_and_nothing_is_lost(pack: MakePack, customer: Json) -> None:
    words = "hello: {en: 'Dear {customer.name},'}\nsorry: {en: We are sorry.}"
    result = pack(say("{} => hello, sorry"), FACTS, words=words).decide(small_case(customer=customer))
    assert (blocks(result), result["outcome"], result["missing"]) == (["sorry"], "remedy", [])
    assert (result["automation"]["mode"], codes(result)) == ("auto", [])


def test_a_block_that_lacks_a_name_and_more_is_not_passed_over(pack: MakePack) -> None:
    words = "hello: {en: 'Dear {customer.name}, until {refund_by}.'}"
    result = pack(say("{} => hello") + CLOCK, FACTS, words=words).decide(small_case())
    assert result["words"] == []
    assert result["automation"]["mode"] == "agent"
    assert {"code": "words_unsaid", "block": "hello"} in result["automation"]["reasons"]


def test_a_clock_that_waits_for_an_event_leaves_its_block_to_a_person(pack: MakePack) -> None:
    words = "sorry: {en: We are sorry.}\nuntil: {en: 'We pay until {refund_by}.'}"
    result = pack(say("{} => sorry, until") + CLOCK, FACTS, words=words).decide(small_case())
    assert blocks(result) == ["sorry"]
    assert (result["automation"]["mode"], codes(result)) == ("agent", ["words_unsaid"])


def test_a_fact_that_a_chosen_block_lacks_is_asked_for(pack: MakePack) -> None:
    words = "reply: {en: 'It was {issue.opened}.'}"
    result = pack(say("{} => reply"), FACTS.replace("zh: 拆封了吗？, ", ""), words=words).decide(small_case())
    assert (result["outcome"], [one["fact"] for one in result["missing"]]) == ("ask", ["issue.opened"])
    assert result["automation"]["mode"] == "agent"


# ---- why something is refused

REFUSE = """---
policy: remedy
answers: {remedy.option: contract}
hit: collect
rules: [{id: refused, title: {zh: 不予退款, en: It is refused.}, when: {}, then: {remedy.option: {kind: refuse}}}]
"""
DENY = """---
policy: window
answers: {eligibility.return: {one_of: [granted, denied, not_asked]}}
otherwise: {eligibility.return: granted}
rules:
  - id: opened
    title: {zh: 已拆封, en: It was opened.}
    when: {issue.opened: true}
    then: {eligibility.return: denied}
  - id: used
    title: {zh: 用过, en: It was used.}
    when: {issue.share: {more_than: 0}}
    then: {eligibility.return: denied}
"""
NO = "because: {zh: '原因：{reason}', en: 'Reason: {reason}'}"


@pytest.mark.parametrize(
    ("issue", "zh", "en"),
    [
        ({"opened": True, "share": "0"}, "已拆封", "It was opened."),
        ({"opened": True, "share": "0.1"}, "已拆封、用过", "It was opened.; It was used."),
        ({"opened": False, "share": "0"}, "不予退款", "It is refused."),  # nothing was denied: the refusal's own title
    ],
)
def test_the_reason_is_the_title_of_what_denied_it(pack: MakePack, issue: Json, zh: str, en: str) -> None:
    small_pack = pack(say("{} => because") + REFUSE + DENY, FACTS, pack=BILINGUAL, words=NO)
    result = small_pack.decide(small_case({"kind": "damage", **issue}))
    assert result["outcome"] == "refuse"
    assert (text(result, "because", "zh"), text(result, "because")) == (f"原因：{zh}", f"Reason: {en}")


def test_each_issue_is_refused_for_its_own_reason(pack: MakePack) -> None:
    small_pack = pack(say("{} => because") + REFUSE + DENY, FACTS, pack=BILINGUAL, words=NO)
    result = small_pack.decide(
        small_case({"kind": "damage", "opened": True, "share": "0"}, {"kind": "delay", "opened": False, "share": "0.1"})
    )
    assert [(one["issue"], one["en"]) for one in result["words"]] == [
        (0, "Reason: It was opened."),
        (1, "Reason: It was used."),
    ]


@pytest.mark.parametrize("title", ["{zh: 不予退款}", "{en: It is refused.}"])
def test_a_reason_that_one_language_lacks_is_no_machines_to_send(pack: MakePack, title: str) -> None:
    untitled = REFUSE.replace("{zh: 不予退款, en: It is refused.}", title)
    result = pack(say("{} => because") + untitled, pack=BILINGUAL, words=NO).decide(small_case())
    assert result["words"] == []
    assert (result["automation"]["mode"], codes(result)) == ("agent", ["words_unsaid"])


# ---- while a case asks

BY_OPENED = """---
policy: remedy
answers: {remedy.option: contract}
hit: collect
rules:
  - {id: opened, when: {issue.opened: true}, then: {remedy.option: {kind: refuse}}}
  - {id: sealed, when: {issue.opened: false}, then: {remedy.option: {kind: refund, refund: 5 CNY}}}
"""
ASKING = """
sorry:         {zh: 抱歉。, en: Sorry.}
paid:          {zh: '退{settled.refund_fen}', en: 'We refund {settled.refund_fen}.'}
refused:       {zh: 不退。, en: We do not refund.}
ask-for-facts: {zh: '请告诉我们：{questions}', en: 'Please tell us: {questions}'}
wait-for-others: {zh: 核实中。, en: We are asking others.}
needs-a-person: {zh: 稍候。, en: Somebody will look at it.}
bye:           {zh: 再见。, en: Bye.}
"""
SAYING = say("{} => sorry, bye", "{chosen.kind: refund} => paid", "{chosen.kind: refuse} => refused")


def test_while_a_case_asks_only_blocks_that_hold_for_every_answer_are_used(pack: MakePack) -> None:
    result = pack(SAYING + BY_OPENED, FACTS, pack=BILINGUAL, words=ASKING).decide(small_case())
    assert result["outcome"] == "ask"
    assert blocks(result) == ["sorry", "ask-for-facts", "bye"]
    assert text(result, "ask-for-facts", "zh") == "请告诉我们：拆封了吗？"
    assert text(result, "ask-for-facts") == "Please tell us: Was it opened?"


@pytest.mark.parametrize(("opened", "said"), [(True, "refused"), (False, "paid")])
def test_once_it_is_known_all_blocks_are_used_and_nothing_is_asked(pack: MakePack, opened: bool, said: str) -> None:
    small_pack = pack(SAYING + BY_OPENED, FACTS, pack=BILINGUAL, words=ASKING)
    assert blocks(small_pack.decide(small_case({"kind": "damage", "opened": opened}))) == ["sorry", said, "bye"]


def test_a_block_whose_text_depends_on_the_answer_waits_for_it(pack: MakePack) -> None:
    always = say("{} => sorry, bye, paid", "{chosen.kind: refuse} => refused")
    result = pack(always + BY_OPENED, FACTS, pack=BILINGUAL, words=ASKING).decide(small_case())
    assert blocks(result) == ["sorry", "ask-for-facts", "bye"]


def test_several_questions_are_listed_once_each(pack: MakePack) -> None:
    facts = FACTS + "issue.used: {type: yes_no, who: [merchant, customer], ask: {zh: 用过吗？, en: Was it used?}}"
    both = BY_OPENED.replace("{issue.opened: false}", "{issue.opened: false, issue.used: false}")
    result = pack(SAYING + both, facts, pack=BILINGUAL, words=ASKING).decide(
        small_case({"kind": "damage"}, {"kind": "delay"})
    )
    assert text(result, "ask-for-facts") == "Please tell us: Was it opened?\nWas it used?"


def test_what_the_customer_cannot_answer_is_not_asked_of_him(pack: MakePack) -> None:
    facts = FACTS.replace("who: customer", "who: [merchant, carrier]")
    result = pack(SAYING + BY_OPENED, facts, pack=BILINGUAL, words=ASKING).decide(small_case())
    assert result["outcome"] == "ask"
    assert blocks(result) == ["sorry", "wait-for-others", "bye"]


def test_what_only_matters_to_us_is_not_asked_of_the_customer(pack: MakePack) -> None:
    bear = """---
policy: bear
answers: {responsibility.final: contract}
otherwise: {responsibility.final: merchant}
rules: [{id: lost, when: {issue.opened: true}, then: {responsibility.final: logistics}}]
"""
    result = pack(SAYING + bear, FACTS, pack=BILINGUAL, words=ASKING).decide(small_case())
    assert result["outcome"] == "remedy"
    assert blocks(result) == ["sorry", "paid", "bye"]


def test_a_case_for_a_person_says_that_somebody_looks(pack: MakePack) -> None:
    never = BY_OPENED.replace("{issue.opened: false}", "{issue.kind: other}")
    small_pack = pack(SAYING + never, FACTS, pack=BILINGUAL, words=ASKING)
    result = small_pack.decide(small_case({"kind": "damage", "opened": False}))
    assert result["outcome"] == "review"
    assert "needs-a-person" in blocks(result)
    assert not {"paid", "refused", "ask-for-facts"} & set(blocks(result))


def test_where_the_customer_and_others_are_asked_both_are_named(pack: MakePack) -> None:
    facts = FACTS + "issue.used: {type: yes_no, who: carrier, ask: {zh: 用过吗？, en: Was it used?}}"
    both = BY_OPENED.replace("{issue.opened: false}", "{issue.opened: false, issue.used: false}")
    result = pack(SAYING + both, facts, pack=BILINGUAL, words=ASKING).decide(small_case())
    assert blocks(result) == ["sorry", "ask-for-facts", "wait-for-others", "bye"]


def test_where_rules_contradict_each_other_nothing_is_promised(pack: MakePack) -> None:
    clash = """---
policy: who
answers: {responsibility.to_customer: contract}
otherwise: {responsibility.to_customer: none}
rules:
  - {id: ours, when: {}, then: {responsibility.to_customer: merchant}}
  - {id: theirs, when: {issue.kind: damage}, then: {responsibility.to_customer: logistics}}
"""
    result = pack(SAYING + clash, FACTS, pack=BILINGUAL, words=ASKING).decide(small_case())
    assert result["outcome"] == "review"
    assert "needs-a-person" in blocks(result)
    assert "paid" not in blocks(result)


def test_a_pack_without_words_says_nothing(pack: MakePack) -> None:
    result: dict[str, Any] = pack(BY_OPENED.removeprefix("---"), FACTS, pack=BILINGUAL).decide(small_case())
    assert (result["outcome"], result["words"]) == ("ask", [])
