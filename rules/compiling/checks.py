"""Check what only the whole pack shows: required answers, sources of rules, and the slots of word blocks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rules.language.contract import ANSWERS, WORD_SLOTS
from rules.language.names import Names
from rules.language.output import Items, Output, Record
from rules.language.rule import Policy
from rules.language.words import Block
from rules.text.nodes import Mapping as MappingNode
from rules.text.nodes import Node
from rules.text.problem import Place, suggest
from rules.text.reader import Reader


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
