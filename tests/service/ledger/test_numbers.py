from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import bindparam, func, insert, select

from service.ledger.numbers import Numbers
from service.ledger.store import Ledger
from service.ledger.tables import COUNTERS, SWITCHES
from tests.support.places import ROOT

DAY = "2026-08-14"
NUMBERS = Numbers()
TAKE = """
import sys
from service.ledger.numbers import Numbers
from service.ledger.store import Ledger
ledger = Ledger(sys.argv[1])
for _ in range(100):
    with ledger.counting() as connection:
        print(Numbers().next(connection, "Tousu", "2026-08-14")[0][0])
"""


def take(ledger: Ledger, day: str = DAY, prefix: str = "Tousu") -> str:
    with ledger.counting() as connection:
        ((number, values),) = NUMBERS.next(connection, prefix, day)
    assert values == ()
    return number


def test_numbers_are_given_in_order_each_day_and_prefix_by_itself(ledger: Ledger) -> None:
    assert [take(ledger) for _ in range(3)] == [f"Tousu-20260814-{number:04}" for number in (1, 2, 3)]
    assert take(ledger, "2026-08-15") == "Tousu-20260815-0001"
    assert take(ledger, prefix="KS") == "KS-20260814-0001"
    assert take(ledger) == "Tousu-20260814-0004"


@pytest.mark.meets("S-013", "S-113")
def test_two_hundred_threads_get_each_number_once_past_9999(ledger: Ledger) -> None:
    with ledger.writing("owner") as writer:
        writer.connection.execute(insert(COUNTERS).values(name="Tousu-20260814", last=9_900))
    with ThreadPoolExecutor(200) as pool:
        taken = list(pool.map(lambda _: take(ledger), range(200)))
    assert sorted(taken, key=lambda number: (len(number), number)) == [
        f"Tousu-20260814-{number}" for number in range(9_901, 10_101)
    ]
    assert take(ledger) == "Tousu-20260814-10101"


def test_two_processes_never_get_the_same_number(ledger: Ledger) -> None:
    words = [sys.executable, "-c", TAKE, ledger.url.render_as_string(hide_password=False)]
    running = [subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    taken = [one.communicate()[0].split() for one in running]
    assert [one.returncode for one in running] == [0, 0]
    assert all(numbers == sorted(numbers) for numbers in taken)
    assert sorted(taken[0] + taken[1]) == [f"Tousu-20260814-{number:04}" for number in range(1, 201)]


def test_what_is_asked_beside_is_answered_with_the_number(ledger: Ledger) -> None:
    most = select(func.max(COUNTERS.c.last)).where(COUNTERS.c.name == bindparam("other"))
    with ledger.writing("owner") as writer:
        writer.connection.execute(insert(COUNTERS).values(name="KS-20260814", last=7))
    numbers = Numbers(("other",), most, select(func.count()).select_from(SWITCHES))
    with ledger.counting() as connection:
        given = numbers.next(connection, "Tousu", DAY, [{"other": "KS-20260814"}, {"other": "none"}])
        assert given == [("Tousu-20260814-0001", (7, 0)), ("Tousu-20260814-0002", (None, 0))]
        assert numbers.next(connection, "Tousu", DAY, [{"other": "none"}]) == [("Tousu-20260814-0003", (None, 0))]
