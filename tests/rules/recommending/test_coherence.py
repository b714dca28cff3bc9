"""What contradicts itself goes to a person, and the same case without the contradiction does not."""

from __future__ import annotations

import pytest

from rules.recommending.coherence import INCOHERENT
from tests.support.small_packs import MakePack, codes, small_case

WORDS = """
hello: {en: Good day.}
back: {en: 'We will refund {chosen.refund_fen}.'}
extra: {en: 'We will pay {settled.compensation_fen}.'}
all: {en: 'You will receive {settled.total_fen}.'}
"""


def policies(
    option: str = "{kind: refund, refund: line.paid_fen}",
    party: str = "merchant",
    say: str = "all",
    amount: str = "0",
    held: str = "true",
) -> str:
    """Return a pack that gives one option, answered for by one party, and says some blocks."""
    return f"""
policy: remedy
answers: {{remedy.option: contract, remedy.compensation: contract, say: contract}}
hit: collect
rules:
  - id: give
    when: {{}}
    then:
      remedy.option: {option}
      remedy.compensation: {{head: delay, basis: rule, amount: {amount}}}
      say: [{say}]
---
policy: who
answers: {{responsibility.to_customer: contract}}
otherwise: {{responsibility.to_customer: {party}}}
rules: [{{id: never, when: {{issue.kind: other}}, then: {{responsibility.to_customer: merchant}}}}]
---
policy: held
answers: {{goods.with_customer: contract}}
otherwise: {{goods.with_customer: {held}}}
rules: [{{id: never, when: {{issue.kind: other}}, then: {{goods.with_customer: false}}}}]
"""


GOES_BACK = "issue.goes_back: {type: yes_no}"
BACK = small_case({"kind": "damage", "goes_back": True})
RETURN = "{kind: return_refund, refund: line.paid_fen, return: true}"
REFUND_AGAINST_RETURN = "{kind: refund, refund: line.paid_fen, return: issue.goes_back}"
EXPLAIN = "{kind: explanation}"
EXCHANGE = "{kind: exchange, return: true}"


@pytest.mark.parametrize(
    ("code", "incoherent", "coherent"),
    [
        ("explained_and_paid", {"option": EXPLAIN, "amount": "5 CNY"}, {"option": EXPLAIN}),
        ("nobody_answers", {"party": "undetermined"}, {"party": "merchant"}),
        ("nobody_answers", {"party": "undetermined", "option": EXCHANGE}, {"party": "undetermined", "option": EXPLAIN}),
        ("return_of_nothing", {"option": RETURN, "held": "false"}, {"held": "false"}),
        ("return_of_nothing", {"option": EXCHANGE, "held": "false"}, {"option": EXCHANGE}),
        ("return_of_refunded", {"option": REFUND_AGAINST_RETURN}, {"option": RETURN}),
        ("money_unsaid", {"say": "hello"}, {"say": "back"}),
        ("money_unsaid", {"say": "back", "amount": "5 CNY"}, {"say": "back, extra", "amount": "5 CNY"}),
        ("money_unsaid", {"say": "extra", "amount": "5 CNY"}, {"say": "all", "amount": "5 CNY"}),
    ],
)
def test_a_contradiction_goes_to_a_person(
    pack: MakePack, code: str, incoherent: dict[str, str], coherent: dict[str, str]
) -> None:
    result = pack(policies(**incoherent), GOES_BACK, words=WORDS).decide(BACK)
    assert (result["outcome"], result["provisional"], result["automation"]["mode"]) == ("review", True, "agent")
    assert codes(result) == [code]
    assert [note["code"] for note in result["why"]["notes"]] == [code]
    assert {issue["outcome"] for issue in result["issues"]} == {"review"}
    assert result["words"] == []
    result = pack(policies(**coherent), GOES_BACK, words=WORDS).decide(BACK)
    assert (result["outcome"], codes(result)) == ("remedy", [])


def test_a_pack_that_says_nothing_omits_nothing(pack: MakePack) -> None:
    result = pack().decide(small_case())
    assert (result["outcome"], result["words"], codes(result)) == ("remedy", [], [])


def test_each_entry_of_a_sum_may_be_named_by_itself(pack: MakePack) -> None:
    words = "{en: 'We pay {line.paid_fen} for the first.'}"
    text = policies(say="named").replace("refund: line.paid_fen", "refund: {times: 1, of: line.paid_fen}")
    result = pack(text, words=f"named: {words}").decide(small_case())
    assert (result["outcome"], codes(result)) == ("remedy", [])  # the amount counts, whatever the slot is called


def test_a_refund_that_refunds_nothing_is_never_a_return(pack: MakePack) -> None:
    result = pack(policies(RETURN), words=WORDS).decide(small_case(order={"refunded_fen": 10_000}))
    assert (result["outcome"], result["remedy"]["kind"], result["remedy"]["return_required"]) == (
        "remedy", "explanation", False,
    )  # fmt: skip


@pytest.mark.parametrize("code", INCOHERENT)
def test_every_contradiction_is_named_for_people(code: str) -> None:
    from service.i18n.headings import SAID

    assert SAID["doubt"][code].keys() == {"zh", "en"}
