import pytest
from captionacc_contracts.errors import ErrorCode, PermanentError
from captionacc_contracts.languages.iso_639 import LANGUAGES
from captionacc_contracts.languages.language import Language, language_tag, parse_language


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("zh", "zh"),
        ("zh_CN", "zh-CN"),
        ("chinese", "zh"),
        ("Simplified  Chinese", "zh-Hans"),
        ("chi_sim", "zh-Hans"),
        ("chi_tra", "zh-Hant"),
        ("eng", "en"),
        ("EN-us", "en-US"),
        ("rus", "ru"),
        ("Russian", "ru"),
        ("ger", "de"),
        ("deu", "de"),
        ("jp", "ja"),
        ("iw", "he"),
        ("farsi", "fa"),
        ("aze_cyrl", "az-Cyrl"),
        ("sr-latn-rs", "sr-Latn-RS"),
        ("es-419", "es-419"),
        ("de-DE-1996", "de-DE"),
        ("sl-rozaj-biske", "sl"),
        ("en-u-hc-h12", "en"),
        ("zh-cmn-Hans-CN", "zh-Hans-CN"),
        # ISO 639-3 has thousands of codes that our table does not hold.
        ("nan", "nan"),
    ],
)
def test_a_language_is_understood_from_a_tag_a_code_or_a_name(text: str, tag: str) -> None:
    assert parse_language(text).tag == tag


@pytest.mark.parametrize("text", ["two words", "klingonish", "xx", "e", "en-", "英文", "sleep=1"])
def test_what_names_no_language_is_refused_with_examples(text: str) -> None:
    with pytest.raises(PermanentError) as refused:
        parse_language(text)
    assert refused.value.code is ErrorCode.LANGUAGE_INVALID
    assert refused.value.message.startswith(f"{text!r} is not a language.")
    assert "for example zh, en" in refused.value.message


def test_a_misspelt_name_is_refused_with_the_language_that_was_meant() -> None:
    with pytest.raises(PermanentError, match="Did you mean Russian"):
        parse_language("rusian")


@pytest.mark.parametrize("unsaid", [None, "", " ", "und", "auto", "mul"])
def test_a_text_may_say_that_no_language_is_given(unsaid: str | None) -> None:
    assert language_tag(unsaid) is None


@pytest.mark.parametrize(
    ("tag", "script"),
    [
        ("zh", "Hans"),
        ("zh-TW", "Hant"),
        ("zh-Hant-CN", "Hant"),
        ("sr", "Cyrl"),
        ("sr-Latn", "Latn"),
        ("ko", "Kore"),
        ("nan", None),
    ],
)
def test_the_script_is_the_tags_own_or_the_usual_one(tag: str, script: str | None) -> None:
    assert parse_language(tag).written_in == script


@pytest.mark.parametrize(
    ("language", "name"),
    [
        (Language(code="ru"), "Russian"),
        (Language(code="zh", script="Hant"), "traditional Chinese"),
        (Language(code="sr", script="Latn"), "Serbian (Latn)"),
        (Language(code="nan"), "nan"),
    ],
)
def test_a_language_has_a_name_for_people(language: Language, name: str) -> None:
    assert language.name == name


def test_every_listed_language_is_understood_from_each_of_its_codes_and_its_name() -> None:
    for code, listed in LANGUAGES.items():
        for text in (code, listed.three_letters, listed.bibliographic, listed.name):
            if text is not None:
                assert parse_language(text) == Language(code=code), text
        assert parse_language(parse_language(code).tag) == Language(code=code)
