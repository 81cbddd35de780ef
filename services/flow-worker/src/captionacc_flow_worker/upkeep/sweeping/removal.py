"""Lists and removes objects of the store, a bounded number at a time."""

from captionacc_wasabi.store import ObjectStore

from captionacc_flow_worker.upkeep.repairs import Repairs

# Five listings of 1000 keys. A later pass finds the objects beyond this number.
_MOST_KEYS = 5000


class Removal:
    """Counts the objects that it removes."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    async def keys(self, prefix: str) -> list[str]:
        """Up to ``_MOST_KEYS`` keys that begin with ``prefix``."""
        found: list[str] = []
        async for info in self._store.list(prefix):
            found.append(info.key)
            if len(found) == _MOST_KEYS:
                break
        return found

    async def remove(self, keys: list[str], repairs: Repairs) -> None:
        if keys:
            await self._store.delete(keys)
            repairs.add("objects_removed", len(keys))
