"""Who is asking: a person or a program with a role, and what it may do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from rules.language.contract import ROLES
from service.auth.roles import SCOPES


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever asks; `name` stands in every entry of the ledger that it makes.

    `merchants` are those that its key is bound to, as they were named; None where it is bound to none.
    """

    name: str
    role: str
    scopes: frozenset[str]
    merchants: frozenset[str] | None = None
    key: str | None = None  # its id, for the logs: a name may be a person's

    def may(self, scope: str) -> bool:
        """Tell whether the caller has a scope."""
        return scope in self.scopes

    def stands_for(self, role: str) -> bool:
        """Tell whether the caller may decide what a role decides: that role or a higher one."""
        return self.role == "admin" or (self.role in ROLES and ROLES.index(self.role) >= ROLES.index(role))


def caller_of(by: Caller | str) -> Caller:
    """Return who acts; a bare name, such as that of a scheduled job, has no role and no scopes."""
    return by if isinstance(by, Caller) else Caller(by, "", frozenset())


OWNER: Final = Caller("owner", "admin", frozenset(SCOPES))  # of this machine, while there is no key
