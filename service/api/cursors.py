"""Pages of lists: a cursor is the position after which the next page of a list begins.

A cursor is opaque. It holds a checksum of the address and the filters that it was made for: a cursor that was changed,
or belongs to another list or search, is refused.
"""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import orjson
from flask import request

from service.errors import BadRequest
from service.validation.issue import ValidationIssue

CHECKED: Final = 8  # bytes of the checksum
OF_PAGES: Final = ("limit", "cursor")  # parameters that are not filters

Place = int | str | list[str]
Listing = Callable[[Any, int], Sequence[tuple[Place, Mapping[str, Any]]]]  # after a position, so many at most


def page(listing: Listing, asked: Mapping[str, Any], first: Place | None = None) -> dict[str, Any]:
    """Return a page of a list with the cursor of the next one, null at the end.

    `asked` are the parameters of the request, `first` is the position before all items. Raises BadRequest for a cursor
    of another list or search.
    """
    of = _of(asked)
    most = asked["limit"]
    after = _place(asked["cursor"], of) if "cursor" in asked else first
    found = listing(after, most + 1)
    more = _cursor(found[most - 1][0], of) if len(found) > most else None
    return {"items": [item for _, item in found[:most]], "next_cursor": more}


def _of(asked: Mapping[str, Any]) -> str:
    """Return the address and the filters that a cursor belongs to."""
    filters = sorted((name, str(value)) for name, value in asked.items() if name not in OF_PAGES)
    return repr((request.path, filters))


def _cursor(place: Place, of: str) -> str:
    content = orjson.dumps(place)
    checksum = hashlib.sha256(of.encode() + content).digest()[:CHECKED]
    return urlsafe_b64encode(checksum + content).rstrip(b"=").decode()


def _place(cursor: str, of: str) -> Place:
    """Return the position of a cursor. Raises BadRequest."""
    try:
        read = urlsafe_b64decode(f"{cursor}{'=' * (-len(cursor) % 4)}".encode("ascii"))
        place: Place = orjson.loads(read[CHECKED:])
    except ValueError:
        raise _strange() from None
    if cursor != _cursor(place, of):
        raise _strange()
    return place


def _strange() -> BadRequest:
    return BadRequest("bad_query", (ValidationIssue("?cursor", "strange_cursor"),))
