"""Open the desk for a verb: a pack, and the ledger of the settings."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..desk.desk import Desk


@contextmanager
def opened(named: str | None) -> Iterator[Desk]:
    """Open the desk on a pack that is named, or the only one there is; what is wrong is told and ends with 2."""
    from .. import clock
    from ..commands import _folder, _ledger, _ready, _settings
    from ..desk.desk import Desk

    settings = _settings()
    ready = _ready(_folder(named))
    ledger = _ledger(settings)
    try:
        yield Desk(ready, ledger, settings, clock.now)
    finally:
        ledger.close()
