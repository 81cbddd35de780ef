"""Small requests that show whether a service can be used again."""

from collections.abc import Awaitable, Callable

from captionacc_wasabi.store import ObjectStore

Probe = Callable[[], Awaitable[None]]
"""Returns when the service works, and raises when it does not."""

# About as large as the largest objects that calls write, so that a store with a few free kilobytes
# does not count as back.
_BYTES = 1024 * 1024


def store_probe(store: ObjectStore, worker: str) -> Probe:
    """Writes an object and removes it: a store whose disk is full still answers reads."""
    # No key of a tenant begins like this.
    key = f"probes/{worker}"

    async def probe() -> None:
        await store.put(key, bytes(_BYTES))
        await store.delete([key])

    return probe
