"""A small pack of no country, and what serves it."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from service import clock
from service.api.access import Gate
from service.api.app import create_app
from service.casework.context import CaseContext
from service.ledger.store import Ledger
from service.packs import Ready, prepare, read_policies
from service.settings import Settings
from service.validation.case import CaseSchema
from tests.support.at_counter import counter, office, open_office, served_office, time  # noqa: F401 - fixtures
from tests.support.cases import AFTERNOON
from tests.support.emptying import empty
from tests.support.filed import filed, filing  # noqa: F401 - fixtures
from tests.support.places import SHOP, TESTS
from tests.support.stores import SERVER, stores_of


@pytest.fixture(scope="session")
def ready() -> Iterator[Ready]:
    ready, problems = prepare(read_policies(SHOP))
    assert problems == ()
    assert ready is not None
    yield ready
    ready.close()


@pytest.fixture(scope="session")
def schema(ready: Ready) -> CaseSchema:
    return ready.schema


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test of storage on the stores of its file, unless the test names its own."""
    named = [str(mark.args[0]) for mark in metafunc.definition.iter_markers("parametrize")]
    if "stored" in metafunc.fixturenames and not any("stored" in names for names in named):
        stores = stores_of(metafunc.definition.path.relative_to(TESTS / "service"))
        metafunc.parametrize("stored", stores, indirect=True, scope="session")


@pytest.fixture(scope="session")
def stored(request: pytest.FixtureRequest) -> Ledger:
    """Return a ledger in each kind of store that the test runs on."""
    found: Ledger = request.getfixturevalue(f"{request.param}_ledger")
    return found


@pytest.fixture(scope="session")
def sqlite_ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    yield from migrated(f"sqlite:///{tmp_path_factory.mktemp('ledger') / 'ledger.db'}")


@pytest.fixture(scope="session")
def postgresql_ledger(schema_of_our_own: str) -> Iterator[Ledger]:
    yield from migrated(schema_of_our_own)


def migrated(url: str) -> Iterator[Ledger]:
    """Yield a ledger with its tables; it is closed when the tests end."""
    ledger = Ledger(url)
    ledger.migrate()
    yield ledger
    ledger.close()


@pytest.fixture(scope="session")
def schema_of_our_own() -> Iterator[str]:
    """Return the URL of a new schema on the server for tests; it goes when the tests end."""
    name = f"redress_{os.getpid()}"
    engine = create_engine(SERVER.replace("postgresql:", "postgresql+psycopg:"), poolclass=NullPool)
    try:
        with engine.begin() as connection:
            connection.execute(text(f"DROP SCHEMA IF EXISTS {name} CASCADE"))
            connection.execute(text(f"CREATE SCHEMA {name}"))
    except OperationalError as error:
        pytest.skip(f"no PostgreSQL answers at {SERVER}: {str(error).splitlines()[0]}")
    yield f"{SERVER}{'&' if '?' in SERVER else '?'}options=-csearch_path%3D{name}"
    with engine.begin() as connection:
        connection.execute(text(f"DROP SCHEMA {name} CASCADE"))


@pytest.fixture
def ledger(stored: Ledger) -> Ledger:
    """Return a ledger in which nothing has happened yet."""
    return empty(stored)


@pytest.fixture(scope="session")
def recording(ready: Ready, stored: Ledger) -> Flask:
    """Return a service that records what it decides; it is made once for each store."""
    return create_app({"PACK": ready, "LEDGER": stored, "CLOCK": lambda _: AFTERNOON, "TESTING": True})


@pytest.fixture(scope="session")
def answering(ready: Ready) -> Flask:
    """Return a service that records nothing."""
    return create_app({"PACK": ready, "CLOCK": lambda _: AFTERNOON, "TESTING": True})


@pytest.fixture
def served(recording: Flask, ledger: Ledger) -> FlaskClient:
    """Return a client of a service that records what it decides."""
    return asking(recording)


@pytest.fixture
def client(answering: Flask) -> FlaskClient:
    return asking(answering)


def asking(app: Flask) -> FlaskClient:
    """Return a client of a service that has not heard of any key."""
    app.config["GATE"] = Gate(app.config["LEDGER"])
    return app.test_client()


# ---- machines


@pytest.fixture
def context(cn: Ready, ledger: Ledger) -> CaseContext:
    """Return a case context with that pack."""
    return CaseContext(cn, ledger, Settings(drawn_percent=0), clock.now)  # ids draw at random
