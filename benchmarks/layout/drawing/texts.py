"""Random texts of a split: words and characters whose hash falls to that split."""

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from benchmarks.layout.drawing.sources import SHARED, SPLITS, WORD_LISTS

LONGEST_WORD = 11
FEWEST_LETTERS = 2

_ALPHABETS = {
    "latin": (0x41, 0x7B),
    "cyrillic": (0x400, 0x460),
    "arabic": (0x621, 0x64B),
    "devanagari": (0x900, 0x980),
    "thai": (0xE01, 0xE5B),
}
_WITHOUT_BLANKS = ("han", "kana", "hangul")


@dataclass(frozen=True)
class Texts:
    """The texts that one split may use."""

    root: Path
    split: str

    def sentence(self, rng: np.random.Generator, script: str, ems: float) -> str:
        """One line of at least one word, and of about ``ems`` times the font size at most."""
        if script in _WITHOUT_BLANKS:
            return self._run_of_characters(rng, script, ems)
        words: list[str] = []
        length = rng.uniform(0.45, 1.0) * ems * 1.85
        while True:
            word = self.word(rng, script)
            if words and sum(map(len, words)) + len(words) + len(word) > length:
                break
            words.append(word)
        # Thai has no blanks between words.
        text = ("" if script == "thai" else " ").join(words)
        if script not in ("latin", "cyrillic"):
            # Some fonts of other scripts lack the marks.
            return text
        return text[:1].upper() + text[1:] + str(rng.choice(["", "", ".", "?", "!", ","]))

    def word(self, rng: np.random.Generator, script: str) -> str:
        """One word, in lower case where the script has cases."""
        words = _words(self.root, self.split, script)
        return words[int(rng.integers(len(words)))]

    def _run_of_characters(self, rng: np.random.Generator, script: str, ems: float) -> str:
        letters = _characters(self.split, script)
        count = max(2, int(rng.uniform(0.45, 0.95) * ems))
        run = "".join(letters[i] for i in rng.integers(len(letters), size=count))
        if script == "kana":
            # Japanese mixes both, so a line of one alone would be no usual caption.
            signs = _characters(self.split, "kanji")
            run = "".join(
                signs[int(rng.integers(len(signs)))] if rng.random() < 0.3 else c for c in run
            )
        if script == "hangul":
            parts = [run[i : i + 3] for i in range(0, len(run), 3)]
            run = " ".join(parts)
        return run


def may_use(split: str, text: str) -> bool:
    """Whether texts of the split may contain this word or character."""
    digest = hashlib.sha256(text.encode()).digest()
    return SPLITS[digest[0] % len(SPLITS)] == split


@lru_cache
def _words(root: Path, split: str, script: str) -> list[str]:
    lines = (root / SHARED / "words" / WORD_LISTS[script]).read_text("utf-8").splitlines()
    first, end = _ALPHABETS[script]
    words = sorted({line.split("/")[0].strip().lower() for line in lines})
    return [
        word
        for word in words
        if FEWEST_LETTERS <= len(word) <= LONGEST_WORD
        and all(first <= ord(c) < end for c in word)
        and may_use(split, word)
    ]


@lru_cache
def _characters(split: str, script: str) -> list[str]:
    if script == "kanji":
        return [letter for letter in _characters(split, "han") if _is_japanese(letter)]
    if script == "han":
        # The first level of GB 2312: the 3,755 most frequent characters.
        cells = (bytes([row, cell]) for row in range(0xB0, 0xD8) for cell in range(0xA1, 0xFF))
        letters = [cell.decode("gb2312", "ignore") for cell in cells]
    elif script == "kana":
        return [chr(c) for c in range(0x3042, 0x3094) if chr(c) not in "ぅぇぉゎゐゑ"]
    else:
        # The Korean standard's 2,350 syllables are the ones in use.
        cells = (bytes([row, cell]) for row in range(0xB0, 0xC9) for cell in range(0xA1, 0xFF))
        letters = [cell.decode("euc_kr", "ignore") for cell in cells]
    return [letter for letter in letters if letter and may_use(split, letter)]


def _is_japanese(letter: str) -> bool:
    try:
        letter.encode("shift_jis")
    except UnicodeEncodeError:
        return False
    return True
