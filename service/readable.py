"""A recommendation as an agent reads it: what to do and say, by when, what is missing, and why."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from rules.pack import Pack

from .glossary import Glossary

Lines = Iterator[str]
Said = Mapping[str, Any]

_STYLES: Final = {"remedy": "bold green", "ask": "bold yellow", "review": "bold red", "refuse": "bold red"}
_UNSEEN: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")  # would steer the terminal


def lines(recommendation: Said, pack: Pack, language: str) -> Iterator[tuple[str, str]]:
    """Yield the style and the text of each line."""
    page = _Page(recommendation, Glossary(pack, language))
    for line in page.headline():
        yield _STYLES[recommendation["outcome"]], _UNSEEN.sub("\ufffd", line)
    for line in page.summary():
        yield "", _UNSEEN.sub("\ufffd", line)
    for section, told in page.sections():
        found = [_UNSEEN.sub("\ufffd", part) for line in told() for part in line.split("\n")]
        if found:
            yield "", ""
            yield "bold", page.words.term("heading", section)
            yield from (("", f"  {line}") for line in found)
    yield "", ""
    yield "dim", page.words.line("policy", **{key: recommendation["policy"][key] for key in ("pack", "digest")})


class _Page:
    def __init__(self, recommendation: Said, words: Glossary) -> None:
        self.said, self.words = recommendation, words
        self.rules = recommendation["why"]["rules"]

    def sections(self) -> tuple[tuple[str, Callable[[], Lines]], ...]:
        """Return the sections in the order in which they matter to an agent."""
        return (
            ("missing", self.missing),
            ("words", self.to_say),
            ("clocks", self.clocks),
            ("reckoning", self.reckoning),
            ("alternatives", self.alternatives),
            ("eligibility", self.eligibility),
            ("why_not", self.why_not),
            ("why", self.why),
            ("notes", self.notes),
        )

    # ---- what to do

    def headline(self) -> Lines:
        """Say in a line what the customer gets."""
        words, remedy = self.words, self.said["remedy"]
        outcome = words.term("outcome", self.said["outcome"])
        if remedy is None or (remedy["kind"] == "refuse" and self.said["outcome"] == "refuse"):
            yield outcome
        else:
            provisional = words.term("line", "provisional") if self.said["provisional"] else ""
            yield f"{outcome}{words.term('line', 'colon')}{self._gets(remedy)}{provisional}"

    def _gets(self, remedy: Said) -> str:
        words = self.words
        kind = words.term("kind", remedy["kind"])
        said = words.line("amount", kind=kind, money=words.money(remedy["refund_fen"])) if remedy["refund_fen"] else kind
        if remedy["refund_fen"] and remedy["extent"] in ("full", "partial"):
            said += words.line("extent", words.term("extent", remedy["extent"]))
        parts = [said]
        if remedy["return_required"]:
            parts.append(words.term("line", "return"))
        elif remedy["refund_fen"]:
            parts.append(words.term("line", "keep"))
        return words.joined(parts)

    def summary(self) -> Lines:
        """Say what comes on top, who answers, who bears, who pays freight, who carries it out."""
        yield from self._extras()
        yield from self._parties()
        yield from self._freight()
        words, automation = self.words, self.said["automation"]
        yield words.line("mode", words.value("automation.mode", automation["mode"], "mode"))
        if self.said["severity"] is not None:
            yield words.line("severity", words.value("severity", self.said["severity"]))

    def _extras(self) -> Lines:
        words, remedy = self.words, self.said["remedy"]
        if remedy is None:
            return
        for extra in remedy["compensation"]:
            title = self._title("remedy.compensation", extra["rule"]) or extra["head"]
            yield words.line("compensation", money=words.money(extra["amount_fen"]), title=title)
        for extra in remedy["additions"]:
            yield words.line("addition", title=words.term("addition", extra["kind"]), money=words.money(extra["amount_fen"]))
        if goodwill := remedy["goodwill"]:
            key, amount = ("goodwill", goodwill["amount_fen"]) if goodwill["amount_fen"] else ("goodwill_range", goodwill["up_to_fen"])
            title = self._title("remedy.goodwill", goodwill["rule"]) or words.term("addition", goodwill["form"])
            yield words.line(key, money=words.money(amount), title=title) + self._needs(goodwill)
        if remedy["total_fen"] and remedy["total_fen"] != remedy["refund_fen"]:
            yield words.line("total", money=words.money(remedy["total_fen"]))

    def _parties(self) -> Lines:
        words, said = self.words, self.said["responsibility"]
        if said["to_customer"] is not None:
            yield words.line("to_customer", words.term("party", said["to_customer"]))
        likely = words.term("line", "likely") if said["certainty"] == "likely" else ""
        bears = said["bears"] or {}
        shares = bears or said["final"] or {}
        if shares:
            parties = [words.term("party", party) + (f" {words.money(bears[party])}" if bears else "") for party in shares]
            yield words.line("final", words.joined(parties)) + likely
        for claim in said["recovery"]:
            until = words.line("by", words.instant(claim["by"])) if claim["by"] else ""
            yield words.line("recovery", party=words.term("party", claim["from"]), share=claim["share"], until=until)

    def _freight(self) -> Lines:
        freight = (self.said["remedy"] or {}).get("freight", {})
        paid = {way: freight.get(way) for way in ("out", "back") if freight.get(way) not in (None, "none")}
        named = {way: self.words.value(f"freight.{way}", payer, "party") for way, payer in paid.items()}
        if named:
            yield self.words.line("freight" if len(named) == 2 else f"freight_{next(iter(named))}", **named)

    def _needs(self, said: Said) -> str:
        return self.words.line("needs", self.words.term("role", said["needs"])) if said["needs"] else ""

    # ---- what to say and do, by when

    def to_say(self) -> Lines:
        """Give the words for the customer."""
        for block in self.said["words"]:
            yield self.words.pick({key: text for key, text in block.items() if key in self.words.pack.languages})

    def clocks(self) -> Lines:
        """Give each deadline by the title of the rule that set it."""
        words = self.words
        for clock in self.said["clocks"]:
            title = self._clock_title(clock["name"])
            yield f"{words.line('until', words.instant(clock['at'])) if clock['at'] else self._within(clock)}  {title}"

    def _within(self, clock: Said) -> str:
        words = self.words
        count, _, unit = str(clock["within"] or "").partition(" ")
        after = words.term("event", clock["after"])
        after = words.label(clock["after"]) if after == clock["after"] else after
        return words.line("within", after=after, count=count, unit=words.term("unit", unit))

    def reckoning(self) -> Lines:
        """Give the amounts one by one where there are several."""
        told = (self.said["remedy"] or {}).get("reckoning", [])
        names = {"refund": "remedy.option", "compensation": "remedy.compensation", "goodwill": "remedy.goodwill"}
        if len(told) > 1:
            for entry in told:
                titles = (self._title(answer, entry["rule"]) for answer in names.values())
                title = next((title for title in titles if title), entry["item"])
                yield f"{self.words.money(entry['amount_fen'])}  {self._of_issue(entry['issue'])}{title}"

    def alternatives(self) -> Lines:
        """Give the options that were not chosen, and the range of the one that was, with the approval each needs."""
        words = self.words
        for option in self.said["alternatives"]:
            ranges = option["up_to_fen"] is not None and option["up_to_fen"] != option["refund_fen"]
            if option["chosen"] and not ranges:
                continue
            kind, amount = words.term("kind", option["kind"]), option["refund_fen"]
            told = words.line("amount", kind=kind, money=words.money(amount)) if amount else kind
            told += words.line("up_to", words.money(option["up_to_fen"])) if ranges else ""
            told += words.line("voucher", words.money(option["voucher_fen"])) if option["voucher_fen"] else ""
            title = self._title("remedy.option", option["rule"])
            yield f"{self._of_issue(option['issue'])}{told}{self._needs(option)}" + (f"  {title}" if title else "")

    def eligibility(self) -> Lines:
        """Give each entitlement with its window."""
        words = self.words
        for entry in self.said["eligibility"]:
            answer = words.value(f"eligibility.{entry['entitlement']}", entry["answer"], "entitlement")
            window = [words.instant(entry[end]) for end in ("from", "until") if entry[end]]
            told = words.line("from_until", *window) if len(window) == 2 else words.line("until", *window) if window else ""
            day = words.line("day", entry["day"]) if entry["day"] is not None else ""
            parts = [part for part in (answer, told, day) if part]
            yield f"{words.label('eligibility.' + entry['entitlement'])}{words.term('line', 'colon')}{words.joined(parts)}"

    # ---- what is missing

    def missing(self) -> Lines:
        """Give every question, whom to ask, and what each answer would change."""
        words = self.words
        for asked in self.said["missing"]:
            who = words.joined([words.term("who", who) for who in asked["ask"]])
            question = words.pick(asked["question"]) or words.pick(asked["label"]) or asked["fact"]
            yield question + words.line("ask", who, words.term("matters", asked["because"]))
            for change in asked["changes"]:
                ends = list(dict.fromkeys(self._end(end) for end in change["outcomes"]))
                yield "  " + words.line("if", self._answered(asked, change["answer"]), words.joined(ends, "or"))

    def _answered(self, asked: Said, answer: Any) -> str:
        words = self.words
        if asked["value"] is not None:
            named = words.pick(asked["label"]) or str(asked["value"])
            return f"{words.term('line', 'has' if answer else 'has_not')} {named}"
        if isinstance(answer, Mapping):
            return self._bounds(asked["fact"], answer)
        return words.item(asked["fact"], answer)

    def _bounds(self, name: str, bounds: Said) -> str:
        said = [self.words.term("bound", word).format(self.words.item(name, bound)) for word, bound in bounds.items()]
        return self.words.joined(said)

    def _end(self, end: Said) -> str:
        words = self.words
        if end["outcome"] not in ("remedy", "refuse"):
            return words.term("outcome", end["outcome"])
        kinds = end["kind"] if isinstance(end["kind"], list) else [end["kind"]]
        told = words.joined([words.term("kind", kind) for kind in kinds])
        amount = end.get("total_fen")
        told = words.line("amount", kind=told, money=words.money(amount)) if amount else told
        mode = words.value("automation.mode", end["mode"], "mode") if end["mode"] else ""
        return told + (words.line("extent", mode) if mode else "")

    # ---- why and why not

    def why_not(self) -> Lines:
        """Give what the customer asked for, the conditions that failed, and the nearest change that would do."""
        words = self.words
        for entry in self.said["why_not"]:
            yield self._of_issue(entry["issue"]) + words.line("wanted", words.value("issue.wants", entry["wanted"]))
            for failed in entry["failed"]:
                label = words.pick(failed["label"]) or words.label(failed["fact"])
                now = words.item(failed["fact"], failed["is"])
                for test, operands in failed["needs"].items():
                    needed = words.joined([words.item(failed["fact"], operand) for operand in operands], "or")
                    told = words.term("test", test).format(needed)
                    yield "  " + words.line("is_now", label=label, test=told, now=now)
            if nearest := entry["nearest"]:
                would = nearest["would_be"]
                told = self._bounds(nearest["fact"], would) if isinstance(would, Mapping) else words.item(nearest["fact"], would)
                yield "  " + words.line("nearest", told, label=words.label(nearest["fact"]))

    def why(self) -> Lines:
        """Give the rules that spoke with their sources and facts, those set aside, and what was presumed."""
        words, why = self.words, self.said["why"]
        for rule in self.rules:
            known = {name: shown for name, shown in rule["facts"].items() if shown is not None}
            facts = [f"{words.label(name)} {words.value(name, shown)}" for name, shown in known.items()]
            source = f" [{', '.join(rule['source'])}]" if rule["source"] else ""
            told = f"{words.term('line', 'colon')}{words.joined(facts, 'semicolon')}" if facts else ""
            yield f"{self._of_issue(rule['issue'])}{words.pick(rule['title']) or rule['rule']}{source}{told}"
        for aside in why["set_aside"]:
            yield words.line("set_aside", f"{aside['policy']}/{aside['rule']}", aside["by"])
        for presumed in why["presumptions"]:
            value = words.value(presumed["fact"], presumed["value"])
            reason = words.term("because", presumed["because"])
            yield words.line("presumed", label=words.label(presumed["fact"]), value=value, why=reason)

    def notes(self) -> Lines:
        """Give what a person should know before trusting the rest."""
        words = self.words
        reasons = [reason for reason in self.said["automation"]["reasons"] if "code" in reason]
        for note in (*self.said["why"]["notes"], *(reason for reason in reasons if reason not in self.said["why"]["notes"])):
            if note["code"] == "holidays_unknown":
                yield words.line("holidays_unknown", year=note["year"])
            else:
                about = [words.label(note["fact"])] if "fact" in note else []
                about += [str(one) for key in ("rules", "details") for one in note.get(key, ())]
                about += [str(note[key]) for key in ("detail", "block") if key in note]
                yield words.joined([words.term("doubt", note["code"]), *about])

    # ---- titles

    def _title(self, answer: str, rule: str) -> str:
        """Return the title of a rule by the answer that it gave."""
        titles = (entry["title"] for entry in self.rules if entry["rule"] == rule and answer in entry["says"])
        return self.words.pick(next(titles, None))

    def _clock_title(self, name: str) -> str:
        for entry in self.rules:
            said = entry["says"].get("clock", [])
            if any(one.get("name") == name for one in (said if isinstance(said, list) else [said])):
                return self.words.pick(entry["title"])
        return name

    def _of_issue(self, issue: int) -> str:
        if len(self.said["issues"]) < 2:
            return ""
        return self.words.line("issue", issue + 1) + self.words.term("line", "colon")
