from __future__ import annotations

import pytest

from service.casework.limits.required_role import highest, role_to_give, strictest
from service.packs import Ready


@pytest.mark.parametrize(
    ("extra", "role"),
    [
        (0, "agent"),
        (2_000, "agent"),
        (2_001, "lead"),
        (10_000, "lead"),
        (10_001, "manager"),
        (50_000, "manager"),
        (50_001, "specialist"),
    ],
)
def test_the_lowest_role_whose_limit_covers_it_gives_it(cn: Ready, extra: int, role: str) -> None:
    assert role_to_give(cn.pack, extra, "2026-08-14") == role


def test_without_limits_everything_beyond_is_for_the_highest(ready: Ready) -> None:
    assert [role_to_give(ready.pack, extra, "2026-08-14") for extra in (0, 1)] == ["agent", "specialist"]


def test_of_several_roles_the_highest_is_needed_and_a_machine_is_an_agent() -> None:
    assert highest(["auto", None, "lead", "agent"]) == "lead"
    assert highest(["auto_appeal", None]) == "agent"


def test_of_several_modes_the_strictest_holds() -> None:
    assert strictest("auto", None, "lead") == "lead"
    assert strictest("auto_appeal", "auto") == "auto_appeal"
    assert strictest(None, None) is None
