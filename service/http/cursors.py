"""Lists in pages: a cursor says after which place the next page begins."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from .requests import LARGEST_PAGE

PAGE: Final = 50
LONGEST: Final = 18  # digits of a place

Listing = Callable[[int, int], list[tuple[int, dict[str, Any]]]]  # after which place, at most how many


def limit(text: str) -> int:
    """Read how many items a page may have."""
    if not (text.isascii() and text.isdecimal() and 1 <= int(text[:9]) <= LARGEST_PAGE):
        raise ValueError(f"1-{LARGEST_PAGE}")
    return int(text)


def cursor(text: str) -> int:
    """Read the place after which a page begins."""
    if not (text.isascii() and text.isdecimal() and len(text) <= LONGEST):
        raise ValueError("next_cursor")
    return int(text)


def page(listing: Listing, asked: dict[str, Any]) -> dict[str, Any]:
    """Return a page of a list, and where the next one begins, or null at the end."""
    most = asked.get("limit", PAGE)
    found = listing(asked.get("cursor", 0), most + 1)
    more = str(found[most - 1][0]) if len(found) > most else None
    return {"items": [item for _, item in found[:most]], "next_cursor": more}
