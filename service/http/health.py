"""GET /healthz and /readyz, for whoever keeps the service running."""

from __future__ import annotations

from typing import Final

from flask import Response, current_app
from flask_smorest import Blueprint

from ..intake.jsontext import write
from .openapi import HEALTH, READINESS
from .problems import problem

blueprint: Final = Blueprint("health", __name__, description="Whether the service runs and can decide")


@blueprint.route("/healthz")
@blueprint.doc(**HEALTH)
def healthz() -> Response:
    """Tell that the process answers."""
    return Response(write({"status": "ok"}), content_type="application/json")


@blueprint.route("/readyz")
@blueprint.doc(**READINESS)
def readyz() -> Response:
    """Tell which pack decides, by name, digest and age."""
    ready = current_app.config["PACK"]
    if ready is None:
        return problem(503, "no_pack")
    pack = ready.pack
    told = {"status": "ready", "pack": pack.name, "digest": pack.digest, "age_seconds": ready.age()}
    return Response(write(told), content_type="application/json")
