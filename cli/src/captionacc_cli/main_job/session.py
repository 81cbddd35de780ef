"""The running stack of a command, which starts it unless it runs."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

from captionacc_stack import state
from captionacc_stack.home import Home
from captionacc_stack.lifecycle import locks, stack
from captionacc_stack.lifecycle.stack import Up

from captionacc_cli.main_job import stages
from captionacc_cli.main_job.progress import Reporter


@dataclass(frozen=True, kw_only=True)
class Session:
    """A running stack; ``start_s`` is how long the command waited for it.

    ``addresses`` are those of a stack that stays up when the command ends, else empty.
    """

    up: Up
    start_s: float
    addresses: Mapping[str, str]


@contextlib.asynccontextmanager
async def running_stack(home: Home, *, keep: bool, reporter: Reporter) -> AsyncIterator[Session]:
    """The stack, which runs during the block, and after it when ``keep`` is set.

    At the end it stops, unless a person keeps it up or another command uses it. An interrupted
    command does not keep the stack.

    Raises:
        StackError: the stack did not start.
    """
    home.prepare()
    async with locks.shared(home.users_lock) as users:
        began = time.monotonic()
        reporter.begin(stages.START)
        up = await stack.ensure_up(
            home, say=lambda service: reporter.update(f"{service} is up", 0, 0)
        )
        interrupted = False
        try:
            start_s = time.monotonic() - began
            reporter.end(start_s)
            yield Session(up=up, start_s=start_s, addresses=up.state.addresses if keep else {})
        except asyncio.CancelledError:
            interrupted = True
            raise
        finally:
            if keep and not interrupted:
                await stack.keep(home)
            # A command that keeps the stack holds the lock while it does so. Ask for the lock
            # first, then read whether the stack is kept.
            if users.sole_holder() and not state.load(home.state_file).kept:
                await stack.stop(home)
