"""Render a recommendation for an agent: the remedy, the words, deadlines, missing facts, and reasons."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from rules.compiling.pack import Pack
from service.rendering.account import Account, Lines, Said
from service.rendering.glossary import Glossary

_STYLES: Final = {"remedy": "bold green", "ask": "bold yellow", "review": "bold red", "refuse": "bold red"}
_UNSEEN: Final = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]"
)  # control characters of the terminal


def lines(recommendation: Said, pack: Pack, language: str) -> Iterator[tuple[str, str]]:
    """Yield the style and the text of each line."""
    page = _Whole(recommendation, Glossary(pack, language))
    for line in page.headline():
        yield _STYLES[recommendation["outcome"]], _UNSEEN.sub("\ufffd", line)
    for line in page.summary():
        yield "", _UNSEEN.sub("\ufffd", line)
    for section, render in page.sections():
        found = [_UNSEEN.sub("\ufffd", part) for line in render() for part in line.split("\n")]
        if found:
            yield "", ""
            yield "bold", page.words.term("heading", section)
            yield from (("", f"  {line}") for line in found)
    yield "", ""
    yield "dim", page.words.line("policy", **{key: recommendation["policy"][key] for key in ("pack", "digest")})


class _Whole(Account):
    """The whole page: what to do and say, then the reasons."""

    def sections(self) -> tuple[tuple[str, Callable[[], Lines]], ...]:
        """Return the sections in the order in which they matter to an agent."""
        return (
            ("missing", self.missing),
            ("words", self.to_say),
            ("clocks", self.clocks),
            ("issues", self.issues),
            ("reckoning", self.reckoning),
            ("paid_before", self.paid_before),
            ("alternatives", self.alternatives),
            ("eligibility", self.eligibility),
            ("why_not", self.why_not),
            ("why", self.why),
            ("notes", self.notes),
        )

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
        """Render additions, responsibility, final bearer, freight and mode."""
        words = self.words
        if self.said["remedy"] is not None:
            yield from self._extras(self.said["remedy"])
        yield from self._parties()
        if self.said["remedy"] is not None:
            yield from self._freight(self.said["remedy"]["freight"])
        yield words.line("mode", words.value("automation.mode", self.said["automation"]["mode"]))
        if self.said["severity"] is not None:
            yield words.line("severity", words.value("severity", self.said["severity"]))

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
        return words.line("goodwill" if given else "goodwill_range", money=money, title=title) + self._needs(goodwill)

    def _parties(self) -> Lines:
        words, said = self.words, self.said["responsibility"]
        if said["to_customer"] is not None:
            yield words.line("to_customer", words.term("party", said["to_customer"]))
        if said["bears"] or said["final"]:
            bears = {party: words.money(fen) for party, fen in (said["bears"] or {}).items()}
            parties = [f"{words.term('party', party)} {bears.get(party, '')}" for party in bears or said["final"]]
            likely = words.term("line", "likely") if said["certainty"] == "likely" else ""
            yield words.line("final", words.joined([party.strip() for party in parties])) + likely
        for claim in said["recovery"]:
            until = words.line("by", words.instant(claim["by"])) if claim["by"] else ""
            party, fen = words.term("party", claim["from"]), claim["amount_fen"]
            much = f"{claim['share']}%" if fen is None else words.money(fen)
            yield words.line("recovery", party=party, much=much, until=until)

    def _freight(self, freight: Said) -> Lines:
        words, ways = self.words, [way for way in ("out", "back") if freight[way] is not None]
        if ways:
            paid = [words.line(way, words.value(f"freight.{way}", freight[way])) for way in ways]
            yield words.line("freight", words.joined(paid, "pause"))

    def _needs(self, said: Said) -> str:
        return self.words.line("needs", self.words.term("role", said["needs"])) if said["needs"] else ""

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

    # ---- what it is made of, and what else there is

    def issues(self) -> Lines:
        """Render the result of each issue, where there are several."""
        words = self.words
        for issue in self.said["issues"] if len(self.said["issues"]) > 1 else ():
            remedy = issue["remedy"]
            phrase = words.term("outcome", issue["outcome"])
            if remedy is not None and remedy["kind"] != issue["outcome"]:
                phrase += words.term("line", "colon") + self.amount(remedy["kind"], remedy["refund_fen"])
            kind = "" if issue["kind"] is None else words.line("extent", words.value("issue.kind", issue["kind"]))
            yield f"{words.line('issue', issue['issue'] + 1)}{kind}  {phrase}"

    def reckoning(self) -> Lines:
        """Render the amounts one by one, where there are several."""
        entries = (self.said["remedy"] or {}).get("reckoning", [])
        for entry in entries if len(entries) > 1 else ():
            titles = (
                self.title(f"remedy.{answer}", entry["rule"]) for answer in ("option", "compensation", "goodwill")
            )
            title = next((title for title in titles if title), entry["item"])
            yield f"{self.words.money(entry['amount_fen'])}  {self.of_issue(entry['issue'])}{title}"

    def paid_before(self) -> Lines:
        """Render each earlier payment, and how much of it is deducted."""
        words = self.words
        for entry in self.said.get("paid_before", ()):
            item = entry["item"] or "compensation"
            named = words.term("head", item) if words.term("head", item) != item else words.term("kind", item)
            parts = {"paid_in": entry["case_no"], "paid_by": entry["by"], "paid_as": entry["reference"]}
            phrase = words.joined([words.line(key, value) for key, value in parts.items() if value], "comma")
            yield words.line(
                "paid_before",
                at=words.line("paid_on", words.instant(entry["at"])) if entry["at"] else "",
                item=named,
                money=words.money(entry["amount_fen"]),
                details=words.line("extent", phrase) if phrase else "",
                counted=words.money(entry["counted_fen"]),
            )

    def alternatives(self) -> Lines:
        """Render the range of the chosen remedy and the other options, with the required approval."""
        for option in self.said["alternatives"]:
            more = option["up_to_fen"] is not None and option["up_to_fen"] > (option["refund_fen"] or 0)
            if more or not option["chosen"]:
                title = self.title("remedy.option", option["rule"])
                phrase = self.of_issue(option["issue"]) + self._option(option, more) + self._needs(option)
                yield f"{phrase}  {title}" if title else phrase

    def _option(self, option: Said, more: bool) -> str:
        words = self.words
        phrase = words.term("line", "chosen") if option["chosen"] else ""
        phrase += self.amount(option["kind"], option["refund_fen"])
        phrase += words.line("up_to", words.money(option["up_to_fen"])) if more else ""
        phrase += words.line("pause_return") if option["return_required"] and option["kind"] == "refund" else ""
        return phrase + (words.line("voucher", words.money(option["voucher_fen"])) if option["voucher_fen"] else "")

    def eligibility(self) -> Lines:
        """Render each entitlement with its period."""
        words = self.words
        for entry in self.said["eligibility"]:
            parts = [words.term("entitlement", entry["answer"]), *self._window(entry)]
            label = words.label(f"eligibility.{entry['entitlement']}")
            yield f"{self.of_issue(entry['issue'])}{label}{words.term('line', 'colon')}{words.joined(parts, 'pause')}"

    def _window(self, entry: Said) -> Lines:
        words = self.words
        if entry["from"] and entry["until"]:
            yield words.line("from_until", words.instant(entry["from"]), words.instant(entry["until"]))
        elif entry["until"]:
            yield words.line("until", words.instant(entry["until"]))
        if entry["day"] is not None:
            yield words.line("day", entry["day"])
