"""Render the timeline of a case: one sentence for each entry of the ledger."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from rules.compiling.pack import Pack
from service.i18n.story import MONTHS, NAMES, SENTENCES
from service.i18n.terms import REASONS
from service.rendering.glossary import Glossary

MOST_FACTS: Final = 6  # facts listed for one event
AT_ONCE: Final = timedelta(minutes=1)  # an event recorded later shows its own time
NOTHING: Final = "none"  # the kind of a missing remedy
_WITH_NOTE: Final = ("followed_up", "summary", "note", "dispute_negotiated", "reopened")
_WAYS: Final = ("accepted", "option", "override")  # choices of an outcome
_UNSEEN: Final = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069]+")

Body = Mapping[str, Any]


class Story:
    """Renders entries in one language; `roles` maps names to roles."""

    def __init__(self, pack: Pack, language: str, roles: Mapping[str, str]) -> None:
        self.words, self.language, self.roles, self.zone = Glossary(pack, language), language, roles, pack.zone
        self.clocks: dict[str, str] = {}  # titles of deadlines, from the decisions rendered so far

    def render(self, entry: Mapping[str, Any]) -> str:
        """Return an entry as a sentence; an entry of any shape can be rendered."""
        who, kind, body = self.person(entry["by"]), entry["kind"], entry["body"]
        if body is None:
            sentence = "erased_entry" if entry["erased"] else "altered_entry"
            phrase = self.say(sentence, who=who, kind=self.name("entry", kind))
        elif kind in _RENDERERS and isinstance(body, Mapping):
            phrase = _RENDERERS[kind](self, who, body) + self._happened(body.get("at"), entry["at"])
        else:
            phrase = self.say("recorded", who=who, kind=kind)
        return _UNSEEN.sub(" ", phrase).strip()

    def when(self, at: str, before: str | None = None) -> str:
        """Return an instant in the pack's time zone, with its year where it differs from the one before."""
        moment = self._local(at)
        same = before is not None and self._local(before).year == moment.year
        time = f"{moment.hour:02}:{moment.minute:02}"
        if self.language == "zh":
            return f"{'' if same else f'{moment.year}年'}{moment.month}月{moment.day}日 {time}"
        return f"{moment.day} {MONTHS[moment.month - 1]}{'' if same else f' {moment.year}'} {time}"

    def person(self, name: str) -> str:
        """Return a name with its role where it is known."""
        role = self.roles.get(name)
        if role is None:
            return self.name("who", name)
        apart = " " if self.language == "zh" and name[:1].isascii() else ""
        return self.name("role", role).format(f"{apart}{name}{apart}")

    def say(self, key: str, *parts: object, **slots: object) -> str:
        """Fill a sentence."""
        return SENTENCES[key][self.language].format(*parts, **slots)

    def name(self, group: str, key: object) -> str:
        """Return the name of a code, or the code itself."""
        return NAMES[group].get(str(key), {}).get(self.language, str(key))

    def _local(self, at: str) -> datetime:
        return datetime.fromisoformat(at).astimezone(self.zone)

    def _happened(self, at: Any, recorded: str) -> str:
        if not isinstance(at, str) or abs(self._local(recorded) - self._local(at)) < AT_ONCE:
            return ""
        return self.say("happened", self.when(at, recorded))

    # ---- amounts, people and facts within a sentence

    def remedy(self, kind: Any, fen: Any) -> str:
        """Return a kind of remedy with its amount."""
        named = self.words.term("kind", kind or NOTHING)
        return self.say("amount", kind=named, money=self.words.money(fen)) if fen else named

    def added(self, key: str, value: Any) -> str:
        """Return an addition to a sentence, empty without a value."""
        return self.say(key, value) if value not in (None, "", []) else ""

    def listed(self, items: Any) -> str:
        """Join names with the language's separator."""
        return self.words.joined([str(item) for item in items]) if isinstance(items, list) else ""

    def reasons(self, held: Any) -> str:
        """Return the reasons why a decision is not automatic."""
        codes = [str(reason) for reason in held or ()]
        kinds = [code if code in NAMES["held"] else code.partition(":")[0] for code in codes]
        return self.words.joined(list(dict.fromkeys(self.name("held", kind) for kind in kinds)))

    def facts(self, facts: Mapping[str, Any]) -> str:
        """Return the facts of an event."""
        phrase = [self.say("fact", label=self.words.label(n), value=self.words.value(n, v)) for n, v in facts.items()]
        return self.words.joined(phrase[:MOST_FACTS] + (["…"] if len(phrase) > MOST_FACTS else []))


def _decision(story: Story, who: str, body: Body) -> str:
    recommendation = body["recommendation"]
    for clock in recommendation["clocks"]:
        story.clocks[clock["name"]] = story.words.pick(clock["title"]) or clock["name"]
    remedy = recommendation["remedy"] or {}
    handler = story.name("handler", body["mode"])
    result = story.say(
        recommendation["outcome"], remedy=story.remedy(remedy.get("kind"), remedy.get("total_fen")), mode=handler
    )
    reasons = story.reasons(body["held"])
    return story.say(_occasion(body), who=who, result=result) + (story.say("held", reasons=reasons) if reasons else "")


def _occasion(body: Body) -> str:
    if body["follows"] is None:
        return "first"
    return "after_appeal" if body["because"] == "appeal" else "after_event" if "event" in body else "again"


def _event(story: Story, who: str, body: Body) -> str:
    kind = "untag" if body["kind"] == "tag" and body.get("off") else body["kind"]
    if kind in SENTENCES:
        phrase = story.say(kind, who=who, **_slots(story, body))
    else:
        phrase = story.say("recorded", who=who, kind=story.name("event", kind))
    phrase += story.added("with_lines", story.listed(body.get("lines")))
    phrase += story.added("carrier", body.get("carrier"))
    if kind == "satisfaction":
        phrase += story.added("suggestion", body.get("suggestion"))
        phrase += story.say("and_closed") if body.get("state") == "closed" else ""
    phrase += story.added("with_references", story.listed(body.get("references")))
    phrase += story.added("with_facts", story.facts(body.get("facts") or {}))
    phrase += "".join(story.say(key) for key in ("restated", "waits") if key in body)
    if body["kind"] not in _WITH_NOTE:
        phrase += story.added("with_note", body.get("note"))
    met = [story.clocks.get(name, name) for name in body.get("meets") or ()]
    return phrase + story.added("meets", story.listed(met))


def _slots(story: Story, body: Body) -> dict[str, object]:
    """Return all values that the sentence of an event can contain."""
    offered = body.get("offered") or {}
    results = "negotiated" if body["kind"] == "dispute_negotiated" else "inspected"
    return {name: body.get(name, "") for name in ("tracking_no", "reference", "note", "score", "handler")} | {
        "result": story.name(results, body.get("result")),
        "offered": story.added("offered", story.remedy(offered["kind"], offered["refund_fen"]) if offered else ""),
        "person": story.name("person", body.get("person", "")),
        "refund": story.words.money(body.get("refund_fen")),
        "content": story.name("content", body.get("satisfied")),
        "tag": story.name("tag", body.get("tag")),
    }


def _outcome(story: Story, who: str, body: Body) -> str:
    approver, maker = body.get("approved_by"), body.get("by")
    if maker:
        who = story.person(maker)  # the entry is the approver's, the outcome the proposer's
    way = next((value for value in body.values() if value in _WAYS), "outcome")
    return _chosen(story, who, body, way) + story.added("approved_by", story.person(approver) if approver else "")


def _proposal(story: Story, who: str, body: Body) -> str:
    needs = body.get("needs")
    return _chosen(story, who, body, "proposed") + story.added(
        "awaiting", story.words.term("role", needs) if needs else ""
    )


def _chosen(story: Story, who: str, body: Body, way: str) -> str:
    phrase = story.say(
        way, who=who, remedy=story.remedy(body.get("kind"), body.get("total_fen") or body.get("refund_fen"))
    )
    code = str(body.get("reason") or "")
    said = REASONS.get(code, {}).get(story.language, code)
    reasons = [text for text in (said, str(body.get("note") or "")) if text]
    return phrase + story.added("reason", story.words.joined(reasons, "pause"))


def _approval(story: Story, who: str, body: Body) -> str:
    phrase = story.say("approved" if body.get("approve") else "not_approved", who=who)
    return phrase + story.added("reason" if not body.get("approve") else "with_note", body.get("note"))


def _review(story: Story, who: str, body: Body) -> str:
    return story.say("right" if body.get("right") else "wrong", who=who) + story.added("with_note", body.get("note"))


def _appeal(story: Story, who: str, body: Body) -> str:
    party = body.get("by")
    phrase = story.say("appeal", party=story.name("who", party) if party else who)
    return phrase + story.added("appeal_of", body.get("grounds"))


def _execution(key: str) -> Callable[[Story, str, Body], str]:
    def render(story: Story, who: str, body: Body) -> str:
        fen = body.get("refund_fen")
        paid = story.added("paid", story.words.money(fen) if fen else "")
        paid += story.added("reference", body.get("reference"))
        sentence = key.replace("execution.", "settled.") if "settled_by" in body else key
        phrase = story.say(sentence, who=who, paid=paid, why=story.added("why", story.reasons(body.get("reasons"))))
        return phrase + story.added("reason", body.get("reason") or body.get("note"))

    return render


def _escalation(story: Story, _: str, body: Body) -> str:
    mode = body.get("mode")
    return story.say(
        "escalation",
        clock=story.clocks.get(body["clock"], body["clock"]),
        due=story.when(body["due_at"], body["due_at"]),
        level=story.added("level", story.words.term("role", mode) if mode else ""),
    )


def _erased(story: Story, who: str, body: Body) -> str:
    return story.say("erased", who=who) + story.added("reason", body.get("reason") or body.get("note"))


_RENDERERS: Final[Mapping[str, Callable[[Story, str, Body], str]]] = {
    "decision": _decision,
    "event": _event,
    "outcome": _outcome,
    "proposal": _proposal,
    "approval": _approval,
    "appeal": _appeal,
    "review": _review,
    "escalation": _escalation,
    "escalation.seen": _escalation,
    "erased": _erased,
    **{kind: _execution(kind) for kind in SENTENCES if kind.startswith("execution.")},
}
