"""Real Tesseract on real text in scripts that RapidOCR's own recogniser does not know."""

import shutil
import subprocess
from difflib import SequenceMatcher
from pathlib import Path

import numpy as np
import pytest
from captionacc_contracts.errors import ErrorCode, PermanentError
from captionacc_media.ocr.local import LocalOcr
from captionacc_media.ocr.pages import page_text
from captionacc_media.ocr.protocol import RgbImage
from captionacc_media.ocr.tesseract.engine import Tesseract
from captionacc_media.ocr.tesseract.program import installed_languages
from captionacc_testkit.media import picture

INSTALLED = installed_languages()

# Each with a font that Debian ships, to be found in one of the folders below.
CAPTIONS = {
    "ru": ("rus", "DejaVuSans.ttf", ["Мы вернулись домой поздно", "Никто не спал этой ночью"]),
    "ar": ("ara", "Amiri-Regular.ttf", ["وصلنا إلى البيت متأخرين", "لم ينم أحد هذه الليلة"]),
    "ko": ("kor", "NanumGothic.ttf", ["우리는 늦게 집에 돌아왔다", "아무도 잠을 자지 못했다"]),
    "hi": ("hin", "Lohit-Devanagari.ttf", ["हम देर से घर लौटे", "उस रात कोई नहीं सोया"]),
    "th": ("tha", "Garuda.ttf", ["เรากลับบ้านดึก", "ไม่มีใครนอนหลับคืนนั้น"]),
}
FONTS = Path("/usr/share/fonts")


def font(name: str) -> Path:
    found = next(FONTS.rglob(name), None)
    if found is None:
        pytest.skip(f"the font {name} is not installed")
    return found


def frames(name: str, texts: list[str]) -> list[RgbImage]:
    """Lower parts of frames; above lies a bar that looks like a letter."""
    return [picture((960, 540), at, text, font(name))[300:] for at, text in enumerate(texts)]


def similar(read: str, true: str) -> float:
    """Share of characters that are right, blanks aside: Tesseract cuts words of some languages."""
    return SequenceMatcher(
        None, read.replace(" ", ""), true.replace(" ", ""), autojunk=False
    ).ratio()


def require(data: str) -> None:
    if data not in INSTALLED:
        pytest.skip(f"Tesseract is not installed with {data} (Debian: tesseract-ocr-{data})")


@pytest.mark.parametrize("language", CAPTIONS)
async def test_captions_in_other_scripts_are_read(language: str, tmp_path: Path) -> None:
    data, font_name, texts = CAPTIONS[language]
    require(data)
    engine = LocalOcr(folder=tmp_path, workers=2)
    reading = await engine.read(frames(font_name, texts), language)
    assert engine.name == f"tesseract {data}"
    for page, true in zip(reading.pages, texts, strict=True):
        text, confidence = page_text(page)
        assert similar(text, true) >= 0.9, (text, true)
        assert 0 < confidence < 1, (text, confidence)


async def test_a_picture_without_text_has_an_empty_page() -> None:
    require("rus")
    blank = np.full((120, 200, 3), 90, np.uint8)
    reading = await Tesseract(["rus"]).read([blank, blank])
    assert [page.boxes for page in reading.pages] == [[], []]


async def test_a_language_without_data_fails_with_the_check_to_make() -> None:
    if shutil.which("tesseract") is None:
        pytest.skip("Tesseract is not installed (Debian: tesseract-ocr)")
    with pytest.raises(PermanentError, match="installed with the language xxx") as failed:
        await Tesseract(["xxx"]).read([picture((640, 360), 1, "A caption")])
    assert failed.value.code is ErrorCode.OCR_FAILED


async def test_without_a_reading_engine_boxes_say_that_they_are_unreadable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert installed_languages() == frozenset()
    reading = await LocalOcr(folder=tmp_path).read([picture((640, 360), 1, "Some letters")], "ru")
    boxes = reading.pages[0].boxes
    assert any(box.top > 250 for box in boxes)
    assert {(box.readable, box.confidence) for box in boxes} == {(False, 0.0)}
    assert page_text(reading.pages[0]) == ("", 0.0)


def test_a_program_that_is_no_tesseract_has_no_languages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "tesseract"
    program.write_text("#!/bin/sh\nexit 3\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    assert subprocess.run(["tesseract"], check=False).returncode == 3
    assert installed_languages() == frozenset()
