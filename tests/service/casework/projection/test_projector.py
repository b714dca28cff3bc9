"""Every kind of entry is either projected or named as changing no row."""

from __future__ import annotations

import pytest

from service.casework.projection.projector import CHANGING, WITHOUT_ROWS, apply
from service.casework.projection.row_changes import Before
from service.ledger import chain
from service.ledger.chain import Entry


def test_every_kind_of_entry_changes_rows_or_is_named_as_changing_none() -> None:
    assert CHANGING | WITHOUT_ROWS == chain.ENTRY_KINDS
    assert not CHANGING & WITHOUT_ROWS


def test_a_kind_that_no_ledger_has_is_refused() -> None:
    entry = Entry(1, "1", "guessed", None, None, "2026-08-14T07:00:00Z", "agent", "")
    with pytest.raises(KeyError, match="guessed"):
        list(apply(entry, {}, Before()))
