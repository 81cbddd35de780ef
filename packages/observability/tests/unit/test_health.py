import asyncio

from captionacc_observability.health import Readiness


class Answers:
    name = "answers"

    async def ping(self) -> None: ...


class Breaks:
    name = "breaks"

    async def ping(self) -> None:
        raise ConnectionError("postgresql://user:hunter2@host")


class Hangs:
    name = "hangs"

    async def ping(self) -> None:
        await asyncio.Event().wait()


class Clings:
    """Hangs, and goes on for a while after it is cancelled, as a database client may."""

    name = "clings"

    def __init__(self) -> None:
        self.calls = 0
        self.released = asyncio.Event()

    async def ping(self) -> None:
        self.calls += 1
        try:
            await asyncio.Event().wait()
        finally:
            await self.released.wait()


async def test_one_failing_ping_makes_the_report_not_ok_and_is_named() -> None:
    readiness = Readiness(needed=[Answers(), Breaks(), Hangs()], timeout_s=0.05)
    report = await readiness.report()
    assert not report.ok
    assert report.checks["answers"] == "ok"
    assert report.checks["breaks"] == "ConnectionError"
    assert "no answer" in report.checks["hangs"]


async def test_what_has_a_fallback_only_degrades_the_service() -> None:
    report = await Readiness(
        needed=[Answers()], with_fallback=[Breaks(), Hangs()], timeout_s=0.05
    ).report()
    assert report.ok
    assert report.degraded == ["breaks", "hangs"]
    assert report.checks["breaks"] == "ConnectionError"


async def test_a_ping_that_cannot_be_cancelled_delays_no_report_and_is_not_repeated() -> None:
    clings = Clings()
    readiness = Readiness(needed=[clings], timeout_s=0.05)
    async with asyncio.timeout(2):
        for _ in range(3):
            assert not (await readiness.report()).ok
    assert clings.calls == 1
    clings.released.set()
    await readiness.report()
    await readiness.report()
    assert clings.calls > 1


async def test_a_report_contains_no_secret() -> None:
    report = await Readiness(needed=[Breaks()]).report()
    assert "hunter2" not in str(report)


async def test_a_service_without_pings_is_healthy() -> None:
    assert (await Readiness().report()).ok
