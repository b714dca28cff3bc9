from __future__ import annotations

from base64 import b64decode

import pytest

from service.webhooks.signing import new_secret, signature, signed
from tests.support.receiving import genuine

BODY = b'{"event_type":"ping","data":{"success":true}}'
NOW = 1731705121


def test_the_example_of_the_standard_gets_the_signature_that_it_shows() -> None:
    header = signature("whsec_plJ3nmyCDGBKInavdOK15jsl", "msg_loFOjxBNrRLzqYUf", NOW, BODY)
    assert header == "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0="


def test_secrets_are_long_and_differ() -> None:
    made = {new_secret() for _ in range(100)}
    assert len(made) == 100
    assert {len(b64decode(secret.removeprefix("whsec_"), validate=True)) for secret in made} == {32}


def test_each_secret_signs_by_itself() -> None:
    old, new, other = new_secret(), new_secret(), new_secret()
    headers = signed([new, old], "msg_1", NOW, BODY)
    assert [genuine(secret, headers, BODY, NOW) for secret in (old, new, other)] == [True, True, False]


@pytest.mark.parametrize(
    ("change", "body", "later"),
    [
        ({"webhook-id": "msg_2"}, BODY, 0),
        ({"webhook-timestamp": str(NOW + 1)}, BODY, 0),
        ({}, BODY + b" ", 0),
        ({}, BODY, 301),
        ({}, BODY, -301),
    ],
)
def test_a_changed_or_late_message_is_not_genuine(change: dict[str, str], body: bytes, later: int) -> None:
    secret = new_secret()
    headers = signed([secret], "msg_1", NOW, BODY)
    assert genuine(secret, headers, BODY, NOW)
    assert not genuine(secret, headers | change, body, NOW + later)
