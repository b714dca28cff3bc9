from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator

from rules.language.contract import KINDS, MODES, PARTIES
from service.casework.states import STATES, TRANSITIONS


@pytest.fixture
def enums(client: FlaskClient) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = client.get("/v1/meta/enums").json
    return found


@pytest.mark.parametrize(
    ("name", "values"),
    [("kinds", KINDS), ("parties", PARTIES), ("modes", MODES), ("states", STATES), ("events", TRANSITIONS)],
)
def test_every_value_is_listed(enums: dict[str, list[dict[str, Any]]], name: str, values: tuple[str, ...]) -> None:
    assert [item["value"] for item in enums[name]] == list(values)


def test_every_value_of_a_case_has_words_in_both_languages(enums: dict[str, list[dict[str, Any]]]) -> None:
    for name in ("outcomes", "kinds", "parties", "modes", "states", "events", "held"):
        for item in enums[name]:
            assert item["label"].keys() == {"zh", "en"}
            assert not item["label"]["zh"].isascii(), (name, item)


def test_the_lists_are_as_specified(client: FlaskClient, enums: dict[str, list[dict[str, Any]]]) -> None:
    components = client.get("/openapi.json").json["components"]
    Draft202012Validator({"$ref": "#/components/schemas/Enums", "components": components}).validate(enums)
    assert client.get("/v1/meta/enums?fast=1").status_code == 400
