"""Render the names and values of a pack in one language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rules.compiling.pack import Pack
from rules.language.contract import PARTIES, SETTLE_FACTS
from rules.language.formats import format_value
from rules.values.kind import InvalidValue, Type
from service.i18n.headings import SAID

MONEY: Final = Type("money")
INSTANT: Final = Type("instant")
HEADS: Final = "settled.heads"
NONE: Final = "none"
CONTRACTED: Final = (PARTIES, SETTLE_FACTS["chosen.kind"].values)  # types with `none` of the contract
OURS: Final = ("party", "kind", "mode", "role", "entitlement")  # groups of names that the contract defines


class Glossary:
    """The pack's labels and formats, and the service's words where the pack has none.

    What the pack lacks in the reader's language is rendered in the pack's first.
    """

    def __init__(self, pack: Pack, language: str) -> None:
        self.pack, self.language = pack, language
        self.spoken = language if language in pack.languages else next(iter(pack.languages), language)
        self.titles = {(policy.name, rule.id): rule.title for policy in pack.policies for rule in policy.rules}
        self.asks = {name: policy.asks for policy in pack.policies for name in policy.answers}

    def term(self, group: str, key: str | None) -> str:
        """Return the service's word for a code, or the code itself."""
        return SAID[group].get(str(key), {}).get(self.language, str(key))

    def line(self, key: str, *parts: object, **named: object) -> str:
        """Fill a phrase of the service."""
        return self.term("line", key).format(*parts, **named)

    def pick(self, texts: Mapping[str, str] | None) -> str:
        """Return the text in this language, else in the pack's first, else in any."""
        texts = texts or {}
        return texts.get(self.language) or texts.get(self.spoken) or next(iter(texts.values()), "")

    def label(self, name: str) -> str:
        """Return the label of a fact, an answer or a parameter."""
        pack = self.pack
        known = pack.vocabulary.facts.get(name) or pack.derived.get(name) or pack.parameters.get(name)
        return self.pick(known.label if known is not None else self.asks.get(name)) or self.term("given", name)

    def rule(self, policy: str, rule: str) -> str:
        """Return the title of a rule of a policy."""
        return self.pick(self.titles.get((policy, rule))) or rule

    def value(self, name: str, shown: Any) -> str:
        """Render a value of a fact in the form of the recommendation."""
        kind = self.pack.program.types.get(name)
        if name == HEADS and shown:
            return self.joined([self.term("head", head) for head in shown])
        if shown is None or shown == []:
            return self.term("line", "unknown" if shown is None else "nothing")
        if isinstance(shown, Mapping):
            return self.joined([self.line("share", self._party(kind, party), part) for party, part in shown.items()])
        if isinstance(shown, list) and isinstance(shown[0], Mapping):
            return self.line("records", len(shown))
        return str(shown) if kind is None else self._typed(kind, shown)

    def _typed(self, kind: Type, shown: Any) -> str:
        if kind.values and not kind.labels:
            return self._unlabelled(kind, shown)
        try:
            said = format_value(kind.parse(shown), kind, self.spoken, self.pack.formats, self.pack.zone)
        except (InvalidValue, KeyError):
            said = None
        return str(shown) if said is None else said

    def _unlabelled(self, kind: Type, shown: Any) -> str:
        """Render a value without a label by the service's word; a `none` of the pack's own has none."""
        group = next((group for group in OURS if SAID[group].keys() >= {*kind.values}), None)
        if group is None or (shown == NONE and kind.values not in CONTRACTED):
            return str(shown)
        return self.term(group, shown)

    def _party(self, kind: Type | None, party: str) -> str:
        """Render a party of a share."""
        if kind is None or not kind.values:
            return self.term("party", party)
        return self.pick(kind.labels.get(party)) or self._unlabelled(kind, party)

    def item(self, name: str, shown: Any) -> str:
        """Render a value of a fact, or an item of its list."""
        kind = self.pack.program.types.get(name)
        if kind is not None and kind.item is not None and not isinstance(shown, list):
            return self._typed(kind.item, shown)
        return self.value(name, shown)

    def money(self, fen: int | None) -> str:
        """Render an amount of minor units."""
        return self.term("line", "unknown") if fen is None else self._typed(MONEY, fen)

    def instant(self, text: str) -> str:
        """Render an instant."""
        return self._typed(INSTANT, text)

    def joined(self, words: list[str], by: str = "comma") -> str:
        """Join words with the language's separator."""
        return self.term("line", by).join(words)
