"""Pictures of single caption lines in many languages, with their text.

The texts are names of countries, regions, languages and currencies from Debian's ``iso-codes``, and
the fonts are those that fontconfig finds for the language.
"""

import gettext
import io
import random
import subprocess
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
from captionacc_media.ocr.protocol import RgbImage
from PIL import Image, ImageDraw, ImageFilter, ImageFont

LANGUAGES = tuple(
    "fr de es it pt pl cs hu ro tr sv da nb fi nl vi el ru uk bg ko ja zh_CN zh_TW ar fa he hi "  # noqa: SIM905  as a list, it is forty lines
    "th ka lt lv et hr sl sk is id cy ta".split()
)
_DOMAINS = ("iso_3166-1", "iso_3166-2", "iso_639-2", "iso_639-5", "iso_4217", "iso_15924")
_LOCALES = Path("/usr/share/locale")
_MOST_CHARACTERS = 45
_MOST_PIXELS = 1280
# Faces that captions are not set in, or that have no letters.
_UNFIT_FACES = ("Mono-", "Symbol", "Emoji", "Hairline", "Thin")


class DrawnLine(msgspec.Struct, frozen=True, kw_only=True):
    """A picture of one line, and what it was made of."""

    language: str
    font: str
    text: str
    image: RgbImage


def drawn_lines(language: str, count: int, seed: int) -> Iterator[DrawnLine]:
    """Draw ``count`` lines; equal seeds draw equal lines on the same machine.

    Raises:
        FileNotFoundError: the machine lacks iso-codes or a font for ``language``.
    """
    chance = random.Random(f"{language} {seed}")
    fonts, phrases = _fonts(language), _phrases(language)
    if not fonts or not phrases:
        message = f"Drawing {language} needs the Debian package iso-codes and a font for it."
        raise FileNotFoundError(message)
    drawn = 0
    while drawn < count:
        text, font = _text(language, phrases, chance), chance.choice(fonts)
        image = _drawn(text, font, chance) if len(text) <= _MOST_CHARACTERS else None
        if image is not None:
            drawn += 1
            yield DrawnLine(language=language, font=font, text=text, image=image)


def _fonts(language: str) -> list[str]:
    tag = language.replace("_", "-").lower()
    listed = subprocess.run(
        ["fc-list", f":lang={tag}", "file"], capture_output=True, text=True, check=True, timeout=60
    ).stdout
    files = sorted({row.split(":")[0] for row in listed.splitlines()})
    return [
        file
        for file in files
        if file.lower().endswith((".ttf", ".otf", ".ttc"))
        and not any(face in file for face in _UNFIT_FACES)
    ]


def _phrases(language: str) -> list[str]:
    found: set[str] = set()
    for domain in _DOMAINS:
        path = _LOCALES / language / "LC_MESSAGES" / f"{domain}.mo"
        if path.exists():
            with path.open("rb") as opened:
                # The public methods look one message up; here all are wanted.
                catalogue: dict[object, str] = vars(gettext.GNUTranslations(opened))["_catalog"]
            found |= {text for key, text in catalogue.items() if key and text and text != key}
    return sorted(found)


def _text(language: str, phrases: list[str], chance: random.Random) -> str:
    wide = language in ("ja", "zh_CN", "zh_TW")
    joint = chance.choice(["", "，", "、"] if wide else [" ", ", ", " "])  # noqa: RUF001
    text = joint.join(chance.choice(phrases) for _ in range(chance.choice([1, 1, 2, 3])))
    if chance.random() < 0.3:
        text += chance.choice(["！", "？", "。"] if wide else ["!", "?", ".", "…"])  # noqa: RUF001
    return text.upper() if chance.random() < 0.12 else text


def _drawn(text: str, font_file: str, chance: random.Random) -> RgbImage | None:
    """The line as a caption, blurred and compressed as in videos; None when it is too long."""
    size = chance.choice([14, 16, 18, 20, 24, 28, 32, 40, 48])
    font = ImageFont.truetype(font_file, size)
    width = int(font.getlength(text)) + 80
    if width > _MOST_PIXELS:
        return None
    image = Image.fromarray(_background(max(width, 320), int(size * 2.4), chance))
    middle = (image.width / 2, image.height / 2)
    draw = ImageDraw.Draw(image)
    style = chance.randrange(5)
    if style == 3:
        left, top, right, bottom = draw.textbbox(middle, text, font=font, anchor="mm")
        draw.rectangle((left - 6, top - 4, right + 6, bottom + 4), fill="black")
    draw.text(
        middle,
        text,
        font=font,
        anchor="mm",
        fill=chance.choice(["white", "white", "white", "yellow", "#c8c8d2"]),
        stroke_width=max(1, size // chance.choice([10, 14, 18])) if style < 3 else 0,
        stroke_fill="black",
    )
    if chance.random() < 0.4:
        image = image.filter(ImageFilter.GaussianBlur(chance.choice([0.5, 0.8, 1.2])))
    if chance.random() < 0.3:
        scale = chance.choice([0.6, 0.75])
        image = image.resize(
            (int(image.width * scale), int(image.height * scale)), Image.Resampling.BILINEAR
        )
    stored = io.BytesIO()
    image.save(stored, "JPEG", quality=chance.choice([30, 50, 75, 92]))
    return np.asarray(Image.open(stored).convert("RGB"))


def _background(width: int, height: int, chance: random.Random) -> RgbImage:
    noise = np.random.default_rng(chance.getrandbits(32))
    kind = chance.randrange(4)
    if kind == 0:
        picture = np.full((height, width, 3), noise.integers(0, 200, 3), float)
    elif kind == 1:
        across = np.linspace(0, 1, width)[None, :, None] * noise.integers(0, 220, 3)
        picture = across + np.linspace(0, 1, height)[:, None, None] * noise.integers(0, 120, 3)
    else:
        grain = chance.choice([4, 8, 16, 40])
        shape = (max(2, height // grain + 1), width // grain + 1, 3)
        coarse = noise.integers(0, chance.choice([120, 200, 255]), shape).astype(np.uint8)
        smooth = Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)
        picture = np.asarray(smooth, float)
    grain_noise = noise.normal(0, chance.choice([0, 2, 6]), picture.shape)
    return np.clip(picture + grain_noise, 0, 255).astype(np.uint8)
