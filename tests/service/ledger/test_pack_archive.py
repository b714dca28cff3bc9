from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select, update

from service.casework.context import CaseContext
from service.casework.decisions.deciding import decide
from service.ledger import chain, pack_archive
from service.ledger.pack_archive import Archive, files_of
from service.ledger.store import Ledger
from service.ledger.tables import PACKS
from tests.support.filed import case, context_of, files, opened

UNKNOWN = f"sha256:{'0' * 64}"


def decided(ledger: Ledger, figure: int, folder: str = "") -> str:
    """Decide by a pack with a figure of its own; return its digest."""
    content = {f"{folder}{path}": text for path, text in files().items()}
    path = f"{folder}shop/parameters.yaml"
    content[path] = content[path].replace(b"values: 100", f"values: {figure}".encode())
    ready = opened(content)
    decide(context_of(ready, ledger), case(), "owner")
    ready.close()
    return ready.pack.digest


def test_a_pack_is_kept_once_and_decides_the_same_again(filed: CaseContext) -> None:
    made = [decide(filed, case(), "owner") for _ in range(2)]
    with filed.ledger.reading() as connection:
        assert connection.execute(select(func.count()).select_from(PACKS)).scalar() == 1
    ready = Archive(filed.ledger).ready(filed.ready.pack.digest)
    assert ready is not None
    assert ready.pack.digest == filed.ready.pack.digest
    again = ready.decide(case())
    assert again["remedy"] == made[0].recommendation["remedy"]
    ready.close()


def test_files_are_kept_by_their_paths_inside_the_pack(ledger: Ledger) -> None:
    digests = {decided(ledger, 100, folder) for folder in ("", "/somewhere/else/", "../")}
    assert len(digests) == 1
    with ledger.reading() as connection:
        kept = files_of(connection, digests.pop())
    assert kept is not None
    assert kept == {path.removeprefix("shop/"): text for path, text in files().items()}


def test_the_pack_that_decided_last_is_known_by_its_name(ledger: Ledger) -> None:
    with ledger.reading() as connection:
        assert (pack_archive.decided(connection), pack_archive.latest(connection, "shop")) == ([], None)
    first, second = decided(ledger, 100), decided(ledger, 200)
    assert decided(ledger, 100) == first != second
    with ledger.reading() as connection:
        (name,) = pack_archive.decided(connection)
        assert pack_archive.latest(connection, name) == first
        assert pack_archive.latest(connection, "another") is None


def test_an_unknown_pack_is_none_with_a_reason(ledger: Ledger) -> None:
    pack_archive = Archive(ledger)
    assert pack_archive.ready(UNKNOWN) is None
    assert pack_archive.why_not(UNKNOWN) == f"the ledger does not have pack {UNKNOWN}"
    with ledger.reading() as connection:
        assert files_of(connection, UNKNOWN) is None


def test_a_pack_whose_files_were_changed_is_not_used(ledger: Ledger) -> None:
    digest = decided(ledger, 100)
    with ledger.writing("owner") as writer:
        other = chain.pack({path: text.decode() for path, text in files().items()} | {"shop/more.yaml": ""})
        writer.connection.execute(update(PACKS).values(files=other))
    pack_archive = Archive(ledger)
    assert pack_archive.ready(digest) is None
    assert pack_archive.why_not(digest).endswith("do not match its digest")


def test_more_packs_than_are_kept_ready_take_turns(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.ledger.pack_archive.READY", 2)
    digests = [decided(ledger, figure) for figure in (10, 20, 30)]
    pack_archive = Archive(ledger)
    for digest, fen in [*zip(digests, (256, 512, 768), strict=True)] * 2:
        ready = pack_archive.ready(digest)
        assert ready is not None
        assert ready.decide(case())["remedy"]["refund_fen"] == fen
        assert len(pack_archive.packs) <= 2
    pack_archive.close()
    assert not pack_archive.packs


def test_many_threads_get_one_pack(ledger: Ledger) -> None:
    digest = decided(ledger, 100)
    pack_archive = Archive(ledger)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: pack_archive.ready(digest), range(16)))
    assert len({id(ready) for ready in found}) == 1
    pack_archive.close()
