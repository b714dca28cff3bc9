"""What binds of a recorded decision: who may act on it, and why no machine may, inside what callers read first.

The chain keeps the recommendation as it was decided, for approvals are bound to it and a replay compares it. Whoever
reads a decision gets this view of it, in which `automation.mode` never says more than the ledger allows; what policies
alone would say is called `policy_mode`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rules.compiling.pack import Pack
from service.i18n.guards import said

RAISED = "raised"  # why a person with more say has what the policies left to another

Json = dict[str, Any]


def with_binding_mode(recommendation: Json, mode: str | None, held: Sequence[str], pack: Pack) -> Json:
    """Return a recommendation with the mode that binds, and a reason in words for all that makes it stricter."""
    automation = recommendation["automation"]
    codes = list(held) or ([f"{RAISED}:{mode}"] if mode != automation["mode"] else [])
    reasons = [{"code": code, "title": said(code, pack.filed_under)} for code in codes]
    binding = {"mode": mode, "policy_mode": automation["mode"]}
    shown = {**binding, **{name: automation[name] for name in automation if name not in binding}}
    return recommendation | {"automation": shown | {"reasons": automation["reasons"] + reasons}}
