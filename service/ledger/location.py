"""Where a ledger is: its URL, the migrations of its tables, and why it cannot be opened."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from service.errors import LedgerUnavailable
from service.ledger import engines
from service.ledger.outages import READ_ONLY, outage_of

MIGRATIONS: Final = Path(__file__).resolve().parents[1] / "migrations"
DRIVERS: Final = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}
ADVICE: Final = "REDRESS_LEDGER names a file in a folder that can be written, or a PostgreSQL server that answers"
OLDER: Final = "an older version wrote it and it can only be read here; open it once where it can be written"


def ledger_url(text: str) -> URL:
    """Return the URL of a ledger with the driver of its store. Raises LedgerUnavailable."""
    try:
        url = make_url(text)
        driver = DRIVERS[url.get_backend_name()]
    except (ArgumentError, KeyError, ValueError):
        shown = re.sub("//[^/]*@", "//***@", text)[:80]
        raise LedgerUnavailable(
            f"'{shown}' is not a ledger; write sqlite:///FILE or postgresql://USER@HOST/DATABASE"
        ) from None
    if driver == "sqlite" and url.database in (None, "", ":memory:"):
        raise LedgerUnavailable("a ledger in memory is lost when the process ends; write sqlite:///FILE")
    return url.set(drivername=driver)


def migrations() -> Config:
    """Return the configuration of the migrations."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


@contextmanager
def opening(url: URL) -> Iterator[None]:
    """Raise LedgerUnavailable for any failure to open the ledger."""
    try:
        yield
    except CommandError:
        why = "a newer version of this program wrote it; use that version, or another ledger"
    except SQLAlchemyError as error:
        reason = f"{_reason(error)}; {engines.log_left(url) or ADVICE}"
        why = OLDER if outage_of(error) is READ_ONLY else reason
    except OSError as error:
        why = f"{error.strerror or error}; {ADVICE}"
    except ModuleNotFoundError as error:
        why = f"{error.name} is not installed; install redress[postgresql]"
    else:
        return
    raise LedgerUnavailable(f"cannot open the ledger at {url.render_as_string(hide_password=True)}: {why}")


def _reason(error: Exception) -> str:
    return str(getattr(error, "orig", None) or error).strip().splitlines()[0]
