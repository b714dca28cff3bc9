"""The exceptions of the service, as one tree.

    RedressError
    |-- BadRequest         a request cannot be read: a code and every issue
    |-- InvalidEvent       an event does not fit its case: every issue
    |-- DomainError        an operation is not possible in the present state: a code and its details
    |-- PackNotFound       no folder is the pack that was asked for
    |-- InvalidSetting     a setting has an invalid value
    |-- InvalidKey         an API key cannot be made, or does not exist
    |-- LedgerUnavailable  a ledger cannot be opened
    |-- LedgerUnsound      the chain of a ledger was changed
    |-- LockTimeout        other threads of this process write for too long (in ledger.outages)
    |-- CannotListen       the service cannot listen on an address
    `-- NoAnswer           a webhook endpoint gave no answer

The text of an exception without a code says what is wrong and what to do. The API alone gives codes an HTTP status.
"""

from __future__ import annotations

from collections.abc import Sequence

from service.validation.issue import ValidationIssue


class RedressError(Exception):
    """Base of all exceptions of the service."""


class BadRequest(RedressError):
    """Raised for a request that cannot be read; it carries a code and every issue."""

    def __init__(self, code: str, faults: tuple[ValidationIssue, ...] = ()) -> None:
        super().__init__(code)
        self.code, self.faults = code, faults


class InvalidEvent(RedressError):
    """Raised for an event that does not fit its case; it carries every issue."""

    def __init__(self, faults: list[ValidationIssue]) -> None:
        super().__init__(*faults)
        self.faults = tuple(faults)


class DomainError(RedressError):
    """Raised for an operation that is not possible now; it carries the code of its message and the message's details.

    `reasons` are codes, if there can be several reasons.
    """

    def __init__(self, code: str, *details: str, reasons: Sequence[str] = ()) -> None:
        super().__init__(code, *details)
        self.code, self.details, self.reasons = code, details, tuple(reasons)


class PackNotFound(RedressError):
    """Raised when no folder can be used as the pack that was asked for."""


class InvalidSetting(RedressError):
    """Raised for a setting with an impossible value; the text names the setting and the values allowed."""


class InvalidKey(RedressError):
    """Raised for a key that cannot be made or does not exist."""


class LedgerUnavailable(RedressError):
    """Raised when a ledger cannot be opened."""


class LedgerUnsound(RedressError):
    """Raised when the chain of a ledger was changed, so that nothing can be derived from it."""


class CannotListen(RedressError):
    """Raised when the service cannot listen on an address."""


class NoAnswer(RedressError):
    """Raised when a webhook endpoint gave no answer; the text says why."""
