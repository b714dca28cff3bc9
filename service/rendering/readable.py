"""Render a recommendation for an agent: the remedy, the words, deadlines, missing facts, and reasons."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from rules.compiling.pack import Pack
from rules.language.contract import AUTOMATIC
from service.rendering.account import Account, Lines, Said
from service.rendering.breakdown import Breakdown
from service.rendering.glossary import Glossary

SCREEN, WHY, ALL = DEPTHS = ("screen", "why", "all")  # how much of a recommendation is printed

_STYLES: Final = {"remedy": "bold green", "ask": "bold yellow", "review": "bold red", "refuse": "bold red"}
_UNSEEN: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")  # would steer the terminal
_SECTIONS: Final = {  # each in the order that an agent needs, with the least depth that prints it
    "missing": SCREEN,
    "words": SCREEN,
    "clocks": SCREEN,
    "issues": ALL,
    "reckoning": ALL,
    "paid_before": ALL,
    "alternatives": SCREEN,
    "eligibility": ALL,
    "why_not": WHY,
    "why": WHY,
    "notes": WHY,
}
_MOST: Final = {"missing": 16, "clocks": 5, "alternatives": 2}  # lines of a section, unless all of it is printed
_MOST_REASONS: Final = 3


def lines(recommendation: Said, pack: Pack, language: str, depth: str = ALL) -> Iterator[tuple[str, str]]:
    """Yield the style and the text of each line, down to a depth."""
    page = _Whole(recommendation, Glossary(pack, language), depth)
    return ((style, _UNSEEN.sub("\ufffd", line)) for style, line in page.lines())


class _Whole(Account, Breakdown):
    """The page: what to do and say, then the account of it."""

    def __init__(self, recommendation: Said, words: Glossary, depth: str) -> None:
        super().__init__(recommendation, words)
        self.depth = depth

    def lines(self) -> Iterator[tuple[str, str]]:
        """Yield the style and the text of each line; a case that asks begins with its questions."""
        asks = self.said["outcome"] == "ask"
        yield from ((_STYLES[self.said["outcome"]], line) for line in self.headline())
        if asks:
            yield from self._section("missing")
            yield "", ""
        yield from (("", line) for line in self.summary())
        for name, least in _SECTIONS.items():
            if DEPTHS.index(least) <= DEPTHS.index(self.depth) and not (asks and name == "missing"):
                yield from self._section(name)
        if self.depth != SCREEN:
            policy = self.said["policy"]
            yield "", ""
            yield "dim", self.words.line("policy", pack=policy["pack"], digest=policy["digest"])

    def _section(self, name: str) -> Iterator[tuple[str, str]]:
        """Yield the heading of a section and its lines, or nothing."""
        content = {
            "missing": self.missing, "words": self.to_say, "clocks": self.clocks, "issues": self.issues,
            "reckoning": self.reckoning, "paid_before": self.paid_before, "alternatives": self.alternatives,
            "eligibility": self.eligibility, "why_not": self.why_not, "why": self.why, "notes": self.notes,
        }[name]()  # fmt: skip
        found = [part for line in content for part in line.split("\n")]
        most = None if self.depth == ALL else _MOST.get(name)
        if found:
            yield "", ""
            yield "bold", self.words.term("heading", name)
            yield from (("", f"  {line}") for line in found[:most])
            if len(found[:most]) < len(found):
                yield "dim", f"  {self.words.line('more')}"

    # ---- what to do

    def headline(self) -> Lines:
        """Render the remedy in one line."""
        words, remedy = self.words, self.said["remedy"]
        outcome = words.term("outcome", self.said["outcome"])
        if remedy is None or remedy["kind"] == self.said["outcome"]:
            yield outcome
            return
        doubt = words.term("line", "provisional" if self.said["outcome"] == "ask" else "to_be_reviewed")
        phrase = f"{outcome}{words.term('line', 'colon')}{self._gets(remedy)}"
        yield phrase + (doubt if self.said["provisional"] else "")

    def _gets(self, remedy: Said) -> str:
        words = self.words
        parts = [self.amount(remedy["kind"], remedy["refund_fen"])]
        if remedy["extent"] in ("full", "partial"):
            parts[0] += words.line("extent", words.term("extent", remedy["extent"]))
        if remedy["return_required"] or remedy["refund_fen"]:
            parts.append(words.term("line", "return" if remedy["return_required"] else "keep"))
        return words.joined(parts, "pause")

    def summary(self) -> Lines:
        """Render additions, a ground that differs from the ticked kind, responsibility, bearer, freight and mode."""
        words = self.words
        if self.said["remedy"] is not None:
            yield from self._extras(self.said["remedy"])
        yield from self.grounds()
        yield from self._parties()
        if self.said["remedy"] is not None:
            yield from self._freight(self.said["remedy"]["freight"])
        yield words.line("mode", words.value("automation.mode", self.said["automation"]["mode"]))
        yield from self._by_hand()
        if self.said["severity"] is not None:
            yield words.line("severity", words.value("severity", self.said["severity"]))

    def _by_hand(self) -> Lines:
        """Give the reasons why a person carries it out, if one does."""
        if self.said["automation"]["mode"] not in AUTOMATIC:
            reasons = list(dict.fromkeys(self.reasons()))
            most = None if self.depth == ALL else _MOST_REASONS
            yield from (self.words.line("by_hand", reason) for reason in reasons[:most])

    def _extras(self, remedy: Said) -> Lines:
        words = self.words
        for extra in remedy["compensation"]:
            title = self.title("remedy.compensation", extra["rule"]) or extra["head"]
            yield words.line("compensation", money=words.money(extra["amount_fen"]), title=title)
        for extra in remedy["additions"]:
            named = words.term("addition", extra["kind"])
            yield words.line("addition", title=named, money=words.money(extra["amount_fen"]))
        if remedy["goodwill"] is not None:
            yield self._goodwill(remedy["goodwill"])
        if remedy["total_fen"] and remedy["total_fen"] != remedy["refund_fen"]:
            yield words.line("total", money=words.money(remedy["total_fen"]))

    def _goodwill(self, goodwill: Said) -> str:
        words, given = self.words, goodwill["amount_fen"] != 0
        title = self.title("remedy.goodwill", goodwill["rule"]) or words.term("addition", goodwill["form"])
        money = words.money(goodwill["amount_fen" if given else "up_to_fen"])
        return words.line("goodwill" if given else "goodwill_range", money=money, title=title) + self.needs(goodwill)

    def _parties(self) -> Lines:
        words, said = self.words, self.said["responsibility"]
        if said["to_customer"] is not None:
            yield words.line("to_customer", words.term("party", said["to_customer"]))
        if said["bears"] or said["final"]:
            bears = said["bears"] or {}
            parties = [self._bearer(party, bears.get(party)) for party in bears or said["final"]]
            likely = words.term("line", "likely") if said["certainty"] == "likely" else ""
            yield words.line("final", words.joined(parties)) + likely
        for claim in said["recovery"]:
            until = words.line("by", words.instant(claim["by"])) if claim["by"] else ""
            party, fen = words.term("party", claim["from"]), claim["amount_fen"]
            much = f"{claim['share']}%" if fen is None else words.money(fen)
            yield words.line("recovery", party=party, much=much, until=until)

    def _bearer(self, party: str, fen: int | None) -> str:
        named = self.words.term("party", party)
        return named if fen is None else self.words.line("bears", named, self.words.money(fen))

    def _freight(self, freight: Said) -> Lines:
        words, ways = self.words, [way for way in ("out", "back") if freight[way] is not None]
        if ways:
            paid = [words.line(way, words.value(f"freight.{way}", freight[way])) for way in ways]
            yield words.line("freight", words.joined(paid, "pause"))

    # ---- what to say and do, by when

    def to_say(self) -> Lines:
        """Render the words for the customer."""
        for block in self.said["words"]:
            yield self.words.pick({key: text for key, text in block.items() if key in self.words.pack.languages})

    def clocks(self) -> Lines:
        """Render each deadline by the title of its rule, nearest first, those after future events last."""
        for clock in sorted(self.said["clocks"], key=lambda clock: (clock["at"] is None, clock["at"] or "")):
            at = self.words.line("until", self.words.instant(clock["at"])) if clock["at"] else self._within(clock)
            missed = self.words.term("on_timeout", clock["on_timeout"]) if clock["on_timeout"] else ""
            phrase = self.words.line("overdue", missed) if missed else ""
            yield f"{at}  {self.words.pick(clock['title']) or clock['name']}{phrase}"

    def _within(self, clock: Said) -> str:
        words = self.words
        count, _, unit = str(clock["within"] or "").partition(" ")
        after = words.term("event", clock["after"])
        after = words.line("moment", words.label(clock["after"])) if after == clock["after"] else after
        return words.line("within", after=after, count=count, unit=words.term("unit", unit))
