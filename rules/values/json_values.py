"""Format instants and exact decimals for JSON."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from rules.values.value import Exact

SECOND: Final = 1_000_000


def show_instant(moment: int, zone: ZoneInfo) -> str:
    """Return an instant in RFC 3339 with the zone's offset of that moment."""
    return local(moment, zone).isoformat()


def show_deadline(moment: int, zone: ZoneInfo) -> str:
    """Return the end of a period in RFC 3339; the last moment of a day is told as its last second."""
    return show_instant(moment - moment % SECOND, zone)


def local(moment: int, zone: tzinfo) -> datetime:
    """Return an instant by the clocks of a zone. Raises OverflowError outside the years 1 to 9999."""
    seconds, rest = divmod(moment, 1_000_000)
    try:
        shown = datetime.fromtimestamp(seconds, zone)  # exact for whole seconds, and the quickest way there is
    except ValueError as error:
        raise OverflowError("the instant lies outside the years 1 to 9999") from error
    return shown.replace(microsecond=rest) if rest else shown


def show_decimal(number: Exact) -> int | str:
    """Return an exact number as JSON carries it: an integer, a decimal, or a fraction where no decimal is exact."""
    if number.denominator == 1:
        return int(number)
    places = _decimal_places(number.denominator)
    if not places:
        return str(number)
    whole, rest = divmod(int(abs(number) * 10**places), 10**places)
    return f"{'-' if number < 0 else ''}{whole}.{rest:0{places}}"


def _decimal_places(denominator: int) -> int:
    for places in range(1, 31):
        if 10**places % denominator == 0:
            return places
    return 0
