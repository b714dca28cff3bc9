"""A blueprint whose schemas read requests and describe them: our strict JSON, our problems, our documents."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Final, NoReturn

from flask import Request as FlaskRequest
from flask import Response, g
from flask.json.provider import DefaultJSONProvider
from flask_smorest import Blueprint
from marshmallow import Schema, ValidationError
from webargs.flaskparser import FlaskParser

from service.api import tracing
from service.api.openapi import refusal
from service.api.problems import MEDIA_TYPE
from service.api.requests import body
from service.api.schemas.problems import Problem
from service.errors import BadRequest
from service.i18n.texts import LANGUAGES
from service.validation import json_text

View = Callable[..., Any]  # returns a value, with a status and headers where need be, or a whole response

_HEADERS: Final = [  # that every operation takes
    {
        "name": "Accept-Language",
        "in": "header",
        "schema": {"type": "string", "default": LANGUAGES[0]},
        "description": f"{' or '.join(LANGUAGES)}, for the texts of the answer",
    },
    {
        "name": tracing.HEADER,
        "in": "header",
        "schema": {"type": "string"},
        "description": "up to 128 of A-Z a-z 0-9 . _ : + / = @ -, echoed on the answer; else one is made for it",
    },
]
_NOT_READ: Final = {  # by the place in a request
    "json": {
        "400": refusal("the body is not JSON, or a key stands twice in an object"),
        "415": refusal("the body is not application/json"),
        "422": refusal("the body does not fit; every fault is listed"),
    },
    "query": {"400": refusal("a parameter does not fit, or there is no such parameter")},
}


class StrictParser(FlaskParser):
    """Reads bodies as strict JSON, and answers what does not fit with every issue and its JSON Pointer."""

    DEFAULT_UNKNOWN_BY_LOCATION = {}  # noqa: RUF012 - webargs declares it so; each schema sets it

    def load_json(self, req: FlaskRequest, schema: Any) -> Any:
        """Return the body. Raises BadRequest."""
        return {} if schema.may_be_absent and not req.get_data() else body()  # a chunked body has no length beforehand

    def load_querystring(self, req: FlaskRequest, schema: Any) -> Any:
        """Return all that was sent under each name."""
        return req.args.to_dict(flat=False)

    def handle_error(self, error: ValidationError, req: Any, schema: Any, **_: Any) -> NoReturn:
        """Raise BadRequest with every issue."""
        assert isinstance(error.messages, dict)
        (error.messages,) = error.messages.values()  # webargs puts them under the place of the request
        raise BadRequest(schema.code, schema.issues(error)) from None


class Json(DefaultJSONProvider):
    """Writes answers as all JSON of the service is written: in the given order, without blanks."""

    def response(self, *args: Any, **kwargs: Any) -> Response:
        """Return a value as a response."""
        value = self._prepare_response_obj(args, kwargs)
        return Response(json_text.write(value), content_type="application/json")


class Resource(Blueprint):
    """flask-smorest's blueprint with our parser; a view declares its `operation`, `arguments`, `response` and `fails`.

    A view returns a value, which is written by the schema of its `response`. The problems that every operation may
    answer are documented in one place, see `openapi` and `access`.
    """

    ARGUMENTS_PARSER = StrictParser()

    def arguments(self, schema: type[Schema], *, location: str = "json", **more: Any) -> Callable[[View], View]:
        """Read the body or the query by a schema, and pass it to the view as its first argument."""
        read = super().arguments(schema(), location=location, **more)  # an instance for all requests

        def declared(view: View) -> View:
            """Add our problems to those of what is read after it, in place of flask-smorest's."""
            before = getattr(view, "_apidoc", {}).get("arguments", {}).get("responses", {})
            reading: Any = read(view)
            reading._apidoc["arguments"]["responses"] = {**_NOT_READ[location], **before}
            return reading  # type: ignore[no-any-return]

        return declared

    @staticmethod
    def requires(check: Callable[..., object]) -> Callable[[View], View]:
        """Call a check, which may raise, with the parts of the address, before what is declared below it is read."""

        def declared(view: View) -> View:
            @wraps(view)
            def checked(*args: Any, **parts: Any) -> Any:
                check(**parts)
                return view(*args, **parts)

            return checked

        return declared

    def fails(self, status: int, why: str) -> Callable[[View], View]:
        """Document a problem."""
        declared: Callable[[View], View] = self.alt_response(
            str(status), schema=Problem, content_type=MEDIA_TYPE, description=why
        )
        return declared

    def operation(self, name: str) -> Callable[[View], View]:
        """Name an operation, and describe the headers that every one takes."""

        def declared(view: View) -> View:
            named: Any = self.doc(operationId=name)(view)
            arguments = named._apidoc.setdefault("arguments", {})
            arguments["parameters"] = [*_HEADERS, *arguments.get("parameters", [])]
            return named  # type: ignore[no-any-return]

        return declared

    @staticmethod
    def _prepare_response_content(data: dict[str, Any]) -> dict[str, Any]:
        """Note the case that a response is about, for the log."""
        if case_no := data.get("case_no"):
            g.case_no = case_no
        return data
