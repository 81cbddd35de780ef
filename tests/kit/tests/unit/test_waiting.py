import asyncio

import pytest
from captionacc_testkit.clock import FakeClock
from captionacc_testkit.waiting import eventually


async def test_it_returns_the_first_true_value() -> None:
    values = iter([0, "", 7])
    assert await eventually(lambda: next(values)) == 7


async def test_an_assertion_counts_as_not_yet() -> None:
    calls: list[int] = []

    async def condition() -> bool:
        calls.append(1)
        assert len(calls) > 2
        return True

    assert await eventually(condition)
    assert len(calls) == 3


async def test_the_error_names_the_condition() -> None:
    with pytest.raises(AssertionError, match=r"the lamp did not hold within 0\.05 s; last: False"):
        await eventually(lambda: False, 0.05, what="the lamp")


async def test_the_error_shows_the_last_assertion_when_the_deadline_cuts_a_look_short() -> None:
    looks = 0

    async def condition() -> bool:
        nonlocal looks
        looks += 1
        assert looks > 1, "the lamp is dark"
        await asyncio.sleep(5)
        return True

    with pytest.raises(AssertionError, match="the lamp is dark"):
        await eventually(condition, 0.05)


def test_the_clock_moves_only_by_advance() -> None:
    clock = FakeClock()
    before = clock.now()
    assert clock.now() == before
    assert (clock.advance(1.5) - before).total_seconds() == 1.5
