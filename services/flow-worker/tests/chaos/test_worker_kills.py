"""Kills of workers cost time but no compute: the calls' ledger counts what was paid for.

A kill takes about ten seconds, so the test runs only if CHAOS_KILLS gives their number. CHAOS_SEED
repeats a run.
"""

import asyncio
import os
import random
from collections import Counter

import pytest
from captionacc_testkit.worker.world import World

KILLS = int(os.environ.get("CHAOS_KILLS", "0"))
SEED = int(os.environ.get("CHAOS_SEED", "1"))
WORK_S = 2.0


@pytest.mark.skipif(not KILLS, reason="set CHAOS_KILLS to the number of kills")
@pytest.mark.timeout(1800)
async def test_kills_do_not_change_the_compute_seconds(world: World) -> None:
    chance = random.Random(SEED)
    jobs = []
    for _ in range(KILLS):
        jobs += [await world.new_job(f"sleep={WORK_S}") for _ in range(2)]
        worker = await world.start_worker(WORKER_LEASE_S="3", WORKER_MAX_ATTEMPTS="1000").ready()
        await asyncio.sleep(chance.uniform(0, 2 * WORK_S))
        worker.kill()
    world.start_worker(WORKER_LEASE_S="3", WORKER_MAX_ATTEMPTS="1000")

    attempts = [(await world.until_state(job.id, "done", 300)).attempt for job in jobs]

    paid = Counter(line.split()[0] for line in world.ledger)
    print(
        f"seed {SEED}: {KILLS} kills, {len(jobs)} jobs in {sum(attempts)} attempts, "
        f"{paid['start'] * WORK_S:g} s of compute paid, {len(jobs) * WORK_S:g} s without kills"
    )
    assert set(Counter(world.ledger).values()) == {1}, f"seed {SEED}"
    assert paid["start"] == paid["end"] == len(jobs), f"seed {SEED}"
