import pytest
from captionacc_contracts.languages.language import parse_language
from captionacc_media.ocr.languages.engines import (
    Choice,
    Engine,
    Installed,
    choose_engine,
    readable_languages,
    tesseract_name,
)
from captionacc_media.ocr.languages.recognisers import Recogniser, recogniser_of

NOTHING = Installed()
DEFAULT = Choice(engine=Engine.DEFAULT)
UNREAD = Choice(engine=None)


@pytest.mark.parametrize("tag", ["zh", "zh-TW", "ja", "en", "de", "pl", "tr", "sr-Latn", "az"])
def test_the_default_recogniser_reads_chinese_japanese_and_latin_letters(tag: str) -> None:
    everything = Installed(
        recognisers=frozenset(Recogniser), tesseract=frozenset({"eng", "deu", "chi_sim"})
    )
    assert choose_engine(parse_language(tag), NOTHING) == DEFAULT
    assert choose_engine(parse_language(tag), everything) == DEFAULT
    assert choose_engine(None, everything) == DEFAULT


@pytest.mark.parametrize(
    ("tag", "recogniser", "tesseract"),
    [
        ("ru", Recogniser.ESLAV, "rus"),
        ("uk", Recogniser.ESLAV, "ukr"),
        ("bg", Recogniser.CYRILLIC, "bul"),
        ("sr", Recogniser.CYRILLIC, "srp"),
        ("az-Cyrl", Recogniser.CYRILLIC, "aze_cyrl"),
        ("ko", Recogniser.KOREAN, "kor"),
        ("ar", None, "ara"),
        ("fa", None, "fas"),
        ("hi", Recogniser.DEVANAGARI, "hin"),
        ("th", Recogniser.THAI, "tha"),
        ("el", Recogniser.GREEK, "ell"),
        ("vi", None, "vie"),
        ("he", None, "heb"),
        ("bo", None, "bod"),
    ],
)
def test_other_scripts_need_a_recogniser_or_tesseract(
    tag: str, recogniser: Recogniser | None, tesseract: str
) -> None:
    language = parse_language(tag)
    assert recogniser_of(language) == recogniser
    assert tesseract_name(language) == tesseract
    assert choose_engine(language, NOTHING) == UNREAD
    with_tesseract = Installed(tesseract=frozenset({"eng", tesseract}))
    assert choose_engine(language, with_tesseract) == Choice(
        engine=Engine.TESSERACT, tesseract=tesseract
    )
    if recogniser is not None:
        both = Installed(recognisers=frozenset({recogniser}), tesseract=frozenset({tesseract}))
        assert choose_engine(language, both) == Choice(
            engine=Engine.RECOGNISER, recogniser=recogniser
        )


def test_the_data_of_another_language_does_not_serve() -> None:
    others = Installed(recognisers=frozenset({Recogniser.CYRILLIC}), tesseract=frozenset({"ukr"}))
    assert choose_engine(parse_language("ru"), others) == UNREAD


def test_readable_languages_are_listed_once_by_the_engine_that_reads_them() -> None:
    installed = Installed(
        recognisers=frozenset({Recogniser.ESLAV}), tesseract=frozenset({"rus", "heb"})
    )
    read = readable_languages(installed)
    assert [language.code for language in read[Engine.RECOGNISER]] == ["be", "ru", "uk"]
    assert [language.code for language in read[Engine.TESSERACT]] == ["he"]
    listed = [language.code for languages in read.values() for language in languages]
    assert len(listed) == len(set(listed))
