from __future__ import annotations

from typing import Any

import pytest

from service.errors import InvalidSetting
from service.settings import Settings, read_settings


def test_without_any_setting_everything_has_a_value() -> None:
    assert read_settings({}) == Settings()
    assert read_settings({"REDRESS_LEDGER": "  ", "REDRESS_PERSONAL": "", "OTHER": "x"}) == Settings()


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("ledger", "postgresql://db/redress", "postgresql://db/redress"),
        ("case_prefix", "KS2", "KS2"),
        ("personal", "leave_out", "leave_out"),
        ("personal", "keep", "keep"),
        ("confirm_minutes", "1", 1),
        ("confirm_minutes", " 1440 ", 1440),
        ("drawn_percent", "0", 0),
        ("drawn_percent", "100", 100),
        ("proxies", "2", 2),
        ("retention_days", "0", 0),
        ("retention_days", "1095", 1095),
        ("webhook_hosts", "a.example, b.example  c.example", ("a.example", "b.example", "c.example")),
    ],
)
def test_a_setting_is_read_from_its_variable(name: str, text: str, value: Any) -> None:
    found = read_settings({f"REDRESS_{name.upper()}": text})
    assert getattr(found, name) == value
    others = {other for other in Settings.__slots__ if other != name}
    assert all(getattr(found, other) == getattr(Settings(), other) for other in others)


@pytest.mark.parametrize(
    ("variable", "text", "advice"),
    [
        ("REDRESS_PERSONAL", "hide", "mask, leave_out, keep, not 'hide'"),
        ("REDRESS_CASE_PREFIX", "a-b", "letters and digits, not 'a-b'"),
        ("REDRESS_CASE_PREFIX", "投诉", "letters and digits"),
        ("REDRESS_CASE_PREFIX", "x" * 21, "up to 20"),
        ("REDRESS_CONFIRM_MINUTES", "0", "from 1 to 1440, not '0'"),
        ("REDRESS_CONFIRM_MINUTES", "1441", "from 1 to 1440"),
        ("REDRESS_CONFIRM_MINUTES", "1.5", "from 1 to 1440"),
        ("REDRESS_DRAWN_PERCENT", "101", "from 0 to 100"),
        ("REDRESS_DRAWN_PERCENT", "-1", "from 0 to 100"),
        ("REDRESS_DRAWN_PERCENT", "0000000009999", "from 0 to 100"),
        ("REDRESS_DRAWN_PERCENT", "٣", "from 0 to 100"),
        ("REDRESS_DRAWN_PERCENT", "1" * 5000, "from 0 to 100"),
        ("REDRESS_PROXIES", "yes", "from 0 to 9"),
        ("REDRESS_RETENTION_DAYS", "forever", "from 0 to 36500"),
    ],
)
def test_an_invalid_setting_is_reported_with_the_accepted_values(variable: str, text: str, advice: str) -> None:
    with pytest.raises(InvalidSetting, match=advice) as raised:
        read_settings({variable: text})
    assert str(raised.value).startswith(variable)
    assert len(str(raised.value)) < 200
