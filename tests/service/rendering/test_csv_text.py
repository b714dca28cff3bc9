from __future__ import annotations

import csv
import io

import pytest

from service.rendering.csv_text import MARK, lines, major


def read(*rows: list[object]) -> list[list[str]]:
    text = "".join(lines(rows))  # type: ignore[arg-type]
    assert text.startswith(MARK)
    return list(csv.reader(io.StringIO(text.removeprefix(MARK), newline="")))


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\n=1"])
def test_no_text_is_taken_for_a_formula(text: str) -> None:
    assert read([text]) == [[f"'{text}"]]


def test_texts_numbers_and_nothing_are_written_as_they_are() -> None:
    assert read(["名称", 'a"b,c', "two\nlines"], [1, -2, None]) == [["名称", 'a"b,c', "two\nlines"], ["1", "-2", ""]]


def test_the_mark_stands_once_at_the_beginning() -> None:
    assert "".join(lines([["a"], ["b"]])).count(MARK) == 1


@pytest.mark.parametrize(
    ("minor", "shown"), [(0, "0.00"), (5, "0.05"), (2560, "25.60"), (-5, "-0.05"), (-12345, "-123.45")]
)
def test_amounts_have_two_decimals_and_are_no_formulas(minor: int, shown: str) -> None:
    assert read([major(minor)]) == [[shown]]


def test_no_amount_is_an_empty_cell() -> None:
    assert major(None) is None
