"""Follow the entries of a chain, and note which do not build on the one before them.

A chain that was tampered with once must not be condemned from there on. So every entry is held against the hash stored
beside the one before it; and where numbers were closed up behind an entry that was removed or added, they are counted
on from there.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from typing import Final

from service.ledger.chain import GENESIS, Entry

REACH: Final = 64  # entries removed or added at one place, of which the numbers were closed up
MOST: Final = 1000  # entries that are noted; what is above is counted


@dataclass(frozen=True, slots=True)
class Link:
    """An entry as it stands, with the hash stored beside it."""

    entry: Entry
    hash: str

    @property
    def seq(self) -> int:
        """Return the number at which the entry stands."""
        return self.entry.seq

    def builds_on(self, previous: str, number: int) -> bool:
        """Return whether the stored hash is that of the entry under a number, after the hash of another."""
        entry = self.entry if number == self.seq else replace(self.entry, seq=number)
        return entry.hash(previous) == self.hash


@dataclass(slots=True)
class Suspect:
    """An entry that does not build on the one before it."""

    link: Link
    before: tuple[str, ...]  # the hashes stored beside those before it, the nearest last
    shift: int  # what its number lacked to the one before it as written
    after: int  # and what it lacks to the one behind it
    hash_alone: bool = False  # whether it is sound but for its stored hash

    @property
    def seq(self) -> int:
        """Return the number at which the entry stands."""
        return self.link.seq

    @property
    def number(self) -> int:
        """Return the number under which it was written, told by those behind it."""
        return self.seq + self.after

    @property
    def due(self) -> str:
        """Return the hash that the entry would have here as it stands."""
        return replace(self.link.entry, seq=self.seq + self.shift).hash(self.before[-1])


class Follower:
    """Follows the entries of a ledger in the order of their numbers."""

    def __init__(self) -> None:
        self.seq = 0
        self.hashes = deque([GENESIS], maxlen=REACH + 1)
        self.shift = 0
        self.gaps: list[tuple[int, int]] = []
        self.suspects: list[Suspect] = []
        self.uncounted = 0

    @property
    def hash(self) -> str:
        """Return the hash stored beside the last entry."""
        return self.hashes[-1]

    @property
    def last(self) -> Suspect | None:
        """Return the last entry if it is a suspect."""
        return self.suspects[-1] if self.suspects and self.suspects[-1].seq == self.seq else None

    def follow(self, link: Link) -> None:
        """Hold the next entry against the one before it; behind a gap there is nothing to hold it against."""
        if link.seq > self.seq + 1:
            self.gaps.append((self.seq + 1, link.seq - 1))
        elif not link.builds_on(self.hash, link.seq + self.shift):
            self._doubt(link)
        self.seq = link.seq
        self.hashes.append(link.hash)

    def _doubt(self, link: Link) -> None:
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
        """Return by how much numbers were moved, if the entry builds on the one before it under another number."""
        near = (self.shift + sign * step for step in range(1, REACH + 1) for sign in (1, -1))
        return next((shift for shift in near if link.builds_on(self.hash, link.seq + shift)), None)
