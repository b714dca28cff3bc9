"""The choices of a person on a decision, and what the customer gets by each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from rules.language.contract import EXECUTOR
from rules.recommending.remedy import BY_CUSTOMER, GIVES_NOTHING, STEPS
from service.errors import DomainError

ACCEPTED, OPTION, OVERRIDE = "accepted", "option", "override"
WAYS: Final = (ACCEPTED, OPTION, OVERRIDE)
IN_KIND: Final = ("exchange", "repair", "resend", "technical_fix")
SENT: Final = ("exchange", "resend")  # the goods are sent once more
DECIDED: Final = ("remedy", "refuse")  # outcomes that can be carried out as they are

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Given:
    """What the customer gets: a kind of remedy, its amounts, and whether the goods go back."""

    kind: str
    refund_fen: int = 0
    compensation_fen: int = 0
    goodwill_fen: int = 0
    voucher_fen: int = 0
    return_required: bool = False

    @property
    def owed_fen(self) -> int:
        """Return the refund and the compensation, without goodwill."""
        return self.refund_fen + self.compensation_fen

    @property
    def total_fen(self) -> int:
        """Return the total payment, without vouchers, as in a recommendation."""
        return self.owed_fen + self.goodwill_fen

    def as_json(self) -> Json:
        """Return the amounts as the API shows them."""
        return {name: getattr(self, name) for name in self.__slots__} | {"total_fen": self.total_fen}


@dataclass(frozen=True, slots=True)
class Choice:
    """The choice of a person: the recommendation, one of its alternatives, or something else."""

    way: str
    option: int | None = None  # position among the alternatives
    refund_fen: int | None = None  # within the range of the option
    override: Given | None = None
    reason: str | None = None
    note: str | None = None


NOTHING: Final = Given("refuse")


def is_settled(recommendation: Json) -> bool:
    """Check that a recommendation can be carried out as it is: it asks for nothing and leaves nothing open."""
    return recommendation["outcome"] in DECIDED and not recommendation["provisional"]


def recommended(recommendation: Json) -> Given:
    """Return what was recommended; an unknown amount counts as zero."""
    remedy = recommendation["remedy"]
    if remedy is None:
        return NOTHING
    return Given(
        remedy["kind"],
        remedy["refund_fen"] or 0,
        _sum(paid_here(remedy)),
        (remedy["goodwill"] or {}).get("amount_fen") or 0,
        _sum(remedy["additions"]),
        remedy["return_required"],
    )


def paid_here(remedy: Json) -> list[Json]:
    """Return the compensation that is paid out here; what another party gives itself would be paid twice."""
    return [one for one in remedy.get("compensation") or () if one.get("executor", EXECUTOR) == EXECUTOR]


def chosen(choice: Choice, recommendation: Json) -> Given:
    """Return what the customer gets by a choice. Raises DomainError if the recommendation does not offer it."""
    if choice.override is not None:
        returns = BY_CUSTOMER in STEPS[choice.override.kind]
        return replace(choice.override, return_required=returns)
    if not is_settled(recommendation):
        raise DomainError("not_settled")
    whole = recommended(recommendation)
    if choice.option is None:
        return whole
    return _with_option(whole, recommendation["alternatives"], choice.option, choice.refund_fen)


def needs_of(choice: Choice, recommendation: Json) -> list[str | None]:
    """Return the roles that the policies require for the chosen parts of a recommendation."""
    if choice.override is not None:
        return []
    alternatives = recommendation["alternatives"]
    taken = [one for one in alternatives if one["chosen"]]
    if choice.option is not None:
        option, former = _exchanged(alternatives, choice.option)
        taken = [option, *(one for one in taken if one is not former)]
    goodwill = (recommendation["remedy"] or {}).get("goodwill") or {}
    return [one["needs"] for one in taken] + ([goodwill["needs"]] if goodwill.get("amount_fen") else [])


def cuts(choice: Choice, given: Given, recommendation: Json) -> bool:
    """Check whether the customer gets less than recommended.

    Policies grant each option too, so an option gives less only if it gives nothing for an issue that was to get
    something.
    """
    if choice.override is not None:
        return _gives_less(given, recommended(recommendation))
    if choice.option is None:
        return False
    option, former = _exchanged(recommendation["alternatives"], choice.option)
    return option["kind"] in GIVES_NOTHING and former["kind"] not in GIVES_NOTHING


def _gives_less(given: Given, owed: Given) -> bool:
    """Check whether there is less money, no goods or repair any more, or a return that was not required."""
    return (
        given.owed_fen < owed.owed_fen
        or given.total_fen + given.voucher_fen < owed.total_fen + owed.voucher_fen
        or (given.kind in GIVES_NOTHING and owed.kind not in GIVES_NOTHING)
        or (owed.kind in IN_KIND and given.kind != owed.kind and given.owed_fen <= owed.owed_fen)
        or (given.return_required and not owed.return_required)
    )


def beyond(given: Given, owed: Given) -> int:
    """Return the amount beyond what was owed; if goods no longer come back, their refund counts as beyond."""
    goods_stay = owed.return_required and not given.return_required
    return max(given.total_fen - owed.total_fen + (owed.refund_fen if goods_stay else 0), 0)


def _with_option(whole: Given, alternatives: Sequence[Json], position: int, refund_fen: int | None) -> Given:
    """Return the recommendation with another option for one of its issues."""
    if position >= len(alternatives):
        raise DomainError("no_option", str(position), str(len(alternatives)))
    option, former = _exchanged(alternatives, position)
    refund = _refund(option, refund_fen)
    others = [one["return_required"] for one in alternatives if one["chosen"] and one is not former]
    return replace(
        whole,
        kind=option["kind"] if former["kind"] == whole.kind else whole.kind,
        refund_fen=whole.refund_fen - former["refund_fen"] + refund,
        voucher_fen=whole.voucher_fen - (former["voucher_fen"] or 0) + (option["voucher_fen"] or 0),
        return_required=any([option["return_required"], *others]),
    )


def _exchanged(alternatives: Sequence[Json], position: int) -> tuple[Json, Json]:
    """Return an option, and the recommended option of the same issue that it replaces."""
    option = alternatives[position]
    return option, next(one for one in alternatives if one["issue"] == option["issue"] and one["chosen"])


def _refund(option: Json, wanted: int | None) -> int:
    """Return the refund of an option, or the wanted refund if it is within the range."""
    if option["refund_fen"] is None or option["up_to_fen"] is None:
        raise DomainError("not_settled")
    least = int(option["refund_fen"])
    most = max(least, option["up_to_fen"])
    if wanted is not None and not least <= wanted <= most:
        raise DomainError("outside_option", str(least), str(most))
    return least if wanted is None else wanted


def _sum(entries: Sequence[Json]) -> int:
    return sum(entry["amount_fen"] or 0 for entry in entries)
