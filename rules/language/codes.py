"""Describe the problem codes of policies and their tests, and list all codes."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from rules.text.codes import TEXT_CODES, Code

_NAMES = {
    "R201": Code(
        "a type is not known",
        "type: boolean",
        "type: yes_no",
        "the type says which values a fact can take and which tests fit it",
    ),
    "R202": Code(
        "a fact cannot have this value",
        "when: {issue.kind: damaged}",
        "when: {issue.kind: damage}",
        "a rule that tests for an impossible value never applies",
    ),
    "R203": Code(
        "a fact is not known",
        "when: {packging.adequate: false}",
        "when: {packaging.adequate: false}",
        "every fact is declared in vocabulary.yaml, in derived.yaml or among the answers of a policy",
    ),
    "R204": Code(
        "a parameter is not known",
        "at_least: {parameter: gate.keep_goods}",
        "at_least: {parameter: gate.keeps_goods}",
        "shared values are declared once, in parameters.yaml",
    ),
    "R205": Code(
        "a source is not known",
        "source: CN-RISK-1",
        "source: CN-RISK-01",
        "each rule rests on an article in sources.yaml, which also says from which day it governs",
    ),
    "R206": Code(
        "the rule that an exception belongs to is not known",
        "exception_to: damagd",
        "exception_to: damaged",
        "an exception without its rule is never evaluated",
    ),
    "R207": Code(
        "a test does not fit the type of the fact",
        "when: {issue.kind: {at_least: 3}}",
        "when: {issue.kind: [damage, delay]}",
        "only times, days, money and numbers have an order; only lists include something",
    ),
    "R208": Code(
        "an answer is not known, is given by two policies, or is not of the type that is read",
        "answers: {finding.cause: ...} in two policies",
        "answers: {finding.cause: ...} in one policy, and every answer that rules give listed under answers",
        "one policy answers one question, so that there is one place to read and to change",
    ),
    "R209": Code(
        "a block of words, or a slot in it, is not known",
        "say: [apology-delays]",
        "say: [apology-delay]",
        "what customers read stands in words.yaml, and each {slot} in it is the name of a fact",
    ),
    "R210": Code(
        "a value is not written as its type asks",
        "at_least: 3.5",
        "at_least: 3.50 CNY",
        "money says its currency and a duration its unit, so that 3 is never taken for the wrong thing",
    ),
    "R211": Code(
        "known: true is not allowed",
        "when: {delivery.signed_at: {known: true}}",
        "when: {delivery.signed_at: {known: false}}",
        "a test on a missing fact already asks for it; known: true would treat unknown as no",
    ),
    "R212": Code(
        "a fact that no rule may test",
        "when: {customer.name: Wang}",
        "take the test out; a carried fact may fill a slot in words.yaml",
        "carried facts (name, contact) only fill slots, and retired facts are no longer sent",
    ),
    "R213": Code(
        "a fact may not be presumed like this",
        "order.refunded_fen: {type: money, presume: 0 CNY}",
        "order.refunded_fen: {type: money, must_know: true}",
        "money and facts that must be known are asked for; any other presumption says why it is fair, under because",
    ),
    "R214": Code(
        "a name is used twice",
        "policy: cause in two files",
        "policy: cause and policy: cause-of-delay",
        "a name must be unique",
    ),
    "R215": Code(
        "the policy that rules are added to is not known",
        "adds_to: causes",
        "adds_to: cause",
        "rules without a policy would give unused answers",
    ),
    "R216": Code(
        "a text contains a forbidden phrase",
        "zh: 您理解错了，商品没有问题。",
        "zh: 您的顾虑很合理，我们一起来看看怎样处理。",
        "customers read it: it must neither make a promise that cannot be kept nor blame them",
    ),
}

_LOGIC = {
    "R301": Code(
        "policies or derived facts depend on each other in a cycle",
        "cause tests severity, and severity tests cause",
        "severity tests cause; cause tests only facts of the case",
        "each answer must be known before another policy reads it; a cycle has no evaluation order",
    ),
    "R302": Code(
        "exceptions form a cycle",
        "a is an exception to b, and b is an exception to a",
        "a is an exception to b",
        "each would override the other, and none would apply",
    ),
    "R303": Code(
        "two rules of a policy have the same id",
        "- id: damaged\n- id: damaged",
        "- id: damaged\n- id: damaged-by-frost",
        "explanations, exceptions and tests refer to a rule by its id",
    ),
    "R304": Code(
        "a parameter has no value on a day that a rule needs",
        "values: {2020-01-01: 7} for a rule in force since 2014",
        "values: {2014-03-15: 7}, or in_force: {from: 2020-01-01} on the rule",
        "on such a day the rule would not be in force, without a message",
    ),
    "R305": Code(
        "a condition has too many alternatives",
        "many any: lists inside one all:, together more than 64 alternatives",
        "several rules, or a table",
        "alternatives multiply; more than 64 in one rule are unreadable and slow to match",
    ),
    "R306": Code(
        "a required answer is missing",
        "a pack in which no policy answers remedy.option",
        "answers: {remedy.option: contract}",
        "a remedy cannot be built without it",
    ),
    "R307": Code(
        "otherwise is missing, or is not allowed",
        "answers: {finding.cause: ...} without otherwise",
        "otherwise: {finding.cause: unproven}",
        "each answer needs a value for when no rule applies; a collected answer is then an empty list",
    ),
    "R308": Code(
        "the hit policy does not fit the answer",
        "hit: priority for an answer of type money",
        "hit: unique, or hit: priority for an answer with one_of",
        "priority uses the order of one_of, a sum needs an amount, and values of several rules are collected",
    ),
    "R309": Code(
        "a row of a table does not fit its columns",
        "when: [issue.spoiled_ratio]\nthen: [fresh.ceiling]\nrows: {to-10: ['<= 0.10']}",
        "when: [issue.spoiled_ratio]\nthen: [fresh.ceiling]\nrows: {to-10: ['<= 0.10', 10]}",
        "a row gives one cell for each column, first those of when, then those of then",
    ),
    "R310": Code(
        "the syntax of a table cell is invalid",
        "'0..10', '== 5' or 'a,'",
        "'(0..10]', '< 10', 'a, b', 'not(a)' or '-'",
        "a round bracket excludes the end, a square one includes it, and '-' accepts any value",
    ),
    "R311": Code(
        "the dates of in_force are not a period",
        "in_force: {from: 2026-01-01, until: 2025-01-01}",
        "in_force: {from: 2025-01-01, until: 2026-01-01}",
        "such a rule would never be in force",
    ),
    "R312": Code(
        "a year of the calendar is incomplete, or a day does not exist",
        "holidays: [2026-02-30]",
        "holidays: [2026-02-17]",
        "deadlines in working days depend on it; a wrong calendar gives wrong deadlines",
    ),
    "R313": Code(
        "a policy has rules and a table, but no hit policy",
        "table: ... and rules: ... in one policy without hit",
        "hit: priority, or exception_to: a row in each of the rules",
        "the default is unique for tables and any for rules; a policy with both has no default",
    ),
}

_LOGIC |= {
    "R314": Code(
        "a fact decides only who handles a case, how urgently or by when",
        "dispute.ordered: {type: yes_no, who: platform}, and only automation.mode reads it",
        "a rule of remedy.option that reads dispute.ordered; or routing: why it only routes, with the fact",
        "a finding that sends a case to a person and changes nothing there is lost",
    ),
    "R315": Code(
        "an option contradicts its kind",
        "remedy.option: {kind: refund, return: true}",
        "remedy.option: {kind: return_refund, refund: line.paid_fen, return: true}",
        "a refund refunds an amount, and only a return_refund asks for the goods",
    ),
    "R316": Code(
        "a fact has a question and nobody to ask, or somebody to ask and no question",
        "issue.opened: {type: yes_no, who: customer}",
        "issue.opened: {type: yes_no, who: customer, ask: {en: Has it been opened?}}",
        "what is missing is asked for in words, of somebody who can answer",
    ),
}

_TESTS = {
    "R401": Code(
        "a policy test is invalid",
        "expect: {outcom: remedy}",
        "expect: {outcome: remedy}",
        "a test that checks nothing always passes",
    ),
    "R402": Code(
        "a policy test fails",
        "a change of a rule that leaves its tests as they were",
        "correct the rule; or, if the new result is intended, correct the test and give the reason",
        "tests state the agreed results; a pack whose tests fail is not activated",
    ),
    "R403": Code(
        "the case of a test does not fit the vocabulary",
        "given: {issues: [{kind: damaged}]}",
        "given: {issues: [{kind: damage}]}",
        "the service rejects such a case, so the test would prove nothing",
    ),
}

CODES: Mapping[str, Code] = MappingProxyType({**TEXT_CODES, **_NAMES, **_LOGIC, **_TESTS})
