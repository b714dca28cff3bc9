"""Follow the entries of a chain, and collect those that do not build on the previous entry.

One change must not make all later entries suspect. So every entry is checked against the stored hash of the previous
one; and if later entries were renumbered after a removal or an addition, the check continues with the shifted numbers.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from typing import Final

from service.ledger.chain import GENESIS, Entry

MAX_SHIFT: Final = 64  # entries removed or added at one place, with later entries renumbered
MOST: Final = 1000  # suspects that are kept; further ones are only counted


@dataclass(frozen=True, slots=True)
class Link:
    """An entry as stored, with its stored hash."""

    entry: Entry
    hash: str

    @property
    def seq(self) -> int:
        """Return the stored number of the entry."""
        return self.entry.seq

    def builds_on(self, previous: str, number: int) -> bool:
        """Check that the stored hash is that of the entry with a given number after a given previous hash."""
        entry = self.entry if number == self.seq else replace(self.entry, seq=number)
        return entry.hash(previous) == self.hash


@dataclass(slots=True)
class Suspect:
    """An entry that does not build on the previous one."""

    link: Link
    before: tuple[str, ...]  # the stored hashes of the previous entries, the nearest last
    shift: int  # original number minus stored number, before it
    after: int  # the same, after it
    hash_alone: bool = False  # only its stored hash is wrong

    @property
    def seq(self) -> int:
        """Return the stored number of the entry."""
        return self.link.seq

    @property
    def number(self) -> int:
        """Return its original number, which the later entries show."""
        return self.seq + self.after

    @property
    def due(self) -> str:
        """Return the hash that the entry, as stored, would have in this place."""
        return replace(self.link.entry, seq=self.seq + self.shift).hash(self.before[-1])


class Follower:
    """Follows the entries of a ledger in the order of their stored numbers."""

    def __init__(self) -> None:
        self.seq = 0
        self.hashes = deque([GENESIS], maxlen=MAX_SHIFT + 1)
        self.shift = 0
        self.gaps: list[tuple[int, int]] = []
        self.suspects: list[Suspect] = []
        self.uncounted = 0

    @property
    def hash(self) -> str:
        """Return the stored hash of the last entry."""
        return self.hashes[-1]

    @property
    def last(self) -> Suspect | None:
        """Return the last entry if it is suspect."""
        return self.suspects[-1] if self.suspects and self.suspects[-1].seq == self.seq else None

    def follow(self, link: Link) -> None:
        """Check the next entry against the previous one; after a gap there is nothing to check it against."""
        if link.seq > self.seq + 1:
            self.gaps.append((self.seq + 1, link.seq - 1))
        elif not link.builds_on(self.hash, link.seq + self.shift):
            self._suspect(link)
        self.seq = link.seq
        self.hashes.append(link.hash)

    def _suspect(self, link: Link) -> None:
        before = self.last
        if before is not None and link.builds_on(before.due, link.seq + self.shift):
            before.hash_alone = True
        elif len(self.suspects) == MOST:
            self.uncounted += 1
        elif (shift := self._shift_at(link)) is not None:
            if before is None:
                self.suspects.append(before := Suspect(link, tuple(self.hashes), self.shift, shift))
            before.after = self.shift = shift
        else:
            self.suspects.append(Suspect(link, tuple(self.hashes), self.shift, self.shift))

    def _shift_at(self, link: Link) -> int | None:
        """Return the shift of numbers with which the entry builds on the previous one, or None."""
        near = (self.shift + sign * step for step in range(1, MAX_SHIFT + 1) for sign in (1, -1))
        return next((shift for shift in near if link.builds_on(self.hash, link.seq + shift)), None)
