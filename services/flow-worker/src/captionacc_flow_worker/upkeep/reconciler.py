"""Repairs what was lost: webhooks, flow runs, leases and final states of runs."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from captionacc_observability.logging import get_logger
from captionacc_observability.metrics import Counter

from captionacc_flow_worker.attempt.services import Services
from captionacc_flow_worker.orchestration.runs.prefect_runs import PrefectRuns
from captionacc_flow_worker.upkeep.expired_leases import reclaim_jobs
from captionacc_flow_worker.upkeep.left_over_runs import LeftOverRuns
from captionacc_flow_worker.upkeep.missing_runs import MissingRuns
from captionacc_flow_worker.upkeep.repairs import Repairs
from captionacc_flow_worker.upkeep.sweeping.sweep import Sweep, SweepTimes
from captionacc_flow_worker.upkeep.unlaunched_videos import launch_videos
from captionacc_flow_worker.upkeep.wrong_states import WrongStates

log = get_logger(__name__)

REPAIRED = Counter(
    "captionacc_worker_repairs", "Things that the reconciler repaired or removed", ["kind"]
)

# More than twice the limits of the sweep (40 s) and of making runs (10 s) together, so that slow
# steps leave time for the others.
_PASS_LIMIT_S = 120.0

# Every budget of requests is full again after a few minutes.
_FORGET_REQUESTS_AFTER_S = 3600.0


class Reconciler:
    """Runs the repairs in order. An advisory lock lets one worker repair at a time.

    Each repair is bounded and may run any number of times.
    """

    def __init__(self, services: Services, runs: PrefectRuns, *, max_attempts: int) -> None:
        database = services.database
        self._database = database
        self._missing = MissingRuns(database, runs)
        self._more_runs_missing = False
        self._steps: dict[str, Callable[[Repairs], Awaitable[None]]] = {
            "launch_videos": partial(launch_videos, database, services.priority),
            "reclaim": partial(reclaim_jobs, database, runs.control, max_attempts),
            "limits": self._mend_limits,
            "sweep": Sweep(services, SweepTimes()).run,
            "make_runs": self._make_runs,
            "make_deleted_runs": self._missing.make_deleted,
            "make_ended_runs": self._missing.make_ended,
            "end_left_over_runs": LeftOverRuns(database, runs).end,
            "mend_runs": WrongStates(database, runs).mend,
        }

    async def run(self, period_s: float) -> None:
        """Repair every ``period_s`` until cancelled; at once again while many runs are missing."""
        while True:
            repairs = None
            try:
                repairs = await self.repair()
            except Exception as error:  # noqa: BLE001  the next pass may succeed
                log.warning("reconcile_failed", error=f"{type(error).__name__}: {error}")
            # After a burst, more runs are missing than one pass makes.
            if repairs is None or not self._more_runs_missing:
                await asyncio.sleep(period_s)

    async def repair(self) -> Repairs | None:
        """Run one pass; returns ``None`` if another worker is running one."""
        async with asyncio.timeout(_PASS_LIMIT_S), self._database.transaction() as lock:
            # The lock's transaction holds nothing else and reads no row.
            if not await lock.repairing.try_lock():
                return None
            repairs = Repairs()
            for name, step in self._steps.items():
                try:
                    await step(repairs)
                except Exception as error:  # noqa: BLE001  a service that is away must not stop the other repairs
                    log.warning(
                        "repair_failed", step=name, error=f"{type(error).__name__}: {error}"
                    )
        for kind, number in repairs.counts.items():
            REPAIRED.labels(kind=kind).inc(number)
        if repairs.counts:
            log.warning("repaired", **{str(kind): n for kind, n in repairs.counts.items()})
        return repairs

    async def _mend_limits(self, repairs: Repairs) -> None:
        async with self._database.transaction() as session:
            repairs.add("reservations_released", await session.limits.release_ended())
            await session.request_budgets.forget(_FORGET_REQUESTS_AFTER_S)

    async def _make_runs(self, repairs: Repairs) -> None:
        self._more_runs_missing = False
        self._more_runs_missing = await self._missing.make(repairs)
