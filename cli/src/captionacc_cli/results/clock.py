"""Times as people read them."""

from captionacc_contracts.frames.frame_index import INDICES_PER_SECOND


def clock(seconds: float) -> str:
    """``seconds`` to the tenth, such as 01:02.3, or 1:01:02.3 from an hour on."""
    tenths = round(seconds * INDICES_PER_SECOND)
    minutes, rest = divmod(tenths, 60 * INDICES_PER_SECOND)
    hours, minutes = divmod(minutes, 60)
    shown = f"{minutes:02d}:{rest / INDICES_PER_SECOND:04.1f}"
    return f"{hours}:{shown}" if hours else shown
