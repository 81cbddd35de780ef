import asyncio

from captionacc_observability import health


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


async def test_one_failing_ping_makes_the_report_not_ok_and_is_named() -> None:
    report = await health.run([Answers(), Breaks(), Hangs()], timeout_s=0.05)
    assert not report.ok
    assert report.checks["answers"] == "ok"
    assert report.checks["breaks"] == "ConnectionError"
    assert "no answer" in report.checks["hangs"]


async def test_a_report_contains_no_secret() -> None:
    report = await health.run([Breaks()])
    assert "hunter2" not in str(report)


async def test_a_service_without_pings_is_healthy() -> None:
    assert (await health.run([])).ok
