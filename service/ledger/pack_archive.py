"""Store every pack that made decisions, by its digest, and load it again."""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Mapping
from typing import Final

from sqlalchemy import Connection, insert, select

from rules.compiling.pack_files import digest_of, relative_paths
from service.ledger import chain
from service.ledger.store import Ledger, Writer
from service.ledger.tables import DECISIONS, PACKS
from service.packs import Ready, prepare

_JURISDICTION: Final = re.compile(r"^jurisdiction:\s*[\"']?(\w+)", re.MULTILINE)
READY: Final = 4  # archived packs that stay loaded


def files_of(connection: Connection, digest: str) -> Mapping[str, bytes] | None:
    """Return the files of an archived pack; None if they are gone or do not match its digest."""
    kept = connection.execute(select(PACKS.c.files).where(PACKS.c.digest == digest)).scalar()
    return None if kept is None else files_in(kept, digest)


def files_in(kept: bytes, digest: str) -> Mapping[str, bytes] | None:
    """Return the files of a stored pack; None if they do not match its digest."""
    try:
        files = {path: text.encode() for path, text in chain.unpack(kept).items()}
    except (ValueError, AttributeError):
        return None
    return files if digest_of(files) == digest else None


def decided(connection: Connection) -> list[str]:
    """Return the names of the packs that have made decisions."""
    return list(connection.execute(select(PACKS.c.name).distinct().order_by(PACKS.c.name)).scalars())


def latest(connection: Connection, name: str) -> str | None:
    """Return the digest of the pack's latest decision; None without one."""
    of_pack = select(DECISIONS.c.pack_digest).where(DECISIONS.c.pack == name)
    return connection.execute(of_pack.order_by(DECISIONS.c.seq.desc()).limit(1)).scalar()


def jurisdictions(connection: Connection) -> tuple[str, ...]:
    """Return the jurisdictions of the packs that have made decisions, as far as their files can be read."""
    found = set()
    for digest in connection.execute(select(PACKS.c.digest)).scalars().all():
        head = (files_of(connection, digest) or {}).get("pack.yaml", b"")
        found |= set(_JURISDICTION.findall(head.decode()))
    return tuple(sorted(found))


class Archive:
    """Packs of the past, loaded on demand."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.packs: OrderedDict[str, Ready] = OrderedDict()
        self.kept: set[str] = set()  # digests known to be stored, to save a query
        self.lock = threading.Lock()

    def keep(self, writer: Writer, ready: Ready) -> None:
        """Store a pack unless it is stored already."""
        digest = ready.pack.digest
        if digest in self.kept:
            return
        if writer.connection.execute(select(PACKS.c.digest).where(PACKS.c.digest == digest)).first() is not None:
            self.kept.add(digest)
            return
        files = chain.pack({path: text.decode() for path, text in relative_paths(ready.files).items()})
        values = {"digest": digest, "name": ready.pack.name, "files": files, "since": writer.at}
        writer.connection.execute(insert(PACKS), values)

    def ready(self, digest: str) -> Ready | None:
        """Return the pack of a digest, or None if the ledger does not have it or it no longer loads."""
        with self.lock:
            if digest not in self.packs:
                made, _ = self._made(digest)
                if made is None:
                    return None
                self.packs[digest] = made
                while len(self.packs) > READY:
                    self.packs.popitem(last=False)[1].close()
            self.packs.move_to_end(digest)
            return self.packs[digest]

    def why_not(self, digest: str) -> str:
        """Return why a pack cannot be loaded; nothing if it can."""
        return self._made(digest)[1]

    def _made(self, digest: str) -> tuple[Ready | None, str]:
        with self.ledger.reading() as connection:
            known = connection.execute(select(PACKS.c.digest).where(PACKS.c.digest == digest)).first()
            files = files_of(connection, digest)
        if files is None:
            reason = (
                f"the ledger does not have pack {digest}"
                if known is None
                else f"the stored files of pack {digest} do not match its digest"
            )
            return None, reason
        made, problems = prepare(files)
        return made, f"pack {digest} no longer loads: {problems[0]}" if problems else ""

    def close(self) -> None:
        """Free the memory of all engines."""
        with self.lock:
            while self.packs:
                self.packs.popitem()[1].close()
