"""The approval authority: what a person may give alone, and which role is needed beyond that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rules.compiling.pack import Pack
from service.casework.choices import NOTHING, Choice, Given, beyond, cuts, is_settled, needs_of, recommended
from service.casework.limits.required_role import COMPENSATES_AGAIN, GIVES_LESS, highest, role_to_give

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Limit:
    """What limits an outcome: the mode and day of the decision, and earlier amounts beyond recommendations, in fen.

    `again` says that something was given before for the same line and cause, or that more is given than the lines have
    left.
    """

    mode: str | None
    day: str
    before_fen: int
    again: bool = False


def needed(pack: Pack, choice: Choice, given: Given, recommendation: Json, limit: Limit) -> tuple[str, bool]:
    """Return the role that an outcome needs, and whether another person has to approve it.

    The role is never below that of the decision, nor below what policies require for an option. Earlier amounts beyond
    recommendations count too, so that no limit can be passed in small steps. Giving again for the same line and cause
    always needs another person.
    """
    roles: list[str | None] = [
        limit.mode,
        *needs_of(choice, recommendation),
        COMPENSATES_AGAIN if limit.again else None,
    ]
    if choice.override is not None:
        extra = _extra(given, recommendation)
        roles.append(role_to_give(pack, extra + limit.before_fen if extra > 0 else extra, limit.day))
    less = cuts(choice, given, recommendation)
    roles.append(GIVES_LESS if less else None)
    return highest(roles), less or limit.again


def _extra(given: Given, recommendation: Json) -> int:
    """Return the amount beyond the recommendation; an open recommendation entitles to nothing yet."""
    return beyond(given, recommended(recommendation) if is_settled(recommendation) else NOTHING)
