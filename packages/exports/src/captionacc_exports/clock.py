"""Times as subtitle files write them."""


def clock(total_seconds: float, decimal_mark: str) -> str:
    """``total_seconds`` as hours, minutes, seconds and milliseconds, such as 00:01:02.500.

    Times before the start of the file become 0.
    """
    whole, milliseconds = divmod(max(0, round(total_seconds * 1000)), 1000)
    minutes, second = divmod(whole, 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours:02d}:{minute:02d}:{second:02d}{decimal_mark}{milliseconds:03d}"
