"""The operator's settings: each is declared once, with its type, default, help and accepted values."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field, fields
from typing import Any, Final, NamedTuple

from service.errors import InvalidSetting
from service.privacy.masking import MASK, WAYS

LONGEST_SHOWN: Final = 40  # characters of a refused value


class Kind(NamedTuple):
    """The type of a setting: how messages name it, and its parser, which raises ValueError."""

    name: str
    parse: Callable[[str], Any]


class Described(NamedTuple):
    """A setting as the help of `redress serve` lists it."""

    variable: str
    type: str
    default: str
    help: str


def _prefix(text: str) -> str:
    if not (text.isascii() and text.isalnum() and len(text) <= 20):
        raise ValueError
    return text


def _way(text: str) -> str:
    if text not in WAYS:
        raise ValueError
    return text


def _integer(least: int, most: int) -> Kind:
    def parse(text: str) -> int:
        if not (text.isascii() and text.isdecimal() and len(text) <= 9 and least <= int(text) <= most):
            raise ValueError
        return int(text)

    return Kind(f"a number from {least} to {most}", parse)


def _hosts(text: str) -> tuple[str, ...]:
    hosts = tuple(text.replace(",", " ").split())
    if any(set("/*@") & set(host) for host in hosts):
        raise ValueError
    return hosts


_TEXT: Final = Kind("text", str)
_PREFIX: Final = Kind("up to 20 letters and digits", _prefix)
_WAY: Final = Kind(f"one of {', '.join(WAYS)}", _way)
_HOSTS: Final = Kind("hosts such as example.com or 127.0.0.1:9000", _hosts)


def _setting(kind: Kind, default: Any, help: str) -> Any:
    return field(default=default, metadata={"kind": kind, "help": help})


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings, each with its default; `metadata` of a field holds its type and its help."""

    ledger: str = _setting(
        _TEXT,
        "sqlite:///redress.db",
        "The ledger: sqlite:////FILE (on a disk of this machine) or postgresql://USER:PASSWORD@HOST/DATABASE.",
    )
    pack: str = _setting(_TEXT, "", "The pack of the service: a name or a folder.")
    case_prefix: str = _setting(_PREFIX, "Tousu", "The prefix of case numbers, as in Tousu-20260814-0001.")
    personal: str = _setting(_WAY, MASK, "Names, addresses and contacts in the ledger: mask, leave_out or keep.")
    confirm_minutes: int = _setting(
        _integer(1, 24 * 60), 15, "Minutes until an unconfirmed execution is late and goes to a person."
    )
    drawn_percent: int = _setting(
        _integer(0, 100), 5, "Percentage of automatic decisions that are drawn for review by a person."
    )
    webhook_hosts: tuple[str, ...] = _setting(
        _HOSTS, (), "Hosts that may receive webhooks, separated by blanks or commas."
    )
    proxies: int = _setting(
        _integer(0, 9),
        0,
        "Number of trusted reverse proxies, which set X-Forwarded-For, -Proto, -Host and -Prefix.",
    )
    retention_days: int = _setting(
        _integer(0, 36_500), 0, "Days that a case is kept after its closing; 0 keeps it for good."
    )


def variable(name: str) -> str:
    """Return the environment variable of a setting."""
    return f"REDRESS_{name.upper()}"


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings from the environment; an empty variable means the default. Raises InvalidSetting."""
    given = {}
    for setting in fields(Settings):
        if text := environment.get(variable(setting.name), "").strip():
            given[setting.name] = _parsed(setting, text)
    return Settings(**given)


def describe_settings() -> tuple[Described, ...]:
    """Return every setting with its variable, type, default and help."""
    return tuple(
        Described(variable(one.name), one.metadata["kind"].name, _shown(one.default), one.metadata["help"])
        for one in fields(Settings)
    )


def _shown(default: Any) -> str:
    return "none" if default in ("", ()) else str(default)


def _parsed(setting: Field[Any], text: str) -> Any:
    kind: Kind = setting.metadata["kind"]
    try:
        return kind.parse(text)
    except ValueError:
        shown = text[:LONGEST_SHOWN]
        raise InvalidSetting(f"{variable(setting.name)} must be {kind.name}, not '{shown}'") from None
