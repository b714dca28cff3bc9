"""The values under which a decision is filed: the facts that the pack names as order, customer, cause and so on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from rules.compiling.pack import Pack
from rules.language.type_reader import UNKNOWN
from service.ledger.tables import NAME

LONGEST: Final = NAME.length or 0
OWN: Final = "-"  # the merchant of a case without one


def filed(pack: Pack, what: str, case: Mapping[str, Any], findings: Sequence[Mapping[str, Any]] = ()) -> str | None:
    """Return a filed value: that of the first issue which has one, else that of the case, else None."""
    name = pack.filed_under.get(what)
    if name is None:
        return None
    for issue in findings:
        for part in ("answers", "facts"):
            if issue[part].get(name) is not None:
                return fitting(str(issue[part][name]))
    stated = _stated(pack, name, case)
    return None if stated is None else fitting(stated)


def merchant_of(pack: Pack, case: Mapping[str, Any]) -> str:
    """Return the merchant of a case: the value that the pack files, else the shop that the case names."""
    named = case.get("merchant")
    return filed(pack, "merchant", case) or (fitting(named) if isinstance(named, str) and named else OWN)


def fitting(text: str) -> str:
    """Return a text that both stores accept: without NUL, and no longer than its column."""
    return text.replace("\0", "")[:LONGEST]


def path_of(pack: Pack, what: str) -> tuple[str, ...] | None:
    """Return the path in the case of a fact that the pack files under, or None."""
    name = pack.filed_under.get(what)
    if name is None or name not in pack.vocabulary.facts or pack.vocabulary.scope(name) != "case":
        return None
    return pack.vocabulary.path(name)


def _stated(pack: Pack, name: str, case: Mapping[str, Any]) -> str | None:
    if name not in pack.vocabulary.facts or pack.vocabulary.scope(name) != "case":
        return None
    value: Any = case
    for key in pack.vocabulary.path(name):
        value = value.get(key) if isinstance(value, Mapping) else None
    return value if isinstance(value, str) and value != UNKNOWN else None
