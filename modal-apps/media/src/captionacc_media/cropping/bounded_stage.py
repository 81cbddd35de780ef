"""A thread with a bounded queue, so that stages of work overlap in little memory."""

import queue
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Generic, Self, TypeVar

Item = TypeVar("Item")


class BoundedStage(Generic[Item]):
    """Calls ``consume`` for each item, in order, in a separate thread.

    Use it as a context manager. When the block ends normally, the stage waits for the last item;
    when the block raises, it drops the queued items. An error of ``consume`` is raised by the next
    ``put`` or at the end of the block.
    """

    def __init__(self, name: str, consume: Callable[[Item], None], *, capacity: int) -> None:
        self._consume = consume
        self._queue: queue.Queue[Item | None] = queue.Queue(capacity)
        self._error: BaseException | None = None
        self._dropping = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def put(self, item: Item) -> None:
        """Queue ``item``, waiting while the queue is full.

        Raises:
            BaseException: the error of ``consume`` for an earlier item.
        """
        if self._error is not None:
            raise self._error
        self._queue.put(item)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._dropping = error is not None
        self._queue.put(None)
        self._thread.join()
        if error is None and self._error is not None:
            raise self._error

    def _run(self) -> None:
        while (item := self._queue.get()) is not None:
            # After a failure, take and drop items so that a waiting ``put`` can return.
            if self._error is not None or self._dropping:
                continue
            try:
                self._consume(item)
            except BaseException as error:  # noqa: BLE001 - carried to the caller's thread
                self._error = error
