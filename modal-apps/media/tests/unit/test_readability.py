from captionacc_contracts.languages.language import parse_language
from captionacc_media.ocr.languages.engines import Installed
from captionacc_media.ocr.languages.readability import readability, unread_before_work
from captionacc_media.ocr.pages import page_text
from captionacc_media.ocr.protocol import OcrPage
from captionacc_media.text.boxes import TextBox

NOTHING = Installed()
RUSSIAN = parse_language("ru")


def box(text: str, *, readable: bool = True, width: float = 100) -> TextBox:
    return TextBox(
        text=text, confidence=0.9, readable=readable, left=0, top=0, right=width, bottom=20
    )


READ = OcrPage(boxes=[box("A caption")])
UNREAD = OcrPage(boxes=[box("D17U", readable=False)])
EMPTY = OcrPage()


def test_captions_that_were_read_need_no_sentence() -> None:
    verdict = readability([READ, READ, UNREAD, EMPTY], None, NOTHING)
    assert (verdict.captions, verdict.unread, verdict.sentence) == (3, 1, None)
    assert readability([], RUSSIAN, NOTHING).sentence is None
    assert readability([EMPTY], None, NOTHING).sentence is None


def test_a_logo_that_cannot_be_read_does_not_hide_its_caption() -> None:
    beside = OcrPage(boxes=[box("A long caption", width=400), box("~", readable=False, width=60)])
    assert readability([beside] * 3, None, NOTHING).unread == 0
    assert page_text(beside)[0] == "A long caption"


def test_a_wanted_language_that_no_engine_reads_is_named_with_the_remedy() -> None:
    verdict = readability([UNREAD] * 7, RUSSIAN, NOTHING)
    assert verdict.sentence == (
        "7 captions were found; their text was not read: no engine here reads Russian. Run "
        "`captionacc languages install ru`, or install Tesseract with Russian (Debian: "
        "tesseract-ocr-rus)."
    )
    assert page_text(UNREAD) == ("", 0.0)


def test_a_language_without_a_recogniser_names_the_other_engines() -> None:
    sentence = readability([UNREAD], parse_language("he"), NOTHING).sentence
    assert sentence == (
        "1 caption was found; its text was not read: no engine here reads Hebrew. Install "
        "Tesseract with Hebrew (Debian: tesseract-ocr-heb), or use Google Vision "
        "(OCR_ENGINE=google-vision)."
    )


def test_junk_without_a_language_asks_for_the_language() -> None:
    sentence = readability([UNREAD] * 2, None, NOTHING).sentence or ""
    assert sentence.startswith("2 captions were found; their text was not read: no engine here")
    assert "--language ru" in sentence


def test_junk_in_a_language_that_is_read_asks_to_check_the_language() -> None:
    sentence = readability([UNREAD], parse_language("en"), NOTHING).sentence or ""
    assert "did not look like English" in sentence


def test_a_wanted_language_is_checked_before_work_starts() -> None:
    assert unread_before_work(None, NOTHING) is None
    assert unread_before_work(parse_language("zh"), NOTHING) is None
    assert unread_before_work(RUSSIAN, Installed(tesseract=frozenset({"rus"}))) is None
    said = unread_before_work(RUSSIAN, NOTHING) or ""
    assert said.startswith("No engine here reads Russian. The first and last frame of every")
    assert "`captionacc languages install ru`" in said
