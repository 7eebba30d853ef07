"""Growing delays after failed sign-ins, the same for every door.

Three counters, each in its own row:

- *pair* (account and address): the guesser at one place. 4 free tries, then 30 s doubling to 15 minutes.
- *account* (from all addresses): the guesser with many addresses. 20 free tries, then at most one minute;
  an address from which the person has signed in during the last 90 days is exempt. So nobody can keep
  another person out.
- *address* (all accounts): the guesser who tries many accounts. An office shares one address, so it has 60
  free tries, then at most one minute, and pairs known to each other are exempt here too.

Where the address is unknown (a proxy that does not tell it), only the account counts: strangers would share a pair.
A try is counted before the password is looked at and taken back when it was right. Counters rest after an
hour.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from common import audit, clock
from directory.errors import LockedOutError
from directory.services.addresses import neighbourhood
from directory.store import lockout as store
from directory.store import sessions

FORGET_AFTER = timedelta(hours=1)
KNOWN_FOR = timedelta(days=90)
SWEEP_ONE_IN = 100  # the table stays small without a job of its own


@dataclass(frozen=True)
class Limit:
    """`free` failures cost nothing; each further one blocks for `first`, doubling up to `most`."""

    free: int
    first: timedelta
    most: timedelta

    def delay(self, failures: int) -> timedelta:
        if failures <= self.free:
            return timedelta()
        doublings = min(failures - self.free - 1, 20)  # 2**20 is far beyond `most`; keeps the number small
        return min(self.first * (1 << doublings), self.most)


PAIR = Limit(free=4, first=timedelta(seconds=30), most=timedelta(minutes=15))
ACCOUNT = Limit(free=20, first=timedelta(seconds=5), most=timedelta(minutes=1))
ADDRESS = Limit(free=60, first=timedelta(seconds=5), most=timedelta(minutes=1))


@dataclass(frozen=True)
class Attempt:
    """A counted try, for `succeeded` when the password was right. `counted`: key → whether it set a block."""

    pair: str
    counted: dict[str, bool]


def count_attempt(account: str, addr: str) -> Attempt:
    """Count a try to sign in and let it pass or not.

    Unknown accounts are counted like known ones, so the answer does not tell which exist. The count is
    committed before the password is looked at, hence must not run inside a transaction that a refusal rolls
    back.

    Raises:
        LockedOutError: the password is not even looked at; the refused try does not lengthen the delay.
    """
    account, place, now = account[:64], neighbourhood(addr), clock.now()
    pair = f"pair:{account}@{place}"
    limits = {pair: PAIR} if addr else {}
    if not addr or not sessions.is_known_address(account, addr, (now - KNOWN_FOR).date()):
        limits[f"account:{account}"] = ACCOUNT
    if addr and len(limits) > 1:
        limits[f"address:{place}"] = ADDRESS
    if secrets.randbelow(SWEEP_ONE_IN) == 0:
        sweep()
    with transaction.atomic():
        counted = {key: _count(key, limit, now) for key, limit in limits.items()}
    return Attempt(pair, counted)


def _count(key: str, limit: Limit, now: datetime) -> bool:
    failures, blocked_until = store.count(key, now, now - FORGET_AFTER)
    if blocked_until:
        raise LockedOutError(retry_after_ms=int((blocked_until - now).total_seconds() * 1000) + 1)
    if not (delay := limit.delay(failures)):
        return False
    store.block(key, now + delay)
    if failures == limit.free + 1:
        audit.record(actor=None, verb="session.block", subject="sign_in", subject_id=key)
    return True


def succeeded(attempt: Attempt) -> None:
    """The password was right: this pair starts afresh, the shared counters lose this try only."""
    store.forget([attempt.pair])
    for key, blocked in attempt.counted.items():
        if key != attempt.pair:
            store.take_back(key, unblock=blocked)


def sweep() -> int:
    """Drop counters that have rested for a day; returns how many."""
    return store.sweep(clock.now() - FORGET_AFTER * 24)
