"""Facts of a video in the words of the tables. Pure."""

from datetime import datetime


def printable(text: str) -> str:
    """``text`` with a question mark for each character that could control a terminal."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def day_and_time(at: datetime) -> str:
    """``at`` in the time zone of this machine, to the minute."""
    return f"{at.astimezone():%Y-%m-%d %H:%M}"


def columns(rows: list[tuple[str, ...]]) -> list[str]:
    """One line per row; each column but the last one is as wide as its longest text."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            [text.ljust(width) for text, width in zip(row[:-1], widths, strict=False)] + [row[-1]]
        ).rstrip()
        for row in rows
    ]
