"""The kinds of videos: what each shows, how long it is, and on which canvas."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.layout import other_text, timelines
from benchmarks.layout.drawing import lettering
from benchmarks.layout.drawing.layers import Timed
from benchmarks.layout.drawing.lettering import Anchor
from benchmarks.layout.drawing.patch import Patch, solid
from benchmarks.layout.scene import TOP_TO_BOTTOM, Scene

Canvas = tuple[int, int]

LANDSCAPE: tuple[Canvas, ...] = (
    *((640, 360),) * 14,
    (1280, 720),
    *((854, 480),) * 2,
    *((640, 480),) * 2,
    (960, 400),
)
UPRIGHT: tuple[Canvas, ...] = ((360, 640),) * 4 + ((540, 960),)
LOW_COST: tuple[Canvas, ...] = ((640, 360),)

USUAL = ((12, 20, 1), (20, 45, 8), (60, 120, 1))
"""Ranges of seconds with their weights."""
MEDIUM = ((20, 45, 9), (45, 70, 1))


def _speech(scene: Scene) -> timelines.Spans:
    return timelines.speech(scene.rng, 0, scene.seconds)


def bottom(scene: Scene) -> None:
    """Captions as in most videos; some have a logo, too."""
    script = str(scene.rng.choice(["latin", "latin", "latin", "han", "kana"]))
    scene.add_captions("bottom", script, _speech(scene), scene.look(script), scene.bottom())
    if scene.rng.random() < 0.3:
        other_text.logo(scene)


def sparse(scene: Scene) -> None:
    """Six captions in about two minutes."""
    spans = timelines.scattered(scene.rng, 6, scene.seconds)
    scene.add_captions("bottom", "latin", spans, scene.look("latin"), scene.bottom())


def sparse_long(scene: Scene) -> None:
    """Fifteen captions in ten minutes or more."""
    spans = timelines.scattered(scene.rng, 15, scene.seconds)
    scene.add_captions("bottom", "latin", spans, scene.look("latin"), scene.bottom())


def one(scene: Scene) -> None:
    """One caption, of about 3 s or about 6 s."""
    length = float(scene.rng.choice([3.0, 6.0]))
    start = float(scene.rng.uniform(1, scene.seconds - length - 1))
    spans = [(start, start + length)]
    scene.add_captions("bottom", "latin", spans, scene.look("latin"), scene.bottom())


def stays_30_s(scene: Scene) -> None:
    """One of the captions stays for half a minute."""
    spans = timelines.with_one_of(scene.rng, _speech(scene), 30.0, scene.seconds - 1)
    scene.add_captions("bottom", "latin", spans, scene.look("latin"), scene.bottom())


def stays_whole(scene: Scene) -> None:
    """A sentence at the top stays for the whole video, and captions change at the bottom."""
    look = scene.look("latin")
    scene.add_captions("bottom", "latin", _speech(scene), look, scene.bottom())
    standing = scene.look("latin", share=(0.04, 0.06))
    anchor = scene.top()
    text = scene.lines("latin", standing, 0.8 * scene.width)
    patch = scene.draw(text, standing, anchor)
    scene.add_track("top", "latin", [(0.0, scene.seconds, text, patch)], standing=True)


def late(scene: Scene) -> None:
    """Captions in the last 20 s alone."""
    spans = timelines.speech(scene.rng, scene.seconds - 20, scene.seconds)
    scene.add_captions("bottom", "latin", spans, scene.look("latin"), scene.bottom())


def top(scene: Scene) -> None:
    """Captions at the top."""
    script = str(scene.rng.choice(["latin", "latin", "han"]))
    scene.add_captions("top", script, _speech(scene), scene.look(script), scene.top())


def top_and_bottom(scene: Scene) -> None:
    """Most captions stand at the bottom, some at the top, never both at once."""
    rng = scene.rng
    spans = _speech(scene)
    upper = [span for n, span in enumerate(spans) if n % 3 == 1 or rng.random() < 0.1]
    lower = [span for span in spans if span not in upper]
    look = scene.look("latin")
    scene.add_captions("bottom", "latin", lower, look, scene.bottom())
    scene.add_captions("top", "latin", upper, look, scene.top())


def two_speakers(scene: Scene) -> None:
    """A speaker's captions stand at the left, another's at the right, in two colours."""
    rng = scene.rng
    look = scene.look("latin", share=(0.045, 0.06))
    y = scene.height * (1 - rng.uniform(0.04, 0.12))
    # The right speaker's captions may stand at the top.
    other = y if rng.random() < 0.6 else scene.height * rng.uniform(0.04, 0.1)
    left = Anchor(x=scene.width * rng.uniform(0.03, 0.07), y=y, keypad=1)
    right = Anchor(x=scene.width * rng.uniform(0.93, 0.97), y=other, keypad=3 if other == y else 9)
    spans = _speech(scene)
    turns = np.cumsum(rng.random(len(spans)) < 0.7) % 2
    if min(turns.sum(), len(turns) - turns.sum()) < 2:
        turns = np.arange(len(spans)) % 2
    for side, anchor, colour in ((0, left, look.fill), (1, right, (255, 235, 60))):
        own = [span for span, turn in zip(spans, turns, strict=True) if turn == side]
        name = ("left", "right")[side]
        shown = replace(look, fill=colour)
        scene.add_captions(name, "latin", own, shown, anchor, widest=0.42, two=0.4)


def vertical_and_bottom(scene: Scene) -> None:
    """Upright lines of Japanese or Chinese at a side, and captions at the bottom."""
    rng = scene.rng
    script = str(rng.choice(["kana", "han"]))
    scene.add_captions("bottom", "latin", _speech(scene), scene.look("latin"), scene.bottom())
    look = scene.look(script, share=(0.05, 0.07), boxed=0.0)
    right = rng.random() < 0.6
    x = scene.width * (rng.uniform(0.93, 0.97) if right else rng.uniform(0.03, 0.07))
    anchor = Anchor(x=x, y=scene.height * rng.uniform(0.06, 0.12), keypad=9 if right else 7)
    drawn = []
    for start, end in _speech(scene):
        columns = 2 if rng.random() < 0.3 else 1
        text = "\n".join(
            scene.texts.sentence(rng, script, 0.66 * scene.height / look.size / 1.12).strip()
            for _ in range(columns)
        )
        drawn.append((start, end, text, lettering.draw_upright(text, look, anchor)))
    scene.add_track("side", script, drawn, direction=TOP_TO_BOTTOM)


def translation_apart(scene: Scene) -> None:
    """The original and its translation stand at two places at the same time."""
    rng = scene.rng
    spans = _speech(scene)
    first, second = ("latin", "han") if rng.random() < 0.5 else ("kana", "latin")
    scene.add_captions("bottom", first, spans, scene.look(first), scene.bottom())
    look = scene.look(second)
    anchor = scene.top()
    if rng.random() < 0.3:
        anchor = Anchor(x=scene.width / 2, y=scene.height * rng.uniform(0.55, 0.66), keypad=5)
    scene.add_captions("translation", second, spans, look, anchor, two=0.1)


def bilingual(scene: Scene) -> None:
    """Two languages stand one below the other, as one track."""
    rng = scene.rng
    big = scene.look("han", share=(0.055, 0.08), boxed=0.0)
    small = replace(big, font=scene.font("latin"), size=round(big.size * rng.uniform(0.6, 0.8)))
    lower = scene.bottom((0.03, 0.06))
    upper = Anchor(x=lower.x, y=lower.y - small.size * rng.uniform(1.35, 1.6), keypad=2)
    drawn, drawn_small = [], []
    for start, end in _speech(scene):
        text = scene.line("han", big, 0.8 * scene.width)
        words = scene.line("latin", small, 0.8 * scene.width)
        patch = scene.draw(text, big, upper)
        patch_small = scene.draw(words, small, lower)
        drawn_small.append((start, end, patch_small))
        drawn.append((start, end, f"{text}\n{words}", _with_letters_of(patch, patch_small)))
    scene.layers.append(Timed(drawn_small, scene.fade))
    scene.add_track("bottom", "han", drawn)


def _with_letters_of(patch: Patch, other: Patch) -> Patch:
    """The same patch whose letters include those of another one."""
    a, b = patch.letters, other.letters
    hull = (min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3]))
    return replace(patch, letters=hull)


def word_by_word(scene: Scene) -> None:
    """One large word at a time in an upright video."""
    rng = scene.rng
    look = scene.look("latin", share=(0.075, 0.12), boxed=0.1)
    anchor = Anchor(x=scene.width / 2, y=scene.height * rng.uniform(0.5, 0.78), keypad=5)
    drawn = []
    capitals = rng.random() < 0.6
    for start, end in timelines.words(rng, 0, scene.seconds):
        text = scene.texts.word(rng, "latin")
        text = text.upper() if capitals else text
        shown = look
        while lettering.width_of(text, shown) > 0.9 * scene.width:
            shown = replace(shown, size=shown.size - 2)
        drawn.append((start, end, text, scene.draw(text, shown, anchor)))
    scene.fade = 0.0
    scene.add_track("middle", "latin", drawn)


def boxed(scene: Scene) -> None:
    """Captions on a filled rectangle."""
    script = str(scene.rng.choice(["latin", "latin", "han"]))
    look = scene.look(script, boxed=1.0)
    scene.add_captions("bottom", script, _speech(scene), look, scene.bottom())


def thin_capitals(scene: Scene) -> None:
    """Thin capitals with wide spaces between them."""
    rng = scene.rng
    size = max(12, round(rng.uniform(0.04, 0.055) * min(scene.width, scene.height)))
    look = lettering.Look(
        font=scene.font("thin"),
        size=size,
        stroke=1 if rng.random() < 0.5 else 0,
        shadow=1,
        spacing=round(size * rng.uniform(0.25, 0.6)),
    )
    anchor = scene.bottom()
    drawn = []
    for start, end in _speech(scene):
        text = scene.line("latin", look, 0.5 * scene.width).upper()
        drawn.append((start, end, text, scene.draw(text, look, anchor)))
    scene.add_track("bottom", "latin", drawn)


def small(scene: Scene) -> None:
    """Small text."""
    script = str(scene.rng.choice(["latin", "latin", "han"]))
    look = scene.look(script, share=(0.03, 0.036))
    scene.add_captions("bottom", script, _speech(scene), look, scene.bottom())


def _in_script(script: str) -> Callable[[Scene], None]:
    def captions(scene: Scene) -> None:
        look = scene.look(script, share=(0.05, 0.08), boxed=0.15)
        anchor = scene.top() if scene.rng.random() < 0.2 else scene.bottom()
        scene.add_captions("bottom", script, _speech(scene), look, anchor)

    return captions


def small_letters(scene: Scene) -> None:
    """Arabic or Hindi in small letters."""
    script = str(scene.rng.choice(["arabic", "arabic", "devanagari"]))
    look = scene.look(script, share=(0.03, 0.05), boxed=0.15)
    anchor = scene.top() if scene.rng.random() < 0.2 else scene.bottom()
    scene.add_captions("bottom", script, _speech(scene), look, anchor)


def far_lines(scene: Scene) -> None:
    """Small Arabic letters, with lines as far apart as fonts have them that reserve much room."""
    rng = scene.rng
    look = scene.look("arabic", share=(0.024, 0.05), boxed=0.15)
    lower = scene.bottom()
    upper = replace(lower, y=lower.y - look.size * rng.uniform(2.4, 4.2))
    two = rng.uniform(0.2, 0.5)
    drawn, drawn_above = [], []
    for start, end in _speech(scene):
        text = scene.line("arabic", look, 0.86 * scene.width)
        patch = scene.draw(text, look, lower)
        if rng.random() < two:
            above = scene.line("arabic", look, 0.86 * scene.width)
            patch_above = scene.draw(above, look, upper)
            drawn_above.append((start, end, patch_above))
            patch, text = _with_letters_of(patch, patch_above), f"{above}\n{text}"
        drawn.append((start, end, text, patch))
    scene.layers.append(Timed(drawn_above, scene.fade))
    scene.add_track("bottom", "arabic", drawn)


def over_ticker(scene: Scene) -> None:
    """Captions above a running ticker, with a logo."""
    edge = other_text.ticker(scene)
    other_text.logo(scene)
    margin = scene.scale * scene.rng.uniform(6, 24)
    anchor = Anchor(x=scene.width / 2, y=edge - margin, keypad=2)
    scene.add_captions("bottom", "latin", _speech(scene), scene.look("latin"), anchor)


def over_watermark(scene: Scene) -> None:
    """Captions over the watermark of an agency."""
    other_text.watermark(scene)
    scene.add_captions("bottom", "latin", _speech(scene), scene.look("latin"), scene.bottom())


def beside_clock(scene: Scene) -> None:
    """Captions, and a running clock in an upper corner."""
    other_text.clock(scene, corner=int(scene.rng.choice([7, 9])))
    scene.add_captions("bottom", "latin", _speech(scene), scene.look("latin"), scene.bottom())


def letterbox(scene: Scene) -> None:
    """Captions in the black bar below the picture, or half in it."""
    rng = scene.rng
    tall = round(scene.height * rng.uniform(0.11, 0.16))
    bar = np.zeros((tall, scene.width, 3), np.uint8)
    upper, lower = solid(0, 0, bar), solid(0, scene.height - tall, bar)
    scene.layers.append(Timed([(0, scene.seconds, upper), (0, scene.seconds, lower)]))
    look = scene.look("latin", share=(0.04, 0.055), boxed=0.0)
    anchor = scene.bottom((0.015, 0.035))
    scene.add_captions("bottom", "latin", _speech(scene), look, anchor, two=0.15)


def plain(_: Scene) -> None:
    """Footage alone."""


def _only_ticker(scene: Scene) -> None:
    other_text.ticker(scene)


def _only_clock(scene: Scene) -> None:
    other_text.clock(scene)


@dataclass(frozen=True, kw_only=True)
class Kind:
    """How videos of a kind are drawn.

    Attributes:
        draw: adds layers, tracks and other text to the scene.
        seconds: ranges of the length, with weights.
        canvases: sizes of the picture, one of which is chosen.
        captioned: whether there are captions.
        slow: long and still shots at a low frame rate, which keep a long video small.
        own_footage: ``draw`` makes the footage, too.
    """

    draw: Callable[[Scene], None]
    seconds: tuple[tuple[int, int, int], ...] = USUAL
    canvases: tuple[Canvas, ...] = LANDSCAPE
    captioned: bool = True
    slow: bool = False
    own_footage: bool = False


KINDS: dict[str, Kind] = {
    "bottom": Kind(draw=bottom),
    "sparse": Kind(draw=sparse, seconds=((110, 140, 1),), canvases=LOW_COST),
    "sparse_long": Kind(
        draw=sparse_long, seconds=((600, 900, 3), (900, 1200, 1)), canvases=LOW_COST, slow=True
    ),
    "one": Kind(draw=one, seconds=((12, 40, 1),)),
    "stays_30_s": Kind(draw=stays_30_s, seconds=((45, 70, 1),)),
    "stays_whole": Kind(draw=stays_whole, seconds=MEDIUM),
    "late": Kind(draw=late, seconds=((40, 80, 3), (120, 180, 1))),
    "top": Kind(draw=top),
    "top_and_bottom": Kind(draw=top_and_bottom, seconds=MEDIUM),
    "two_speakers": Kind(draw=two_speakers, seconds=MEDIUM),
    "vertical_and_bottom": Kind(draw=vertical_and_bottom, seconds=MEDIUM),
    "translation_apart": Kind(draw=translation_apart, seconds=MEDIUM),
    "bilingual": Kind(draw=bilingual, seconds=MEDIUM),
    "word_by_word": Kind(draw=word_by_word, seconds=((12, 40, 1),), canvases=UPRIGHT),
    "boxed": Kind(draw=boxed),
    "thin_capitals": Kind(draw=thin_capitals, seconds=MEDIUM),
    "small": Kind(draw=small, seconds=MEDIUM),
    "cyrillic": Kind(draw=_in_script("cyrillic"), seconds=MEDIUM),
    "korean": Kind(draw=_in_script("hangul"), seconds=MEDIUM),
    "arabic": Kind(draw=_in_script("arabic"), seconds=MEDIUM),
    "hindi": Kind(draw=_in_script("devanagari"), seconds=MEDIUM),
    "thai": Kind(draw=_in_script("thai"), seconds=MEDIUM),
    "over_ticker": Kind(draw=over_ticker, seconds=MEDIUM),
    "over_watermark": Kind(draw=over_watermark, seconds=MEDIUM),
    "beside_clock": Kind(draw=beside_clock, seconds=MEDIUM),
    "letterbox": Kind(draw=letterbox),
    "no_text": Kind(draw=plain, captioned=False),
    "only_logo": Kind(draw=other_text.logo, captioned=False),
    "only_watermark": Kind(draw=other_text.watermark, seconds=((12, 40, 1),), captioned=False),
    "only_ticker": Kind(draw=_only_ticker, seconds=MEDIUM, captioned=False),
    "title_cards": Kind(draw=other_text.title_cards, captioned=False),
    "credits": Kind(draw=other_text.rolling_credits, seconds=MEDIUM, captioned=False),
    "only_clock": Kind(draw=_only_clock, seconds=MEDIUM, captioned=False),
    "scene_text": Kind(draw=other_text.signs, captioned=False, own_footage=True),
    "player": Kind(draw=other_text.player, captioned=False),
}

ON_REQUEST: dict[str, Kind] = {
    "small_letters": Kind(draw=small_letters, seconds=MEDIUM),
    "far_lines": Kind(draw=far_lines, seconds=MEDIUM),
}
"""Kinds that are drawn only by name, for tuning: a seed gives the same videos of the others."""
