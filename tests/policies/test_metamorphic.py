"""Metamorphic relations: what a change of a case may and may not change in its decision, on the policy tests of a pack.

The tables say which facts of a pack are proof, findings, earlier payments and so on; the laws say what they may do.
`test_grounds.py` holds one more: another ticked kind with the same facts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from copy import deepcopy
from datetime import date, datetime, timedelta, timezone
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, Final, NamedTuple

import pytest

from rules.compiling.pack import Pack
from rules.lab.relevance import relevant
from rules.language.vocabulary import Fact
from rules.values.value import OPEN
from tests.support.budget import budget
from tests.support.limits import amounts_in, amounts_of_change, days_of_change
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
from tests.support.variations import places, put, stated, value_of
from tests.support.walk import Walk, Walked

SEED: Final = 20_261_202
TRIES: Final = budget(22, 700)  # cases that are drawn for a law and a pack

Changed = tuple[str, Case] | None


class Statement(NamedTuple):
    """Facts that are stated in addition, and the grounds of the claims that they are about; all claims where empty.

    The law says nothing about a case without the fact of `only_with`, or with one of `not_with`.
    """

    facts: Mapping[str, Any]
    grounds: tuple[str, ...] = ()
    only_with: str = ""
    not_with: tuple[str, ...] = ()

    def fits(self, ground: str, stated: Set[str]) -> bool:
        """Return whether a claim on this ground, with these facts, is one that the statement is about."""
        about = not self.grounds or ground in self.grounds
        return about and (not self.only_with or self.only_with in stated) and stated.isdisjoint(self.not_with)


# ---- what the facts of a pack are to a claim

GOODS: Final = ("no_reason", "quality", "mismatch", "damage", "wrong_item", "missing_item", "food_safety")  # that came
OTHERS: Final = (
    "test.result",
    "defect.authority_finding",
    "authenticity.appraisal",
    "dispute.ordered",
)  # others found it
CONSENT: Final = ("order.labels", "merchant.asked_at", "merchant.position", "merchant.consents_refund_only")  # it binds
ORDERED: Final = ("dispute.ordered",)  # so does an order
NO_TEST: Final = ("line.pet_kind", "issue.animal_state", "issue.allergy", "medicine.cold_chain_broken")  # tells of use
ON_THE_WAY: Final = ("return.leg_event",)  # what was lost or broken on its way back is the carrier's
PROVEN: Final = {"return.state_proven": True}

PHOTOS: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {  # what a photo of the customer shows of a claim
    "cn": {
        "quality": ("fault", "test", "whole_lot", "condition"),
        "mismatch": ("difference", "listing"),
        "damage": ("damage", "packaging"),
        "missing_item": ("contents",),
        "wrong_item": ("wrong_goods",),
        "counterfeit": ("difference", "test"),
        "food_safety": ("food_defect",),
        "not_received": ("no_delivery",),
        "false_ship": ("no_delivery",),
        "refusal": ("refusal",),
        "price": ("price_now",),
        "owed": ("agreement",),
    },
    "eu": {"fault": ("lack",), "damage": ("lack",)},
}
PROOFS: Final[Mapping[str, tuple[Statement, ...]]] = {  # findings, admissions and consent for a claim
    "cn": (
        Statement({"test.result": "product_fault"}, ("quality",)),
        Statement({"defect.authority_finding": True}, ("quality",)),
        Statement({"defect.beyond_standard": True}, ("quality",)),
        Statement({"defect.seller_knew": True}),
        Statement({"damage.at_delivery": True}, ("damage",)),
        Statement({"listing.matches": False}, ("mismatch",)),
        Statement({"listing.size_chart_wrong": True}, ("mismatch", "no_reason")),
        Statement({"issue.shown_at_sign_off": True}, ("missing_item", "wrong_item")),
        Statement({"delivery.part_lost": True}, ("missing_item",)),
        Statement({"packaging.record": "short"}, ("missing_item",)),
        Statement({"delivery.proxy_consent": False}, ("not_received",)),
        Statement({"authenticity.appraisal": "fake"}, ("counterfeit",)),
        Statement({"authenticity.proof": ["laboratory"]}, ("counterfeit",)),
        Statement({"authenticity.proof": ["merchant_admits"]}, ("counterfeit",)),
        Statement({"food.standard_breach": True}, ("food_safety",)),
        Statement({"medicine.substandard": True}, ("quality",)),
        Statement({"deception.found": True}, ("counterfeit", "mismatch", "deceived")),
        Statement({"return.inspection": "pass"}, ("no_reason",)),
        Statement({"merchant.position": "agrees"}),
        Statement({"merchant.consents_refund_only": True}),
        Statement({"order.platform_knew": True}),
    ),
    "eu": (
        Statement({"defect.origin": "at_delivery"}, ("fault",)),
        Statement({"merchant.position": "agrees"}),
    ),
}
FINDINGS: Final[Mapping[str, tuple[Statement, ...]]] = {  # of a person, an expert or an authority, against a claim
    "cn": (
        Statement({"dispute.ordered": "nothing_due"}, not_with=("dispute.settled",)),  # what was settled later stands
        Statement({"dispute.sham_proven": True}, not_with=("dispute.settled",)),
        Statement({"evidence.fabricated": True}, GOODS, not_with=OTHERS),
        Statement({"test.result": "user_caused"}, ("quality",), not_with=(*CONSENT, *ORDERED, *NO_TEST)),
        Statement({"authenticity.appraisal": "genuine"}, ("counterfeit",), not_with=ORDERED),
        Statement({"return.inspection": "fail_swap", **PROVEN}, ("no_reason",), "return.received_at", ON_THE_WAY),
        Statement({"return.inspection": "empty", **PROVEN}, ("no_reason",), "return.received_at", ON_THE_WAY),
        Statement({"conduct.bad_faith": True}, ("no_reason",), "delivery.signed_at", ON_THE_WAY),
    ),
    "eu": (
        # a guarantee covers what comes later, and the trader may agree to it
        Statement({"defect.origin": "later"}, ("fault",), not_with=("promise.covers", "merchant.position")),
        Statement({"defect.accepted": True}, ("fault",), not_with=("promise.covers", "merchant.position")),
    ),
}
PAID: Final[Mapping[str, tuple[str, ...]]] = {  # what the customer got before
    "cn": ("order.refunded_fen", "line.refunded_quantity", "return.insurance_paid_fen", "issue.awarded_fen"),
    "eu": ("order.refunded_fen", "line.refunded_quantity"),
}
BY_LAW_ALONE: Final = (
    "no_reason", "not_received", "cancel", "refusal", "wrong_item", "missing_item", "deposit", "minor", "prepaid",
)  # fmt: skip
PLATFORMS: Final = ("kuaishou", "wechat", "douyin", "pdd", "other")  # without rules of their own on these grounds
CATEGORIES: Final = ("household", "toys", "home_textile", "apparel", "bags")  # likewise; shoes have a rule on boxes

SHOWING: Final = ("why", "why_not", "eligibility")  # parts of a recommendation
WEEKS: Final = (1, 2, 3, 4, 8, 13, 26, 52)
REACH: Final = 40  # days after the last date of a case in which its periods end
ZONES: Final = (-8, 0, 2, 5)  # hours from UTC
AMOUNTS: Final = (1, 100, 1_000, 5_000, 20_000)
FEW: Final = 10  # by how many fen an amount may differ for one fen of the price: a multiple is at most tenfold
ROUNDED: Final = 1  # the fen by which one piece of a line may cost more than another
PIECES: Final = 20  # a line of more pieces is compared as a whole


# ---- changes: facts that must not matter


def _usable(one: Walked) -> list[Fact]:
    """Return the facts that a sender may state and a rule may read."""
    facts = one.ready.pack.vocabulary.facts.values()
    return [fact for fact in facts if not (fact.carried or fact.retired) and fact.name not in ("at", "submitted_at")]


def _stated(one: Walked) -> set[str]:
    return {fact.name for fact in stated(dict(one.case), one.ready.pack.vocabulary)}


def _put(one: Walked, facts: Mapping[str, Any]) -> Case:
    case = dict(one.case)
    for name, value in facts.items():
        case = put(case, one.ready.pack.vocabulary, name, value)
    return case


@cache
def _relevant(pack: Pack, kind: str) -> frozenset[str]:
    return frozenset(relevant(pack, kind))


def a_fact_that_no_rule_reads(one: Walked, chance: Random) -> Changed:
    """State a fact that `redress facts --kind` does not list."""
    issues = one.found["issues"]
    if not issues or any(issue["ground"] is None or issue["ground"]["value"] != issue["kind"] for issue in issues):
        return None  # the lists are of kinds that are their own ground
    read = _stated(one).union(*(_relevant(one.ready.pack, issue["kind"]) for issue in issues), ["issue.kind"])
    fact = chance.choice([fact for fact in _usable(one) if fact.name not in read])
    value = value_of(fact.type, None, chance, one.case)
    return None if value is None else (fact.name, _put(one, {fact.name: value}))


def a_name_or_remark(one: Walked, chance: Random) -> Changed:
    facts = one.ready.pack.vocabulary.facts.values()
    name = chance.choice([fact.name for fact in facts if fact.carried and fact.type.kind == "text"])
    return name, _put(one, {name: "王五"})


def what_is_presumed(one: Walked, chance: Random) -> Changed:
    """State a fact that is left out as it is presumed."""
    left_out = [fact for fact in _usable(one) if fact.presume is not OPEN and fact.name not in _stated(one)]
    fact = chance.choice(left_out)
    return fact.name, _put(one, {fact.name: fact.type.show(fact.presume, one.ready.pack.zone)})


# ---- changes: proof and findings


def a_photo(one: Walked, chance: Random) -> Changed:
    ground, case = only_ground(one.found), deepcopy(dict(one.case))
    shows = PHOTOS[one.ready.pack.name].get(ground)
    evidence = case["issues"][0].setdefault("evidence", {})
    if shows is None or not isinstance(evidence.get("items", []), list):
        return None
    shown, kind = chance.choice(shows), {"kind": "photo"} if one.ready.pack.name == "cn" else {}
    evidence["items"] = [*evidence.get("items", []), {**kind, "from": "customer", "shows": [shown]}]
    return f"{ground}: {shown}", case


def _one_of(statements: Mapping[str, tuple[Statement, ...]], one: Walked, chance: Random) -> Changed:
    ground, own = only_ground(one.found), _stated(one)
    fitting = [said for said in statements[one.ready.pack.name] if ground and said.fits(ground, own)]
    if not fitting:
        return None
    said = chance.choice(fitting)
    return f"{ground}: {dict(said.facts)}", _put(one, said.facts)


def a_proof(one: Walked, chance: Random) -> Changed:
    return _one_of(PROOFS, one, chance)


def a_finding_against_it(one: Walked, chance: Random) -> Changed:
    return _one_of(FINDINGS, one, chance)


def unknown(one: Walked, chance: Random) -> Changed:
    """Send a fact as unknown, mostly one that is stated."""
    usable = [fact.name for fact in _usable(one)]
    own = sorted(_stated(one).intersection(usable))
    name = chance.choice(own if chance.random() < 0.75 else usable)
    return name, _put(one, {name: "unknown"})


# ---- changes: money


def more_paid_before(one: Walked, chance: Random) -> Changed:
    case, name = deepcopy(dict(one.case)), chance.choice(PAID[one.ready.pack.name])
    more = 1 if name.endswith("quantity") else chance.choice(AMOUNTS)
    for part, key in places(case, one.ready.pack.vocabulary, name):
        if type(part.get(key, 0)) is not int:
            return None
        part[key] = part.get(key, 0) + more
    return name, case


def an_earlier_payment(one: Walked, chance: Random) -> Changed:
    entry = {"item": chance.choice(("refund", "goodwill")), "amount_fen": chance.choice(AMOUNTS)}
    return f"{entry['item']} before", {**one.case, "paid_before": [*one.case.get("paid_before", []), entry]}


def one_fen(one: Walked, chance: Random) -> Changed:
    """Let the line of the only issue cost a fen more or less."""
    case, by = deepcopy(dict(one.case)), chance.choice((1, -1))
    line = _line_of(case) if only_ground(one.found) else {}
    paid, price, single = line.get("paid_fen"), line.get("price_fen"), line.get("quantity") == 1
    if type(paid) is not int or paid < 2 or (price is not None and not single):
        return None  # of several pieces the price could not change by a fen in all
    line["paid_fen"] = paid + by
    if type(price) is int:
        line["price_fen"] = price + by
    return f"{by:+} fen", case


def _line_of(case: Case) -> dict[str, Any]:
    """Return the line of the first issue: the one that it names, or the only one."""
    lines = case.get("order", {}).get("lines", [])
    named = case["issues"][0].get("line", lines[0]["id"] if len(lines) == 1 else None)
    return next((line for line in lines if line["id"] == named), {})


# ---- changes: time, names, order, and what the law does not tell apart


def _texts(part: Any, change: Callable[[str], str]) -> Any:
    """Return a part of a case with each text changed."""
    if isinstance(part, dict):
        return {key: _texts(value, change) for key, value in part.items()}
    if isinstance(part, list):
        return [_texts(value, change) for value in part]
    return change(part) if isinstance(part, str) else part


def _moment(text: str) -> date | datetime | None:
    try:
        return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)
    except ValueError:
        return None


@cache
def _days_of_change(pack: Pack) -> tuple[int, ...]:
    return days_of_change(pack)


def other_weeks(one: Walked, chance: Random) -> Changed:
    """Move a case by whole weeks, where no rule or figure changes and the same days are worked."""
    weeks, pack, days = chance.choice(WEEKS) * chance.choice((1, -1)), one.ready.pack, set[int]()

    def moved(text: str) -> str:
        moment = _moment(text)
        if moment is None:
            return text
        days.add((moment.astimezone(pack.zone) if isinstance(moment, datetime) else moment).toordinal())
        return (moment + timedelta(weeks=weeks)).isoformat()

    case, away = _texts(one.case, moved), 7 * weeks
    spans = [sorted((day, day + away)) for day in days]
    if any(first < change <= last for change in _days_of_change(pack) for first, last in spans):
        return None
    works = pack.calendar.is_working
    alike = all(works(day) == works(day + away) for day in range(min(days), max(days) + REACH))
    return (f"{weeks:+} weeks", case) if alike else None


def another_time_zone(one: Walked, chance: Random) -> Changed:
    """Write the same instants with another offset."""
    zone = timezone(timedelta(hours=chance.choice(ZONES)))

    def spelled(text: str) -> str:
        moment = _moment(text)
        return moment.astimezone(zone).isoformat() if isinstance(moment, datetime) else text

    return str(zone), _texts(one.case, spelled)


def other_ids(one: Walked, chance: Random) -> Changed:
    case = deepcopy(dict(one.case))
    order = case.setdefault("order", {})
    order["no"], discounts = "Z-9", order.get("discounts")
    for part in (*order.get("lines", []), *case["issues"], *case.get("paid_before", [])):
        part |= {key: f"L-{part[key]}" for key in ("id", "line") if key in part}
    for part in discounts if isinstance(discounts, list) else []:
        part |= {key: [f"L-{line}" for line in part[key]] for key in ("lines",) if key in part}
    return "ids", case


def another_order_of_lines(one: Walked, chance: Random) -> Changed:
    order = one.case.get("order", {})
    lines = order.get("lines", [])
    return ("lines", {**one.case, "order": {**order, "lines": lines[::-1]}}) if len(lines) > 1 else None


def another_order_of_issues(one: Walked, chance: Random) -> Changed:
    issues = one.case["issues"]
    return ("issues", {**one.case, "issues": issues[::-1]}) if len(issues) > 1 else None


def another_platform(one: Walked, chance: Random) -> Changed:
    """Move a case that the law alone decides to a platform without rules of its own on it; no label may be stated."""
    platform, labels = one.case.get("platform"), one.case.get("order", {}).get("labels", [])
    if platform not in PLATFORMS or labels or only_ground(one.found) not in BY_LAW_ALONE:
        return None
    other = chance.choice([name for name in PLATFORMS if name != platform])
    return f"{platform} to {other}", {**one.case, "platform": other}


def another_category(one: Walked, chance: Random) -> Changed:
    case = deepcopy(dict(one.case))
    lines = case.get("order", {}).get("lines", [])
    own = {line.get("category") for line in lines}
    if not own or not own.issubset(CATEGORIES) or only_ground(one.found) not in BY_LAW_ALONE:
        return None
    category = chance.choice([name for name in CATEGORIES if name not in own])
    for line in lines:
        line["category"] = category
    return f"{sorted(own)} to {category}", case


def a_line_more(one: Walked, chance: Random) -> Changed:
    """Add a line that no issue is about; not where the lines share a discount, the shipping or an earlier refund."""
    case, price = deepcopy(dict(one.case)), chance.choice(AMOUNTS)
    order, named = case.get("order", {}), all("line" in issue for issue in case["issues"])
    shared = {"discounts", "promo_threshold_fen", "shipping_fee_fen"} & order.keys()
    if not named or shared or order.get("refunded_fen", 0) != 0 or 0 in amounts_in(order.get("lines")):
        return None
    extra = {"id": "extra", "name": "杯刷", "quantity": 1, "paid_fen": price}
    own = {"category": "household", "price_fen": price} if one.ready.pack.name == "cn" else {"nature": "goods"}
    received = {key: line[key] for line in order["lines"][:1] for key in ("received_at",) if key in line}
    order["lines"] = [*order["lines"], {**extra, **own, **received}]
    return "a line", case


# ---- relations between the two decisions


def unchanged(pair: Pair) -> bool:
    """Everything is as before, but for the parts that show facts or name one of several ways out."""
    return all(pair.found[part] == pair.then[part] for part in pair.found if part not in SHOWING)


def same_for_the_goods(pair: Pair) -> bool:
    """The goods are treated alike; what was paid to deliver all lines may be shared by more of them."""
    parts = ("outcome", "kind", "refund_fen", "return_required", "to_customer")
    before, after = outcome(pair.found), outcome(pair.then)
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
    lines, line, given = case["order"]["lines"], _line_of(case), outcome(found)
    pieces = line.get("quantity", 1) if line.get("quantity", 1) <= PIECES else 1
    parts = [line["paid_fen"] * part // pieces for part in range(1, pieces + 1)]
    order, gone = sum(one.get("paid_fen", 0) for one in lines), case["order"].get("refunded_fen", 0)
    return [*parts, line.get("price_fen", 0), order, order - gone, given["refund_fen"] or 0, given["total_fen"] or 0]


@cache
def _amounts_of_change(pack: Pack) -> frozenset[int]:
    return amounts_of_change(pack)


# ---- the laws


class Law(NamedTuple):
    """A change and what must hold of it; `cn` and `eu` are the shares of drawn cases that must be comparable."""

    change: Change
    relation: Relation
    cn: float
    eu: float


LAWS: Final = {
    "a fact that no rule reads changes nothing": Law(a_fact_that_no_rule_reads, unchanged, 0.4, 0.6),
    "a name or a remark changes nothing": Law(a_name_or_remark, same, 0.9, 0.9),
    "a fact stated as it is presumed changes nothing": Law(what_is_presumed, same, 0.9, 0.9),
    "a photo for a claim never gives less": Law(a_photo, never_less, 0.3, 0.05),
    "more proof for a claim never gives less": Law(a_proof, never_less, 0.5, 0.5),
    "a finding against a claim never leaves it granted": Law(a_finding_against_it, not_granted, 0.3, 0.03),
    "more refunded before never gives more": Law(more_paid_before, never_more, 0.5, 0.5),
    "more paid in earlier cases never gives more": Law(an_earlier_payment, never_more, 0.5, 0.5),
    "unknown never lets a machine act or pay more": Law(unknown, no_more_automatic, 0.03, 0.03),
    "one fen changes a few fen": Law(one_fen, nearly_the_same, 0.2, 0.5),
    "other weeks change nothing": Law(other_weeks, same, 0.1, 0.02),
    "another time zone changes nothing": Law(another_time_zone, same, 0.9, 0.9),
    "other ids change nothing": Law(other_ids, same, 0.9, 0.9),
    "another order of lines changes nothing": Law(another_order_of_lines, same, 0, 0),
    "another order of issues changes nothing": Law(another_order_of_issues, same, 0, 0),
    "another platform changes nothing": Law(another_platform, same, 0.02, 0),
    "another category changes nothing": Law(another_category, same, 0.02, 0),
    "another line changes nothing": Law(a_line_more, same_for_the_goods, 0.5, 0.5),
}


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("folder", [CN, EU], ids=["cn", "eu"])
def test_a_law_holds_on_the_policy_tests(
    folder: Path, law: str, walks: Callable[[Path], Walk], record_property: Callable[[str, object], None]
) -> None:
    change, relation, *least = LAWS[law]
    tally = tried(walks(folder), change, relation, TRIES, SEED)
    record_property("report", f"{law}: {tally}")
    tally.check(int(TRIES * least[folder == EU]))
