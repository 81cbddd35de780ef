import asyncio

import pytest
from captionacc_contracts.errors import ErrorCode, TransientError
from captionacc_webhook_gateway.errors import TooManyRequestsError
from captionacc_webhook_gateway.request_limits.addresses import address_key
from captionacc_webhook_gateway.request_limits.limiter import (
    MOST_KEYS,
    SHARE_LASTS_S,
    UNLIMITED_S,
    Limiter,
    Rate,
)


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Bucket:
    """Budgets that hold ``tokens`` for all keys together and are never refilled."""

    def __init__(self, tokens: float) -> None:
        self.tokens = tokens
        self.asked = 0
        self.is_away = False

    async def take(self, key: str, wanted: float, per_second: float, burst: float) -> float:
        self.asked += 1
        await asyncio.sleep(0)
        if self.is_away:
            raise TransientError(ErrorCode.DATABASE_UNAVAILABLE, "Postgres did not answer.")
        taken = min(wanted, self.tokens)
        self.tokens -= taken
        return taken


async def passing(limiter: Limiter, requests: int, key: str = "k") -> int:
    results = await asyncio.gather(
        *(limiter.spend(key) for _ in range(requests)), return_exceptions=True
    )
    assert all(isinstance(error, TooManyRequestsError | None) for error in results)
    return results.count(None)


def limiter(bucket: Bucket, clock: Clock | None = None, *, per_second: float = 50) -> Limiter:
    return Limiter("tenant", Rate(per_second=per_second, burst=100), bucket, clock or Clock())


async def test_requests_of_a_second_cost_one_query() -> None:
    bucket = Bucket(1000)
    assert await passing(limiter(bucket), 50) == 50
    assert bucket.asked == 1


async def test_parallel_requests_never_exceed_the_budget() -> None:
    bucket = Bucket(120)
    first, second = limiter(bucket), limiter(bucket)
    passed = await asyncio.gather(passing(first, 200), passing(second, 200))
    assert sum(passed) == 120


async def test_a_flood_costs_few_queries() -> None:
    bucket, clock = Bucket(0), Clock()
    flooded = limiter(bucket, clock)
    assert await passing(flooded, 1000) == 0
    assert bucket.asked == 1
    clock.now += 0.2
    bucket.tokens = 10
    assert await passing(flooded, 20) == 10


async def test_a_refusal_says_when_to_come_back() -> None:
    with pytest.raises(TooManyRequestsError, match=r"0\.25 per second are allowed") as refused:
        await limiter(Bucket(0), per_second=0.25).spend("k")
    assert refused.value.retry_after_s == 4


async def test_tokens_that_were_not_spent_expire() -> None:
    bucket, clock = Bucket(1000), Clock()
    slow = limiter(bucket, clock)
    assert await passing(slow, 1) == 1
    clock.now += SHARE_LASTS_S + 1
    assert await passing(slow, 1) == 1
    assert bucket.asked == 2


async def test_an_outage_of_the_budgets_lets_requests_pass() -> None:
    bucket, clock = Bucket(0), Clock()
    bucket.is_away = True
    open_for_all = limiter(bucket, clock)
    assert await passing(open_for_all, 500) == 500
    assert bucket.asked == 1
    bucket.is_away = False
    clock.now += UNLIMITED_S + 1
    assert await passing(open_for_all, 5) == 0


async def test_a_rate_of_0_limits_nothing() -> None:
    bucket = Bucket(0)
    assert await passing(limiter(bucket, per_second=0), 500) == 500
    assert bucket.asked == 0


async def test_keys_are_forgotten_when_there_are_too_many() -> None:
    bucket = Bucket(1e9)
    many = limiter(bucket)
    for key in range(MOST_KEYS + 1):
        await many.spend(str(key))
    await many.spend("1")
    assert bucket.asked == MOST_KEYS + 1
    await many.spend("0")
    assert bucket.asked == MOST_KEYS + 2


@pytest.mark.parametrize(
    ("proxied", "peer", "key"),
    [
        (None, "192.0.2.7", "192.0.2.7"),
        ("198.51.100.1", "192.0.2.7", "198.51.100.1"),
        ("no address", "192.0.2.7", "192.0.2.7"),
        ("", "192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3::4", "192.0.2.7", "2001:db8:1:2::/64"),
        ("::ffff:198.51.100.1", None, "198.51.100.1"),
        (None, None, "unknown"),
    ],
)
def test_requests_are_counted_by_address_or_network(
    proxied: str | None, peer: str | None, key: str
) -> None:
    assert address_key(proxied, peer) == key
