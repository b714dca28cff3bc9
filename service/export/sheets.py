"""Spreadsheets of cases: one row a case, with its handling (S-128) or its intake (S-030)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from service.auth import OWNER
from service.casework.context import CaseContext
from service.export.dossiers import CaseEntry, Dossier, dossiers
from service.i18n.sheets import ENTRY_NAMES, ERASED, RECORD, SHEET
from service.i18n.story import NAMES
from service.ledger.filing import filed
from service.rendering.csv_text import Cell
from service.rendering.glossary import Glossary
from service.rendering.readable import lines

SHEETS: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {"sheet": SHEET, "record": RECORD}
BETWEEN: Final = "semicolon"
SETTLING: Final = ("outcome", "execution.executed")

Json = dict[str, Any]


def rows(
    context: CaseContext, name: str, language: str, since: datetime | None = None, until: datetime | None = None
) -> Iterator[list[Cell]]:
    """Yield the headers of a sheet and then a row for each case opened in a period."""
    yield list(SHEETS[name][language])
    for dossier in dossiers(context.ledger, context.sight, since, until):
        yield _ROWS[name](_Cells(context, dossier, language))


class _Cells:
    """The cell values of a case, in the words of the packs that decided it."""

    def __init__(self, context: CaseContext, dossier: Dossier, language: str) -> None:
        self.context, self.dossier, self.language = context, dossier, language
        self.decisions = dossier.decisions()

    def words(self, decision: CaseEntry) -> Glossary:
        """Return the words of the pack of a decision, or of the pack in use where that is gone."""
        ready = self.context.ready
        if decision.pack_digest not in (None, ready.pack.digest):
            ready = self.context.archive.ready(str(decision.pack_digest)) or ready
        return Glossary(ready.pack, self.language)

    def filed(self, what: str) -> str:
        """Return the filed value of the latest decision."""
        for decision in reversed(self.decisions):
            body = _body(decision)
            return filed(self.words(decision).pack, what, body["case"], body["findings"]) or ""
        return ERASED[self.language]

    def complaint(self) -> str:
        """Return the customer's text of each issue, or its kind."""
        for decision in reversed(self.decisions):
            words, body = self.words(decision), _body(decision)
            name = words.pack.filed_under.get("text", "")
            texts = [finding["facts"].get(name) for finding in body["findings"]]
            kinds = [issue["kind"] for issue in body["recommendation"]["issues"]]
            said = [text or _kind(words, kind) for text, kind in zip(texts, kinds, strict=False)]
            return words.joined(said or [_kind(words, kind) for kind in kinds], BETWEEN)
        return ERASED[self.language]

    def kinds(self) -> str:
        """Return the kinds of issue of the case."""
        for decision in self.decisions:
            words = self.words(decision)
            kinds = (_kind(words, issue["kind"]) for issue in _body(decision)["recommendation"]["issues"])
            return words.joined(list(dict.fromkeys(kinds)))
        return ERASED[self.language]

    def wants(self) -> str:
        """Return the remedies that the customer asked for."""
        for decision in self.decisions:
            words = self.words(decision)
            wants = [finding["facts"].get("issue.wants") for finding in _body(decision)["findings"]]
            return words.joined([words.value("issue.wants", one) for one in dict.fromkeys(wants) if one])
        return ERASED[self.language]

    def submitted(self) -> str:
        """Return the time of the complaint."""
        for decision in self.decisions:
            return self.moment(_body(decision)["case"]["submitted_at"])
        return self.moment(self.dossier.case.opened_at)

    def judgement(self, decisions: list[CaseEntry]) -> str:
        """Return the recommendation of the first of some decisions."""
        for decision in decisions:
            pack = self.words(decision).pack
            return next(lines(_body(decision)["recommendation"], pack, self.language))[1]
        return ERASED[self.language]

    def solution(self) -> str:
        """Return the latest outcome, else the latest recommendation."""
        for entry in reversed(self.dossier.entries):
            if entry.kind == "outcome" and entry.body is not None:
                words, body = self.words(entry), entry.body
                kind, fen = words.term("kind", body.get("kind")), body.get("total_fen")
                return words.line("amount", kind=kind, money=words.money(fen)) if fen else kind
            if entry.kind == "decision":
                break
        return self.judgement(self.decisions[::-1])

    def process(self) -> str:
        """Return the entries of the case, each with its instant."""
        words = Glossary(self.context.ready.pack, self.language)
        steps = (f"{self.moment(one.at)} {self._entry_text(words, one)}" for one in self.dossier.entries)
        return words.joined(list(steps), BETWEEN)

    def handler(self) -> str:
        """Return the assigned person, else the last to settle the case, else the last to have it decided."""
        entries = self.dossier.entries[::-1]
        acted = [*filter(_settles, entries), *(one for one in entries if one.kind == "decision")]
        return self._given_to() or self._named(acted)

    def receiver(self) -> str:
        """Return the assigned person, else the first to have the case decided."""
        return self._given_to() or self._named([one for one in self.dossier.entries if one.kind == "decision"])

    def _given_to(self) -> str:
        """Return the assigned person, else the handler that the pack files."""
        return self.dossier.case.handler or (self.filed("handler") if self.decisions else "")

    def _named(self, acted: Sequence[CaseEntry]) -> str:
        """Return the actor of the first entry; of an approved outcome, its proposer."""
        for one in acted:
            name = str((one.body or {}).get("by") or one.by) if one.kind == "outcome" else one.by
            return NAMES["who"]["owner"][self.language] if name == OWNER.name else name
        return ""

    def remarks(self) -> str:
        """Return all notes."""
        words = Glossary(self.context.ready.pack, self.language)
        notes = (one.body.get("note") for one in self.dossier.entries if one.body is not None)
        once = dict.fromkeys(notes)  # an outcome repeats the note of its proposal
        return words.joined([note for note in once if isinstance(note, str) and note], BETWEEN)

    def day(self) -> str:
        """Return the day on which the case was opened."""
        return self.moment(self.dossier.case.opened_at).partition(" ")[0]

    def moment(self, at: str) -> str:
        """Return an instant in the shop's time zone."""
        return f"{datetime.fromisoformat(at).astimezone(self.context.ready.pack.zone):%Y-%m-%d %H:%M}"

    def _entry_text(self, words: Glossary, one: CaseEntry) -> str:
        body = one.body or {}
        kind = str(body.get("kind")) if one.kind == "event" and "kind" in body else one.kind
        text = ENTRY_NAMES[kind][self.language] if kind in ENTRY_NAMES else kind
        if one.body is None:
            return text + words.line("extent", ERASED[self.language])
        outcome = words.term("outcome", body["recommendation"]["outcome"]) if one.kind == "decision" else ""
        return text + (words.line("extent", outcome) if outcome else "")


def _settles(one: CaseEntry) -> bool:
    """Check whether an entry is an outcome or a payment by a person."""
    return one.kind in SETTLING or (one.kind == "event" and (one.body or {}).get("kind") == "executed")


def _body(entry: CaseEntry) -> Json:
    assert entry.body is not None
    return entry.body


def _kind(words: Glossary, kind: str | None) -> str:
    return words.value("issue.kind", kind)


_ROWS: Final[Mapping[str, Callable[[_Cells], list[Cell]]]] = {
    "sheet": lambda cells: [
        cells.day(),
        cells.filed("name"),
        cells.filed("contact"),
        cells.complaint(),
        cells.process(),
        cells.solution(),
        cells.handler(),
        cells.remarks(),
    ],
    "record": lambda cells: [
        cells.dossier.case.no,
        cells.filed("name"),
        cells.dossier.case.order_no,
        cells.submitted(),
        cells.receiver(),
        cells.kinds(),
        cells.wants(),
        cells.judgement(cells.decisions),
    ],
}
