"""Ask a person on the terminal before something is lost."""

import asyncio
import sys

from captionacc_cli.command_line.checks import UsageError


def require_answerable(*, yes: bool) -> None:
    """Raises UsageError when nobody can be asked, unless ``yes`` says the answer already."""
    if not yes and not sys.stdin.isatty():
        raise UsageError("Nobody can be asked, because this is not a terminal; add --yes.")


async def agreed(question: str) -> bool:
    """Whether the person on the terminal answers yes; Ctrl-C ends the wait."""
    print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
    loop = asyncio.get_running_loop()
    typed = asyncio.Event()
    # A thread that reads could not be cancelled. A terminal gives whole lines.
    loop.add_reader(sys.stdin, typed.set)
    try:
        await typed.wait()
    finally:
        loop.remove_reader(sys.stdin)
    return sys.stdin.readline().strip().lower() in ("y", "yes")
