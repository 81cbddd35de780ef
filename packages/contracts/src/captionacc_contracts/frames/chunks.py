"""The chunk plan: which chunk of which level holds a frame index, and at which position.

Levels exclude each other: an index lives in level 16 if ``i % 16 == 0``, else in level 4 if
``i % 4 == 0``, else in level 1. A chunk covers the aligned window ``[k * 32 * level, (k + 1) * 32 *
level)`` and is named by the window's start, so names need no listing; it holds 32, 24 or 24 frames,
fewer in the last window. Frame ``k`` of a chunk is shown at ``k / 10`` s.
"""

import re
from collections.abc import Iterator

import msgspec

from captionacc_contracts.errors import ErrorCode, PermanentError

LEVELS = (16, 4, 1)
FRAMES_PER_WINDOW = 32
_PATH = re.compile(r"modulo_(?P<level>16|4|1)/chunk_(?P<start>[0-9]{10})\.webm")


class ChunkId(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """A chunk's level and the first index of its window."""

    level: int
    start: int

    @property
    def name(self) -> str:
        """File name under ``modulo_{level}/``."""
        return f"chunk_{self.start:010d}.webm"

    @property
    def path(self) -> str:
        """Path under the version's prefix."""
        return f"modulo_{self.level}/{self.name}"

    @classmethod
    def of_path(cls, path: str) -> "ChunkId":
        """The chunk at a path of a manifest.

        Raises:
            PermanentError: ``file_format_invalid`` when no chunk has such a path.
        """
        match = _PATH.fullmatch(path)
        if match is None:
            raise PermanentError(
                ErrorCode.FILE_FORMAT_INVALID, f"{path[:100]!r} is not the path of a chunk."
            )
        return cls(level=int(match["level"]), start=int(match["start"]))

    def overlaps(self, first: int, end: int) -> bool:
        """Whether the window has an index from ``first`` on and below ``end``."""
        return self.start < end and first < self.start + window(self.level)


class Chunk(msgspec.Struct, frozen=True, kw_only=True):
    """A chunk and the frame indices it holds, in order of position."""

    id: ChunkId
    indices: tuple[int, ...]


def level_of(index: int) -> int:
    """The only level that holds ``index``."""
    return next(level for level in LEVELS if index % level == 0)


def window(level: int) -> int:
    """How many indices the aligned window of a chunk spans."""
    return FRAMES_PER_WINDOW * level


def chunk_of(index: int) -> ChunkId:
    """The chunk that holds ``index``."""
    level = level_of(index)
    return ChunkId(level=level, start=index - index % window(level))


def indices_in(chunk: ChunkId, frame_count: int) -> tuple[int, ...]:
    """The indices of ``chunk``, in order of position, in a video of ``frame_count`` frames."""
    end = min(chunk.start + window(chunk.level), frame_count)
    return tuple(
        index for index in range(chunk.start, end, chunk.level) if level_of(index) == chunk.level
    )


def position_of(index: int) -> int:
    """Position of ``index`` inside its chunk, from 0."""
    chunk = chunk_of(index)
    steps = (index - chunk.start) // chunk.level
    if chunk.level == LEVELS[0]:
        return steps
    coarser = LEVELS[LEVELS.index(chunk.level) - 1]
    return steps - (index - chunk.start) // coarser - 1


def plan(frame_count: int) -> Iterator[Chunk]:
    """Every chunk of a video with ``frame_count`` frames, level by level, without empty chunks."""
    for level in LEVELS:
        for start in range(0, frame_count, window(level)):
            chunk = ChunkId(level=level, start=start)
            indices = indices_in(chunk, frame_count)
            if indices:
                yield Chunk(id=chunk, indices=indices)
