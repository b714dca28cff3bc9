from __future__ import annotations

import json

import pytest
from click.testing import Result

from service.auth import ADDRESSES, GRANTED
from tests.support import command_line

pytestmark = pytest.mark.usefixtures("ledger_file")


def run(*words: str) -> Result:
    return command_line.run("keys", *words)


def test_a_token_is_shown_once_alone_on_stdout() -> None:
    made = run("make", "Li Wei", "--role", "lead")
    token = made.stdout.strip()
    assert (made.exit_code, token[:4], made.stdout.count("\n")) == (0, "rdr_", 1)
    assert "not shown again" in made.stderr
    for shown in (run("list").output, run("list", "--json").output):
        assert "Li Wei" in shown
        assert token.split("_", 2)[2] not in shown


def test_keys_are_listed_with_what_they_may_do() -> None:
    assert "never been a key" in run("list").stdout
    run("make", "shop", "--role", "back_end", "--scope", "execute")
    run("revoke", "shop")
    (key,) = json.loads(run("list", "--json").stdout)["items"]
    assert (key["name"], key["role"], key["scopes"]) == ("shop", "back_end", ["execute"])
    assert key["revoked_at"] in run("list").stdout


def test_a_key_for_merchants_is_listed_with_them() -> None:
    assert run("make", "desk", "--role", "agent", "--merchant", "店铺一", "--merchant", "Shop Two").exit_code == 0
    assert "for 店铺一, Shop Two" in run("list").stdout
    (key,) = json.loads(run("list", "--json").stdout)["items"]
    assert key["merchants"] == ["店铺一", "Shop Two"]


def test_roles_are_shown_with_their_scopes_and_addresses() -> None:
    shown = run("roles").stdout
    report = json.loads(run("roles", "--json").stdout)
    assert report["roles"] == {role: list(scopes) for role, scopes in GRANTED.items()}
    assert [f"{one['method']} {one['path']}" for one in report["addresses"]] == list(ADDRESSES)
    for address in ADDRESSES:
        assert f"\n{address} " in shown
    (deciding,) = (one for one in report["addresses"] if one["path"] == "/v1/decisions" and one["method"] == "POST")
    assert deciding["roles"] == ["agent", "lead", "manager", "specialist", "back_end", "admin"]


def test_revoking_the_last_key_says_what_that_means() -> None:
    run("make", "one", "--role", "agent")
    run("make", "two", "--role", "agent")
    assert "no key is left" not in run("revoke", "one").output
    assert "refuses every request" in run("revoke", "two").stderr


@pytest.mark.parametrize(
    "words",
    [
        ("make", "a"),
        ("make", "a", "--role", "boss"),
        ("make", "a", "--role", "agent", "--scope", "x"),
        ("make", "", "--role", "agent"),
        ("make", "a", "--role", "agent", "--merchant", "-"),
        ("revoke", "nobody"),
    ],
)
def test_misuse_exits_with_2(words: tuple[str, ...]) -> None:
    assert run(*words).exit_code == 2
    assert json.loads(run("list", "--json").stdout) == {"items": []}
