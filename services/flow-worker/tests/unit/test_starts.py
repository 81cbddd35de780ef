import asyncio

import pytest
from captionacc_flow_worker.orchestration import starts
from captionacc_flow_worker.orchestration.starts import Starts


async def test_a_report_waits_until_the_last_start_has_ended() -> None:
    under_way = Starts()
    under_way.begin("slots")
    under_way.begin(7)
    waiting = asyncio.create_task(under_way.let_pass())
    under_way.end("slots")
    await asyncio.sleep(2 * starts._MOMENT_S)
    assert not waiting.done()

    under_way.end(7)

    await asyncio.wait_for(waiting, 0.5)


async def test_ending_a_start_twice_does_not_end_another() -> None:
    under_way = Starts()
    under_way.begin(1)
    under_way.begin(2)
    under_way.end(1)
    under_way.end(1)

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(under_way.let_pass(), 5 * starts._MOMENT_S)


async def test_a_start_that_begins_a_moment_later_goes_first() -> None:
    under_way = Starts()
    waiting = asyncio.create_task(under_way.let_pass())
    await asyncio.sleep(0)
    under_way.begin(1)
    await asyncio.sleep(2 * starts._MOMENT_S)
    assert not waiting.done()
    under_way.end(1)
    await waiting


async def test_endless_starts_delay_a_report_only_for_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(starts, "_LONGEST_S", 0.02)
    under_way = Starts()
    under_way.begin(1)

    await asyncio.wait_for(under_way.let_pass(), 0.5)
