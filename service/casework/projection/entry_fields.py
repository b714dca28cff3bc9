"""The columns of projected rows that a single entry determines and that never change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

import orjson

from rules.compiling.pack import Pack
from service import normalization
from service.casework.limits.budgets import Share
from service.casework.payments.references import reference_key
from service.casework.states import CLAIMED, EXECUTED
from service.ledger import chain
from service.ledger.chain import Entry
from service.ledger.filing import filed, merchant_of

OF_OUTCOME: Final = ("way", "kind", "total_fen", "reason", "by", "approved_by", "role")
OF_CLAIM: Final = ("claimed_by", "claimed_at", "confirm_by", "total_fen", "refund_fen", "currency")
NOTHING_RESERVED: Final = "[]"  # as an execution holds nothing of budgets
OF_FINDINGS: Final = ("category", "cause", "channel")  # filed under the findings of an issue, or under the case

Json = dict[str, Any]
PackOf = Callable[[str], Pack | None]


def named(entry: Entry) -> Json:
    """Return the columns of a decision that its entry has without its payload."""
    return {name: getattr(entry, name) for name in ("id", "seq", "case_no", "at", "by")}


def decision(entry: Entry, body: Mapping[str, Any], pack_of: PackOf) -> Json:
    """Return the columns of a decision; without its pack, the filed values are left out."""
    recommendation = body["recommendation"]
    remedy, policy = recommendation["remedy"] or {}, recommendation["policy"]
    pack = pack_of(policy["digest"])
    return named(entry) | {
        "follows": body["follows"],
        "because": body["because"],
        "pack_digest": policy["digest"],
        "engine": policy["engine"],
        "digest": chain.fingerprint(recommendation),
        "outcome": recommendation["outcome"],
        "remedy": remedy.get("kind"),
        "total_fen": remedy.get("total_fen") or 0,
        "refund_fen": remedy.get("refund_fen") or 0,
        "party": recommendation["responsibility"]["to_customer"],
        "severity": recommendation["severity"],
        "kinds": " ".join(sorted({str(issue["kind"]) for issue in recommendation["issues"] if issue["kind"]})),
        "rules": " ".join(rules_of(recommendation)),
        "held": "\n".join(body["held"]),
        **({} if pack is None else _filing(pack, entry, body)),
    }


def rules_of(recommendation: Mapping[str, Any]) -> list[str]:
    """Return each rule that matched, as policy/rule."""
    return sorted({f"{rule['policy']}/{rule['rule']}" for rule in recommendation["why"]["rules"]})


def _filing(pack: Pack, entry: Entry, body: Mapping[str, Any]) -> Json:
    case, order, merchant = body["case"], filed(pack, "order", body["case"]), merchant_of(pack, body["case"])
    return {
        "pack": pack.name,
        "day": datetime.fromisoformat(entry.at).astimezone(pack.zone).date().isoformat(),
        "order_no": order,
        "order_key": None if order is None else normalization.key(order),
        "customer": filed(pack, "customer", case),
        "merchant": merchant,
        "merchant_key": normalization.key(merchant),
        **{name: filed(pack, name, case, body["findings"]) for name in OF_FINDINGS},
    }


def proposal(entry: Entry, body: Mapping[str, Any] | None) -> Json:
    """Return the columns of a proposal."""
    row = {"id": entry.id, "decision": entry.about, "maker": entry.by, "seq": entry.seq}
    return row if body is None else row | {name: body[name] for name in ("digest", "needs")}


def outcome(entry: Entry, body: Mapping[str, Any] | None) -> Json:
    """Return the columns of an outcome."""
    row = {"decision": entry.about, "seq": entry.seq, "at": entry.at}
    return row if body is None else row | {name: body[name] for name in OF_OUTCOME}


def shares(body: Mapping[str, Any]) -> list[Share]:
    """Return what a claim takes of budgets."""
    return [Share(**share) for share in body["budgets"]]


def claim(entry: Entry, body: Mapping[str, Any]) -> Json:
    """Return the columns of an execution as a machine claims it."""
    return {
        "decision": entry.about,
        "case_no": entry.case_no,
        "state": CLAIMED,
        "ended_at": None,
        **paid_as(None),
        "reserved": orjson.dumps([list(share) for share in shares(body)]).decode(),
        "seq": entry.seq,
        **{name: body[name] for name in OF_CLAIM},
    }


def paid_as(reference: str | None, account_key: str | None = None) -> Json:
    """Return the columns by which a payment is found; empty ones if there was none."""
    found = None if reference is None else reference_key(reference)
    return {"reference": reference, "reference_key": found, "account_key": account_key}


def payment(entry: Entry, body: Mapping[str, Any], at: str) -> Json:
    """Return the columns of a payment by a person at an instant; earlier versions did not record the currency."""
    currency = {"currency": body["currency"]} if "currency" in body else {}
    return currency | {
        "decision": entry.about,
        "case_no": entry.case_no,
        "state": EXECUTED,
        "claimed_by": entry.by,
        "claimed_at": entry.at,
        "confirm_by": entry.at,
        "ended_at": at,
        **paid_as(body["reference"], body.get("account_key")),
        "total_fen": body.get("total_fen", body["refund_fen"]),
        "refund_fen": body["refund_fen"],
        "reserved": NOTHING_RESERVED,
        "seq": entry.seq,
    }
