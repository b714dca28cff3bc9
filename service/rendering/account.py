"""Render the reasons of a recommendation: what is missing, why, and why not what the customer asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from rules.recommending.remedy import GIVES_NOTHING
from service.rendering.glossary import Glossary

MOST_ENDS: Final = 4  # outcomes that are listed for an answer

Lines = Iterator[str]
Said = Mapping[str, Any]


class Page:
    """A recommendation with the words to render it."""

    def __init__(self, recommendation: Said, words: Glossary) -> None:
        self.said, self.words = recommendation, words
        self.rules = recommendation["why"]["rules"]

    def title(self, answer: str, rule: str) -> str:
        """Return the title of a rule that gave an answer."""
        titles = (entry["title"] for entry in self.rules if entry["rule"] == rule and answer in entry["says"])
        return self.words.pick(next(titles, None))

    def of_issue(self, issue: int) -> str:
        """Return a prefix with the issue's number, where there are several."""
        if len(self.said["issues"]) < 2:
            return ""
        return self.words.line("issue", issue + 1) + self.words.term("line", "colon")

    def amount(self, kind: str, fen: int | None) -> str:
        """Return a kind of remedy with its amount, if there is one."""
        named = self.words.term("kind", kind)
        if fen is None:
            return named + self.words.line("extent", self.words.term("line", "open"))
        return self.words.line("amount", kind=named, money=self.words.money(fen)) if fen else named

    def needs(self, said: Said) -> str:
        """Return whose approval an option needs, if anybody's."""
        return self.words.line("needs", self.words.term("role", said["needs"])) if said["needs"] else ""


class Account(Page):
    """The sections of the page that give reasons."""

    def missing(self) -> Lines:
        """Render the questions that decide the remedy, with what each answer leads to; then the others by reason."""
        asked = self.said["missing"]
        for one in asked:
            if one["because"] == "remedy" and one["only_if"] is None:
                yield from self._question(one)
        for reason in ("must_know", "automation", "bearing"):
            if others := [one for one in asked if one["because"] == reason]:
                named = dict.fromkeys(self._named(one) for one in others)
                yield self.words.term("matters", reason).format(self.words.joined([*named], "semicolon"))

    def _question(self, asked: Said) -> Lines:
        words = self.words
        question = words.pick(asked["question"]) or words.pick(asked["label"]) or asked["fact"]
        question += words.line("showing", words.pick(asked["label"])) if asked["value"] is not None else ""
        yield self._issue_of(asked) + question + words.line("ask", self._whom(asked))
        answers = [(self._answered(asked, one["answer"]), self._leads_to(asked, one)) for one in asked["changes"]]
        if len({leads_to for _, leads_to in answers}) > 1:  # else the answer changes something else, such as the words
            yield from ("  " + words.line("if", answer, leads_to) for answer, leads_to in answers)

    def _leads_to(self, asked: Said, change: Said) -> str:
        words = self.words
        if follows := dict.fromkeys(self._named(one) for one in self._following(asked, change["answer"])):
            return words.line("then_ask", words.joined([*follows], "semicolon"))
        ends = [self._end(alike) for alike in _by_kind(change["outcomes"])]
        return words.joined(ends[:MOST_ENDS], "or") + (" ..." if len(ends) > MOST_ENDS else "")

    def _following(self, asked: Said, answer: Any) -> Iterator[Said]:
        """Yield the questions that follow an answer."""
        this = {"fact": asked["fact"], "value": asked["value"], "answer": answer}
        return (one for one in self.said["missing"] if one["only_if"] == this)

    def _named(self, asked: Said) -> str:
        """Name what is asked, and whom to ask."""
        label = self.words.pick(asked["label"]) or asked["fact"]
        return self._issue_of(asked) + label + self.words.line("ask", self._whom(asked))

    def _whom(self, asked: Said) -> str:
        return self.words.joined([self.words.term("who", who) for who in asked["ask"]])

    def _issue_of(self, asked: Said) -> str:
        return "" if asked["issue"] is None else self.of_issue(asked["issue"])

    def _answered(self, asked: Said, answer: Any) -> str:
        words = self.words
        if asked["value"] is not None:
            named = words.pick(asked["label"]) or str(asked["value"])
            return words.line("has" if answer else "has_not", named)
        return self._value(asked["fact"], answer)

    def _value(self, name: str, value: Any) -> str:
        """Render a value, or the bounds of a range."""
        if not isinstance(value, Mapping):
            return self.words.item(name, value)
        said = [self.words.term("bound", word).format(self.words.item(name, bound)) for word, bound in value.items()]
        return self.words.joined(said, "pause")

    def _end(self, alike: list[Said]) -> str:
        """Render outcomes of one kind, and the range of their amounts."""
        words, outcome, kind = self.words, alike[0]["outcome"], alike[0]["kind"]
        if outcome not in ("remedy", "refuse"):
            return words.term("outcome", outcome)
        kinds = kind if isinstance(kind, list) else [kind]
        phrase = words.joined([words.term("kind", kind) for kind in kinds])
        amounts = [end["total_fen"] for end in alike]
        if None not in amounts and max(amounts):
            money = words.joined([words.money(fen) for fen in sorted({min(amounts), max(amounts)})], "to")
            phrase = words.line("besides" if {*kinds} <= {*GIVES_NOTHING} else "amount", kind=phrase, money=money)
        return phrase + (words.line("extent", words.term("line", "open")) if None in amounts else "")

    def why_not(self) -> Lines:
        """Render what the customer asked for, the failed conditions, and the nearest change that would satisfy them."""
        words = self.words
        for entry in (entry for entry in self.said["why_not"] if entry["failed"] or entry["nearest"]):
            yield self.of_issue(entry["issue"]) + words.line("wanted", words.value("issue.wants", entry["wanted"]))
            yield from self._failed(entry["failed"])
            if nearest := entry["nearest"]:
                phrase = self._value(nearest["fact"], nearest["would_be"])
                yield "  " + words.line("nearest", phrase, label=words.label(nearest["fact"]))

    def _failed(self, conditions: list[Said]) -> Lines:
        words = self.words
        for failed in conditions:
            label = words.pick(failed["label"]) or words.label(failed["fact"])
            now = words.item(failed["fact"], failed["is"])
            for test, operands in failed["needs"].items():
                needed = words.joined([words.item(failed["fact"], operand) for operand in operands], "or")
                yield "  " + words.line("is_now", label=label, test=words.term("test", test).format(needed), now=now)

    def why(self) -> Lines:
        """Render the matched rules with sources and facts, the rules set aside, and the presumptions."""
        words, why = self.words, self.said["why"]
        for rule in self.rules:
            if rule["says"].keys() != {"say"}:
                yield self._rule(rule)
        for aside in why["set_aside"]:
            yield words.line("set_aside", *(words.rule(aside["policy"], aside[key]) for key in ("rule", "by")))
        for presumed in why["presumptions"]:
            value = words.value(presumed["fact"], presumed["value"])
            reason = words.term("because", presumed["because"])
            yield words.line("presumed", label=words.label(presumed["fact"]), value=value, why=reason)

    def _rule(self, rule: Said) -> str:
        words = self.words
        known = {name: shown for name, shown in rule["facts"].items() if shown is not None}
        colon = words.term("line", "colon")
        facts = [f"{words.label(name)}{colon}{words.value(name, shown)}" for name, shown in known.items()]
        source = f" [{', '.join(rule['source'])}]" if rule["source"] else ""
        phrase = words.line("extent", words.joined(facts, "semicolon")) if facts else ""
        return f"{self.of_issue(rule['issue'])}{words.pick(rule['title']) or rule['rule']}{source}{phrase}"

    def reasons(self) -> Lines:
        """Give what kept the case from a machine, by the titles of rules or in our words.

        Facts that must be known stand among the questions.
        """
        for reason in (*self.said["automation"]["reasons"], *self.said["why"]["notes"]):
            if reason.get("code") != "must_know" and (sentence := self._note(reason)):
                yield sentence

    def notes(self) -> Lines:
        """Render doubts about the recommendation."""
        notes = self.said["why"]["notes"]
        doubts = [reason for reason in self.said["automation"]["reasons"] if "code" in reason and reason not in notes]
        return (self._note(note) for note in (*notes, *doubts))

    def _note(self, note: Said) -> str:
        words = self.words
        if "title" in note:  # the ledger has added the sentence
            return words.pick(note["title"])
        if note["code"] == "holidays_unknown":
            return words.line("holidays_unknown", year=note["year"])
        about = [words.label(note["fact"])] if "fact" in note else []
        about += [str(one) for key in ("rules", "details") for one in note.get(key, ())]
        about += [str(note[key]) for key in ("detail", "block") if key in note]
        phrase = words.term("line", "colon") + words.joined(about) if about else ""
        return words.term("doubt", note["code"]) + phrase


def _by_kind(outcomes: list[Said]) -> Iterable[list[Said]]:
    """Group outcomes by what the customer gets, apart from the amount."""
    groups: dict[str, list[Said]] = {}
    for end in outcomes:
        groups.setdefault(f"{end['outcome']} {end['kind']}", []).append(end)
    return groups.values()
