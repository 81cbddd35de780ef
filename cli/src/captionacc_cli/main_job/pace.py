"""How fast a stage counts up, and how long the rest of it takes. Pure."""

from dataclasses import dataclass

# Set by hand: a change of speed shows after a few reports, and one slow frame hardly moves it.
_HALF_LIFE_S = 10.0


@dataclass(frozen=True, kw_only=True)
class Pace:
    """The last change of a counter, and its smoothed rate; None before the first change."""

    at_s: float
    done: int
    per_second: float | None = None


def observed(pace: Pace | None, *, at_s: float, done: int) -> Pace:
    """The pace after the counter was seen at ``done`` at the time ``at_s``.

    A counter that stands still changes nothing: the pause counts when the counter moves again. A
    counter that runs backwards begins anew.
    """
    if pace is None or done < pace.done:
        return Pace(at_s=at_s, done=done)
    passed_s = at_s - pace.at_s
    if done == pace.done or passed_s <= 0:
        return pace
    latest = (done - pace.done) / passed_s
    if pace.per_second is None:
        return Pace(at_s=at_s, done=done, per_second=latest)
    kept = 0.5 ** (passed_s / _HALF_LIFE_S)
    smoothed = kept * pace.per_second + (1 - kept) * latest
    return Pace(at_s=at_s, done=done, per_second=smoothed)


def seconds_left(pace: Pace, *, at_s: float, total: int) -> float | None:
    """Seconds until the counter is at ``total``; None when the pace does not tell."""
    if pace.per_second is None:
        return None
    left = (total - pace.done) / pace.per_second - (at_s - pace.at_s)
    # The counter is late, so its pace no longer holds.
    return left if left > 0 else None


def time_left(seconds: float) -> str:
    """``seconds`` for a person, such as 0:07 left."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    shown = f"{hours}:{minutes:02d}" if hours else f"{minutes}"
    return f"{shown}:{rest:02d} left"
