"""How far a person may go with a decision alone, and whom he needs beyond that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rules.compiling.pack import Pack
from service.casework.choices import NOTHING, Choice, Given, beyond, cuts, is_settled, needs_of, recommended
from service.casework.limits.required_role import COMPENSATES_AGAIN, GIVES_LESS, highest, role_to_give

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Limit:
    """What bounds an outcome: the decision's mode and day, and what was given beyond recommendations before, in fen.

    `again` says that something was given before for the same line and cause, or more than is left of the lines.
    """

    mode: str | None
    day: str
    before_fen: int
    again: bool = False


def needed(pack: Pack, choice: Choice, given: Given, recommendation: Json, limit: Limit) -> tuple[str, bool]:
    """Return the role that an outcome needs, and whether that has to be another person than who takes it.

    It is never below the role that the decision itself is for, nor below what policies ask for an option. What was
    given beyond recommendations before counts too, so that no limit is passed in small steps. What gives for a line
    and a cause again always needs another person.
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
    """Return what is given beyond the recommendation; one that is open entitles to nothing yet."""
    return beyond(given, recommended(recommendation) if is_settled(recommendation) else NOTHING)
