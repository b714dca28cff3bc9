"""Changes of a policy test for the metamorphic laws. None stands for a change that does not apply to a case."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from datetime import date, datetime, timedelta, timezone
from functools import cache
from random import Random
from typing import Any, Final

from rules.compiling.pack import Pack
from rules.lab.relevance import relevant
from rules.language.vocabulary import Fact
from rules.values.value import OPEN
from tests.support.claims import BY_LAW_ALONE, CATEGORIES, FINDINGS, PAID, PHOTOS, PLATFORMS, PROOFS, Statement
from tests.support.limits import amounts_in, days_of_change
from tests.support.metamorphic import Case, automatic, granted, only_ground
from tests.support.variations import places, put, stated, value_of
from tests.support.walk import Walked

WEEKS: Final = (1, 2, 3, 4, 8, 13, 26, 52)
REACH: Final = 40  # days after the last date of a case in which its periods end
ZONES: Final = (-8, 0, 2, 5)  # hours from UTC
AMOUNTS: Final = (1, 100, 1_000, 5_000, 20_000)
SKIPPED: Final = 0.8  # the share of the cases for a person in which nothing is sent as unknown

Changed = tuple[str, Case] | None


# ---- facts that must not matter


def _usable(one: Walked) -> list[Fact]:
    """Return the facts that a sender may state and a rule may read."""
    facts = one.ready.pack.vocabulary.facts.values()
    return [fact for fact in facts if not (fact.carried or fact.retired) and fact.name not in ("at", "submitted_at")]


def _stated(one: Walked) -> set[str]:
    """Return the names of the facts that a case states, also by a retired name, which the new one would replace."""
    facts = stated(dict(one.case), one.ready.pack.vocabulary)
    return {name for fact in facts for name in (fact.name, fact.moved_to.fact if fact.moved_to else fact.name)}


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
    own = _stated(one)
    fact = chance.choice([fact for fact in _usable(one) if fact.presume is not OPEN and fact.name not in own])
    return fact.name, _put(one, {fact.name: fact.type.show(fact.presume, one.ready.pack.zone)})


# ---- proof and findings


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
    """State a finding against a claim that is granted."""
    return _one_of(FINDINGS, one, chance) if granted(one.found) else None


def unknown(one: Walked, chance: Random) -> Changed:
    """Send a fact as unknown, mostly one that is stated, and mostly in a case that a machine carries out."""
    if not automatic(one.found) and chance.random() < SKIPPED:
        return None
    usable = [fact.name for fact in _usable(one)]
    own = sorted(_stated(one).intersection(usable))
    name = chance.choice(own if chance.random() < 0.75 else usable)
    return name, _put(one, {name: "unknown"})


# ---- money


def more_paid_before(one: Walked, chance: Random) -> Changed:
    """Let more be paid before; not where the merchant kept a part of what he repaid, which is what is claimed then."""
    if any("kept_for" in issue.get("return", {}) for issue in one.case["issues"]):
        return None
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
    """Let the line of the only issue cost a fen more or less.

    Not where an amount or number is unknown, nor where the customer claims an amount, which is compared with the price.
    """
    case, by = deepcopy(dict(one.case)), chance.choice((1, -1))
    order, line = case.get("order", {}), line_of(case) if only_ground(one.found) else {}
    paid, price = line.get("paid_fen"), line.get("price_fen")
    numbers = [other.get("paid_fen", 0) for other in order.get("lines", [])]
    numbers += [order.get("refunded_fen", 0), line.get("quantity", 1)]
    if type(paid) is not int or paid < 2 or any(type(number) is not int for number in numbers):
        return None
    if any("claimed_fen" in issue for issue in case["issues"]):
        return None
    if price is not None and line.get("quantity") != 1:
        return None  # of several pieces the price could not change by a fen in all
    line["paid_fen"] = paid + by
    if type(price) is int:
        line["price_fen"] = price + by
    return f"{by:+} fen", case


def line_of(case: Case) -> dict[str, Any]:
    """Return the line of the first issue: the one that it names, or the only one."""
    lines = case.get("order", {}).get("lines", [])
    named = case["issues"][0].get("line", lines[0]["id"] if len(lines) == 1 else None)
    return next((line for line in lines if line["id"] == named), {})


# ---- time, names, order, and what the law does not tell apart


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
    """Move a case by whole weeks at the same hour, where no rule or figure changes and the same days are worked."""
    weeks, pack, days = chance.choice(WEEKS) * chance.choice((1, -1)), one.ready.pack, set[int]()

    def moved(text: str) -> str:
        moment = _moment(text)
        if moment is None:
            return text
        local = moment.astimezone(pack.zone) if isinstance(moment, datetime) else moment
        days.add(local.toordinal())
        return (local + timedelta(weeks=weeks)).isoformat()

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
    """Add a line that no issue is about.

    Not where the lines share a discount, the shipping or an earlier refund, nor where it is open which of them came.
    """
    case, price = deepcopy(dict(one.case)), chance.choice(AMOUNTS)
    order, named = case.get("order", {}), all("line" in issue for issue in case["issues"])
    shared = {"discounts", "promo_threshold_fen", "shipping_fee_fen"} & order.keys()
    partly = one.case.get("delivery", {}).get("status") == "partly"
    if not named or shared or partly or order.get("refunded_fen", 0) != 0 or 0 in amounts_in(order.get("lines")):
        return None
    extra = {"id": "extra", "name": "杯刷", "quantity": 1, "paid_fen": price}
    own = {"category": "household", "price_fen": price} if one.ready.pack.name == "cn" else {"nature": "goods"}
    received = {key: line[key] for line in order["lines"][:1] for key in ("received_at",) if key in line}
    order["lines"] = [*order["lines"], {**extra, **own, **received}]
    return "a line", case
