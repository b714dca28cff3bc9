"""Sign messages by Standard Webhooks, which receivers verify with any library of that name.

Signing needs the secret in clear, so it is stored in the table of endpoints alone. It is shown once, when it is made,
and never listed, logged or written into the chain.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import b64decode, b64encode
from collections.abc import Iterable
from typing import Final

PREFIX: Final = "whsec_"
BYTES: Final = 32  # of a secret; the standard takes 24 to 64
VERSION: Final = "v1"
GRACE_HOURS: Final = 24  # during which the old secret also signs
MOST_GRACE_HOURS: Final = 7 * 24


def new_secret() -> str:
    """Return a new secret, such as whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD."""
    return f"{PREFIX}{b64encode(secrets.token_bytes(BYTES)).decode()}"


def signed(keys: Iterable[str], id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """Return the signature headers of a body, with one signature a secret."""
    signatures = (signature(key, id, timestamp, body) for key in keys)
    return {
        "webhook-id": id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signatures),
    }


def signature(secret: str, id: str, timestamp: int, body: bytes) -> str:
    """Return the signature of a body by one secret."""
    content = f"{id}.{timestamp}.".encode() + body
    mac = hmac.new(b64decode(secret.removeprefix(PREFIX)), content, hashlib.sha256)
    return f"{VERSION},{b64encode(mac.digest()).decode()}"
