"""Identify what was done to a chain from its entries that do not build on the previous one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from service.audit.links import Follower, Suspect

ENTRY_CHANGED, HASH_CHANGED, MOVED, ADDED, REMOVED, HEAD_DIFFERS = (
    "entry_changed",
    "hash_changed",
    "moved",
    "added",
    "removed",
    "head_differs",
)
MOST_COMPARED: Final = 24  # suspects that are compared with each other


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault of the entries from one number to another."""

    code: str
    first: int
    last: int
    detail: str


def faults(follower: Follower, head_seq: int, head_hash: str) -> list[Fault]:
    """Return the faults of a chain that was followed to its end, with the head that the ledger keeps."""
    if follower.last is not None:
        _look_behind(follower, follower.last, head_seq, head_hash)
    found = [*_gaps(follower), *_doubts(follower.suspects), *_head(follower, head_seq, head_hash)]
    return sorted(found, key=lambda fault: (fault.first, fault.last))


def _look_behind(follower: Follower, last: Suspect, head_seq: int, head_hash: str) -> None:
    """Examine the last entry if it is suspect: no later entry shows what happened to it."""
    written = last.number
    if head_seq == last.seq and head_hash == last.due:
        last.hash_alone = True
    elif len(follower.suspects) == 1:
        steps = range(1, len(last.before))
        last.after -= next((step for step in steps if last.link.builds_on(last.before[-1 - step], written - step)), 0)


def _gaps(follower: Follower) -> Iterator[Fault]:
    for first, last in follower.gaps:
        yield Fault(REMOVED, first, last, f"a gap in the numbers, so that entry {last + 1} cannot be checked")


def _head(follower: Follower, seq: int, hash: str) -> Iterator[Fault]:
    if seq > follower.seq:
        yield Fault(REMOVED, follower.seq + 1, seq, f"the head is entry {seq}, but the last entry is {follower.seq}")
    elif seq < follower.seq:
        yield Fault(ADDED, seq + 1, follower.seq, f"it comes after the head, which is entry {seq}")
    elif hash != follower.hash and follower.last is None:
        yield Fault(HEAD_DIFFERS, seq, seq, "the hash of the head is not the stored hash of the last entry")


def _doubts(suspects: Sequence[Suspect]) -> Iterator[Fault]:
    places = _places(suspects[:MOST_COMPARED])
    moved = {one.seq: place for one in suspects if (place := places.get(one.seq)) not in (None, one.number, one.seq)}
    added = {seq for one in suspects for seq in range(one.seq - (one.shift - one.after), one.seq)}
    for one in suspects:
        yield from _around(one, moved)
        if one.hash_alone:
            yield Fault(HASH_CHANGED, one.seq, one.seq, "its stored hash is not the hash of its content")
        elif one.seq in moved:
            written = moved[one.seq]
            text = "swapped with" if moved.get(written) == one.seq else "written as"
            yield Fault(MOVED, one.seq, one.seq, f"it was {text} entry {written}")
        elif one.seq not in places and one.seq not in added and one.after <= one.shift:
            text = "it does not build on the entry before it: it was changed, or that entry and its hash were"
            yield Fault(ENTRY_CHANGED, one.seq, one.seq, text)


def _around(one: Suspect, moved: dict[int, int]) -> Iterator[Fault]:
    """Yield what was added or removed before a suspect, if later entries were renumbered."""
    for seq in range(one.seq - (one.shift - one.after), one.seq):
        if seq not in moved:
            yield Fault(ADDED, seq, seq, f"entry {one.seq} was written with this number")
    gone = range(one.seq + one.shift, one.number)
    if gone and not set(gone) <= set(moved.values()):
        text = f"later entries were renumbered: entry {one.seq} was written as {one.number}"
        yield Fault(REMOVED, gone[0], gone[-1], text)


def _places(suspects: Sequence[Suspect]) -> dict[int, int]:
    """Return the original number of each suspect, if its stored hash shows it."""
    found = {one.seq: _place(one, suspects) for one in suspects}
    return {seq: number for seq, number in found.items() if number is not None}


def _place(one: Suspect, suspects: Sequence[Suspect]) -> int | None:
    """Return the number with which an entry builds on a nearby hash: its own if only the previous entry is wrong."""
    others = [two for two in suspects if two is not one]
    hashes = {hash for two in others for hash in (two.link.hash, two.due)}
    added = one.shift - one.after
    near = {one.before[-1 - added]} if 0 < added < len(one.before) else set()
    if any(one.link.builds_on(hash, one.number) for hash in hashes | near):
        return one.number
    hashes |= {two.before[-1] for two in others}
    numbers = {two.number + step for two in suspects for step in (-1, 0, 1)} - {one.number}
    fitting = (number for number in sorted(numbers) for hash in hashes if one.link.builds_on(hash, number))
    return next(fitting, None)
