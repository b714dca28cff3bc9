"""A blueprint whose schemas read requests and describe them: our strict JSON, our problems, our documents."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NoReturn

from flask import Request as FlaskRequest
from flask import Response
from flask_smorest import Blueprint
from marshmallow import ValidationError
from webargs.flaskparser import FlaskParser

from service.api.describe import COMMON, problem
from service.api.problems import MEDIA_TYPE
from service.api.requests import body
from service.api.schemas.base import Request
from service.errors import BadRequest

View = Callable[..., Response]

_NOT_READ: Final = {
    "400": problem("the body is not JSON, or a key stands twice in an object"),
    "415": problem("the body is not application/json"),
    "422": problem("the body does not fit; every fault is told"),
}


class StrictParser(FlaskParser):
    """Reads bodies as strict JSON, and answers what does not fit with every issue and its JSON Pointer."""

    def load_json(self, req: FlaskRequest, schema: Any) -> Any:
        """Return the body. Raises BadRequest."""
        return body()

    def handle_error(self, error: ValidationError, req: Any, schema: Any, **_: Any) -> NoReturn:
        """Raise BadRequest with every issue."""
        assert isinstance(error.messages, dict)
        (error.messages,) = error.messages.values()  # webargs puts them under the place of the request
        raise BadRequest(schema.code, schema.issues(error)) from None


class Resource(Blueprint):
    """flask-smorest's blueprint with our parser; a view declares its `operation`, `arguments`, `response` and `fails`.

    The problems that every operation may answer are documented in one place, see `openapi` and `access`.
    """

    ARGUMENTS_PARSER = StrictParser()

    def arguments(self, schema: type[Request], **more: Any) -> Callable[[View], View]:
        """Read the body by a schema, and pass it to the view as its first argument."""
        read = super().arguments(schema, **more)

        def declared(view: View) -> View:
            reading: Any = read(view)
            reading._apidoc["arguments"]["responses"] = dict(_NOT_READ)  # flask-smorest's have another shape
            return reading  # type: ignore[no-any-return]

        return declared

    def fails(self, status: int, why: str) -> Callable[[View], View]:
        """Document a problem."""
        declared: Callable[[View], View] = self.alt_response(
            str(status), schema="Problem", content_type=MEDIA_TYPE, description=why
        )
        return declared

    def operation(self, name: str, **more: Any) -> Callable[[View], View]:
        """Name an operation; whatever is answered, the language and the id of the request count."""
        declared: Callable[[View], View] = self.doc(operationId=name, parameters=COMMON, **more)
        return declared
