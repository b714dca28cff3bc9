"""GET /healthz and /readyz, for the operator of the service."""

from __future__ import annotations

from typing import Any, Final

from flask import Response, current_app

from service.api.problems import problem, unavailable
from service.api.requests import pack
from service.api.resource import Resource
from service.api.schemas.meta import Health, Readiness
from service.api.statuses import STATUS
from service.ledger import keys, readiness

blueprint: Final = Resource("health", __name__, description="Whether the service runs and can decide")


@blueprint.route("/healthz")
@blueprint.operation("healthz")
@blueprint.response(200, Health, description="The process answers")
def healthz() -> dict[str, str]:
    """Report that the process answers."""
    return {"status": "ok"}


@blueprint.route("/readyz")
@blueprint.operation("readyz")
@blueprint.response(200, Readiness, description="A pack is in use, and the ledger can be read and written to")
@blueprint.fails(503, "no pack is in use, or the ledger cannot be used at present: `code` says why")
def readyz() -> dict[str, Any] | Response:
    """Report which pack decides, by name, digest and age; 503 where the ledger cannot keep what it decides."""
    ready, ledger = pack(), current_app.config["LEDGER"]
    if ledger is not None and (outage := readiness.outage(ledger)) is not None:
        return unavailable(outage)
    if ledger is not None and current_app.config["SETTINGS"].proxies and not keys.any_ever(ledger):
        return problem("this_machine_only", status=STATUS["no_pack"])  # not a refusal of the caller
    return {"status": "ready", "pack": ready.pack.name, "digest": ready.pack.digest, "age_seconds": ready.age()}
