"""Keeps the memory of a process small that runs engines in several threads."""

import ctypes

_M_ARENA_MAX = -8
"""The parameter's number in glibc."""
_ARENAS = 2
"""The C library has up to eight arenas per core, and memory that is freed in one arena is of no use
to another. With two, the extraction of a minute of 1280 x 720 peaks at 455 MiB instead of 544, in
the same processor time."""


def share_free_memory() -> None:
    """Limit the arenas of glibc. Call it before threads start; other C libraries have no arenas."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, _ARENAS)
