"""GET /healthz and /readyz, for the operator of the service."""

from __future__ import annotations

from typing import Final

from flask import Response, current_app
from flask_smorest import Blueprint

from service.api.openapi import HEALTH, READINESS
from service.api.problems import problem, unavailable
from service.api.statuses import STATUS
from service.ledger import keys, readiness
from service.validation.json_text import write

blueprint: Final = Blueprint("health", __name__, description="Whether the service runs and can decide")


@blueprint.route("/healthz")
@blueprint.doc(**HEALTH)
def healthz() -> Response:
    """Report that the process answers."""
    return Response(write({"status": "ok"}), content_type="application/json")


@blueprint.route("/readyz")
@blueprint.doc(**READINESS)
def readyz() -> Response:
    """Report which pack decides, by name, digest and age; 503 where the ledger cannot keep what it decides."""
    ready, ledger = current_app.config["PACK"], current_app.config["LEDGER"]
    if ready is None:
        return problem("no_pack")
    if ledger is not None and (outage := readiness.outage(ledger)) is not None:
        return unavailable(outage)
    if ledger is not None and current_app.config["SETTINGS"].proxies and not keys.any_ever(ledger):
        return problem("this_machine_only", status=STATUS["no_pack"])  # not a refusal of the caller
    pack = ready.pack
    told = {"status": "ready", "pack": pack.name, "digest": pack.digest, "age_seconds": ready.age()}
    return Response(write(told), content_type="application/json")
