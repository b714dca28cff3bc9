"""Build the web application: configuration, errors, and a blueprint a resource."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from flask import Flask

from service import clock
from service.api import (
    access,
    batch,
    cases,
    controls,
    decisions,
    executions,
    export,
    health,
    meta,
    metrics,
    outcomes,
    problems,
    proxies,
    reports,
    request_log,
    search,
    tracing,
    vocabulary,
    webhooks,
)
from service.api.logs import Service
from service.api.openapi import ProblemsEverywhere, SchemaPlugin, describe_pack, describe_webhooks
from service.api.problems import ProblemApi
from service.api.resource import Json
from service.casework.context import CaseContext
from service.casework.decisions.batch import Worker
from service.settings import Settings

RESOURCES: Final = (
    decisions,
    search,
    batch,
    cases,
    outcomes,
    executions,
    controls,
    reports,
    export,
    webhooks,
    meta,
    vocabulary,
    health,
    metrics,
)
LARGEST_BODY: Final = 2**20
VERSION: Final = "0.1.0"


def create_app(config: Mapping[str, Any] | None = None) -> Flask:
    """Build the application; PACK is the Ready pack that decides, LEDGER keeps it all, CLOCK tells the time."""
    app = Service("redress", static_folder=None)
    app.json = Json(app)
    app.config.from_mapping(
        PACK=None,
        LEDGER=None,
        SETTINGS=Settings(),
        EXAMPLES=(),
        CLOCK=clock.now,
        MAX_CONTENT_LENGTH=LARGEST_BODY,
        API_TITLE="Redress",
        API_VERSION=VERSION,
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/",
    )
    app.config.from_mapping(config or {})
    request_log.init_app(app)  # what begins first ends last
    metrics.init_app(app)
    tracing.init_app(app)
    problems.init_app(app)
    access.init_app(app)
    proxies.init_app(app)
    plugins = [access.KeyNeeded(), ProblemsEverywhere()]
    api = ProblemApi(app, spec_kwargs={"marshmallow_plugin": SchemaPlugin(), "extra_plugins": plugins})
    api.spec.components.security_scheme("key", access.SECURITY)
    ready, ledger = app.config["PACK"], app.config["LEDGER"]
    serves = ready is not None and ledger is not None
    app.config["CONTEXT"] = CaseContext(ready, ledger, app.config["SETTINGS"], app.config["CLOCK"]) if serves else None
    app.config["WORKING"] = None if ready is None else Worker(ready, app.config["SETTINGS"].personal)
    app.config["SPREAD"] = partial(map, app.config["WORKING"])
    describe_pack(api, ready.pack.vocabulary if ready else None, app.config["EXAMPLES"])
    describe_webhooks(api)
    for module in RESOURCES:
        api.register_blueprint(module.blueprint)
    return app
