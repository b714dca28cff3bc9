"""Which stores the tests of storage run on: both in a deep run; on a push one, but for what the stores do differently.

On a push the ledger and what may not happen twice run on PostgreSQL, the store of a service with several processes.
What is only written and read through them runs on SQLite, which needs no server.
"""

from __future__ import annotations

import os
from pathlib import PurePath
from typing import Final

from tests.support.budget import DEEP

SERVER: Final = os.environ.get("REDRESS_TEST_POSTGRESQL", "postgresql://root@127.0.0.1:5432/test")
SQLITE: Final = "sqlite"
POSTGRESQL: Final = "postgresql"
BOTH: Final = (SQLITE, POSTGRESQL)
ON_A_PUSH: Final = {  # by the beginning of a path in tests/service; the longest that fits counts
    "": (SQLITE,),
    "ledger/": (POSTGRESQL,),
    "audit/": (POSTGRESQL,),
    "casework/": (POSTGRESQL,),
    "webhooks/": (POSTGRESQL,),
    "invariants/": (POSTGRESQL,),
    "tampering/": (POSTGRESQL,),
    "api/test_idempotency.py": (POSTGRESQL,),
    "ledger/test_engines.py": BOTH,
    "ledger/test_store.py": BOTH,
    "ledger/test_numbers.py": BOTH,
    "ledger/test_search.py": BOTH,  # each store has plans of its own
    "casework/executions/test_claims.py": BOTH,
    "casework/outcomes/test_promises.py": BOTH,
    "audit/test_rebuild.py": BOTH,
    "audit/test_verification.py": BOTH,
}


def stores_of(path: PurePath) -> tuple[str, ...]:
    """Return the stores for a test file, by its path in tests/service."""
    name = path.as_posix()
    fitting = [start for start in ON_A_PUSH if name.startswith(start)]
    return BOTH if DEEP else ON_A_PUSH[max(fitting, key=len)]
