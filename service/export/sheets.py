"""The sheets of a shop: one row a case with what was done (S-128), or as it was taken in (S-030)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from service.auth import OWNER
from service.casework.workspace import Workspace
from service.export.dossiers import Dossier, Happening, dossiers
from service.i18n.sheets import ERASED, HAPPENED, RECORD, SHEET
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
    desk: Workspace, name: str, language: str, since: datetime | None = None, until: datetime | None = None
) -> Iterator[list[Cell]]:
    """Yield the headers of a sheet and then a row for each case opened in a stretch of time."""
    yield list(SHEETS[name][language])
    for dossier in dossiers(desk.ledger, desk.sight, since, until):
        yield _ROWS[name](_Told(desk, dossier, language))


class _Told:
    """What the cells of a case say, in the words of the packs that decided it."""

    def __init__(self, desk: Workspace, dossier: Dossier, language: str) -> None:
        self.desk, self.dossier, self.language = desk, dossier, language
        self.decisions = dossier.decisions()

    def words(self, decision: Happening) -> Glossary:
        """Return the words of the pack that made a decision, or where that is gone of the one in use."""
        ready = self.desk.ready
        if decision.pack_digest not in (None, ready.pack.digest):
            ready = self.desk.archive.ready(str(decision.pack_digest)) or ready
        return Glossary(ready.pack, self.language)

    def filed(self, what: str) -> str:
        """Return what the case is filed under, as its latest decision has it."""
        for decision in reversed(self.decisions):
            body = _body(decision)
            return filed(self.words(decision).pack, what, body["case"], body["findings"]) or ""
        return ERASED[self.language]

    def complaint(self) -> str:
        """Return what the customer told of each issue, or what kind of issue it is."""
        for decision in reversed(self.decisions):
            words, body = self.words(decision), _body(decision)
            name = words.pack.filed_under.get("text", "")
            told = [finding["facts"].get(name) for finding in body["findings"]]
            kinds = [issue["kind"] for issue in body["recommendation"]["issues"]]
            said = [text or _kind(words, kind) for text, kind in zip(told, kinds, strict=False)]
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
        """Return what the customer asked for."""
        for decision in self.decisions:
            words = self.words(decision)
            wants = [finding["facts"].get("issue.wants") for finding in _body(decision)["findings"]]
            return words.joined([words.value("issue.wants", one) for one in dict.fromkeys(wants) if one])
        return ERASED[self.language]

    def submitted(self) -> str:
        """Return when the complaint was made."""
        for decision in self.decisions:
            return self.moment(_body(decision)["case"]["submitted_at"])
        return self.moment(self.dossier.case.opened_at)

    def judgement(self, decisions: list[Happening]) -> str:
        """Return what the first of some decisions recommends."""
        for decision in decisions:
            pack = self.words(decision).pack
            return next(lines(_body(decision)["recommendation"], pack, self.language))[1]
        return ERASED[self.language]

    def solution(self) -> str:
        """Return the outcome that was taken last, else what was recommended last."""
        for happening in reversed(self.dossier.happenings):
            if happening.kind == "outcome" and happening.body is not None:
                words, body = self.words(happening), happening.body
                kind, fen = words.term("kind", body.get("kind")), body.get("total_fen")
                return words.line("amount", kind=kind, money=words.money(fen)) if fen else kind
            if happening.kind == "decision":
                break
        return self.judgement(self.decisions[::-1])

    def process(self) -> str:
        """Return what happened, each with its instant."""
        words = Glossary(self.desk.ready.pack, self.language)
        told = (f"{self.moment(one.at)} {self._happened(words, one)}" for one in self.dossier.happenings)
        return words.joined(list(told), BETWEEN)

    def handler(self) -> str:
        """Return who has the case, else who took its outcome or carried it out last, else who had it decided last."""
        happenings = self.dossier.happenings[::-1]
        acted = [*filter(_settles, happenings), *(one for one in happenings if one.kind == "decision")]
        return self._given_to() or self._named(acted)

    def receiver(self) -> str:
        """Return who has the case, else who had it decided first."""
        return self._given_to() or self._named([one for one in self.dossier.happenings if one.kind == "decision"])

    def _given_to(self) -> str:
        """Return whom the case was given to, else who the pack files as its handler."""
        return self.dossier.case.handler or (self.filed("handler") if self.decisions else "")

    def _named(self, acted: Sequence[Happening]) -> str:
        """Return who was the first to act; of what was approved, who proposed it."""
        for one in acted:
            name = str((one.body or {}).get("by") or one.by) if one.kind == "outcome" else one.by
            return NAMES["who"]["owner"][self.language] if name == OWNER.name else name
        return ""

    def remarks(self) -> str:
        """Return all notes."""
        words = Glossary(self.desk.ready.pack, self.language)
        notes = (one.body.get("note") for one in self.dossier.happenings if one.body is not None)
        once = dict.fromkeys(notes)  # an outcome says again what its proposal said
        return words.joined([note for note in once if isinstance(note, str) and note], BETWEEN)

    def day(self) -> str:
        """Return the day on which the case was opened."""
        return self.moment(self.dossier.case.opened_at).partition(" ")[0]

    def moment(self, at: str) -> str:
        """Return an instant in the time of the shop."""
        return f"{datetime.fromisoformat(at).astimezone(self.desk.ready.pack.zone):%Y-%m-%d %H:%M}"

    def _happened(self, words: Glossary, one: Happening) -> str:
        body = one.body or {}
        kind = str(body.get("kind")) if one.kind == "event" and "kind" in body else one.kind
        told = HAPPENED[kind][self.language] if kind in HAPPENED else kind
        if one.body is None:
            return told + words.line("extent", ERASED[self.language])
        outcome = words.term("outcome", body["recommendation"]["outcome"]) if one.kind == "decision" else ""
        return told + (words.line("extent", outcome) if outcome else "")


def _settles(one: Happening) -> bool:
    """Tell whether somebody took an outcome or carried it out."""
    return one.kind in SETTLING or (one.kind == "event" and (one.body or {}).get("kind") == "executed")


def _body(happening: Happening) -> Json:
    assert happening.body is not None
    return happening.body


def _kind(words: Glossary, kind: str | None) -> str:
    return words.value("issue.kind", kind)


_ROWS: Final[Mapping[str, Callable[[_Told], list[Cell]]]] = {
    "sheet": lambda told: [
        told.day(),
        told.filed("name"),
        told.filed("contact"),
        told.complaint(),
        told.process(),
        told.solution(),
        told.handler(),
        told.remarks(),
    ],
    "record": lambda told: [
        told.dossier.case.no,
        told.filed("name"),
        told.dossier.case.order_no,
        told.submitted(),
        told.receiver(),
        told.kinds(),
        told.wants(),
        told.judgement(told.decisions),
    ],
}
