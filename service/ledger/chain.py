"""The chain: each entry carries a digest of its salted payload and the hash of the entry before it.

A payload and its salt can be taken away without breaking the chain; nothing else can be changed, removed, added or
moved without being found. The salt keeps what was erased from being guessed from its digest.
"""

from __future__ import annotations

import hashlib
import sys
import zlib
from dataclasses import dataclass
from decimal import Decimal
from operator import attrgetter
from typing import Any, Final

import orjson

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

GENESIS: Final = "0" * 64
SALT: Final = 16
ZSTANDARD: Final = b"\x28\xb5\x2f\xfd"  # what its frames begin with (RFC 8878)
FAST: Final = 1  # of its levels, the one that costs least and still gains most
LARGEST: Final = 2**26  # bytes of a payload as JSON: what unpacks to more was not recorded by this program


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the ledger without its payload."""

    seq: int
    id: str
    kind: str
    case_no: str | None
    about: str | None
    at: str
    by: str
    digest: str

    def hash(self, previous: str) -> str:
        """Return the hash that the next entry builds on."""
        return hashlib.sha256(orjson.dumps([previous, *_PARTS(self)])).hexdigest()


_PARTS: Final = attrgetter(*Entry.__slots__)


def digest(salt: bytes, body: bytes) -> str:
    """Return the salted digest of a payload."""
    return hashlib.sha256(salt + body).hexdigest()


def holds(salt: object, body: object, recorded: object) -> bool:
    """Tell whether a payload as stored, of whatever type, is the one that was recorded with a digest."""
    return isinstance(salt, bytes) and isinstance(body, bytes) and digest(salt, body) == recorded


def plain(value: Any) -> bytes:
    """Return a value as JSON; what is kept and what is decided again are compared as these bytes."""
    return orjson.dumps(value, default=_exact)


def fingerprint(value: Any) -> str:
    """Return the digest of a value as JSON, without salt: what an approval of a recommendation is bound to."""
    return hashlib.sha256(plain(value)).hexdigest()


def pack(value: Any) -> bytes:
    """Return a payload as it is stored."""
    return zstd.compress(plain(value), FAST)


def _exact(value: Any) -> str:
    """Write a decimal as a text, which keeps it exact."""
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError


def unpack(body: bytes) -> Any:
    """Return what was stored; the first ledgers deflated it. Raises ValueError where it is damaged or too large."""
    unpacking = zstd.ZstdDecompressor() if body.startswith(ZSTANDARD) else zlib.decompressobj()
    try:
        unpacked = unpacking.decompress(body, LARGEST)
    except (zstd.ZstdError, zlib.error) as error:
        raise ValueError(str(error)) from None
    if not unpacking.eof or unpacking.unused_data:
        raise ValueError(f"cut off, followed by something else, or larger than {LARGEST} bytes")
    return orjson.loads(unpacked)
