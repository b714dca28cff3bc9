from __future__ import annotations

import json

import pytest
from click.testing import Result

from tests.support import command_line
from tests.support.places import SHOP


def run(*words: str) -> Result:
    return command_line.run("report", *words)


def test_without_a_name_the_reports_are_listed() -> None:
    printed = run("--lang", "en").stdout.splitlines()
    assert any(line.startswith("overrides ") for line in printed)
    assert {item["name"] for item in json.loads(run("--json").stdout)["items"]} >= {"cause", "daily"}


def test_a_report_is_a_table_for_people(url: str) -> None:
    result = run("remedy", "--pack", str(SHOP), "--lang", "en")
    assert result.exit_code == 0
    title, header, row = (line.split("  ") for line in result.stdout.splitlines())
    assert title[0] == "By remedy"
    assert header[0].strip() == "Code"
    assert [cell.strip() for cell in row if cell.strip()] == ["refund", "refund", "1", "1", "0", "25.60", "0.00"]


def test_a_report_is_csv_or_json_for_programs(url: str) -> None:
    report = json.loads(run("remedy", "--pack", str(SHOP), "--json", "--group", "day").stdout)
    assert (report["group"], report["items"][0]["total_fen"]) == ("day", 2560)
    written = run("remedy", "--pack", str(SHOP), "--csv", "--lang", "zh").stdout_bytes
    assert written.startswith("\ufeff代码,".encode())
    assert "refund,退款,1,1,0,25.60,0.00\r\n".encode() in written


def test_days_bound_a_report(url: str) -> None:
    report = json.loads(
        run("remedy", "--pack", str(SHOP), "--json", "--from", "2020-01-01", "--to", "2020-12-31").stdout
    )
    assert (report["from"], report["to"], report["items"]) == ("2020-01-01", "2020-12-31", [])


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("weather",), "there is no report 'weather'"),
        (("daily", "--group", "day"), "leave out --group"),
        (("cause", "--from", "yesterday"), "yesterday"),
        (("cause", "--pack", str(SHOP), "--from", "2026-08-02", "--to", "2026-08-01"), "comes after"),
    ],
)
def test_wrong_arguments_say_what_to_do(url: str, words: tuple[str, ...], expected: str) -> None:
    result = run(*words)
    assert result.exit_code == 2
    assert expected in result.stderr
