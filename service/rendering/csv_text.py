"""Write CSV for spreadsheets: UTF-8 with a byte order mark, and no text that is read as a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from service.i18n import filling

MEDIA_TYPE: Final = "text/csv"
MARK: Final = "\ufeff"  # the byte order mark
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")

Cell = str | int | float | None


def lines(rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    """Yield the text of a table, row by row; the first row holds the headers."""
    mark = MARK
    for row in rows:
        buffer = io.StringIO()
        csv.writer(buffer).writerow([_cell(cell) for cell in row])
        yield mark + buffer.getvalue()
        mark = ""


def major(minor: int | None) -> Money | None:
    """Return an amount of minor units in major ones, with two decimals."""
    return None if minor is None else Money(filling.major(minor))


class Money(str):
    """An amount as text: not escaped as a formula, though it may begin with a minus."""

    __slots__ = ()


def _cell(cell: Cell) -> Cell:
    if not isinstance(cell, str) or isinstance(cell, Money):
        return cell
    text = cell.replace("\x00", "")
    return f"'{text}" if text.lstrip(" \n").startswith(FORMULA) else text
