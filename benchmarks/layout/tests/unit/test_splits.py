"""Splits share no footage, font or text."""

from captionacc_training.data.sources import Package

from benchmarks.layout.drawing.sources import FONTS, PACKAGES, SPLITS, TEST, TUNE
from benchmarks.layout.drawing.texts import may_use
from benchmarks.layout.kinds import KINDS


def _files(split: str, kind: str) -> set[tuple[str, str]]:
    def chosen(package: Package) -> bool:
        return (package.split, package.kind) == (split, kind)

    return {(p.folder, pattern) for p in PACKAGES if chosen(p) for pattern in p.patterns}


def test_no_footage_photo_or_font_is_in_both_splits() -> None:
    for kind in ("footage", "photos", "fonts"):
        assert _files(TUNE, kind)
        assert not _files(TUNE, kind) & _files(TEST, kind)
    names = [{name for each in FONTS[split].values() for name in each} for split in SPLITS]
    assert not names[0] & names[1]


def test_each_word_belongs_to_one_split() -> None:
    words = ["harbour", "lantern", "signal", "Привет", "漢", "한"]
    assert all(sum(may_use(split, word) for split in SPLITS) == 1 for word in words)


def test_both_splits_have_fonts_for_the_same_scripts() -> None:
    assert FONTS[TUNE].keys() == FONTS[TEST].keys()


def test_there_are_kinds_with_and_without_captions() -> None:
    captioned = [kind.captioned for kind in KINDS.values()]
    assert (sum(captioned), len(captioned) - sum(captioned)) == (26, 9)
