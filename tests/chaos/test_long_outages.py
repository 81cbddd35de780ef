"""While services are away for long, jobs wait; afterwards all work ends, and is paid for once."""

import os
from pathlib import Path

from captionacc_testkit.chaos.bystander import Bystander
from captionacc_testkit.chaos.plan import plan_of_outages
from captionacc_testkit.chaos.run import keep, run
from captionacc_testkit.chaos.stack import ChaosStack


async def test_an_outage_is_not_a_failure(
    patient_stack: ChaosStack, patient_bystander: Bystander, seed: int
) -> None:
    report = await run(patient_stack, patient_bystander, plan_of_outages(seed))
    print(report.text())
    if kept := os.environ.get("CHAOS_REPORT"):
        keep(report, Path(kept))
    again = f"make test-chaos T=tests/chaos/test_long_outages.py RUNS=1 SEED={seed}"
    assert not report.violated, f"seed {seed} violated {report.violated}; repeat it with: {again}"
