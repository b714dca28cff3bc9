"""Format instants and exact decimals for JSON."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from rules.values.value import Exact

SECOND: Final = 1_000_000


def show_instant(moment: int, zone: ZoneInfo) -> str:
    """Format an instant as RFC 3339 with the zone's offset at that instant."""
    return local(moment, zone).isoformat()


def show_deadline(moment: int, zone: ZoneInfo) -> str:
    """Format the end of a period as RFC 3339, cut to the second."""
    return show_instant(moment - moment % SECOND, zone)


def local(moment: int, zone: tzinfo) -> datetime:
    """Return an instant as local time of a zone. Raises OverflowError outside the years 1 to 9999."""
    seconds, rest = divmod(moment, 1_000_000)
    try:
        shown = datetime.fromtimestamp(seconds, zone)  # exact for whole seconds, and fast
    except ValueError as error:
        raise OverflowError("the instant lies outside the years 1 to 9999") from error
    return shown.replace(microsecond=rest) if rest else shown


def show_decimal(number: Exact) -> int | str:
    """Format an exact number for JSON: an integer, a decimal, or a fraction where no decimal is exact."""
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
