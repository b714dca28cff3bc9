"""Check what only the whole pack shows.

These are required answers, sources of rules, slots of word blocks, options that contradict their kind, and facts that
nobody can be asked for or that decide nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from rules.language.condition import Literal
from rules.language.contract import ANSWERS, CASE_FACTS, ENTITLEMENTS, ISSUE_FACTS, JOINED, LINE_FACTS, WORD_SLOTS
from rules.language.derived import Derived
from rules.language.names import Names
from rules.language.output import Items, Output, Record
from rules.language.rule import Policy
from rules.language.strata import base_facts, policy_reads
from rules.language.vocabulary import Vocabulary
from rules.language.words import Block
from rules.text.nodes import Mapping as MappingNode
from rules.text.nodes import Node
from rules.text.problem import Place, suggest
from rules.text.reader import Reader

OPTION: Final = "remedy.option"
REFUNDS: Final = ("refund", "return_refund", "price_difference")
NOTHING: Final = Literal(0)
ROUTING: Final = ("automation.mode", "severity", "clock")


def check_contract(policies: Iterable[Policy], where: Place, reader: Reader) -> None:
    """Report each required answer that no policy gives."""
    answered = {name for policy in policies for name in policy.answers}
    for name, contracted in ANSWERS.items():
        if contracted.required and name not in answered:
            hint = f"write a policy with answers: {{{name}: contract}}"
            reader.report(where, "R306", f"no policy answers '{name}', which settle needs", hint)


def check_sources(names: Names, reader: Reader) -> None:
    """Report rules that cite sources in a pack without any."""
    if names.unsourced is not None:
        message = "rules cite sources, and the pack has none"
        reader.report(names.unsourced, "R205", message, "write the articles into sources.yaml")


def check_slots(words: Node | Place, blocks: Iterable[Block], known: set[str], reader: Reader) -> None:
    """Report each slot of a word block that names nothing known; `words` is words.yaml, or its place."""
    for block in blocks:
        for slot in block.slots:
            if slot not in known:
                node = words.get(block.name) if isinstance(words, MappingNode) else None
                hint = suggest(slot, known) or "use a fact, an answer or the name of a clock"
                message = f"the slot {{{slot}}} of '{block.name}' is unknown"
                reader.report(node or words, "R209", message, hint)


def check_options(policies: Iterable[Policy], reader: Reader) -> None:
    """Report options that contradict their kind: a refund of nothing, and a refund without return that asks for one."""
    for policy in policies:
        for rule in policy.rules:
            for record in _records(rule.then.get(OPTION)):
                kind = getattr(record.parts.get("kind"), "value", None)
                if kind in REFUNDS and getattr(record.parts.get("refund", NOTHING), "value", None) == 0:
                    hint = "add refund: with the amount; where nothing is paid, the kind is another one"
                    reader.report(rule.place, "R315", f"rule '{rule.id}' offers {kind}, and refunds nothing", hint)
                if kind == "refund" and getattr(record.parts.get("return"), "value", None) is True:
                    hint = "write kind: return_refund, or return: false"
                    reader.report(rule.place, "R315", f"rule '{rule.id}' offers refund, and asks for a return", hint)


def check_questions(vocabulary: Vocabulary, reader: Reader) -> None:
    """Report each fact with a question that nobody can answer, and each that somebody knows and nobody is asked for."""
    for fact in vocabulary.facts.values():
        if not fact.retired and not fact.carried and bool(fact.ask) is not bool(fact.who):
            lack, hint = ("who", "say who can answer") if fact.ask else ("ask", "write the question")
            reader.report(fact.place, "R316", f"the fact '{fact.name}' has no {lack}", f"{hint}, under {lack}")


def check_routing(
    policies: Sequence[Policy],
    vocabulary: Vocabulary,
    derived: Mapping[str, Derived],
    read_besides: Iterable[str],
    reader: Reader,
) -> None:
    """Report each fact that somebody states, and that decides only who handles a case, how urgently and by when.

    A fact that must be known says so by itself. `read_besides` are the facts that texts and governing dates read.
    """
    reads = {policy.name: set(_reads(policy, derived)) for policy in policies}
    deciding = set(_behind(policies, reads)) | {*LINE_FACTS, *CASE_FACTS, *ISSUE_FACTS}
    deciding |= {base for read in read_besides for base in base_facts(read, derived)}
    routing = {name for own in reads.values() for name in own} - deciding
    for fact in vocabulary.facts.values():
        own = fact.who and not (fact.retired or fact.carried or fact.must_know)
        if own and not fact.routing and fact.name in routing:
            hint = "let a rule about the remedy read it, or say under routing: why it only routes"
            reader.report(fact.place, "R314", f"'{fact.name}' decides only who handles a case or by when", hint)
        elif fact.routing and fact.name not in routing:
            hint = "take routing: out"
            reader.report(fact.place, "R314", f"'{fact.name}' decides more than who handles a case or by when", hint)


def _behind(policies: Sequence[Policy], reads: Mapping[str, set[str]]) -> Iterator[str]:
    """Yield every fact and answer that a policy reads, directly or through others, which does more than route."""
    makers = {answer: policy.name for policy in policies for answer in policy.answers}
    left = [policy.name for policy in policies if any(map(_ends, policy.answers))]
    seen: set[str] = set()
    while left:
        name = left.pop()
        if name not in seen:
            seen.add(name)
            yield from reads[name]
            left += [makers[read] for read in reads[name] if read in makers]


def _ends(answer: str) -> bool:
    """Return whether settle or the recommendation reads an answer, and not only to route the case."""
    return answer not in ROUTING and (answer in ANSWERS or answer in JOINED or answer.startswith(ENTITLEMENTS))


def _reads(policy: Policy, derived: Mapping[str, Derived]) -> Iterator[str]:
    for read in policy_reads(policy):
        yield from base_facts(read, derived)


def _records(output: Output | None) -> tuple[Record, ...]:
    items = output.items if isinstance(output, Items) else ()
    return tuple(item for item in items if isinstance(item, Record))


def known_slots(names: Names, policies: Sequence[Policy]) -> set[str]:
    """Return the names that a slot of a word block may have."""
    return {*names.facts, *names.untestable, *names.faulty, *_clock_names(policies), *WORD_SLOTS}


def _clock_names(policies: Sequence[Policy]) -> set[str]:
    outputs = [rule.then["clock"] for policy in policies for rule in policy.rules if "clock" in rule.then]
    return {name for output in outputs for name in _names_in(output)}


def _names_in(output: Output) -> set[str]:
    if isinstance(output, Items):
        return {name for item in output.items for name in _names_in(item)}
    name = output.parts.get("name") if isinstance(output, Record) else None
    value = getattr(name, "value", None)
    return {value} if isinstance(value, str) else set()
