"""Deliver the outbox at least once: each message is sent until it is accepted or its last attempt fails.

Endpoints are served in parallel, the messages of one in order, so a slow endpoint delays no other. Any number of
processes may deliver at the same time. Who delivers in the background also finds what has become due by the hour alone.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from threading import Event
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from service import clock
from service.errors import DomainError, NoAnswer
from service.i18n.filling import problem
from service.ledger.store import Ledger, instant
from service.webhooks import endpoints, http_client, outbox, targets
from service.webhooks.http_client import Answer
from service.webhooks.outbox import Message
from service.webhooks.signing import signed
from service.webhooks.targets import Address, Target

MINUTE, HOUR = 60, 3600
WAITS: Final = (5, 5 * MINUTE, 30 * MINUTE, *(hours * HOUR for hours in (2, 5, 10, 14, 20, 24)))  # after each failure
JITTER: Final = 0.1  # random share of a wait, which spreads retries
MOST_ASKED: Final = 24 * HOUR  # longest Retry-After
LEASE: Final = timedelta(minutes=2)  # far longer than an attempt
KEPT: Final = timedelta(days=30)  # retention of delivered and abandoned messages
SIDE_BY_SIDE: Final = 8
PAUSE: Final = 1.0  # seconds between two looks at the outbox
BY: Final = "webhooks"  # recorded as the actor when a receiver answers 410

LOG: Final = logging.getLogger(__name__)

Call = Callable[[Target, Sequence[Address], Mapping[str, str], bytes], Answer]
Work = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Tally:
    """Numbers of successful and failed attempts."""

    delivered: int = 0
    failed: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.delivered + other.delivered, self.failed + other.failed)


class Chore:
    """Work that is to be done again some seconds after it was done."""

    def __init__(self, seconds: float, work: Work) -> None:
        self.seconds, self.work, self._done = seconds, work, float("-inf")

    def do_if_due(self) -> None:
        """Do the work unless it was done a short while ago."""
        if clock.elapsed() - self._done >= self.seconds:
            self.work()
            self._done = clock.elapsed()


class Deliverer:
    """Delivers the outbox of a ledger to the listed hosts.

    `upkeep` publishes what has become due by the hour alone; it runs in the background, before messages are sent.
    """

    def __init__(
        self, ledger: Ledger, hosts: Sequence[str], call: Call = http_client.post, upkeep: Work = lambda: None
    ) -> None:
        self.ledger, self.hosts, self.call, self.upkeep = ledger, hosts, call, upkeep

    def run(self, stop: Event) -> None:
        """Deliver due messages until stopped; deliveries under way are finished."""
        at_work: dict[str, Future[Tally]] = {}
        silent = False
        chores = (Chore(MINUTE, self._keep_up), Chore(HOUR, self.tidy))
        with ThreadPoolExecutor(SIDE_BY_SIDE, BY) as pool:
            while not stop.is_set():
                at_work = {endpoint: work for endpoint, work in at_work.items() if not _ended(work)}
                try:
                    for chore in chores:
                        chore.do_if_due()
                    for endpoint in set(self.due()) - at_work.keys():
                        at_work[endpoint] = pool.submit(self.send_due, endpoint, stop)
                    silent = False
                except SQLAlchemyError:
                    if not silent:  # logged once per outage
                        LOG.exception("the outbox cannot be read; trying again")
                    silent = True
                stop.wait(PAUSE)

    def once(self) -> Tally:
        """Deliver what is due now; an endpoint that fails is not tried again."""
        self.tidy()
        with ThreadPoolExecutor(SIDE_BY_SIDE, BY) as pool:
            return sum(pool.map(self.send_due, self.due()), Tally())

    def _keep_up(self) -> None:
        try:
            self.upkeep()
        except SQLAlchemyError:
            raise
        except Exception:  # a defect there stops no delivery
            LOG.exception("the upkeep broke off")

    def due(self) -> list[str]:
        """Return the endpoints with due messages."""
        with self.ledger.reading() as connection:
            return outbox.due(connection, instant(self.ledger.now()))

    def tidy(self) -> None:
        """Delete old finished messages."""
        before = self.ledger.now() - KEPT
        more = True
        while more:
            with self.ledger.counting() as connection:
                more = outbox.forget(connection, before)

    def send_due(self, endpoint: str, stop: Event | None = None) -> Tally:
        """Send the due messages of an endpoint, up to the first failure."""
        tally = Tally()
        while not (tally.failed or (stop is not None and stop.is_set())):
            now = self.ledger.now()
            with self.ledger.counting() as connection:
                message = outbox.lease(connection, endpoint, instant(now), instant(now + LEASE))
            if message is None:
                break
            tally += Tally(delivered=1) if self.attempt(message) else Tally(failed=1)
        return tally

    def attempt(self, message: Message) -> bool:
        """Send a message once and return whether it was accepted."""
        with self.ledger.reading() as connection:
            known = endpoints.address(connection, message.endpoint, self.ledger.now())
        if known is None:
            return False  # removed meanwhile, with its messages
        try:
            answer = self._post(*known, message)
        except NoAnswer as error:
            return self._later(message, str(error))
        except DomainError as error:
            return self._later(message, problem(error.code, "en", error.details))
        return self._judge(message, answer)

    def _post(self, url: str, secrets: Sequence[str], message: Message) -> Answer:
        target = targets.parsed(url)
        addresses = targets.addresses(target, self.hosts)
        timestamp = int(self.ledger.now().timestamp())
        headers = {"content-type": "application/json", "user-agent": "redress"}
        headers |= signed(secrets, message.id, timestamp, message.body)
        return self.call(target, addresses, headers, message.body)

    def _judge(self, message: Message, answer: Answer) -> bool:
        said = f"{answer.status} {answer.reason}".strip()
        if 200 <= answer.status < 300:
            with self.ledger.counting() as connection:
                outbox.delivered(connection, message, instant(self.ledger.now()), said)
            return True
        if answer.status == 410:
            with suppress(DomainError):  # removed meanwhile
                endpoints.remove(self.ledger, BY, message.endpoint, endpoints.GONE)
            return False
        asked = answer.retry_after if answer.status in (429, 503) else None
        return self._later(message, said, _seconds(asked, self.ledger.now()))

    def _later(self, message: Message, said: str, asked: float = 0) -> bool:
        """Reschedule a message, or give it up after its last attempt."""
        wait = _wait(message.attempts, asked)
        next_at = None if wait is None else instant(self.ledger.now() + timedelta(seconds=wait))
        with self.ledger.counting() as connection:
            outbox.failed(connection, message, said, next_at)
        return False


def _wait(attempts: int, asked: float) -> float | None:
    """Return the seconds to the next attempt, None after the last; Retry-After may lengthen it."""
    if attempts > len(WAITS):
        return None
    return max(WAITS[attempts - 1], min(asked, MOST_ASKED)) * (1 + random.uniform(0, JITTER))


def _seconds(retry_after: str | None, now: datetime) -> float:
    """Return the seconds of a Retry-After header, which holds seconds or a date."""
    text = (retry_after or "").strip()
    if text.isascii() and text.isdecimal():
        return float(text[:9])
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return 0
    return max(0.0, (until.replace(tzinfo=until.tzinfo or UTC) - now).total_seconds())


def _ended(work: Future[Tally]) -> bool:
    """Check whether deliveries to an endpoint ended; a failed one is repeated when its lease ends."""
    if work.done() and (error := work.exception()) is not None:
        LOG.error("a delivery broke off", exc_info=error)
    return work.done()
