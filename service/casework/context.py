"""The desk: one pack that decides, the ledger that keeps what is decided, and the settings of whoever runs both."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection

from service.casework.recorded import decision_payload
from service.casework.visibility import WHOLE, Sight
from service.errors import DomainError
from service.ledger.pack_archive import Archive
from service.ledger.store import Ledger
from service.packs import Clock, Ready
from service.privacy.free_text import Known
from service.privacy.masking import kept, known_of, private_of
from service.settings import Settings
from service.validation.case import ahead
from service.validation.issue import ValidationIssue

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class CaseContext:
    """What every operation on cases needs; `sight` says which of them it may concern."""

    ready: Ready
    ledger: Ledger
    settings: Settings
    clock: Clock
    archive: Archive = field(init=False)
    sight: Sight = field(init=False, default=WHOLE)

    def __post_init__(self) -> None:
        object.__setattr__(self, "archive", Archive(self.ledger))

    def seen_by(self, sight: Sight) -> CaseContext:
        """Return the same desk for somebody who sees only some cases."""
        if sight == self.sight:
            return self
        theirs = copy(self)
        object.__setattr__(theirs, "sight", sight)
        return theirs

    def refuse_other_pack(self, pack: str) -> None:
        """Refuse to act on what another pack decided: its limits and its words are not known here."""
        if pack != self.ready.pack.name:
            raise DomainError("other_pack_decided", pack)

    def faults(self, case: Any) -> tuple[ValidationIssue, ...]:
        """Return what keeps a case from being decided and recorded."""
        return self.ready.schema.faults(case) or ahead(case, self.clock(self.ready.pack.zone))

    def kept(self, told: Json, case: Mapping[str, Any] | None = None, facts: Json | None = None) -> Json:
        """Return what people wrote about a case as the ledger keeps it: what is personal in free texts is masked."""
        veiled: Json = kept(told, self.known(case or {}, facts or {}), self.settings.personal)
        return veiled

    def kept_about(self, connection: Connection, decision: Any, told: Json) -> Json:
        """Return what people wrote about a decision, of which this is the row, as the ledger keeps it."""
        return self.kept(told, (decision_payload(connection, decision) or {}).get("case"))

    def known(self, case: Mapping[str, Any], facts: Mapping[str, Any]) -> Known:
        """Return what a case, and further facts by their names, state of people."""
        pack = self.ready.pack
        known = known_of(case, pack)
        return replace(known, private=(*known.private, *private_of(facts, pack.vocabulary)))
