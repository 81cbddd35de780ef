"""A record of paid work: each start and end of a stand-in call, in the order of events."""

import os
from collections import Counter, defaultdict
from enum import StrEnum, auto
from pathlib import Path

import msgspec


class Word(StrEnum):
    """``FOUND``: the store had this call's result.

    ``KEPT``: the work is complete, but the store did not take it. The one who kills or freezes a
    call writes ``KILLED`` or ``FROZEN``.
    """

    START = auto()
    END = auto()
    FAIL = auto()
    FOUND = auto()
    KILLED = auto()
    KEPT = auto()
    FROZEN = auto()


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
    """Sentences about work that was paid twice: a second start during or after a call.

    A second start during a call whose process froze is in :func:`begun_anew` instead.
    """
    open_start: dict[str, int] = {}
    frozen = _frozen(lines)
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
                elif (
                    line.digest in open_start and open_start[line.digest] not in frozen[line.digest]
                ):
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
            case Word.FROZEN:
                pass
    return found


def at_work(lines: list[Line]) -> set[str]:
    """The digests of the calls that have started and not ended, and whose process goes on."""
    last = {line.digest: line.word for line in lines}
    return {digest for digest, word in last.items() if word is Word.START}


def begun_anew(lines: list[Line]) -> Counter[str]:
    """How often work began anew because its process froze and was killed, by video."""
    frozen = _frozen(lines)
    at_work: dict[str, int] = {}
    found: Counter[str] = Counter()
    for line in lines:
        if line.word is Word.START:
            if at_work.get(line.digest) in frozen[line.digest]:
                found[line.video] += 1
            at_work[line.digest] = line.pid
        elif line.word is not Word.FROZEN and at_work.get(line.digest) == line.pid:
            del at_work[line.digest]
    return found


def _frozen(lines: list[Line]) -> defaultdict[str, set[int]]:
    """The processes that froze during each call."""
    found: defaultdict[str, set[int]] = defaultdict(set)
    for line in lines:
        if line.word is Word.FROZEN:
            found[line.digest].add(line.pid)
    return found


def completed(lines: list[Line]) -> set[str]:
    """The digests of the calls whose work is complete."""
    return {line.digest for line in lines if line.word in (Word.END, Word.FOUND)}
