"""The script that writes the Chinese calendar."""

import sys
from datetime import date

import pytest

from service.scripts.holidays import calendar, main
from tests.support.places import CN

WRITTEN = CN / "calendar.yaml"
OFF = {date(2026, 1, 1): "New Year's Day", date(2026, 1, 2): "New Year's Day", date(2025, 1, 1): "New Year's Day"}
ON = {date(2026, 1, 4): "New Year's Day"}


def test_a_year_lists_its_days_under_their_festival() -> None:
    assert calendar(2026, 2026, OFF, ON).partition("years:\n")[2].splitlines() == [
        "  2026:",
        "    holidays:",
        "      # New Year's Day",
        "      - 2026-01-01",
        "      - 2026-01-02",
        "    working:",
        "      # New Year's Day",
        "      - 2026-01-04",
    ]


def test_a_year_that_is_not_published_is_refused() -> None:
    with pytest.raises(ValueError, match="2027"):
        calendar(2026, 2027, OFF, ON)


def test_the_pack_holds_what_the_script_writes(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("chinese_calendar")
    assert main(["2014", "2026"]) == 0
    assert capsys.readouterr().out == WRITTEN.read_text(encoding="utf-8")


@pytest.mark.parametrize("arguments", [[], ["2026"], ["x", "y"], ["2026", "2199"]])
def test_wrong_arguments_print_the_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("chinese_calendar")
    assert main(arguments) == 2
    assert "first and the last year" in capsys.readouterr().err


def test_without_the_published_holidays_the_script_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "chinese_calendar.constants", None)
    assert main(["2014", "2026"]) == 2
    printed = capsys.readouterr()
    assert (printed.out, "pip install chinesecalendar" in printed.err) == ("", True)
