"""One run: a workload, its faults, the recovery, and the violations afterwards."""

import asyncio
import time
from collections import Counter
from pathlib import Path

import msgspec

from captionacc_testkit.chaos.bystander import Bystander
from captionacc_testkit.chaos.invariants import look, paid_wrongly, violations
from captionacc_testkit.chaos.ledger import begun_anew
from captionacc_testkit.chaos.lives import AWAY, Lives
from captionacc_testkit.chaos.plan import Plan
from captionacc_testkit.chaos.stack import ChaosStack
from captionacc_testkit.chaos.trouble import Trouble
from captionacc_testkit.chaos.webhooks import Mischief

# Set by hand: several times what a run takes on a machine that does nothing else.
LIVED_WITHIN_S = 240.0
# The reconciler runs each second, so the next thing that it repairs is repaired well within this
# time. On a busy machine Prefect may take seconds for each answer, so all repairs together may take
# longer.
REPAIRS_WITHIN_S = 40.0
QUIET_WITHIN_S = 240.0
LOOK_S = 0.5


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What happened in one run."""

    seed: int
    seconds: float
    videos: int
    jobs: dict[str, int]
    """The number of jobs by kind and state."""
    attempts: int
    retried: int
    """The number of failed stages that were retried."""
    anew: int
    """The number of calls that began anew because their process froze."""
    errors: dict[str, int]
    """The number of failed jobs by error code."""
    phases: dict[str, float]
    """The seconds that each phase took, in order."""
    faults: list[str]
    violated: list[str]
    """A sentence per violation; empty after a good run."""

    def text(self) -> str:
        return msgspec.json.format(msgspec.json.encode(self)).decode()


def keep(report: Report, path: Path) -> None:
    """Add the report to a file of reports, one per line."""
    with path.open("ab") as file:
        file.write(msgspec.json.encode(report) + b"\n")


class Phases:
    def __init__(self) -> None:
        self._began = time.monotonic()
        self.seconds: dict[str, float] = {}

    def end(self, name: str) -> None:
        now = time.monotonic()
        self.seconds[name] = round(now - self._began, 1)
        self._began = now


async def run(stack: ChaosStack, bystander: Bystander, plan: Plan) -> Report:
    """Run the plan. Every fault of the stack is in the report and raises nothing."""
    began = time.monotonic()
    phases = Phases()
    trouble = Trouble(stack, plan.seed)
    lives = Lives(stack, plan)
    stack.webhooks.behave(plan.mischief, plan.seed)
    failed: list[str] = []
    living = asyncio.create_task(lives.live())
    try:
        await trouble.make(plan.faults)
        phases.end("faults")
        await trouble.heal()
        phases.end("healing")
        stack.webhooks.behave(Mischief(), plan.seed)
        async with asyncio.timeout(LIVED_WITHIN_S):
            await living
        phases.end("lives")
    except AssertionError as error:
        failed.append(str(error))
    except TimeoutError:
        failed.append(f"after {LIVED_WITHIN_S:g} s: {lives.stages}")
    except Exception as error:  # noqa: BLE001  the report must name the seed
        failed.append(f"{_causes(error)}: {lives.stages}")
    finally:
        living.cancel()
        await asyncio.gather(living, return_exceptions=True)
    violated = [*failed, *await _until_quiet(stack, plan)]
    phases.end("quiet")
    violated += await bystander.touched(stack)
    trouble.set_right()
    found = await look(stack, plan)
    anew = begun_anew(stack.ledger.lines())
    return Report(
        seed=plan.seed,
        seconds=round(time.monotonic() - began, 1),
        videos=len(plan.videos),
        jobs=dict(Counter(f"{job['kind']} {job['state']}" for job in found.jobs)),
        attempts=sum(job["attempt"] for job in found.jobs),
        retried=lives.retried,
        anew=sum(anew[str(video.id)] for video in plan.videos),
        errors=dict(Counter(job["error"]["code"] for job in found.jobs if job["error"])),
        phases=phases.seconds,
        faults=trouble.made,
        violated=violated,
    )


def _causes(error: BaseException) -> str:
    if isinstance(error, BaseExceptionGroup):
        return "; ".join(map(_causes, error.exceptions))
    return f"{type(error).__name__}: {error}"


async def _until_quiet(stack: ChaosStack, plan: Plan) -> list[str]:
    """Wait until nothing is violated, as long as violations go away; return those that remain."""
    loop = asyncio.get_running_loop()
    began = repaired_at = loop.time()
    fewest: int | None = None
    while True:
        try:
            found = await look(stack, plan)
            left = [*violations(found, plan), *paid_wrongly(stack, found, plan)]
        except AWAY as error:
            left = [f"the stack could not be read: {type(error).__name__}"]
        now = loop.time()
        if fewest is None or len(left) < fewest:
            fewest, repaired_at = len(left), now
        if not left or now > min(repaired_at + REPAIRS_WITHIN_S, began + QUIET_WITHIN_S):
            return left
        await asyncio.sleep(LOOK_S)
