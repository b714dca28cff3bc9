"""Build the web application: configuration, errors, and a blueprint a resource."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask import Flask

from .. import clock
from . import decisions, health, tracing, vocabulary
from .openapi import schemas
from .problems import ProblemApi

LARGEST_BODY: Final = 2**20
VERSION: Final = "0.1.0"


def create_app(config: Mapping[str, Any] | None = None) -> Flask:
    """Build the application; PACK is the Ready pack that decides, or None, and CLOCK tells the time."""
    app = Flask("redress", static_folder=None)
    app.config.from_mapping(
        PACK=None,
        CLOCK=clock.now,
        MAX_CONTENT_LENGTH=LARGEST_BODY,
        API_TITLE="Redress",
        API_VERSION=VERSION,
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/",
    )
    app.config.from_mapping(config or {})
    tracing.init_app(app)
    api = ProblemApi(app)
    ready = app.config["PACK"]
    for name, schema in schemas(ready.pack.vocabulary if ready else None).items():
        api.spec.components.schema(name, schema)
    for module in (decisions, vocabulary, health):
        api.register_blueprint(module.blueprint)
    return app
