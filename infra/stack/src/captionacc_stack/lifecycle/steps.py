"""Run steps that depend on each other; each starts when the steps that it waits for have ended."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """``act`` begins when every step named in ``after`` has ended."""

    name: str
    after: tuple[str, ...]
    act: Callable[[], Awaitable[None]]


async def perform(steps: Sequence[Step]) -> dict[str, float]:
    """Run all steps; return the seconds that each took, measured from its own beginning.

    Raises:
        Exception: the first failure of a step, unchanged; the steps still running are cancelled.
        ValueError: a step waits for a step that does not exist or, in a circle, for itself.
    """
    _check(steps)
    ended = {step.name: asyncio.Event() for step in steps}
    seconds: dict[str, float] = {}

    async def one(step: Step) -> None:
        for name in step.after:
            await ended[name].wait()
        began = time.monotonic()
        await step.act()
        seconds[step.name] = round(time.monotonic() - began, 2)
        ended[step.name].set()

    try:
        async with asyncio.TaskGroup() as group:
            for step in steps:
                group.create_task(one(step), name=step.name)
    except BaseExceptionGroup as failures:
        first = failures.exceptions[0]
        raise first from first.__cause__
    return seconds


def _check(steps: Sequence[Step]) -> None:
    left = {step.name: set(step.after) for step in steps}
    while left:
        able = {name for name, after in left.items() if not after & left.keys()}
        unknown = {name for after in left.values() for name in after} - {s.name for s in steps}
        if not able or unknown:
            message = (
                f"The steps {sorted(left)} cannot be put in order (unknown: {sorted(unknown)})."
            )
            raise ValueError(message)
        left = {name: after for name, after in left.items() if name not in able}
