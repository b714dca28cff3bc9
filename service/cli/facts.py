"""`redress facts`: list the facts of a pack, or those that can matter for a kind of issue."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import click

from rules.lab.relevance import REMEDY, relevant
from rules.language.vocabulary import Fact
from rules.values.value import OPEN
from service.api.vocabulary import fact_as_json
from service.cli.context import folders_of, kind_of, print_json, ready_of
from service.cli.options import json_option, language_option
from service.packs import Ready
from service.rendering.choices import choices, labelled
from service.rendering.glossary import Glossary

SCREEN: Final = 40  # facts of a kind, without --all
MOST_VALUES: Final = 12  # of a fact, in its line
FEW: Final = 3  # facts that are listed with all their values


@click.command()
@click.argument("word", required=False)
@click.option("--kind", metavar="KIND", help="Only facts that can matter for this kind of issue, first what decides.")
@click.option(
    "--all", "everything", is_flag=True, help="Also the facts that matter less, or only for who carries it out."
)
@click.option("--pack", "named", metavar="DIR", help="The folder or the name of a pack. Default: the first pack.")
@language_option
@json_option
def facts(
    word: str | None, kind: str | None, everything: bool, named: str | None, language: str | None, as_json: bool
) -> None:
    """List the facts that a case may state: name, label, type, who knows it, and what it means to leave it out.

    WORD selects facts by a part of their name or label; of up to three, all values are listed with their labels.
    """
    ready = ready_of(folders_of(named)[0])
    kind = kind_of(ready, kind)
    decides = {} if kind is None else relevant(ready.pack, kind)
    chosen = [fact for _, fact in _in_order(ready, decides) if word is None or _speaks_of(fact, word)]
    shown = chosen if everything else [fact for fact in chosen if decides.get(fact.name, REMEDY) == REMEDY]
    if kind is not None and word is None and not (everything or as_json):
        shown = shown[:SCREEN]
    if as_json:
        print_json({"facts": [fact_as_json(ready, fact) | {"decides": decides.get(fact.name)} for fact in shown]})
    else:
        words = Glossary(ready.pack, language or ready.pack.languages[0])
        for fact in shown:
            click.echo(_line(fact, words))
            if len(shown) <= FEW:
                click.echo(
                    "".join(f"    {value}  {words.pick(label)}\n" for value, label in labelled(fact.type)), nl=False
                )
        if len(shown) < len(chosen):
            click.echo(words.line("more_facts", len(chosen) - len(shown)))
    ready.close()


def _in_order(ready: Ready, decides: dict[str, str]) -> Iterator[tuple[str, Fact]]:
    known = ready.pack.vocabulary.facts
    for name in decides or known:
        if not known[name].retired:
            yield name, known[name]


def _speaks_of(fact: Fact, word: str) -> bool:
    return any(word.lower() in text.lower() for text in (fact.name, *fact.label.values()))


def _line(fact: Fact, words: Glossary) -> str:
    if fact.presume is not OPEN:
        because = words.term("because", fact.because)
        absence = words.line("left_out", words.value(fact.name, fact.type.show(fact.presume, words.pack.zone)), because)
    else:
        absence = words.line("must_be_known" if fact.must_know else "asked_for")
    who = words.joined([words.term("who", who) for who in fact.who])
    return "  ".join(
        part for part in (fact.name, words.pick(fact.label), choices(fact.type, MOST_VALUES), who, absence) if part
    )
