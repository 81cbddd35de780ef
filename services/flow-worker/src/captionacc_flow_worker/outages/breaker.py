"""The state machine that decides when a service counts as away, and when to probe it. Pure.

Times are seconds of any clock that does not jump; the caller passes them in.
"""

from enum import StrEnum

import msgspec


class State(StrEnum):
    CLOSED = "closed"
    """The service answers, as far as anybody knows. Work goes on."""
    OPEN = "open"
    """The service is away. Work waits until the next probe."""
    PROBING = "probing"
    """The service is away, and one probe is under way."""


class Pauses(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds between two probes: they double from ``first_s`` to ``longest_s``.

    A random pause between half of that and all of it keeps workers from probing in step.
    """

    first_s: float = 1.0
    factor: float = 2.0
    # Work goes on within this time after the service is back; a probe costs one small request.
    longest_s: float = 30.0
    # A service that was back for a shorter time than this did not really come back: the pauses go
    # on growing where they stopped.
    steady_s: float = 60.0

    def before(self, probe: int, jitter: float) -> float:
        """Seconds before probe number ``probe`` (from 0); ``jitter`` is drawn from [0, 1)."""
        # The exponent is bounded, because a float overflows after some 1,000 probes.
        longest = min(self.longest_s, self.first_s * self.factor ** min(probe, 64))
        return longest * (0.5 + 0.5 * jitter)


class Breaker(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one service; every change returns a new ``Breaker``."""

    pauses: Pauses = Pauses()
    state: State = State.CLOSED
    # Only while the service is away.
    since: float | None = None
    reason: str = ""
    next_probe_at: float = 0.0
    # Probes since the service went away, including those of a short return.
    probes: int = 0
    closed_at: float | None = None

    @property
    def is_away(self) -> bool:
        return self.state is not State.CLOSED

    def tripped(self, now: float, reason: str, jitter: float) -> "Breaker":
        """After the service failed; changes nothing while the service counts as away."""
        if self.is_away:
            return self
        steady = self.closed_at is None or now - self.closed_at >= self.pauses.steady_s
        probes = 0 if steady else self.probes
        return msgspec.structs.replace(
            self,
            state=State.OPEN,
            since=now,
            reason=reason,
            probes=probes,
            next_probe_at=now + self.pauses.before(probes, jitter),
        )

    def is_due(self, now: float) -> bool:
        """Whether a probe should start now."""
        return self.state is State.OPEN and now >= self.next_probe_at

    def probing(self) -> "Breaker":
        """While a probe is under way. Call it only when a probe is due."""
        return msgspec.structs.replace(self, state=State.PROBING, probes=self.probes + 1)

    def still_away(self, now: float, reason: str, jitter: float) -> "Breaker":
        """After a probe that failed, or that showed nothing."""
        if self.state is not State.PROBING:
            return self
        return msgspec.structs.replace(
            self,
            state=State.OPEN,
            reason=reason,
            next_probe_at=now + self.pauses.before(self.probes, jitter),
        )

    def closed(self, now: float) -> "Breaker":
        """After the service was seen to work."""
        if not self.is_away:
            return self
        return msgspec.structs.replace(
            self, state=State.CLOSED, since=None, reason="", closed_at=now
        )
