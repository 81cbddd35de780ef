"""A record of paid work: each start and end of a stand-in call, in the order of events."""

import os
from enum import StrEnum, auto
from pathlib import Path

import msgspec


class Word(StrEnum):
    """``FOUND``: the store had this call's result. The killer of a call writes ``KILLED``.

    ``KEPT``: the work is complete, but the store did not take it.
    """

    START = auto()
    END = auto()
    FAIL = auto()
    FOUND = auto()
    KILLED = auto()
    KEPT = auto()


UNKNOWN = "-"


class Line(msgspec.Struct, frozen=True, kw_only=True):
    word: Word
    digest: str
    pid: int
    video: str = UNKNOWN


class Ledger:
    def __init__(self, path: Path) -> None:
        self._path = path

    def note(self, word: Word, digest: str, pid: int, video: str = UNKNOWN) -> None:
        # One write, smaller than a page, so that the lines of several processes do not mix.
        file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            os.write(file, f"{word} {digest} {pid} {video}\n".encode())
        finally:
            os.close(file)

    def lines(self) -> list[Line]:
        if not self._path.exists():
            return []
        found = []
        for text in self._path.read_text().splitlines():
            word, digest, pid, video = text.split()
            found.append(Line(word=Word(word), digest=digest, pid=int(pid), video=video))
        return found


def overpaid(lines: list[Line]) -> list[str]:
    """Sentences about work that was paid twice: a second start during or after a call."""
    open_start: dict[str, int] = {}
    ended: set[str] = set()
    kept: set[str] = set()
    found = []
    for line in lines:
        match line.word:
            case Word.START:
                if line.digest in ended:
                    found.append(f"call {line.digest[:12]} started again after its end")
                elif line.digest in kept:
                    found.append(f"call {line.digest[:12]} started again although it was kept")
                elif line.digest in open_start:
                    found.append(f"call {line.digest[:12]} started twice at the same time")
                open_start[line.digest] = line.pid
            case Word.END:
                if line.digest in ended:
                    found.append(f"call {line.digest[:12]} ended twice")
                ended.add(line.digest)
                open_start.pop(line.digest, None)
            case Word.KEPT:
                kept.add(line.digest)
            case Word.FAIL | Word.KILLED:
                if open_start.get(line.digest) == line.pid:
                    del open_start[line.digest]
            case Word.FOUND:
                ended.add(line.digest)
    return found


def completed(lines: list[Line]) -> set[str]:
    """The digests of the calls whose work is complete."""
    return {line.digest for line in lines if line.word in (Word.END, Word.FOUND)}
