from __future__ import annotations

import socket
from typing import Any

import pytest

from service.errors import DomainError, InvalidSetting
from service.settings import read_settings
from service.webhooks.targets import Target, addresses, parsed

PUBLIC, PUBLIC_6 = "93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"


@pytest.fixture
def resolved(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """Return what names resolve to, to be filled; other names have no address."""
    known: dict[str, list[str]] = {}

    def resolve(host: str, port: int, **_: Any) -> list[Any]:
        if host not in known:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [(0, 0, 0, "", (address, port)) for address in known[host]]

    monkeypatch.setattr("socket.getaddrinfo", resolve)
    return known


def refused(url: str, *hosts: str) -> str:
    with pytest.raises(DomainError) as caught:
        addresses(parsed(url), hosts)
    return caught.value.code


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://Hooks.Example.com", Target("https", "hooks.example.com", 443, "/")),
        ("https://example.com:8443/a/b?c=d", Target("https", "example.com", 8443, "/a/b?c=d")),
        ("http://127.0.0.1:9000/x", Target("http", "127.0.0.1", 9000, "/x")),
        ("https://[::1]/x", Target("https", "::1", 443, "/x")),
    ],
)
def test_a_url_is_split_into_its_parts(url: str, target: Target) -> None:
    assert parsed(url) == target


@pytest.mark.parametrize(
    "url",
    [
        "", "example.com", "/x", "ftp://example.com/", "file:///etc/passwd", "https://", "https:///x",
        "https://user@example.com/", "https://user:word@example.com/", "https://example.com/#x", "https://example.com#",
        "https://example.com:0x50/", "https://example.com:99999/", "https://exam ple.com/", "https://example.com/a b",
        "https://example.com/\n", "ht\ntps://example.com/", "https://例子.cn/", "https://[::1/", "https://[x]/",
        "https://example.com/" + "x" * 2000,
    ],
)  # fmt: skip
def test_nothing_else_is_an_address(url: str) -> None:
    with pytest.raises(DomainError) as caught:
        parsed(url)
    assert caught.value.code == "webhook_url"


@pytest.mark.parametrize(
    ("url", "listed", "fits"),
    [
        ("https://example.com/", "example.com", True),
        ("https://example.com/", "EXAMPLE.com:443", True),
        ("https://EXAMPLE.com/", "example.com", True),
        ("https://example.com:8443/", "example.com:8443", True),
        ("https://example.com:8443/", "example.com", False),
        ("https://example.com/", "example.com:8443", False),
        ("https://evil-example.com/", "example.com", False),
        ("https://www.example.com/", "example.com", False),
        ("https://example.com./", "example.com", False),
        ("https://example.com/", "*", False),
        ("https://example.com/", "", False),
    ],
)
def test_only_listed_hosts_are_allowed(resolved: dict[str, list[str]], url: str, listed: str, fits: bool) -> None:
    names = ("example.com", "EXAMPLE.com", "evil-example.com", "www.example.com", "example.com.")
    resolved.update({name: [PUBLIC, PUBLIC_6] for name in names})
    if fits:
        assert [str(address) for address in addresses(parsed(url), [listed])] == [PUBLIC, PUBLIC_6]
    else:
        assert refused(url, listed) == "webhook_host"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
        "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%2", "fc00::1", "ff02::1",
        "::ffff:10.0.0.1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a00:1", "2002:7f00:1::",
        "2002:c0a8:101::1",
    ],
)  # fmt: skip
def test_a_name_of_an_internal_address_is_refused(resolved: dict[str, list[str]], address: str) -> None:
    resolved["example.com"] = [PUBLIC, address]
    assert refused("https://example.com/", "example.com") == "webhook_address"


def test_an_internal_address_may_be_listed(resolved: dict[str, list[str]]) -> None:
    resolved |= {"hooks.corp": ["10.1.2.3"], "10.1.2.3": ["10.1.2.3"], "::1": ["::1"]}
    for url, hosts in (
        ("https://10.1.2.3/", ["10.1.2.3"]),
        ("https://hooks.corp/", ["hooks.corp", "10.1.2.3"]),
        ("https://hooks.corp:8443/", ["hooks.corp:8443", "10.1.2.3:8443"]),
        ("http://[::1]:9000/", ["[::1]:9000"]),
    ):
        assert len(addresses(parsed(url), hosts)) == 1
    assert refused("https://hooks.corp:8443/", "hooks.corp:8443", "10.1.2.3") == "webhook_address"


def test_without_tls_only_this_machine_is_allowed(resolved: dict[str, list[str]]) -> None:
    resolved |= {"example.com": [PUBLIC], "10.1.2.3": ["10.1.2.3"], "127.0.0.1": ["127.0.0.1"]}
    assert refused("http://example.com/", "example.com") == "webhook_plain"
    assert refused("http://10.1.2.3/", "10.1.2.3") == "webhook_plain"
    assert len(addresses(parsed("http://127.0.0.1/"), ["127.0.0.1"])) == 1


def test_a_name_without_an_address_is_refused(resolved: dict[str, list[str]]) -> None:
    assert refused("https://example.com/", "example.com") == "webhook_unresolved"


def test_a_label_that_cannot_be_a_name_is_refused() -> None:
    assert refused(f"https://{'x' * 70}.com/", f"{'x' * 70}.com") == "webhook_unresolved"


def test_hosts_are_listed_by_blanks_or_commas() -> None:
    settings = read_settings({"REDRESS_WEBHOOK_HOSTS": "example.com, 127.0.0.1:9000  [::1]:9000"})
    assert settings.webhook_hosts == ("example.com", "127.0.0.1:9000", "[::1]:9000")


@pytest.mark.parametrize("listed", ["https://example.com", "example.com/", "*.example.com", "me@example.com"])
def test_a_listed_name_that_is_no_host_is_refused(listed: str) -> None:
    with pytest.raises(InvalidSetting, match="REDRESS_WEBHOOK_HOSTS"):
        read_settings({"REDRESS_WEBHOOK_HOSTS": listed})
