"""What one pass of the reconciler did."""

from collections import Counter

import msgspec


class Repairs(msgspec.Struct, kw_only=True):
    """Counts what was repaired or removed, by kind."""

    counts: Counter[str] = msgspec.field(default_factory=Counter)

    def add(self, kind: str, number: int = 1) -> None:
        if number:
            self.counts[kind] += number

    def sentence(self) -> str:
        """The counts as a sentence for people."""
        if not self.counts:
            return "Nothing to repair."
        found = ", ".join(f"{kind}: {number}" for kind, number in sorted(self.counts.items()))
        return f"Repaired {found}."
