"""Tries a request to the object store again and again while the store is away."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable

from captionacc_contracts.errors import ErrorCode, TransientError
from captionacc_observability.logging import get_logger

_log = get_logger(__name__)

# Each pause is twice the former one. After the longest pause, a call that costs money goes on soon
# enough, and the store gets few requests.
_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 20.0


class Patience:
    """Lets requests fail for ``seconds`` from now, all together; then the failure is raised."""

    def __init__(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds

    async def with_store(self, act: Callable[[], Awaitable[None]]) -> None:
        """Repeat ``act`` while the store is away.

        Raises:
            TransientError: ``store_unavailable`` after the last try.
            CaptionAccError: any other error of ``act``, at once.
        """
        pause_s = _FIRST_PAUSE_S
        while True:
            try:
                await act()
            except TransientError as error:
                left_s = self._until - time.monotonic()
                if error.code is not ErrorCode.STORE_UNAVAILABLE or left_s <= 0:
                    raise
                _log.warning("store_away", error=error.message, left_s=round(left_s))
                # Half of the pause is random, so that many uploads do not come back together.
                share = 0.5 + 0.5 * random.random()  # noqa: S311  guards nothing
                await asyncio.sleep(min(pause_s * share, left_s))
                pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
            else:
                return
