"""What one pass of the reconciler did."""

import collections

import msgspec
from captionacc_observability.logging import get_logger
from captionacc_observability.metrics import Counter

log = get_logger(__name__)

REPAIRED = Counter(
    "captionacc_worker_repairs", "Things that the upkeep repaired or removed", ["kind"]
)


class Repairs(msgspec.Struct, kw_only=True):
    """Counts what was repaired or removed, by kind."""

    counts: collections.Counter[str] = msgspec.field(default_factory=collections.Counter)

    def add(self, kind: str, number: int = 1) -> None:
        if number:
            self.counts[kind] += number

    def publish(self) -> None:
        """Add the counts to the metric, and log them."""
        for kind, number in self.counts.items():
            REPAIRED.labels(kind=kind).inc(number)
        if self.counts:
            log.warning("repaired", **{str(kind): n for kind, n in self.counts.items()})

    def sentence(self) -> str:
        """The counts as a sentence for people."""
        if not self.counts:
            return "Nothing to repair."
        found = ", ".join(f"{kind}: {number}" for kind, number in sorted(self.counts.items()))
        return f"Repaired {found}."
