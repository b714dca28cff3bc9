"""What whoever runs the service sets: where the ledger lies, what it keeps of people, what machines may do."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from service.errors import InvalidSetting
from service.privacy.masking import MASK, WAYS

LEDGER: Final = "sqlite:///redress.db"
PREFIX: Final = "Tousu"  # of the numbers of cases


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings, with what holds where nothing is set."""

    ledger: str = LEDGER
    pack: str = ""  # that the service decides by, where the command names none: a name or a folder
    case_prefix: str = PREFIX
    personal: str = MASK  # names and contacts: mask, leave_out or keep
    confirm_minutes: int = 15  # in which an execution that was claimed has to be confirmed
    drawn_percent: int = 5  # of automatic decisions, for review by a person
    retention_days: int = 0  # after its closing that a case is kept; 0 keeps it
    proxies: int = 0  # reverse proxies before the service, which are believed on who asks
    webhook_hosts: tuple[str, ...] = ()  # that may be told of what happens


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings from variables such as REDRESS_LEDGER. Raises InvalidSetting."""
    given = {name: environment[f"REDRESS_{name.upper()}"] for name in Settings.__slots__ if _given(environment, name)}
    personal = given.get("personal", MASK)
    if personal not in WAYS:
        raise InvalidSetting(f"REDRESS_PERSONAL is one of {', '.join(WAYS)}, not '{personal[:40]}'")
    prefix = given.get("case_prefix", PREFIX)
    if not (prefix.isascii() and prefix.isalnum() and len(prefix) <= 20):
        raise InvalidSetting(f"REDRESS_CASE_PREFIX is up to 20 letters and digits, not '{prefix[:40]}'")
    return Settings(
        ledger=given.get("ledger", LEDGER),
        pack=given.get("pack", "").strip(),
        case_prefix=prefix,
        personal=personal,
        confirm_minutes=_integer(given, "confirm_minutes", 15, 1, 24 * 60),
        drawn_percent=_integer(given, "drawn_percent", 5, 0, 100),
        retention_days=_integer(given, "retention_days", 0, 0, 36_500),
        proxies=_integer(given, "proxies", 0, 0, 9),
        webhook_hosts=_hosts(given.get("webhook_hosts", "")),
    )


def _given(environment: Mapping[str, str], name: str) -> bool:
    return bool(environment.get(f"REDRESS_{name.upper()}", "").strip())


def _hosts(text: str) -> tuple[str, ...]:
    hosts = tuple(text.replace(",", " ").split())
    for host in hosts:
        if set("/*@") & set(host):
            raise InvalidSetting(
                f"REDRESS_WEBHOOK_HOSTS lists hosts as example.com or 127.0.0.1:9000, not '{host[:80]}'"
            )
    return hosts


def _integer(given: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    text = given.get(name, str(default)).strip()
    if not (text.isascii() and text.isdecimal() and len(text) <= 9 and least <= int(text) <= most):
        raise InvalidSetting(f"REDRESS_{name.upper()} is a number from {least} to {most}, not '{text[:40]}'")
    return int(text)
