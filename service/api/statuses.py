"""The HTTP status of each problem, by its code: no other module pairs the two."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from service.ledger.outages import OUTAGES

_CODES: Final[Mapping[int, tuple[str, ...]]] = {
    400: ("bad_idempotency_key", "bad_json", "bad_query", "bad_request", "key_missing"),
    401: ("no_key",),
    403: (
        "claimed_by_another", "decided_before", "for_people", "key_is_bound", "lead_settles", "not_allowed",
        "not_listed", "other_merchant", "own_proposal", "role_too_low", "this_machine_only",
    ),
    404: ("no_case", "no_decision", "no_report", "no_scope", "no_webhook", "not_found"),
    405: ("method_not_allowed",),
    409: (
        "already_taken", "already_waiting", "answer_lost", "approval_waits", "busy", "claim_ended", "claimed_already",
        "execution_open", "given_since", "goods_first", "in_execution", "more_than_left", "more_than_outcome",
        "not_automatic", "not_claimed", "not_drawn", "not_for_machines", "not_given", "not_late", "not_latest",
        "not_now", "not_settled", "nothing_waits", "order_left_out", "other_case", "other_digest", "other_order",
        "other_pack_decided", "outcome_first", "outcome_unknown", "paid_not_known", "promised_elsewhere",
        "reference_used", "refunded_since", "reported_otherwise", "reviewed_already", "still_executing",
        "still_running", "still_waiting", "too_many_webhooks",
    ),
    410: ("erased",),
    413: ("too_large",),
    415: ("not_json",),
    422: (
        "batch_does_not_fit", "body_does_not_fit", "case_does_not_fit", "event_does_not_fit", "no_option",
        "other_request", "outside_option", "webhook_address", "webhook_does_not_fit", "webhook_host", "webhook_plain",
        "webhook_unresolved", "webhook_url",
    ),
    429: ("batch_spent",),
    500: ("internal",),
    503: ("no_ledger", "no_pack", *(outage.code for outage in OUTAGES)),
}  # fmt: skip
STATUS: Final[Mapping[str, int]] = {code: status for status, codes in _CODES.items() for code in codes}
