"""The case context: the pack that decides, the ledger that records decisions, and the settings of the operator."""

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
    """What every operation on cases needs; `sight` limits the cases that are visible."""

    ready: Ready
    ledger: Ledger
    settings: Settings
    clock: Clock
    archive: Archive = field(init=False)
    sight: Sight = field(init=False, default=WHOLE)

    def __post_init__(self) -> None:
        object.__setattr__(self, "archive", Archive(self.ledger))

    def seen_by(self, sight: Sight) -> CaseContext:
        """Return the same context for a caller who sees only some cases."""
        if sight == self.sight:
            return self
        restricted = copy(self)
        object.__setattr__(restricted, "sight", sight)
        return restricted

    def refuse_other_pack(self, pack: str) -> None:
        """Refuse to act on a decision of another pack, whose limits and words are unknown here."""
        if pack != self.ready.pack.name:
            raise DomainError("other_pack_decided", pack)

    def faults(self, case: Any) -> tuple[ValidationIssue, ...]:
        """Return the faults that prevent a case from being decided and recorded."""
        return self.ready.schema.faults(case) or ahead(case, self.clock(self.ready.pack.zone))

    def mask(self, texts: Json, case: Mapping[str, Any] | None = None, facts: Json | None = None) -> Json:
        """Return free texts about a case as the ledger keeps them, with personal data masked."""
        masked: Json = kept(texts, self.known(case or {}, facts or {}), self.settings.personal)
        return masked

    def mask_about(self, connection: Connection, decision: Any, texts: Json) -> Json:
        """Return free texts about the decision of a row as the ledger keeps them, with personal data masked."""
        return self.mask(texts, (decision_payload(connection, decision) or {}).get("case"))

    def known(self, case: Mapping[str, Any], facts: Mapping[str, Any]) -> Known:
        """Return the personal data that a case, and further facts by name, state."""
        pack = self.ready.pack
        known = known_of(case, pack)
        return replace(known, private=(*known.private, *private_of(facts, pack.vocabulary)))
