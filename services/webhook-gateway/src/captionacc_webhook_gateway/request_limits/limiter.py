"""Gives each key a budget of requests that all gateways share.

The budgets are token buckets in Postgres. A gateway takes the tokens of about a second at a time
and spends them without asking, so that only one request in many costs a query. A budget is never
exceeded, however many gateways there are: tokens that a gateway took and did not spend are lost.
"""

import asyncio
import math
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Protocol

import msgspec
from captionacc_contracts.errors import TransientError
from captionacc_observability import metrics
from captionacc_observability.logging import get_logger

from captionacc_webhook_gateway.errors import TooManyRequestsError

# Tokens that a gateway took serve for this long. A slow client then costs a query per minute.
SHARE_LASTS_S = 60.0
# While Postgres does not answer, requests pass for this long before the next try: an outage of the
# limits must not become an outage of the service.
UNLIMITED_S = 5.0
# A take is one statement on one row. Requests must not wait longer for their limit than for their
# work.
TAKE_WITHIN_S = 0.5
# After a refusal, the same key is refused for at least this long without a query, so that a flood
# of requests costs ten queries per second at most.
REFUSE_AT_LEAST_S = 0.1
# About 200 bytes each. The least recently used key is forgotten first; its tokens are lost.
MOST_KEYS = 20_000

REFUSED = metrics.Counter(
    "captionacc_gateway_requests_refused", "Requests beyond the budget of their key", ["of"]
)
_log = get_logger(__name__)


class Rate(msgspec.Struct, frozen=True, kw_only=True):
    """``per_second`` requests on average, and ``burst`` at once; 0 per second means no limit."""

    per_second: float
    burst: float


class Budgets(Protocol):
    """The budgets that all gateways share."""

    async def take(self, key: str, wanted: float, per_second: float, burst: float) -> float:
        """Take up to ``wanted`` tokens; return how many there were.

        Raises:
            TransientError: ``database_unavailable``.
        """
        ...


class _Share:
    """What this gateway has taken of the budget of one key."""

    def __init__(self) -> None:
        self.left = 0.0
        self.lasts_until = 0.0
        self.refused_until = 0.0
        self.taking = asyncio.Lock()


class Limiter:
    """Limits the requests of each key of one kind, such as the tenants."""

    def __init__(
        self,
        of: str,
        rate: Rate,
        budgets: Budgets,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._of = of
        self._rate = rate
        self._budgets = budgets
        self._monotonic = monotonic
        self._shares: OrderedDict[str, _Share] = OrderedDict()

    async def spend(self, key: str) -> None:
        """Count one request of the key.

        Raises:
            TooManyRequestsError: The budget of the key is spent.
        """
        if self._rate.per_second == 0:
            return
        share = self._share_of(key)
        if self._spent_from(share):
            return
        async with share.taking:
            # Another request of the key may have taken tokens in the meantime.
            if self._spent_from(share):
                return
            await self._take(share, key)
            if not self._spent_from(share):
                share.refused_until = self._monotonic() + max(
                    REFUSE_AT_LEAST_S, 1 / self._rate.per_second
                )
                self._refuse()

    def _share_of(self, key: str) -> _Share:
        share = self._shares.get(key)
        if share is None:
            share = self._shares[key] = _Share()
            if len(self._shares) > MOST_KEYS:
                self._shares.popitem(last=False)
        self._shares.move_to_end(key)
        return share

    def _spent_from(self, share: _Share) -> bool:
        now = self._monotonic()
        if now < share.refused_until:
            self._refuse()
        if now > share.lasts_until or share.left < 1:
            return False
        share.left -= 1
        return True

    async def _take(self, share: _Share, key: str) -> None:
        wanted = max(1.0, min(self._rate.burst, self._rate.per_second))
        lasts_s = SHARE_LASTS_S
        try:
            async with asyncio.timeout(TAKE_WITHIN_S):
                taken = await self._budgets.take(
                    f"{self._of}:{key}", wanted, self._rate.per_second, self._rate.burst
                )
        except (TransientError, TimeoutError) as error:
            _log.warning("requests_not_limited", of=self._of, reason=type(error).__name__)
            taken, lasts_s = math.inf, UNLIMITED_S
        share.left = taken
        share.lasts_until = self._monotonic() + lasts_s

    def _refuse(self) -> None:
        REFUSED.labels(self._of).inc()
        rate = self._rate
        message = (
            f"This {self._of} sends too many requests: {rate.per_second:g} per second are allowed, "
            f"and {rate.burst:g} at once. Wait, then repeat the request."
        )
        raise TooManyRequestsError(message, retry_after_s=max(1, math.ceil(1 / rate.per_second)))
