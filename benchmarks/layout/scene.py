"""A video in the making: its canvas, its layers and what they mean."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from benchmarks.layout.drawing import lettering, libass
from benchmarks.layout.drawing.footage import Background, Footage
from benchmarks.layout.drawing.layers import Layer, Timed
from benchmarks.layout.drawing.lettering import Anchor, Look, width_of
from benchmarks.layout.drawing.patch import Corners, Patch, as_box
from benchmarks.layout.drawing.sources import FONTS
from benchmarks.layout.drawing.texts import Texts
from benchmarks.layout.truth import CaptionTruth, Distractor, TrackTruth

Spans = Sequence[tuple[float, float]]

FILLS = ((255, 255, 255),) * 6 + ((255, 235, 60),) * 2 + ((170, 255, 255), (255, 200, 140))

LEFT_TO_RIGHT, RIGHT_TO_LEFT, TOP_TO_BOTTOM = "left_to_right", "right_to_left", "top_to_bottom"


@dataclass
class Scene:
    """Collects what a video shows, and keeps the truth about it."""

    rng: np.random.Generator
    width: int
    height: int
    seconds: float
    renderer: str
    sources: Path
    split: str
    layers: list[Layer] = field(default_factory=list)
    tracks: list[TrackTruth] = field(default_factory=list)
    distractors: list[Distractor] = field(default_factory=list)
    fonts: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.texts = Texts(self.sources, self.split)
        self.footage = Footage(self.sources, self.split)
        self.background = Background(self.width, self.height)
        self.fade = float(self.rng.uniform(0.15, 0.35)) if self.rng.random() < 0.15 else 0.0

    @property
    def scale(self) -> float:
        """Pixels per pixel of a picture whose shorter side has 360."""
        return min(self.width, self.height) / 360

    def font(self, script: str) -> Path:
        names = FONTS[self.split][script]
        name = names[int(self.rng.integers(len(names)))]
        self.fonts.add(name)
        return self.sources / self.split / "fonts" / name

    def look(
        self,
        script: str,
        *,
        share: tuple[float, float] = (0.045, 0.075),
        boxed: float = 0.06,
        font: str | None = None,
    ) -> Look:
        """A random look; ``share`` is the range of the font size in shorter sides of the picture.

        Args:
            script: the script of the texts.
            share: smallest and largest font size.
            boxed: how often a box stands behind the text.
            font: a key of the fonts other than the script.
        """
        rng = self.rng
        size = max(9, round(rng.uniform(*share) * min(self.width, self.height)))
        kind = rng.random()
        thick = max(1, round(size * rng.uniform(0.05, 0.11)))
        box = float(rng.uniform(0.55, 1.0)) if kind < boxed else 0.0
        return Look(
            font=self.font(font or script),
            size=size,
            fill=FILLS[int(rng.integers(len(FILLS)))],
            stroke=0 if box else thick,
            shadow=thick if not box and rng.random() < 0.4 else 0,
            box=box,
            box_colour=(0, 0, 0) if rng.random() < 0.8 else (20, 40, 90),
        )

    def line(self, script: str, look: Look, widest: float) -> str:
        """A line that is at most ``widest`` pixels wide and has at most about 42 letters."""
        ems = min(widest / look.size, 21.0 if look.spacing == 0 else 12.0)
        text = ""
        for _ in range(30):
            text = self.texts.sentence(self.rng, script, ems)
            if width_of(text, look) <= widest:
                return text
            ems = max(1.0, ems * 0.9)
        return text

    def lines(self, script: str, look: Look, widest: float, two: float = 0.3) -> str:
        """One line, or two in a share of ``two``."""
        count = 2 if self.rng.random() < two else 1
        return "\n".join(self.line(script, look, widest) for _ in range(count))

    def draw(self, text: str, look: Look, anchor: Anchor) -> Patch:
        """Draw with the renderer of this video."""
        if self.renderer == "libass":
            return libass.draw(text, look, anchor, self.width, self.height)
        return lettering.draw(text, look, anchor)

    def add_track(
        self,
        name: str,
        script: str,
        drawn: Sequence[tuple[float, float, str, Patch]],
        *,
        direction: str | None = None,
        standing: bool = False,
    ) -> None:
        """Show drawn captions (start, end, text, patch), and note them as one track."""
        self.layers.append(
            Timed([(start, end, patch) for start, end, _, patch in drawn], self.fade)
        )
        usual = RIGHT_TO_LEFT if script == "arabic" else LEFT_TO_RIGHT
        self.tracks.append(
            TrackTruth(
                name=name,
                script=script,
                direction=direction or usual,
                standing=standing,
                captions=[
                    CaptionTruth(
                        start=round(start, 3),
                        end=round(min(end, self.seconds), 3),
                        text=text,
                        box=as_box(patch.letters, self.width, self.height),
                    )
                    for start, end, text, patch in drawn
                ],
            )
        )

    def add_captions(
        self,
        name: str,
        script: str,
        spans: Spans,
        look: Look,
        anchor: Anchor,
        *,
        widest: float = 0.86,
        two: float = 0.3,
    ) -> None:
        """Show random captions at one place; ``widest`` is in widths of the picture."""
        drawn = []
        for start, end in spans:
            text = self.lines(script, look, widest * self.width, two)
            drawn.append((start, end, text, self.draw(text, look, anchor)))
        self.add_track(name, script, drawn)

    def note(
        self, kind: str, corners: Corners, start: float = 0.0, end: float | None = None
    ) -> None:
        """Note text that is not a caption."""
        self.distractors.append(
            Distractor(
                kind=kind,
                start=round(start, 3),
                end=round(self.seconds if end is None else end, 3),
                box=as_box(corners, self.width, self.height),
            )
        )

    def bottom(self, margin: tuple[float, float] = (0.035, 0.11)) -> Anchor:
        """The middle of the bottom edge of a text above the lower edge of the picture."""
        return Anchor(x=self.width / 2, y=self.height * (1 - self.rng.uniform(*margin)), keypad=2)

    def top(self, margin: tuple[float, float] = (0.03, 0.1)) -> Anchor:
        return Anchor(x=self.width / 2, y=self.height * self.rng.uniform(*margin), keypad=8)
