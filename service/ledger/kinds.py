"""The kinds of entries that there are: an entry of any other kind was not written by this program."""

from __future__ import annotations

from typing import Final

OF_CASE: Final = frozenset(
    {
        "appeal",
        "approval",
        "decision",
        "erased",
        "escalation",
        "escalation.seen",
        "event",
        "execution.claimed",
        "execution.contradicted",
        "execution.executed",
        "execution.failed",
        "execution.late",
        "execution.refused",
        "outcome",
        "proposal",
        "review",
    }
)
OF_LEDGER: Final = frozenset(
    {
        "budget.set",
        "key.made",
        "key.revoked",
        "switch.off",
        "switch.on",
        "upgraded",
        "vouched",
        "webhook.added",
        "webhook.removed",
        "webhook.rotated",
    }
)
KINDS: Final = OF_CASE | OF_LEDGER
