"""A resource makes its checks in order: what the service lacks, then the parameters, then the body."""

from __future__ import annotations

import pytest

from service.api.app import create_app
from service.ledger.store import Ledger
from service.packs import Ready
from tests.support.clients import refused


@pytest.mark.parametrize("path", ["/v1/decisions", "/v1/export", "/v1/reports/cause", "/v1/reports/nothing"])
def test_a_missing_ledger_is_reported_before_wrong_parameters(cn: Ready, path: str) -> None:
    client = create_app({"PACK": cn}).test_client()
    refused(client.get(f"{path}?nonsense=1"), 503, "no_ledger")


def test_a_missing_ledger_is_reported_before_a_wrong_batch(cn: Ready) -> None:
    client = create_app({"PACK": cn}).test_client()
    for mode, status, code in (("", 503, "no_ledger"), ("?mode=simulate", 400, "bad_json"), ("?x=1", 400, "bad_query")):
        answer = client.post(f"/v1/decisions/batch{mode}", data=b"{", content_type="application/json")
        refused(answer, status, code)


def test_an_unknown_report_is_reported_before_wrong_parameters(cn: Ready, ledger: Ledger) -> None:
    client = create_app({"PACK": cn, "LEDGER": ledger}).test_client()
    refused(client.get("/v1/reports/nothing?nonsense=1"), 404, "no_report")
    refused(client.get("/v1/reports/cause?nonsense=1"), 400, "bad_query")
