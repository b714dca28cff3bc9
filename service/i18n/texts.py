"""A text in the languages of the service; texts about cases come from the pack."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

LANGUAGES: Final = ("zh", "en")

Texts = Mapping[str, str]


def texts(zh: str, en: str) -> Texts:
    """Return a text in each language."""
    return {"zh": zh, "en": en}
