"""The parts of a recommendation: its issues, amounts, earlier payments, options and entitlements."""

from __future__ import annotations

from rules.language.contract import GROUND, TICKED
from service.rendering.account import Lines, Page, Said


class Breakdown(Page):
    """The part of the page that lists what the recommendation is made of."""

    def grounds(self) -> Lines:
        """Render what an issue rests on, where it is not the kind that was ticked."""
        for issue in self.said["issues"]:
            if (ground := issue.get("ground")) is not None and ground["value"] != issue["kind"]:
                title = self.title(GROUND, ground["rule"]) if ground["rule"] else ""
                colon = self.words.term("line", "colon") if title else ""
                named = (self.words.value(GROUND, ground["value"]), self.words.value(TICKED, issue["kind"]))
                yield self.of_issue(issue["issue"]) + self.words.line("ground", *named) + colon + title

    def issues(self) -> Lines:
        """Render what each issue comes to, where there are several."""
        words = self.words
        for issue in self.said["issues"] if len(self.said["issues"]) > 1 else ():
            remedy = issue["remedy"]
            result = words.term("outcome", issue["outcome"])
            if remedy is not None and remedy["kind"] != issue["outcome"]:
                result += words.term("line", "colon") + self.amount(remedy["kind"], remedy["refund_fen"])
            kind = "" if issue["kind"] is None else words.line("extent", words.value(TICKED, issue["kind"]))
            yield f"{words.line('issue', issue['issue'] + 1)}{kind}  {result}"

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
        """Render each earlier payment: when, what, how much, in which case, by whom, and what of it is taken off."""
        words = self.words
        for entry in self.said.get("paid_before", ()):
            item = entry["item"] or "compensation"
            named = words.term("head", item) if words.term("head", item) != item else words.term("kind", item)
            parts = {"paid_in": entry["case_no"], "paid_by": entry["by"], "paid_as": entry["reference"]}
            details = words.joined([words.line(key, value) for key, value in parts.items() if value], "comma")
            yield words.line(
                "paid_before",
                at=words.line("paid_on", words.instant(entry["at"])) if entry["at"] else "",
                item=named,
                money=words.money(entry["amount_fen"]),
                details=words.line("extent", details) if details else "",
                counted=words.money(entry["counted_fen"]),
            )

    def alternatives(self) -> Lines:
        """Render the room in what was chosen and the options that were not, with the approval that each needs."""
        for option in self.said["alternatives"]:
            more = option["up_to_fen"] is not None and option["up_to_fen"] > (option["refund_fen"] or 0)
            if more or not option["chosen"]:
                title = self.title("remedy.option", option["rule"])
                line = self.of_issue(option["issue"]) + self._option(option, more) + self.needs(option)
                yield f"{line}  {title}" if title else line

    def _option(self, option: Said, more: bool) -> str:
        words = self.words
        line = words.term("line", "chosen") if option["chosen"] else ""
        line += self.amount(option["kind"], option["refund_fen"])
        line += words.line("up_to", words.money(option["up_to_fen"])) if more else ""
        line += words.line("pause_return") if option["return_required"] and option["kind"] == "refund" else ""
        return line + (words.line("voucher", words.money(option["voucher_fen"])) if option["voucher_fen"] else "")

    def eligibility(self) -> Lines:
        """Render each entitlement with its window."""
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
