import asyncio
import threading

import pytest
from captionacc_contracts.work.compute import Progress
from captionacc_modal.stoppable_thread import ReportProgress, run_stoppable

AT = Progress(stage="test", done=1, total=2)


async def test_result_and_progress_come_back() -> None:
    seen: list[Progress] = []

    def work(report: ReportProgress) -> int:
        report(AT)
        return 7

    assert await run_stoppable(work, seen.append) == 7
    assert seen == [AT]


async def test_an_error_comes_back_as_itself() -> None:
    def work(report: ReportProgress) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await run_stoppable(work, lambda _: None)


async def test_cancellation_ends_the_thread_before_it_is_passed_on() -> None:
    started, ended = threading.Event(), threading.Event()

    def work(report: ReportProgress) -> None:
        try:
            started.set()
            while True:
                report(AT)
        finally:
            ended.set()

    task = asyncio.create_task(run_stoppable(work, lambda _: None))
    await asyncio.to_thread(started.wait, 10)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended.is_set()
