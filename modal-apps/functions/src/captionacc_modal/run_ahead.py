"""Let a stage of work run ahead of the stage that uses its results."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator
from typing import TypeVar

Item = TypeVar("Item")


@contextlib.asynccontextmanager
async def run_ahead(source: AsyncGenerator[Item, None]) -> AsyncIterator[AsyncIterator[Item]]:
    """The items of ``source``, which makes the next item while the caller uses one.

    At most one item waits, because items may be large. An error of ``source`` is raised where its
    next item would come. When the block ends, ``source`` is cancelled and closed.
    """
    ready: asyncio.Queue[Item | _End] = asyncio.Queue(maxsize=1)

    async def fill() -> None:
        async with contextlib.aclosing(source):
            try:
                async for item in source:
                    await ready.put(item)
                    await ready.join()
            except Exception as error:  # noqa: BLE001 - carried to the caller
                await ready.put(_End(error))
            else:
                await ready.put(_End(None))

    async def items() -> AsyncIterator[Item]:
        while not isinstance(item := await ready.get(), _End):
            ready.task_done()
            yield item
        if item.error is not None:
            raise item.error

    filling = asyncio.create_task(fill())
    try:
        yield items()
    finally:
        filling.cancel()
        await asyncio.gather(filling, return_exceptions=True)


class _End:
    """Follows the last item; ``error`` ended ``source`` early."""

    def __init__(self, error: Exception | None) -> None:
        self.error = error
