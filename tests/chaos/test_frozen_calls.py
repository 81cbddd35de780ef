"""A compute process that freezes is killed at its call's deadline, and the work is done anew."""

import os
from pathlib import Path

from captionacc_testkit.chaos.bystander import Bystander
from captionacc_testkit.chaos.plan import plan_of_frozen_calls
from captionacc_testkit.chaos.run import keep, run
from captionacc_testkit.chaos.stack import ChaosStack


async def test_a_frozen_call_ends_and_is_done_anew(
    hurried_stack: ChaosStack, hurried_bystander: Bystander, seed: int
) -> None:
    report = await run(hurried_stack, hurried_bystander, plan_of_frozen_calls(seed))
    print(report.text())
    if kept := os.environ.get("CHAOS_REPORT"):
        keep(report, Path(kept))
    again = f"make test-chaos T=tests/chaos/test_frozen_calls.py RUNS=1 SEED={seed}"
    assert not report.violated, f"seed {seed} violated {report.violated}; repeat it with: {again}"
