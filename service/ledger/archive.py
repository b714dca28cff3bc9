"""Keep every pack that decided, by its digest, and make one ready again."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from typing import Final

from sqlalchemy import Connection, insert, select

from ..packs import Ready, prepare
from . import chain
from .store import Ledger, Writer
from .tables import PACKS

READY: Final = 4  # packs of the archive that are kept ready at a time


def files_of(connection: Connection, digest: str) -> Mapping[str, bytes] | None:
    """Return the files of a pack that decided."""
    kept = connection.execute(select(PACKS.c.files).where(PACKS.c.digest == digest)).scalar()
    return None if kept is None else {path: text.encode() for path, text in chain.unpack(kept).items()}


class Archive:
    """Packs of the past, made ready when they are called for."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.packs: OrderedDict[str, Ready] = OrderedDict()
        self.kept: set[str] = set()  # what the ledger was seen to hold, so that nobody need look again
        self.lock = threading.Lock()

    def keep(self, writer: Writer, ready: Ready) -> None:
        """Keep a pack where it is not kept already."""
        digest = ready.pack.digest
        if digest in self.kept:
            return
        if writer.connection.execute(select(PACKS.c.digest).where(PACKS.c.digest == digest)).first() is not None:
            self.kept.add(digest)
            return
        files = chain.pack({path: text.decode() for path, text in ready.files.items()})
        values = {"digest": digest, "name": ready.pack.name, "files": files, "since": writer.at}
        writer.connection.execute(insert(PACKS), values)

    def ready(self, digest: str) -> Ready | None:
        """Return the pack of a digest, or None where the ledger does not have it or it no longer loads."""
        with self.lock:
            if digest not in self.packs:
                with self.ledger.reading() as connection:
                    files = files_of(connection, digest)
                made = None if files is None else prepare(files)[0]
                if made is None:
                    return None
                self.packs[digest] = made
                while len(self.packs) > READY:
                    self.packs.popitem(last=False)[1].close()
            self.packs.move_to_end(digest)
            return self.packs[digest]
