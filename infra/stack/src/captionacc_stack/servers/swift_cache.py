"""A filter for Swift's proxy that remembers what the proxy asks the other servers.

For each request, the proxy asks for the account and the container of the object. Usually a
memcached server keeps the answers. This store has one proxy process, so its memory does.
"""

import copy
import time
from collections.abc import Callable, Iterable
from typing import Any

# Swift's types have no stubs: a WSGI application takes the environment and a function.
Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


class ProxyMemory:
    """The part of Swift's memcache client that our proxy calls; other options have no effect here.

    It holds one entry per account and container, so its size has no limit.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: dict[str, tuple[float, Any]] = {}

    def get(self, key: str, **_: bool) -> Any:
        """A copy of the value, because Swift changes what it gets; None when it is not kept."""
        until, value = self._kept.get(key, (0.0, None))
        if self._clock() < until:
            return copy.deepcopy(value)
        self._kept.pop(key, None)
        return None

    def set(self, key: str, value: Any, *, time: float = 0, **_: bool) -> None:
        """Keep a copy of ``value`` for ``time`` seconds; 0 means as long as the process runs."""
        until = self._clock() + time if time > 0 else float("inf")
        self._kept[key] = until, copy.deepcopy(value)

    def delete(self, key: str) -> None:
        """Forget the value of ``key``."""
        self._kept.pop(key, None)


def filter_factory(_: dict[str, str], **__: str) -> Callable[[Application], Application]:
    """What ``paste.filter_factory`` of the proxy's configuration names."""
    memory = ProxyMemory()

    def wrap(app: Application) -> Application:
        def remember(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
            environ["swift.cache"] = memory
            return app(environ, start_response)

        return remember

    return wrap
