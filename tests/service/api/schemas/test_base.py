from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from typing import Any

import pytest
from marshmallow import Schema, ValidationError, fields

from service.api import schemas
from service.api.schemas.base import KeptAsSent, NullLeftOut, Request, Variants
from service.api.schemas.fields import Line, OneOf, Part, Several, Statement
from service.api.schemas.parameters import Query
from service.i18n.faults import FAULTS
from service.validation.issue import ValidationIssue

for module in pkgutil.iter_modules(schemas.__path__):
    importlib.import_module(f"{schemas.__name__}.{module.name}")


class Inner(KeptAsSent):
    one = Line(required=True)
    two = Line()


class Outer(NullLeftOut, KeptAsSent):
    name = Statement(required=True)
    parts = Several(Part(Inner), 1, 3)


class Called(Request):
    way = OneOf(("call",), required=True)
    said = Line(data_key="number", required=True)


class Contact(Variants):
    key = "way"
    forms = {"call": Called}  # noqa: RUF012

    way = OneOf(("call",), required=True)


def issues(schema: Request, body: Any) -> list[tuple[str, str]]:
    with pytest.raises(ValidationError) as error:
        schema.load(body)
    return [(one.pointer, one.code) for one in schema.issues(error.value)]


def bodies(of: type[Request] = Request) -> Iterator[type[Request]]:
    """Yield every schema of a body."""
    for schema in of.__subclasses__():
        if not issubclass(schema, Query):  # values of a query are always texts
            yield schema
            yield from bodies(schema)


def parts(field: fields.Field[Any]) -> Iterator[fields.Field[Any]]:
    """Yield a field and the fields of its items; those of a nested schema belong to that."""
    yield field
    if isinstance(field, fields.List):
        yield from parts(field.inner)


@pytest.mark.parametrize("schema", [*bodies()], ids=lambda schema: schema.__name__)
def test_no_field_has_a_message_of_marshmallow_for_a_missing_or_null_value(schema: type[Schema]) -> None:
    for field in (part for one in schema().fields.values() for part in parts(one)):
        for case in ("required", "null"):
            message = field.error_messages[case]
            assert (
                all(isinstance(one, ValidationIssue) for one in message)
                if isinstance(message, list)
                else message in FAULTS
            )


def test_issues_come_in_the_order_of_the_body_after_those_of_keys_left_out() -> None:
    body = {"parts": [{"two": 1, "on": 1}, None, {"two": 2, "one": 3}], "x": 1, "name": None}
    assert issues(Outer(), body) == [
        ("/name", "missing"),
        ("/parts/0/one", "missing"),
        ("/parts/0/two", "not_text"),
        ("/parts/0/on", "unknown_key"),
        ("/parts/1", "not_record"),
        ("/parts/2/two", "not_text"),
        ("/parts/2/one", "not_text"),
        ("/x", "unknown_key"),
    ]


def test_an_unknown_key_of_a_part_gets_the_most_similar_of_the_part() -> None:
    schema = Outer()
    with pytest.raises(ValidationError) as error:
        schema.load({"name": "a", "parts": [{"one": "b", "twoo": "c"}]})
    assert [one.nearest for one in schema.issues(error.value)] == ["two"]


def test_a_body_that_is_kept_is_read_in_the_order_in_which_it_was_sent() -> None:
    read = Outer().load({"parts": [{"two": "a", "one": "b"}], "name": "c"})
    assert [*read] == ["parts", "name"]
    assert [*read["parts"][0]] == ["two", "one"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"way": "call"}, [("/number", "missing")]),
        ({"way": "call", "nummber": "1"}, [("/number", "missing"), ("/nummber", "unknown_key")]),
        ({"way": "write", "number": "1"}, [("/way", "not_one_of"), ("/number", "unknown_key")]),
        ({"number": "1"}, [("/way", "missing"), ("/number", "unknown_key")]),
        ({"way": ["call"]}, [("/way", "not_one_of")]),
        ("call", [("", "not_record")]),
    ],
)
def test_a_body_of_several_forms_is_read_by_the_one_that_its_key_names(
    body: Any, expected: list[tuple[str, str]]
) -> None:
    assert issues(Contact(), body) == expected
    assert Contact().load({"way": "call", "number": "1"}) == {"way": "call", "said": "1"}
