"""Chooses texts, fonts and styles, and draws them as glyph masks."""

import hashlib
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from fontTools.ttLib import TTCollection, TTFont
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from captionacc_training.data.sources import TEST, TRAINING, TUNING

Plane = NDArray[np.float32]

TEXT_SIDES = {TEST: (0, 32), TUNING: (32, 64), TRAINING: (64, 256)}
"""Range of the first digest byte of the words and characters that each split may use."""

_LATIN = "The quick brown fox jumps over lazy dogs"
_SOUTH_EAST = "àéîöüßñçøåłšž"


@dataclass(frozen=True, kw_only=True)
class Lettering:
    """The words and characters that a split may use, and the fonts that have their glyphs."""

    words: tuple[str, ...]
    han: str
    kana: str
    hangul: str
    latin_fonts: tuple[tuple[str, int], ...]
    han_fonts: tuple[tuple[str, int], ...]
    kana_fonts: tuple[tuple[str, int], ...]
    hangul_fonts: tuple[tuple[str, int], ...]


@dataclass(frozen=True, kw_only=True)
class Style:
    """The style of a caption; sizes are pixels of the canvas, and tones are luma."""

    font: tuple[str, int]
    size: int
    fill: int
    edge: int
    stroke: int
    shadow: int
    box: float
    opacity: float
    baseline: float
    centre: float
    left_aligned: bool
    finish: str = "plain"
    """"plain", "gradient" (the fill darkens downwards) or "double" (a second outline)."""


@dataclass(frozen=True, kw_only=True)
class Layer:
    """A drawn text: coverage by the glyphs and by what is under them, 0 to 1.

    `outer` is the lowest part and has the tone of the glyphs. `tone` is the tone of the glyphs
    where it is not the same everywhere.
    """

    glyphs: Plane
    under: Plane
    style: Style
    outer: Plane | None = None
    tone: Plane | None = None


def load_lettering(root: Path, split: str) -> Lettering:
    """Load what a split may write: its words and characters by hash, and its own fonts."""
    listing = root / TRAINING / "words"
    lines = next(listing.glob("*")).read_text("utf-8").split() if listing.exists() else []
    words = tuple(w for w in lines if _side(w) == split and not w.endswith("'s") and len(w) < 13)
    han = "".join(c for c in _common_han() if _side(c) == split)
    kana = "".join(chr(c) for c in [*range(0x3042, 0x3094), *range(0x30A2, 0x30F4)])
    hangul = "".join(chr(c) for c in range(0xAC00, 0xD7A0, 11) if _side(chr(c)) == split)
    covers: dict[str, list[tuple[str, int]]] = {"latin": [], "han": [], "kana": [], "hangul": []}
    for path in sorted((root / split / "fonts").glob("*")):
        if path.suffix not in (".ttf", ".otf", ".ttc"):
            continue
        for index, known in enumerate(_character_sets(path)):
            if not known.issuperset(map(ord, _LATIN.replace(" ", "") + _SOUTH_EAST[:6])):
                continue
            face = (str(path), index)
            covers["latin"].append(face)
            for script, letters in (("han", han), ("kana", kana), ("hangul", hangul)):
                if len(known.intersection(map(ord, letters))) > 0.97 * len(letters):
                    covers[script].append(face)
    return Lettering(
        words=words,
        han=han,
        kana=kana,
        hangul=hangul,
        latin_fonts=tuple(covers["latin"]),
        han_fonts=tuple(covers["han"]),
        kana_fonts=tuple(covers["kana"]),
        hangul_fonts=tuple(covers["hangul"]),
    )


def random_style(rng: np.random.Generator, lettering: Lettering, height: int) -> tuple[Style, str]:
    """A random style and its script; `height` is that of the canvas."""
    script = str(rng.choice(["latin", "han", "kana", "hangul"], p=[0.5, 0.4, 0.06, 0.04]))
    faces = getattr(lettering, f"{script}_fonts") or lettering.latin_fonts
    if not getattr(lettering, f"{script}_fonts"):
        script = "latin"
    em = rng.uniform(9, 18) if rng.random() < 0.3 else rng.uniform(14, 46)
    size = max(7, round(em * height / 64))
    tone = rng.random()
    if tone < 0.68:
        fill, edge = rng.integers(195, 256), rng.integers(0, 60)
    elif tone < 0.87:
        fill, edge = rng.integers(110, 195), rng.integers(0, 40)
    else:
        fill, edge = rng.integers(0, 60), rng.integers(190, 256)
    look = rng.random()
    thick = max(1, round(size * rng.uniform(0.03, 0.11)))
    style = Style(
        font=faces[rng.integers(len(faces))],
        size=size,
        fill=int(fill),
        edge=int(edge),
        stroke=thick if look < 0.6 else 0,
        shadow=thick if 0.5 < look < 0.78 else 0,
        box=float(rng.uniform(0.4, 1.0)) if 0.78 <= look < 0.9 else 0.0,
        opacity=float(rng.uniform(0.8, 1.0)) if rng.random() < 0.5 else 1.0,
        baseline=float(rng.uniform(0.3, 0.7)),
        centre=float(rng.uniform(0.42, 0.58)) if rng.random() < 0.25 else 0.5,
        left_aligned=bool(rng.random() < 0.12),
    )
    return style, script


def random_text(
    rng: np.random.Generator, lettering: Lettering, script: str, width_in_ems: float
) -> str:
    """One random line, at most about `width_in_ems` wide."""
    wanted = rng.uniform(1.5, max(2.0, width_in_ems))
    if script == "latin":
        words: list[str] = []
        while sum(map(len, words)) + len(words) < wanted * 1.7:
            words.append(str(lettering.words[rng.integers(len(lettering.words))]))
        if rng.random() < 0.1:
            words.append(str(rng.integers(10, 9999)))
        text = " ".join(words)
        if rng.random() < 0.12:
            text = text.upper()
        elif rng.random() < 0.7:
            text = text[:1].upper() + text[1:]
        return text + str(rng.choice(["", "", ".", "?", "!", ","]))
    letters = str(getattr(lettering, script))
    return "".join(letters[i] for i in rng.integers(len(letters), size=max(1, int(wanted))))


def change_one_glyph(rng: np.random.Generator, lettering: Lettering, script: str, text: str) -> str:
    """The same text with one character replaced by another."""
    places = [i for i, c in enumerate(text) if not c.isspace() and c != "\n"]
    at = places[rng.integers(len(places))]
    letters = "abcdefghijklmnopqrstuvwxyz" if script == "latin" else str(getattr(lettering, script))
    other = text[at]
    while other == text[at]:
        other = letters[rng.integers(len(letters))]
    if text[at].isupper():
        other = other.upper()
    return text[:at] + other + text[at + 1 :]


def change_one_word(rng: np.random.Generator, lettering: Lettering, text: str) -> str:
    """The same text with another word, or two other characters in scripts without blanks."""
    if " " in text:
        words = text.split(" ")
        words[rng.integers(len(words))] = str(lettering.words[rng.integers(len(lettering.words))])
        return " ".join(words)
    at = int(rng.integers(len(text)))
    letters = lettering.han if text[at] in lettering.han else lettering.kana
    return (
        text[:at] + "".join(letters[i] for i in rng.integers(len(letters), size=2)) + text[at + 2 :]
    )


def draw(text: str, style: Style, height: int, width: int) -> Layer:
    """Draw one or two lines, separated by a line feed, onto an empty canvas."""
    font = _font(style.font, style.size)
    spacing = style.size // 5
    probe = ImageDraw.Draw(Image.new("L", (1, 1)))
    box = probe.multiline_textbbox((0, 0), text, font=font, spacing=spacing, align="center")
    wide, tall = box[2] - box[0], box[3] - box[1]
    x = width * 0.06 if style.left_aligned else width * style.centre - wide / 2
    x = min(max(x, 2), max(2, width - wide - 2))
    y = style.baseline * height - tall / 2
    y = min(max(y, 1), max(1, height - tall - 1))
    at = (x - box[0], y - box[1])
    align = "left" if style.left_aligned else "center"

    picture = Image.new("L", (width, height))
    ImageDraw.Draw(picture).multiline_text(
        at, text, fill=255, font=font, spacing=spacing, align=align
    )
    drawn = np.asarray(picture)
    glyphs = drawn.astype(np.float32) / np.float32(255)
    under = np.zeros_like(glyphs)
    if style.stroke:
        # The stroker of the font library gives the same outline and takes several times as long.
        across = 2 * style.stroke + 1
        disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (across, across))
        under = cv2.dilate(drawn, disc).astype(np.float32) / np.float32(255)
    if style.shadow:
        under[style.shadow :, style.shadow :] = np.maximum(
            under[style.shadow :, style.shadow :], 0.8 * glyphs[: -style.shadow, : -style.shadow]
        )
    if style.box:
        margin = style.size // 4
        top, left = max(0, int(y) - margin), max(0, int(x) - margin)
        bottom, right = int(y + tall) + margin, int(x + wide) + margin
        under[top:bottom, left:right] = np.maximum(under[top:bottom, left:right], style.box)
    outer = tone = None
    if style.finish == "double" and style.stroke:
        across = 4 * style.stroke + 1
        disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (across, across))
        outer = cv2.dilate(drawn, disc).astype(np.float32) / np.float32(255)
    if style.finish == "gradient":
        share = np.clip((np.arange(height, dtype=np.float32) - y) / max(1, tall), 0, 1)
        tone = (style.fill + 0.3 * share * (style.edge - style.fill))[:, None].astype(np.float32)
    return Layer(glyphs=glyphs, under=under, style=style, outer=outer, tone=tone)


def fits(text: str, style: Style, width: int) -> bool:
    """Whether the widest line fits with a small margin."""
    font = _font(style.font, style.size)
    return all(font.getlength(line) < 0.95 * width for line in text.split("\n"))


def moved(style: Style, rng: np.random.Generator) -> Style:
    """The same style at another height of the canvas."""
    return replace(style, baseline=float(rng.uniform(0.25, 0.75)))


@lru_cache(maxsize=64)
def _font(face: tuple[str, int], size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(face[0], size, index=face[1])


def _character_sets(path: Path) -> list[set[int]]:
    try:
        if path.suffix == ".ttc":
            with TTCollection(path, lazy=True) as bundle:
                return [set(face.getBestCmap() or {}) for face in bundle.fonts]
        with TTFont(path, lazy=True) as face:
            return [set(face.getBestCmap() or {})]
    except (OSError, KeyError, AssertionError):
        return []


def _common_han() -> str:
    """The 3,755 characters of the first level of GB 2312."""
    codes = (bytes([row, cell]) for row in range(0xB0, 0xD8) for cell in range(0xA1, 0xFF))
    return "".join(code.decode("gb2312", "ignore") for code in codes)


def _side(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return next(split for split, (low, high) in TEXT_SIDES.items() if low <= digest[0] < high)
