"""Repairs what was lost: webhooks, flow runs and final states of runs."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from captionacc_observability.logging import get_logger
from captionacc_observability.metrics import Counter, Histogram

from captionacc_flow_worker.attempt.services import Services
from captionacc_flow_worker.orchestration.runs.prefect_runs import PrefectRuns
from captionacc_flow_worker.upkeep.left_over_runs import LeftOverRuns
from captionacc_flow_worker.upkeep.missing_runs import MissingRuns
from captionacc_flow_worker.upkeep.old_history import HistoryAges, OldHistory
from captionacc_flow_worker.upkeep.pass_lease import PassLease
from captionacc_flow_worker.upkeep.repairs import Repairs
from captionacc_flow_worker.upkeep.rescoring import rescore
from captionacc_flow_worker.upkeep.sweeping.sweep import Sweep, SweepTimes
from captionacc_flow_worker.upkeep.unlaunched_videos import go_on_with_videos, launch_videos
from captionacc_flow_worker.upkeep.wrong_states import WrongStates

log = get_logger(__name__)

STEP_SECONDS = Histogram(
    "captionacc_worker_reconcile_step_seconds",
    "Time that one step of the reconciler took",
    ["step"],
    buckets=(0.01, 0.05, 0.2, 1, 5, 15, 40, 120),
)
STEPS_FAILED = Counter(
    "captionacc_worker_reconcile_steps_failed", "Steps of the reconciler that failed", ["step"]
)

# More than twice the limits of the sweep (40 s) and of making runs (10 s) together, so that slow
# steps leave time for the others.
_PASS_LIMIT_S = 120.0

# Every budget of requests is full again after a few minutes.
_FORGET_REQUESTS_AFTER_S = 3600.0


class Reconciler:
    """Runs the repairs in order, one worker at a time.

    Each repair is bounded and may run any number of times.
    """

    def __init__(
        self, services: Services, runs: PrefectRuns, lease: PassLease, ages: HistoryAges
    ) -> None:
        database = services.database
        self._database = database
        self._lease = lease
        self._missing = MissingRuns(database, runs)
        self._more_runs_missing = False
        self._steps: dict[str, Callable[[Repairs], Awaitable[None]]] = {
            "launch_videos": partial(launch_videos, database, services.priority),
            "limits": self._mend_limits,
            "go_on_with_videos": partial(go_on_with_videos, database),
            "rescore": partial(rescore, database, services.priority),
            "sweep": Sweep(services, SweepTimes()).run,
            "make_runs": self._make_runs,
            "make_deleted_runs": self._missing.make_deleted,
            "make_ended_runs": self._missing.make_ended,
            "end_left_over_runs": LeftOverRuns(database, runs).end,
            "mend_runs": WrongStates(database, runs).mend,
            "old_history": OldHistory(database, ages).remove,
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
        async with asyncio.timeout(_PASS_LIMIT_S):
            return await self._lease.run(self._pass)

    async def _pass(self) -> Repairs:
        repairs = Repairs()
        try:
            for name, step in self._steps.items():
                with STEP_SECONDS.labels(step=name).time():
                    await self._try(name, step, repairs)
        finally:
            repairs.publish()
        return repairs

    async def _try(
        self, name: str, step: Callable[[Repairs], Awaitable[None]], repairs: Repairs
    ) -> None:
        try:
            await step(repairs)
        except Exception as error:  # noqa: BLE001  a service that is away must not stop the other repairs
            STEPS_FAILED.labels(step=name).inc()
            log.warning("repair_failed", step=name, error=f"{type(error).__name__}: {error}")

    async def _mend_limits(self, repairs: Repairs) -> None:
        async with self._database.transaction() as session:
            repairs.add("reservations_released", await session.limits.release_ended())
            await session.request_budgets.forget(_FORGET_REQUESTS_AFTER_S)

    async def _make_runs(self, repairs: Repairs) -> None:
        self._more_runs_missing = False
        self._more_runs_missing = await self._missing.make(repairs)
