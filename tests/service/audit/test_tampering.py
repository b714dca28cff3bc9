from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from service.audit.links import Follower, Link
from service.audit.tampering import Fault, faults
from service.ledger.chain import GENESIS, Entry
from tests.support.budget import budget

MANY = 8
SEQS = st.integers(1, MANY)


def chained(many: int = MANY) -> list[Link]:
    """Return the entries of a sound chain."""
    links: list[Link] = []
    for seq in range(1, many + 1):
        entry = Entry(seq, f"ent_{seq}", "note", None, None, "2026", "owner", f"{seq:064}")
        links.append(Link(entry, entry.hash(links[-1].hash if links else GENESIS)))
    return links


def renumbered(links: list[Link]) -> list[Link]:
    """Return entries with the numbers of the places in which they stand."""
    return [Link(replace(link.entry, seq=seq), link.hash) for seq, link in enumerate(links, 1)]


def found(links: list[Link], head: Link | None = None) -> list[Fault]:
    follower = Follower()
    for link in links:
        follower.follow(link)
    last = head or links[-1]
    return faults(follower, last.seq if head else len(links), last.hash)


def test_a_sound_chain_has_no_faults() -> None:
    assert found(chained()) == []


@given(st.permutations(range(MANY)))
@settings(max_examples=budget(40, 600))
def test_a_changed_order_is_found_and_only_moved_entries_are_named(order: list[int]) -> None:
    links = chained()
    faults = found(renumbered([links[at] for at in order]), links[-1])
    assert bool(faults) == (order != sorted(order))
    for fault in faults:
        if fault.code == "moved":
            assert fault.detail.endswith(f"entry {order[fault.first - 1] + 1}")


@given(st.sets(SEQS, min_size=1, max_size=3), st.booleans())
@settings(max_examples=budget(40, 600))
def test_removed_entries_are_found(gone: set[int], closed_up: bool) -> None:
    links = chained()
    left = [link for link in links if link.seq not in gone]
    head = replace(links[-1], entry=replace(links[-1].entry, seq=len(left))) if closed_up else links[-1]
    faults = found(renumbered(left) if closed_up else left, head)
    assert faults
    if not closed_up:
        assert {seq for fault in faults for seq in range(fault.first, fault.last + 1)} == gone


@given(st.sets(SEQS, min_size=1, max_size=4), st.sets(SEQS, max_size=4))
@settings(max_examples=budget(40, 600))
def test_changed_entries_and_payload_digests_are_named_and_no_others(changed: set[int], rehashed: set[int]) -> None:
    links = chained()
    for seq in changed:
        links[seq - 1] = replace(links[seq - 1], entry=replace(links[seq - 1].entry, by="another"))
    faults = found(links)
    assert [(fault.code, fault.first, fault.last) for fault in faults] == [
        ("entry_changed", seq, seq) for seq in sorted(changed)
    ]
    for seq in rehashed:
        links[seq - 1] = replace(links[seq - 1], hash="f" * 64)
    near = {seq + step for seq in rehashed for step in (0, 1)}
    assert changed <= {fault.first for fault in found(links, chained()[-1])} <= changed | near


@given(st.integers(0, MANY - 1), st.integers(1, 3))
@settings(max_examples=budget(24, 24))
def test_shifted_numbers_leave_a_gap_that_is_named(at: int, up: int) -> None:
    links = chained()
    moved = [Link(replace(link.entry, seq=link.seq + up), link.hash) for link in links[at:]]
    faults = found([*links[:at], *moved], moved[-1])
    assert ("removed", at + 1, at + up) in {(fault.code, fault.first, fault.last) for fault in faults}
    assert all(fault.first > at for fault in faults)


@given(SEQS, st.integers(1, 3), st.booleans())
@settings(max_examples=budget(40, 600))
def test_added_entries_are_named_even_if_the_rest_is_renumbered(at: int, many: int, hashed: bool) -> None:
    links = chained()
    previous = links[at - 2].hash if at > 1 else GENESIS
    forged = []
    for seq in range(at, at + many):
        entry = Entry(seq, f"forged_{seq}", "note", None, None, "2026", "nobody", "0" * 64)
        forged.append(Link(entry, entry.hash(previous) if hashed else f"{seq:x}" * 2))
        previous = forged[-1].hash
    faults = found(renumbered([*links[: at - 1], *forged, *links[at - 1 :]]), None)
    named = {seq for fault in faults for seq in range(fault.first, fault.last + 1)}
    added = set(range(at, at + many))
    assert named == added or (at == MANY and not hashed and added <= named)
