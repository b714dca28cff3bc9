"""Reasons that operators write in the ledger: why a switch was set, why a case was erased."""

from __future__ import annotations

from sqlalchemy import Connection

from service.ledger.pack_archive import jurisdictions
from service.privacy.free_text import Known
from service.privacy.masking import MASK, veiled


def masked_reason(connection: Connection, text: str) -> str:
    """Return a reason with personal data masked, whatever the settings say: it does not belong to one case."""
    return veiled(text, Known(regions=jurisdictions(connection)), MASK)
