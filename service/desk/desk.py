"""The desk: one pack that decides, the ledger that keeps what is decided, and the settings of whoever runs both."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..ledger.archive import Archive
from ..ledger.store import Ledger
from ..packs import Clock, Ready
from ..settings import Settings


class Refused(Exception):
    """Raised for what cannot be done as things stand: a status, a code of the messages, and what fills its text."""

    def __init__(self, status: int, code: str, *details: str) -> None:
        super().__init__(code, *details)
        self.status, self.code, self.details = status, code, details


@dataclass(frozen=True, slots=True)
class Desk:
    """What every operation on cases needs."""

    ready: Ready
    ledger: Ledger
    settings: Settings
    clock: Clock
    archive: Archive = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "archive", Archive(self.ledger))
