"""Knows which services are away for this worker, and keeps jobs that need them waiting.

A service goes away when a job fails because of it and a probe fails too. It is back when a probe
succeeds. A service without a probe, such as an OCR service that only calls on Modal reach, is
probed by letting one job start.
"""

import asyncio
import random
from collections.abc import Callable, Mapping
from datetime import datetime

from captionacc_contracts.work.dependencies import Dependency, Outage, needs
from captionacc_contracts.work.jobs import JobKind
from captionacc_observability.clock import Clock, SystemClock
from captionacc_observability.logging import get_logger
from captionacc_observability.metrics import Counter, Gauge
from captionacc_supabase.rows import Job

from captionacc_flow_worker.outages.breaker import Breaker, Pauses, State
from captionacc_flow_worker.outages.causes import dependency_of
from captionacc_flow_worker.outages.probes import Probe

log = get_logger(__name__)

AWAY = Gauge("captionacc_worker_dependency_away", "1 while a service is away, else 0", ["service"])
OUTAGES = Counter("captionacc_worker_outages", "Services that went away", ["service"])

# A probe that takes longer has failed: a service that hangs is as useless as one that refuses.
PROBE_LIMIT_S = 10.0
# How often the loop looks whether a probe is due; well below the shortest pause.
_LOOK_S = 0.25
_LONGEST_REASON = 500


class Outages:
    """One instance per worker.

    Args:
        probes: The services to watch, each with its probe; ``None`` for one without a probe.
    """

    def __init__(
        self,
        probes: Mapping[Dependency, Probe | None],
        *,
        pauses: Pauses | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._probes = dict(probes)
        self._clock = clock or SystemClock()
        self._breakers = {name: Breaker(pauses=pauses or Pauses()) for name in probes}
        self._since: dict[Dependency, datetime] = {}
        # When a job last showed that the service works, and which job that was.
        self._worked: dict[Dependency, tuple[float, Job]] = {}
        self._trials: dict[Dependency, Job] = {}
        self._back = {name: asyncio.Event() for name in probes}
        self._asking = {name: asyncio.Lock() for name in probes}
        self._changed: list[Callable[[], None]] = []
        for name in probes:
            AWAY.labels(service=name).set(0)

    def when_changed(self, callback: Callable[[], None]) -> None:
        """Call ``callback`` each time a service goes away or is back, or may be tried by a job."""
        self._changed.append(callback)

    def away(self) -> list[Outage]:
        """The services that are away now."""
        return [
            Outage(dependency=name, since=self._since[name], reason=breaker.reason)
            for name, breaker in self._breakers.items()
            if breaker.is_away
        ]

    def startable(self) -> list[JobKind]:
        """The kinds of job that need no service that is away."""
        blocked = [
            name
            for name, breaker in self._breakers.items()
            if breaker.is_away and not self._wants_trial(name)
        ]
        return [kind for kind in JobKind if not any(needs(kind, name) for name in blocked)]

    def began(self, job: Job) -> None:
        """Note that an attempt begins; it may be the one that tries a service."""
        for name in self._breakers:
            if self._wants_trial(name) and needs(job.kind, name):
                self._trials[name] = job
                log.info("dependency_tried", service=name, job_id=str(job.id))

    def ended(self, job: Job) -> None:
        """Note the end of an attempt. If it tried a service without an answer, another one may."""
        for name, trial in list(self._trials.items()):
            if _same_attempt(trial, job):
                self._end_trial(name, self._breakers[name].reason)

    def worked(self, job: Job) -> None:
        """Note that a call of the job used all the services that it needs."""
        now = _now()
        for name in self._breakers:
            if needs(job.kind, name):
                self._worked[name] = (now, job)
        for name, trial in list(self._trials.items()):
            if _same_attempt(trial, job):
                del self._trials[name]
                self._close(name)

    async def behind(self, error: BaseException, job: Job, began_at: float) -> Dependency | None:
        """The service whose outage ended an attempt with ``error``; ``None`` if none is away.

        Args:
            error: What the attempt of ``job`` ended with.
            began_at: When the attempt began, on the clock of the event loop.
        """
        name = dependency_of(error)
        if name is None or name not in self._breakers:
            return None
        failed_at = _now()
        if (trial := self._trials.get(name)) is not None and _same_attempt(trial, job):
            self._end_trial(name, str(error))
            return name
        async with self._asking[name]:
            if self._breakers[name].is_away:
                return name
            if await self._works(name, job, since=began_at, answered_since=failed_at):
                return None
            self._trip(name, str(error))
        return name

    async def until_back(self, name: Dependency) -> None:
        """Return when the service answers again."""
        if self._breakers[name].is_away:
            await self._back[name].wait()

    def delay_s(self, name: Dependency) -> float:
        """Seconds that a job which met the outage leaves to others, before it may try again.

        Without a probe, jobs try the service in turn: a job that always fails must not be the only
        one that tries.
        """
        return self._breakers[name].pauses.longest_s if self._probes[name] is None else 0.0

    async def run(self) -> None:
        """Probe the services that are away until cancelled."""
        async with asyncio.TaskGroup() as group:
            for name in self._breakers:
                group.create_task(self._watch(name))

    async def _watch(self, name: Dependency) -> None:
        while True:
            await asyncio.sleep(_LOOK_S)
            if self._breakers[name].is_due(_now()):
                await self._probe(name)

    async def _works(
        self, name: Dependency, job: Job, *, since: float, answered_since: float
    ) -> bool:
        worked_at, by = self._worked.get(name, (float("-inf"), None))
        other_worked = by is not None and by.video_id != job.video_id and worked_at > since
        if self._probes[name] is None:
            # Others succeed while this job fails, so the fault is its own.
            return other_worked
        if other_worked and worked_at > answered_since:
            return True
        return await self._failure_of(name) is None

    async def _probe(self, name: Dependency) -> None:
        self._breakers[name] = self._breakers[name].probing()
        if self._probes[name] is None:
            self._tell()
            return
        failure = await self._failure_of(name)
        if failure is None:
            self._close(name)
            return
        self._breakers[name] = self._breakers[name].still_away(_now(), failure, _jitter())

    async def _failure_of(self, name: Dependency) -> str | None:
        """Why the probe failed; ``None`` if the service works."""
        probe = self._probes[name]
        if probe is None:
            return "The service has no probe."
        try:
            async with asyncio.timeout(PROBE_LIMIT_S):
                await probe()
        except TimeoutError:
            return f"A probe got no answer within {PROBE_LIMIT_S:g} s."
        except Exception as error:  # noqa: BLE001  whatever it is, the service cannot be used
            return str(error)[:_LONGEST_REASON] or type(error).__name__
        return None

    def _wants_trial(self, name: Dependency) -> bool:
        return (
            self._probes[name] is None
            and self._breakers[name].state is State.PROBING
            and name not in self._trials
        )

    def _end_trial(self, name: Dependency, reason: str) -> None:
        del self._trials[name]
        self._breakers[name] = self._breakers[name].still_away(
            _now(), reason[:_LONGEST_REASON], _jitter()
        )

    def _trip(self, name: Dependency, reason: str) -> None:
        reason = reason[:_LONGEST_REASON]
        self._breakers[name] = self._breakers[name].tripped(_now(), reason, _jitter())
        self._since[name] = self._clock.now()
        self._back[name].clear()
        AWAY.labels(service=name).set(1)
        OUTAGES.labels(service=name).inc()
        log.error("dependency_away", service=name, reason=reason)
        self._tell()

    def _close(self, name: Dependency) -> None:
        before = self._breakers[name]
        self._breakers[name] = before.closed(_now())
        self._back[name].set()
        AWAY.labels(service=name).set(0)
        away_s = 0.0 if before.since is None else _now() - before.since
        log.warning("dependency_back", service=name, away_s=round(away_s, 1), probes=before.probes)
        self._tell()

    def _tell(self) -> None:
        for callback in self._changed:
            callback()


def _same_attempt(one: Job, other: Job) -> bool:
    # A job that waited has the same number of its attempt again, but another lease.
    return one.id == other.id and one.lease == other.lease


def _now() -> float:
    return asyncio.get_running_loop().time()


def _jitter() -> float:
    return random.random()  # noqa: S311  spreads probes; guards nothing
