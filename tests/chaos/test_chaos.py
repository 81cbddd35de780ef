"""After any kill, cut or loss, all accepted work ends correctly and is paid for once."""

import os
from pathlib import Path

from captionacc_testkit.chaos.bystander import Bystander
from captionacc_testkit.chaos.plan import plan_of
from captionacc_testkit.chaos.run import keep, run
from captionacc_testkit.chaos.stack import WORKERS, ChaosStack


async def test_nothing_is_lost_and_nothing_paid_twice(
    stack: ChaosStack, bystander: Bystander, seed: int
) -> None:
    report = await run(stack, bystander, plan_of(seed))
    print(report.text())
    if kept := os.environ.get("CHAOS_REPORT"):
        keep(report, Path(kept))
    again = f"repeat it with: make test-chaos RUNS=1 SEED={seed}"
    assert not report.violated, f"seed {seed} violated {report.violated}; {again}"


async def test_no_part_of_a_worker_ended_unexpectedly(stack: ChaosStack) -> None:
    for name in WORKERS:
        ended = [line for line in stack.log(name).splitlines() if '"service_ended"' in line]
        assert not ended, f"{name}: {ended[0]}"
