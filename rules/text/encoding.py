"""Decode the bytes of a file as UTF-8, and report invisible characters."""

from __future__ import annotations

import re
from itertools import islice

from rules.text.problem import Place, Problem

MAX_BYTES = 1024 * 1024
MAX_REPORTED = 1000

# Control characters, and invisible characters that change a word or the reading order of a line.
INVISIBLE = re.compile(
    "[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
    "|[\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff]"
)


def decode(content: bytes, file: str) -> tuple[str, list[Problem]]:
    """Return the text with "\n" as line end, and the problems; of a file that is not UTF-8 the text is empty."""
    fault = _encoding_problem(content, file)
    if fault:
        return "", [fault]
    text = _newlines(content.decode("utf-8-sig"))
    return INVISIBLE.sub(" ", text), _invisible_characters(text, file)  # a space for each, so that positions stay


def _encoding_problem(content: bytes, file: str) -> Problem | None:
    start = Place(file, 1, 1)
    if len(content) > MAX_BYTES:
        return Problem(start, "R111", f"the file has {len(content)} bytes; split it into files of at most {MAX_BYTES}")
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return Problem(start, "R103", "the file is UTF-16; save it as UTF-8")
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        return _not_utf8(content, error.start, file)
    return None


def _not_utf8(content: bytes, at: int, file: str) -> Problem:
    """Report the first byte that is not UTF-8; the text after it is unreliable."""
    before = _newlines(content[:at].decode("utf-8-sig"))
    message = f"byte {at + 1} of the file (hex {content[at]:02x}) is not UTF-8; save the file as UTF-8"
    return Problem(_place(before, len(before), file), "R103", message)


def _invisible_characters(text: str, file: str) -> list[Problem]:
    return [
        Problem(
            _place(text, found.start(), file),
            "R113",
            f"there is an invisible character (U+{ord(found[0]):04X}) here; delete it",
        )
        for found in islice(INVISIBLE.finditer(text), MAX_REPORTED)
    ]


def _place(text: str, at: int, file: str) -> Place:
    return Place(file, text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at))


def _newlines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
