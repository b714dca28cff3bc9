"""The chain: each entry carries a digest of its salted payload and the hash of the entry before it.

A payload and its salt can be erased without breaking the chain; any other change, removal, addition or move of an entry
is detected. The salt prevents an erased payload from being guessed from its digest.
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
from sqlalchemy import ColumnElement, Row, Select

from service.ledger.tables import ENTRIES, PAYLOADS

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

Json = dict[str, Any]

GENESIS: Final = "0" * 64
SALT: Final = 16
ZSTANDARD: Final = b"\x28\xb5\x2f\xfd"  # the magic number of its frames (RFC 8878)
FAST: Final = 1  # compression level: most of the gain at the least cost
LARGEST: Final = 2**26  # bytes of a payload as JSON; this program records no larger one

# The kinds of entries: an entry of any other kind was not written by this program.
OF_CASE: Final = frozenset(
    {
        "appeal",
        "approval",
        "decision",
        "erased",
        "escalation",
        "escalation.seen",
        "event",
        "execution.claimed",
        "execution.contradicted",
        "execution.executed",
        "execution.failed",
        "execution.late",
        "execution.refused",
        "outcome",
        "proposal",
        "review",
    }
)
OF_LEDGER: Final = frozenset(
    {
        "budget.set",
        "key.made",
        "key.revoked",
        "switch.off",
        "switch.on",
        "upgraded",
        "vouched",
        "webhook.added",
        "webhook.removed",
        "webhook.rotated",
    }
)
ENTRY_KINDS: Final = OF_CASE | OF_LEDGER


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
    """Check that a stored payload, of any type, matches the recorded digest."""
    return isinstance(salt, bytes) and isinstance(body, bytes) and digest(salt, body) == recorded


def plain(value: Any) -> bytes:
    """Return a value as JSON bytes, the form in which stored and replayed values are compared."""
    return orjson.dumps(value, default=_exact)


def fingerprint(value: Any) -> str:
    """Return the digest of a value as JSON, without salt; an approval is bound to that of its recommendation."""
    return hashlib.sha256(plain(value)).hexdigest()


def pack(value: Any) -> bytes:
    """Return a payload as it is stored."""
    return zstd.compress(plain(value), FAST)


def _exact(value: Any) -> str:
    """Write a decimal as text, which is exact."""
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError


def unpack(body: bytes) -> Any:
    """Return a stored payload; the first ledgers used deflate. Raises ValueError if it is damaged or too large."""
    unpacking = zstd.ZstdDecompressor() if body.startswith(ZSTANDARD) else zlib.decompressobj()
    try:
        unpacked = unpacking.decompress(body, LARGEST)
    except (zstd.ZstdError, zlib.error) as error:
        raise ValueError(str(error)) from None
    if not unpacking.eof or unpacking.unused_data:
        raise ValueError(f"cut off, followed by something else, or larger than {LARGEST} bytes")
    return orjson.loads(unpacked)


def with_payloads(query: Select[Any], seq: ColumnElement[int]) -> Select[Any]:
    """Add to a query the columns that `payload_of` reads; `seq` is the entry number of the row."""
    entry = ENTRIES.alias()
    wanted = query.add_columns(entry.c.digest.label("recorded"), PAYLOADS.c.salt, PAYLOADS.c.body)
    return wanted.outerjoin(entry, entry.c.seq == seq).outerjoin(PAYLOADS, PAYLOADS.c.seq == seq)


def payload_of(row: Row[Any]) -> Json | None:
    """Return the payload of a row's entry; None if it was erased or does not match its digest."""
    if not holds(row.salt, row.body, row.recorded):
        return None
    body: Json = unpack(row.body)
    return body
