import pytest
from captionacc_contracts.languages.language import parse_language
from captionacc_media.ocr.google_vision import language_hint


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("zh", "zh"),
        ("zh_CN", "zh-Hans"),
        ("zh-HK", "zh-Hant"),
        ("chi_tra", "zh-Hant"),
        ("rus", "ru"),
        ("sr-Latn", "sr-Latn"),
    ],
)
def test_google_gets_the_language_in_its_own_terms(text: str, hint: str) -> None:
    assert language_hint(parse_language(text)) == hint
