import asyncio

import pytest
from captionacc_flow_worker.orchestration import starts
from captionacc_flow_worker.orchestration.starts import Starts


async def test_what_can_wait_goes_on_when_the_last_start_ended() -> None:
    under_way = Starts()
    under_way.begin("slots")
    under_way.begin(7)
    waiting = asyncio.create_task(under_way.let_pass())
    under_way.end("slots")
    await asyncio.sleep(2 * starts._MOMENT_S)
    assert not waiting.done()

    under_way.end(7)

    await asyncio.wait_for(waiting, 0.5)


async def test_start_that_ends_twice_does_not_end_another() -> None:
    under_way = Starts()
    under_way.begin(1)
    under_way.begin(2)
    under_way.end(1)
    under_way.end(1)

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(under_way.let_pass(), 5 * starts._MOMENT_S)


async def test_start_of_the_next_moment_goes_first() -> None:
    under_way = Starts()
    waiting = asyncio.create_task(under_way.let_pass())
    await asyncio.sleep(0)
    under_way.begin(1)
    await asyncio.sleep(2 * starts._MOMENT_S)
    assert not waiting.done()
    under_way.end(1)
    await waiting


async def test_starts_that_never_stop_hold_nothing_up_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(starts, "_LONGEST_S", 0.02)
    under_way = Starts()
    under_way.begin(1)

    await asyncio.wait_for(under_way.let_pass(), 0.5)
