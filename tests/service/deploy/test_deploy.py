"""The deployment files agree with the service."""

from __future__ import annotations

import json
import logging
import re
import shlex
from configparser import ConfigParser
from dataclasses import Field, fields, replace
from typing import Any

import click
import pytest

from service.api.app import LARGEST_BODY
from service.api.batch import LARGEST_BODY as LARGEST_BATCH
from service.api.logs import FIELDS, Lines
from service.api.server import KEEPALIVE
from service.api.tracing import FITTING
from service.cli.commands import redress
from service.ledger.engines import PATIENCE
from service.ledger.outages import OUTAGES
from service.settings import Settings, read_settings, variable
from tests.support.places import ROOT

DEPLOY = ROOT / "service" / "deploy"
LEDGER = "sqlite:////var/lib/redress/redress.db"


def unit() -> ConfigParser:
    """Return the systemd unit; it is INI but for keys that may stand twice, and this one's do not."""
    parser = ConfigParser(interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string((DEPLOY / "redress.service").read_text(encoding="utf-8"))
    return parser


def environment() -> dict[str, str]:
    lines = (DEPLOY / "redress.env").read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def instructions() -> list[tuple[str, str]]:
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", "")
    lines = [line.split(" ", 1) for line in text.splitlines() if line and not line.startswith("#")]
    return [(word, rest.strip()) for word, rest in lines]


def understood(words: list[str]) -> dict[str, object]:
    """Return what the command line makes of words, without doing it. Raises UsageError where it cannot."""
    command, name, rest = redress, "redress", words
    while isinstance(command, click.Group) and rest and rest[0] in command.commands:
        name, *rest = rest
        command = command.commands[name]
    return dict(command.make_context(name, rest).params)


@pytest.mark.parametrize("setting", fields(Settings), ids=lambda setting: setting.name)
def test_every_setting_is_explained_with_its_help(setting: Field[Any]) -> None:
    before, found, _ = (DEPLOY / "redress.env").read_text(encoding="utf-8").partition(f"\n{variable(setting.name)}=")
    assert found
    assert before.rpartition("\n\n")[2].splitlines()[0] == f"# {setting.metadata['help']}"


def test_the_settings_shown_are_those_that_hold_anyway_but_for_the_place_of_the_ledger() -> None:
    assert read_settings(environment()) == replace(Settings(), ledger=LEDGER)


def test_the_unit_starts_what_the_command_line_understands() -> None:
    program, *words = shlex.split(unit()["Service"]["ExecStart"])
    assert program == "/opt/redress/bin/redress"
    assert understood(words).items() >= {"named": "cn", "host": "127.0.0.1", "port": 8000}.items()


def test_a_word_that_the_command_line_does_not_know_would_be_found() -> None:
    with pytest.raises(click.UsageError):
        understood(["serve", "--pakc", "cn"])


def test_the_upkeep_does_what_the_command_line_understands_as_the_service_does() -> None:
    lines = (DEPLOY / "redress-upkeep.service").read_text(encoding="utf-8").splitlines()
    started = [shlex.split(line.removeprefix("ExecStart=")) for line in lines if line.startswith("ExecStart=")]
    assert [program for program, *_ in started] == ["/opt/redress/bin/redress"] * 2
    assert [words[0] for _, *words in started] == ["sweep", "cases"]
    for _, *words in started:
        understood(words)
    service = unit()["Service"]
    same = ("User", "EnvironmentFile", "StateDirectory", "WorkingDirectory", "ProtectSystem", "SystemCallFilter")
    assert [name for name in same if f"{name}={service[name]}" not in lines] == []


def test_the_unit_may_write_where_its_ledger_lies_and_nowhere_else() -> None:
    service = unit()["Service"]
    assert service["ProtectSystem"] == "strict"
    assert "ReadWritePaths" not in service
    assert LEDGER.startswith(f"sqlite:////var/lib/{service['StateDirectory']}/")
    assert service["User"] != "root"


def test_the_image_is_made_of_what_there_is_and_starts_what_is_understood() -> None:
    said = instructions()
    sources = [word for kind, rest in said if kind == "COPY" and "--from" not in rest for word in rest.split()[:-1]]
    assert sources
    assert [source for source in sources if not (ROOT / source).exists()] == []
    ignored = (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    assert [source for source in sources if f"!{source}" not in ignored] == []
    ((_, entrypoint), (_, command)) = said[-2:]
    assert json.loads(entrypoint) == ["/opt/redress/bin/redress"]
    assert understood(json.loads(command)).items() >= {"named": "cn", "host": "0.0.0.0", "port": 8000}.items()
    assert ("USER", "redress") in said


@pytest.mark.parametrize("code", [*(outage.code for outage in OUTAGES), "no_pack", "no_ledger", "this_machine_only"])
def test_what_to_do_about_each_503_is_explained(code: str) -> None:
    table = (DEPLOY / "README.md").read_text(encoding="utf-8").partition("### When it answers 503")[2]
    assert f"`{code}`" in "".join(line.split("|")[1] for line in table.splitlines() if line.startswith("| `"))


def test_the_line_of_a_request_is_explained_as_it_is() -> None:
    text = (DEPLOY / "README.md").read_text(encoding="utf-8")
    shown = json.loads(text[text.index('{"at"') : text.index("}\n", text.index('{"at"')) + 1])
    line = logging.makeLogRecord({"levelname": "INFO", "msg": "request", FIELDS: dict.fromkeys(shown)})
    assert list(json.loads(Lines().format(line))) == list(shown)


def said(name: str) -> list[str]:
    """Return what nginx.conf says by a directive, wherever it stands."""
    text = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    return re.findall(rf"^ *{name} +([^;\n]+);", text, re.MULTILINE)


def seconds(name: str) -> list[int]:
    return [int(text.removesuffix("s")) for text in said(name)]


def test_nginx_says_who_asks_and_passes_on_nothing_that_callers_say_of_it() -> None:
    headers = dict(text.split(None, 1) for text in said("proxy_set_header"))
    assert headers["X-Forwarded-For"] == "$remote_addr"
    assert headers["X-Forwarded-Proto"] == "$scheme"
    assert headers["X-Forwarded-Host"] == headers["Host"] == "$host"
    assert [name for name in ("X-Forwarded-Prefix", "Forwarded", "X-Real-IP") if headers[name] != '""'] == []
    assert headers["X-Request-ID"] == "$redress_request_id"
    assert f'"~^{FITTING}$" $http_x_request_id;' in (DEPLOY / "nginx.conf").read_text(encoding="utf-8")


def test_nginx_takes_what_the_service_takes_and_waits_for_as_long() -> None:
    sizes = [int(text.removesuffix("m")) * 2**20 for text in said("client_max_body_size")]
    assert [size > most for size, most in zip(sizes, (LARGEST_BODY, LARGEST_BATCH), strict=True)] == [True, True]
    assert seconds("keepalive_timeout")[0] < KEEPALIVE
    assert min(seconds("proxy_read_timeout")) > PATIENCE / 1000
    assert said("proxy_next_upstream") == ["off"]


def test_nginx_leads_to_where_the_unit_listens_and_keeps_the_metrics_to_this_machine() -> None:
    text = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    assert "server 127.0.0.1:8000;" in text
    assert "location = /metrics {\n        return 404;" in text
