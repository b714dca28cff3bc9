"""Show the mode that binds inside a recommendation: who may act on the decision, and why no machine may.

The chain keeps the recommendation as it was decided, because approvals are bound to it and a replay compares it.
Callers get this view, in which `automation.mode` never allows more than the ledger does; `policy_mode` is what the
policies alone would allow.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rules.compiling.pack import Pack
from service.i18n.guards import said

RAISED = "raised"  # the decision needs a higher role than the policies ask for

Json = dict[str, Any]


def with_binding_mode(recommendation: Json, mode: str | None, held: Sequence[str], pack: Pack) -> Json:
    """Return a recommendation with the mode that binds, and a reason in words for each restriction."""
    automation = recommendation["automation"]
    codes = list(held) or ([f"{RAISED}:{mode}"] if mode != automation["mode"] else [])
    reasons = [{"code": code, "title": said(code, pack.filed_under)} for code in codes]
    binding = {"mode": mode, "policy_mode": automation["mode"]}
    shown = {**binding, **{name: automation[name] for name in automation if name not in binding}}
    return recommendation | {"automation": shown | {"reasons": automation["reasons"] + reasons}}
