"""Wait on a condition instead of sleeping."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import TypeVar, overload

T = TypeVar("T")

# The first look finds what is quick; later looks leave the CPU to the code under test.
FIRST_PAUSE_S = 0.01
LONGEST_PAUSE_S = 0.25


@overload
async def eventually(
    condition: Callable[[], Awaitable[T]], timeout_s: float = 10.0, *, what: str = ""
) -> T: ...


@overload
async def eventually(
    condition: Callable[[], T], timeout_s: float = 10.0, *, what: str = ""
) -> T: ...


async def eventually(
    condition: Callable[[], T | Awaitable[T]], timeout_s: float = 10.0, *, what: str = ""
) -> T:
    """Wait for the first true value of ``condition``, which may be a coroutine function.

    An ``AssertionError`` inside the condition means "not yet".

    Raises:
        AssertionError: after ``timeout_s``, with ``what`` and the last value or assertion.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + timeout_s
    pause = FIRST_PAUSE_S
    last: object = None
    while True:
        try:
            value = condition()
            if inspect.isawaitable(value):
                async with asyncio.timeout(max(deadline - loop.time(), FIRST_PAUSE_S)):
                    value = await value
            if value:
                return value
            last = value
        except AssertionError as error:
            last = error
        except TimeoutError as error:
            # The assertion of an earlier look says more than a look that the deadline cut short.
            last = last or error
        if loop.time() >= deadline:
            subject = what or getattr(condition, "__name__", "condition")
            raise AssertionError(f"{subject} did not hold within {timeout_s} s; last: {last!r}")
        await asyncio.sleep(pause)
        pause = min(pause * 1.5, LONGEST_PAUSE_S)
