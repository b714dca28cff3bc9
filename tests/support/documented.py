"""A client that holds what is answered, and what was accepted, against /openapi.json."""

from __future__ import annotations

import json
import re
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from marshmallow import Schema
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from service.validation.json_text import write

JSON = ("application/json", "application/problem+json")
JUDGED_ALONE = ("decide_batch",)  # each item is answered by itself, whatever it is
EXTENSION = "documented"
UNDOCUMENTED = (401, 404, 405)  # of an address or a method that there is not
PROBLEM = {"content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}}


class Documented(FlaskClient):
    """Fails where an answer is not what the document says."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Ask, and hold the answer against the document."""
        answer = super().open(*args, **kwargs)
        if answer.request.method not in ("HEAD", "OPTIONS") and answer.request.path != "/openapi.json":
            document(self.application).check(answer)
        return answer


def document(app: Flask) -> Document:
    """Return what an application says of itself, read once."""
    if EXTENSION not in app.extensions:
        app.extensions[EXTENSION] = Document(app)
    found: Document = app.extensions[EXTENSION]
    return found


def complete(schema: Schema, value: Any, **more: Any) -> Any:
    """Dump an answer, and fail where a field is lost, changed or put elsewhere on the way."""
    dumped = Schema.dump(schema, value, **more)
    assert write(dumped) == write(value), f"{type(schema).__name__} writes {dumped}, and not {value}"
    return dumped


class Document:
    """What /openapi.json of an application says."""

    def __init__(self, app: Flask) -> None:
        (api,) = app.extensions["flask-smorest"]["apis"].values()  # asked of, /openapi.json would be a request more
        self.app, self.spec = app, json.loads(json.dumps(api["ext_obj"].spec.to_dict()))
        self.seen: set[tuple[str, str]] = set()  # operations with the statuses that they answered
        self._validators: dict[str, Draft202012Validator] = {}

    def check(self, answer: TestResponse) -> None:
        """Fail where an answer, or what was accepted, is not as documented."""
        method, status = answer.request.method, answer.status_code
        rule = self._rule(method, answer.request.path)
        if rule is None:
            assert status in UNDOCUMENTED, f"{status} at an address that is not documented"
            self._hold(PROBLEM, answer, "")
        elif operation := self.spec["paths"].get(rule, {}).get(method.lower()):  # else a test made the address
            name = operation["operationId"]
            self.seen.add((name, str(status)))
            described = operation["responses"].get(str(status))
            assert described is not None, f"{name} answered {status}, which is not documented: {answer.text[:300]}"
            self._hold(described, answer, name)
            if status < 300:
                self._accepted(operation, answer)

    def _rule(self, method: str, path: str) -> str | None:
        """Return the address as documented that answers a path, or None where none does."""
        try:
            rule, _ = self.app.url_map.bind("localhost").match(path, method, return_rule=True)
        except HTTPException:
            return None
        return re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)

    def _hold(self, described: dict[str, Any], answer: TestResponse, name: str) -> None:
        content = described.get("content", {})
        if not content:
            assert answer.data == b"", f"{name}: a body where none is documented"
            return
        assert answer.mimetype in content, f"{name} answered {answer.mimetype}, documented: {list(content)}"
        if answer.mimetype in JSON:
            self._valid(content[answer.mimetype]["schema"], json.loads(answer.data), f"{name} {answer.status_code}")

    def _accepted(self, operation: dict[str, Any], answer: TestResponse) -> None:
        """Fail where a request was accepted that does not fit what is documented."""
        name, asked = operation["operationId"], answer.request
        known = {one["name"] for one in operation.get("parameters", []) if one["in"] == "query"}
        assert set(asked.args) <= known, f"{name} took {set(asked.args) - known}, which are not documented"
        body = operation.get("requestBody")
        if body is not None and name not in JUDGED_ALONE and (sent := asked.environ["wsgi.input"].getvalue()):
            self._valid(body["content"]["application/json"]["schema"], json.loads(sent), f"{name} accepted")

    def _valid(self, schema: dict[str, Any], value: Any, what: str) -> None:
        key = json.dumps(schema)
        if key not in self._validators:
            self._validators[key] = Draft202012Validator({**schema, "components": self.spec["components"]})
        faults = [
            f"/{'/'.join(map(str, one.absolute_path))}: {one.message[:300]}"
            for one in self._validators[key].iter_errors(value)
        ]
        assert not faults, f"{what}: {faults[:5]}"
