"""One stack for all runs of the session, and the seeds from the environment."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from captionacc_contracts.work.jobs import MAX_ATTEMPTS
from captionacc_testkit.chaos.bystander import Bystander
from captionacc_testkit.chaos.plan import CALL_DEADLINE_S
from captionacc_testkit.chaos.stack import ChaosStack, chaos_stack

FEW_RUNS = 3


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "seed" in metafunc.fixturenames:
        first = int(os.environ.get("CHAOS_SEED") or 1)
        runs = int(os.environ.get("CHAOS_RUNS") or FEW_RUNS)
        metafunc.parametrize("seed", range(first, first + runs))


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def stack(servers_directory: Path) -> AsyncIterator[ChaosStack]:
    async with chaos_stack(servers_directory) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def patient_stack(servers_directory: Path) -> AsyncIterator[ChaosStack]:
    """A stack whose workers have as many attempts as in production."""
    settings = {"WORKER_MAX_ATTEMPTS": str(MAX_ATTEMPTS)}
    async with chaos_stack(servers_directory / "patient", settings) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def hurried_stack(servers_directory: Path) -> AsyncIterator[ChaosStack]:
    """A stack whose workers stop a compute call after seconds instead of most of an hour."""
    settings = {"WORKER_MAX_ATTEMPTS": str(MAX_ATTEMPTS)}
    folder = servers_directory / "hurried"
    async with chaos_stack(folder, settings, call_deadline_s=CALL_DEADLINE_S) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def hurried_bystander(hurried_stack: ChaosStack) -> Bystander:
    return await Bystander.settle(hurried_stack)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def patient_bystander(patient_stack: ChaosStack) -> Bystander:
    return await Bystander.settle(patient_stack)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def bystander(stack: ChaosStack) -> Bystander:
    return await Bystander.settle(stack)
