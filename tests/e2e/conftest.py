"""A stack that all tests of this folder share, and a separate stack for one test."""

import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from captionacc_testkit.commands import Commands, make_home


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def captionacc() -> AsyncIterator[Commands]:
    """The command with a stack that is up for the whole session."""
    commands = Commands(home=make_home())
    try:
        up = await commands("up")
        assert up.code == 0, up.said
        yield commands
        down = await commands("down")
        assert down.code == 0, down.said
        assert commands.left() == set()
    finally:
        commands.remove()


@pytest.fixture
def own_stack() -> Iterator[Commands]:
    """The command with a separate stack, which is not started yet."""
    commands = Commands(home=make_home())
    yield commands
    commands.remove()


@pytest.fixture(scope="session")
def videos() -> Iterator[Path]:
    """A folder for clips."""
    with tempfile.TemporaryDirectory(prefix="captionacc-e2e-videos-") as folder:
        yield Path(folder)
