"""The commands that service/deploy/README.md gives to other programs do what it says."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.serving import make_server

from service.api.app import create_app
from service.ledger.store import Ledger
from service.packs import Ready
from service.webhooks.signing import new_secret, signed
from tests.support.machines import GIVES
from tests.support.places import ROOT

TEXT = (ROOT / "service" / "deploy" / "README.md").read_text(encoding="utf-8")
SHOWN = re.compile(r" {2,}# (.+)$", re.MULTILINE)  # what a command prints, behind it
PAYING = "# pay here"


def fenced(language: str) -> list[str]:
    """Return the blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)


def printed(command: list[str], **more: Any) -> str:
    """Run a command, which has to succeed, and return what it prints."""
    done = subprocess.run(command, check=False, capture_output=True, text=True, **more)
    assert done.returncode == 0, done.stderr
    return str(done.stdout)


# ---- the first case


def test_the_readmes_first_case_is_decided_for_a_machine(cn: Ready, ledger: Ledger) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (command,) = re.findall(r"^    (curl .*)$", readme, re.MULTILINE)
    words = shlex.split(command)
    assert words[words.index("-X") + 1 :][:2] == ["POST", "localhost:8000/v1/decisions"]
    case = (ROOT / words[words.index("-d") + 1].removeprefix("@")).read_bytes()
    client: FlaskClient = create_app({"PACK": cn, "LEDGER": ledger}).test_client()
    answer = client.post("/v1/decisions", data=case, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json["mode"], answer.json["held"]) == (201, "auto", [])
    assert answer.json["recommendation"]["remedy"]["total_fen"] == GIVES


# ---- a machine that pays

Run = Callable[[str], list[str]]


@pytest.fixture
def own_ledger(tmp_path: Path) -> Iterator[Ledger]:
    """Return a ledger that commands can open too."""
    ledger = Ledger(f"sqlite:///{tmp_path / 'redress.db'}")
    ledger.migrate()
    yield ledger
    ledger.close()


@pytest.fixture
def run(cn: Ready, own_ledger: Ledger, tmp_path: Path) -> Iterator[Run]:
    """Return what runs commands as in a clone beside which the service runs, and gives the lines they print."""
    for needed in ("bash", "curl", "jq"):
        if shutil.which(needed) is None:
            pytest.skip(f"there is no {needed} here")
    server = make_server("127.0.0.1", 0, create_app({"PACK": cn, "LEDGER": own_ledger}), threaded=True)
    Thread(target=server.serve_forever, daemon=True).start()
    (tmp_path / "service").symlink_to(ROOT / "service")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "REDRESS_LEDGER": str(own_ledger.url)}

    def run(commands: str) -> list[str]:
        script = commands.replace("localhost:8000", f"127.0.0.1:{server.server_port}")
        return printed(["bash", "-euo", "pipefail", "-c", script], cwd=tmp_path, env=environment).splitlines()

    yield run
    server.shutdown()
    server.server_close()


def test_the_walk_from_a_case_to_its_payment_prints_what_is_shown(run: Run) -> None:
    walk, _ = fenced("sh")
    shown = SHOWN.findall(walk)
    assert len(shown) == 3
    assert run(walk) == shown


def test_a_late_claim_is_settled_as_shown(run: Run, own_ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    walk, settlement = fenced("sh")
    claimed, paying, _ = walk.partition(PAYING)
    assert paying
    run(claimed)
    now = own_ledger.now
    monkeypatch.setattr(own_ledger, "now", lambda: now() + timedelta(minutes=16))
    again = "ID=$(jq -r .id decided.json)\n" + claimed[claimed.index("ask() {") : claimed.index("ask case-")]
    assert run(again + settlement) == SHOWN.findall(settlement) == ["executed"]


# ---- webhooks

BODY = '{"type":"execution.late","data":{"case_no":"投诉-1"}}'.encode()
Verify = Callable[[list[dict[str, Any]]], list[bool]]


def in_python(messages: list[dict[str, Any]]) -> list[bool]:
    """Return which messages the recipe for Python lets through."""
    names: dict[str, Any] = {}
    (recipe,) = fenced("python")
    exec(recipe, names)

    def taken(message: dict[str, Any]) -> bool:
        try:
            names["verify"](message["secret"], message["headers"], message["body"].encode())
        except ValueError:
            return False
        return True

    return [taken(message) for message in messages]


NODE = """
const messages = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
const taken = ({ secret, headers, body }) => {
  try { verify(secret, headers, Buffer.from(body)); return true; } catch (error) {
    if (error.constructor !== Error) throw error;
    return false;
  }
};
console.log(JSON.stringify(messages.map(taken)));
"""


def in_node(messages: list[dict[str, Any]]) -> list[bool]:
    """Return which messages the recipe for Node lets through."""
    if shutil.which("node") is None:
        pytest.skip("there is no node here")
    (recipe,) = fenced("js")
    taken: list[bool] = json.loads(printed(["node", "-e", recipe + NODE], input=json.dumps(messages)))
    return taken


@pytest.mark.parametrize("verify", [in_python, in_node])
def test_a_recipe_takes_what_redress_signed_and_nothing_else(verify: Verify) -> None:
    old, new, other = new_secret(), new_secret(), new_secret()
    now = int(time.time())

    def message(keys: list[str], secret: str, at: int = now, body: bytes = BODY, **headers: str) -> dict[str, Any]:
        sent = signed(keys, "msg_1", at, BODY) | {f"webhook-{name}": text for name, text in headers.items()}
        return {"secret": secret, "headers": sent, "body": body.decode()}

    bare = message([new], new)
    genuine = signed([new], "msg_1", now, BODY)["webhook-signature"]
    good = [bare, message([new, old], old), message([new, old], new), message([new], new, now - 240)]
    bad = [
        message([new], other),
        message([new], new, body=BODY + b" "),
        message([new], new, now - 360),
        message([new], new, now + 360),
        message([new], new, id="msg_2"),
        message([new], new, timestamp=str(now + 1)),
        message([new], new, timestamp=""),
        message([new], new, timestamp="soon"),
        message([new], new, signature=""),
        message([new], new, signature="v1,"),
        message([new], new, signature="v1,é"),
        message([new], new, signature=genuine.removeprefix("v1,")),
        message([new], new, signature=genuine.replace("v1,", "v1a,")),
        message([new], new, signature=genuine[:-2]),
        bare | {"headers": {}},
    ]
    assert verify(good + bad) == [True] * len(good) + [False] * len(bad)
