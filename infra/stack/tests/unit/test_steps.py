import asyncio

import pytest
from captionacc_stack.lifecycle.steps import Step, perform


async def test_a_step_waits_only_for_the_steps_that_it_names() -> None:
    log: list[str] = []
    gate = asyncio.Event()

    async def slow() -> None:
        await gate.wait()
        log.append("slow")

    async def after_slow() -> None:
        log.append("after slow")

    async def free() -> None:
        log.append("free")
        gate.set()

    seconds = await perform(
        [
            Step("after slow", ("slow",), after_slow),
            Step("slow", (), slow),
            Step("free", (), free),
        ]
    )
    assert log == ["free", "slow", "after slow"]
    assert set(seconds) == {"slow", "after slow", "free"}


async def test_a_failure_cancels_the_other_steps_and_is_raised_unchanged() -> None:
    cancelled = asyncio.Event()

    async def endless() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise

    async def failing() -> None:
        await asyncio.sleep(0)
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="the disk is full"):
        await perform([Step("endless", (), endless), Step("failing", (), failing)])
    assert cancelled.is_set()


async def test_steps_in_a_circle_are_refused() -> None:
    async def act() -> None:
        raise AssertionError("must not begin")

    with pytest.raises(ValueError, match="cannot be put in order"):
        await perform([Step("a", ("b",), act), Step("b", ("a",), act)])
