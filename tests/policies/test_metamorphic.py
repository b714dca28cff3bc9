"""Metamorphic relations: what a change of a case may and may not change in its decision, on the policy tests of a pack.

`LAWS` is the list; `tests/support/changes.py` holds the changes and `tests/support/claims.py` what the facts of a pack
are to a claim. `test_grounds.py` holds one more law: another ticked kind with the same facts.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from rules.compiling.pack import Pack
from tests.support import changes
from tests.support.budget import budget
from tests.support.changes import line_of
from tests.support.limits import amounts_in, amounts_of_change
from tests.support.metamorphic import (
    Case,
    Change,
    Found,
    Pair,
    Relation,
    automatic,
    gives,
    granted,
    only_ground,
    outcome,
    same,
    total,
    tried,
)
from tests.support.places import CN, EU
from tests.support.walk import Walk

SEED: Final = 20_261_202
TRIES: Final = budget(22, 700)  # changes that are tried for a law and a pack, as far as so many apply

SHOWING: Final = ("why", "why_not", "eligibility")  # parts of a recommendation
FEW: Final = 10  # by how many fen an amount may differ for one fen of the price: a multiple is at most tenfold
ROUNDED: Final = 1  # the fen by which one piece of a line may cost more than another
PIECES: Final = 20  # a line of more pieces is compared as a whole


# ---- relations between the two decisions


def unchanged(pair: Pair) -> bool:
    """Everything is as before, but for the parts that show facts or name one of several ways out."""
    return all(pair.found[part] == pair.then[part] for part in pair.found if part not in SHOWING)


def same_for_the_goods(pair: Pair) -> bool | None:
    """The goods are treated alike; what was paid to deliver all lines may be shared by more of them.

    Not compared where only the shipping of the order is asked for.
    """
    parts = ("outcome", "kind", "refund_fen", "return_required", "to_customer")
    before, after = outcome(pair.found), outcome(pair.then)
    if ("freight", None) in before["payouts"]:
        return None
    return all(before[part] == after[part] for part in parts)


def never_less(pair: Pair) -> bool | None:
    """A decided case gives no less; a person may have to look at what is new."""
    if pair.found["provisional"] or pair.then["outcome"] == "review":
        return None
    if granted(pair.found) and not granted(pair.then):
        return None if pair.then["provisional"] and gives(pair.then) else False  # what is given now needs a figure
    before, after = total(pair.found), total(pair.then)
    return None if before is None or after is None else after >= before


def not_granted(pair: Pair) -> bool | None:
    """What was granted is not any more; not compared where another claim is left, such as a change of mind."""
    left = only_ground(pair.then) in (only_ground(pair.found), "closed", "made_up")
    return not granted(pair.then) if granted(pair.found) and left else None


def never_more(pair: Pair) -> bool | None:
    """No more is given, the refund is within what is left, and a machine acts only where less is given."""
    order, refund = pair.changed.get("order", {}), outcome(pair.then)["refund_fen"]
    gone, paid = order.get("refunded_fen"), [line.get("paid_fen") for line in order.get("lines", [])]
    if paid and all(type(one) is int for one in (refund, gone, *paid)) and refund > max(sum(paid) - gone, 0):
        return False
    before, after = total(pair.found), total(pair.then)
    if granted(pair.then) and automatic(pair.then) and not automatic(pair.found) and before == after:
        return False
    return None if before is None or after is None else after <= before + ROUNDED * len(pair.changed["issues"])


def no_more_automatic(pair: Pair) -> bool | None:
    """A machine acts only where it did, and pays no more."""
    if not automatic(pair.then):
        return True if automatic(pair.found) else None
    return automatic(pair.found) and (total(pair.then) or 0) <= (total(pair.found) or 0)


def nearly_the_same(pair: Pair) -> bool | None:
    """The same by the same hand, each amount within a few fen; not compared where an amount crosses a limit."""
    if _crosses(pair):
        return None
    before, after = outcome(pair.found), outcome(pair.then)
    modes = [found["automation"]["mode"] for found in (pair.found, pair.then)]
    parts = ("outcome", "kind", "return_required", "freight", "to_customer")
    heads = [[head for head, _ in found["payouts"]] for found in (before, after)]
    if modes[0] != modes[1] or heads[0] != heads[1] or any(before[part] != after[part] for part in parts):
        return False
    amounts = [[found["refund_fen"], *(amount for _, amount in found["payouts"])] for found in (before, after)]
    return all(old == new or abs(old - new) <= FEW for old, new in zip(*amounts, strict=True))


def _crosses(pair: Pair) -> bool:
    """Return whether an amount meets or passes one that the law names, or that the case states besides."""
    limits = _amounts_of_change(pair.pack) | (amounts_in(pair.case) & amounts_in(pair.changed))
    figures = zip(_figures(pair.case, pair.found), _figures(pair.changed, pair.then), strict=True)
    spans = [sorted(both) for both in figures if both[0] != both[1]]
    return any(low <= limit <= high for low, high in spans for limit in limits)


def _figures(case: Case, found: Found) -> list[int]:
    """Return the amounts that limits may be about: prices of pieces, line and order, what is left, what is given."""
    lines, line, given = case["order"]["lines"], line_of(case), outcome(found)
    pieces = line.get("quantity", 1) if line.get("quantity", 1) <= PIECES else 1
    parts = [line["paid_fen"] * part // pieces for part in range(1, pieces + 1)]
    order, gone = sum(one.get("paid_fen", 0) for one in lines), case["order"].get("refunded_fen", 0)
    return [*parts, line.get("price_fen", 0), order, order - gone, given["refund_fen"] or 0, given["total_fen"] or 0]


@cache
def _amounts_of_change(pack: Pack) -> frozenset[int]:
    return amounts_of_change(pack)


# ---- the laws


class Law(NamedTuple):
    """A change and what must hold of it; `cn` and `eu` are the shares of `TRIES` that must be comparable."""

    change: Change
    relation: Relation
    cn: float
    eu: float


NOT_STATED: Final = 0.0  # the pack has no such fact, so that no change applies
LAWS: Final = {
    "a fact that no rule reads changes nothing": Law(changes.a_fact_that_no_rule_reads, unchanged, 0.9, 0.9),
    "a name or a remark changes nothing": Law(changes.a_name_or_remark, same, 0.9, 0.9),
    "a fact stated as it is presumed changes nothing": Law(changes.what_is_presumed, same, 0.9, 0.9),
    "a photo for a claim never gives less": Law(changes.a_photo, never_less, 0.5, 0.5),
    "more proof for a claim never gives less": Law(changes.a_proof, never_less, 0.5, 0.5),
    "a finding against a claim never leaves it granted": Law(changes.a_finding_against_it, not_granted, 0.5, 0.5),
    "more refunded before never gives more": Law(changes.more_paid_before, never_more, 0.5, 0.5),
    "more paid in earlier cases never gives more": Law(changes.an_earlier_payment, never_more, 0.5, 0.5),
    "unknown never lets a machine act or pay more": Law(changes.unknown, no_more_automatic, 0.3, 0.3),
    "one fen changes a few fen": Law(changes.one_fen, nearly_the_same, 0.3, 0.5),
    "other weeks change nothing": Law(changes.other_weeks, same, 0.9, 0.4),
    "another time zone changes nothing": Law(changes.another_time_zone, same, 0.9, 0.9),
    "other ids change nothing": Law(changes.other_ids, same, 0.9, 0.9),
    "another order of lines changes nothing": Law(changes.another_order_of_lines, same, 0.5, 0.5),
    "another order of issues changes nothing": Law(changes.another_order_of_issues, same, 0.1, 0.5),
    "another platform changes nothing": Law(changes.another_platform, same, 0.9, NOT_STATED),
    "another category changes nothing": Law(changes.another_category, same, 0.9, NOT_STATED),
    "another line changes nothing": Law(changes.a_line_more, same_for_the_goods, 0.5, 0.5),
}


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("folder", [CN, EU], ids=["cn", "eu"])
def test_a_law_holds_on_the_policy_tests(
    folder: Path, law: str, walks: Callable[[Path], Walk], record_property: Callable[[str, object], None]
) -> None:
    change, relation, *shares = LAWS[law]
    share = shares[folder == EU]
    tally = tried(walks(folder), change, relation, TRIES, SEED)
    record_property("report", f"{law}: {tally}")
    tally.check(max(1, int(TRIES * share)) if share else 0)
    assert share or not tally.compared, "a change applies: give the law a share"
