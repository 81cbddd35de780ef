"""Layouts suggested from boxes as an engine would read them."""

import random
from dataclasses import dataclass, field

import msgspec
import pytest
from captionacc_contracts.sqlite_files.layout import AnchorType
from captionacc_media.layout.crop_suggestion import (
    NARROWEST_ASPECT,
    WIDEST_ASPECT,
)
from captionacc_media.layout.suggestion import Suggestion, suggest
from captionacc_media.text.boxes import FrameBox
from captionacc_media.text.same_text import same_text
from captionacc_media.text.standing_in_frames import standing_boxes
from hypothesis import given
from hypothesis import strategies as st

WORDS = tuple(
    "the sea was calm and nobody spoke until morning came over hills where we had left our old "  # noqa: SIM905
    "boat with all its ropes and nets drying in wind".split()
)


@dataclass
class Screen:
    """Boxes of a video of ``frames`` samples, drawn kind by kind, in the order read."""

    frames: int
    step: int = 100
    width: int = 1280
    height: int = 720
    seed: int = 1
    boxes: list[FrameBox] = field(default_factory=list)
    truth: list[bool] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)

    @property
    def sampled(self) -> list[int]:
        return [number * self.step for number in range(self.frames)]

    def add(self, at: int, text: str, x: float, y: float, size: float, *, caption: bool) -> None:
        """``x`` is the left edge, ``y`` the middle, ``size`` the height, all of the picture."""
        jitter = self.random.uniform(-0.002, 0.002)
        width = len(text) * size * 0.5 * self.height / self.width
        self.boxes.append(
            FrameBox(
                at=at,
                text=text,
                confidence=0.95,
                left=max(0.0, x + jitter),
                top=max(0.0, y - size / 2 + jitter),
                right=min(1.0, x + width + jitter),
                bottom=min(1.0, y + size / 2 + jitter),
            )
        )
        self.truth.append(caption)

    def captions(
        self,
        *,
        y: float = 0.9,
        size: float = 0.06,
        anchor: AnchorType = AnchorType.CENTER,
        position: float = 0.5,
        share: float = 0.7,
        two_lines: float = 0.0,
    ) -> "Screen":
        for at in self.sampled:
            if self.random.random() > share:
                continue
            lines = 2 if self.random.random() < two_lines else 1
            for line in range(lines):
                text = " ".join(self.random.choices(WORDS, k=self.random.randint(2, 7)))
                width = len(text) * size * 0.5 * self.height / self.width
                x = {
                    AnchorType.CENTER: position - width / 2,
                    AnchorType.LEFT: position,
                    AnchorType.RIGHT: position - width,
                }[anchor]
                middle = y - (lines - 1 - line) * size * 1.15
                self.add(at, text, x, middle, size, caption=True)
        return self

    def logo(self, text: str = "CHANNEL 5", *, x: float = 0.86, y: float = 0.07) -> "Screen":
        for at in self.sampled:
            if self.random.random() < 0.95:
                self.add(at, text, x, y, 0.04, caption=False)
        return self

    def clock(self) -> "Screen":
        for at in self.sampled:
            self.add(at, f"12:{at // 600:02d}:{at // 10 % 60:02d}", 0.05, 0.92, 0.05, caption=False)
        return self

    def scene_text(self, per_frame: float) -> "Screen":
        for at in self.sampled:
            for _ in range(int(per_frame + self.random.random())):
                text = " ".join(self.random.choices(WORDS, k=self.random.randint(1, 3)))
                x, y = self.random.uniform(0, 0.8), self.random.uniform(0.05, 0.8)
                self.add(at, text, x, y, self.random.uniform(0.02, 0.12), caption=False)
        return self

    def suggest(self) -> Suggestion:
        return suggest(self.boxes, self.sampled, width=self.width, height=self.height)

    def check(self) -> Suggestion:
        """The region holds every caption; labels are right but for a few boxes."""
        suggestion = self.suggest()
        assert suggestion.captions is not None
        region = suggestion.captions.crop_region
        captions = [box for box, true in zip(self.boxes, self.truth, strict=True) if true]
        inside = [
            box.left >= region.crop_left - 1e-3
            and box.right <= region.crop_right + 1e-3
            and box.top >= region.crop_top - 1e-3
            and box.bottom <= region.crop_bottom + 1e-3
            for box in captions
        ]
        assert sum(inside) >= 0.97 * len(inside)
        right = [
            label.inside == true for label, true in zip(suggestion.labels, self.truth, strict=True)
        ]
        assert sum(right) >= min(0.95 * len(right), len(right) - 2)
        aspect = (
            (region.crop_right - region.crop_left)
            / (region.crop_bottom - region.crop_top)
            * (self.width / self.height)
        )
        assert NARROWEST_ASPECT - 0.05 <= aspect <= WIDEST_ASPECT + 0.05
        return suggestion


@pytest.mark.parametrize("frames", [6, 12, 60, 360])
@pytest.mark.parametrize("seed", range(4))
def test_plain_captions(frames: int, seed: int) -> None:
    found = Screen(frames, seed=seed).captions().check().captions
    assert found is not None
    assert found.anchor_type is AnchorType.CENTER
    assert found.anchor_position == pytest.approx(0.5, abs=0.01)
    assert found.vertical_center == pytest.approx(0.9, abs=0.01)
    assert found.crop_region.crop_right - found.crop_region.crop_left >= 0.7999


@pytest.mark.parametrize("seed", range(4))
def test_logo_clock_and_scene_text_are_left_out(seed: int) -> None:
    screen = Screen(30, seed=seed).captions(two_lines=0.4).logo().clock().scene_text(1.5)
    found = screen.check().captions
    assert found is not None
    assert found.crop_region.crop_left >= 0.05, "the clock stands beside the captions"


def test_a_logo_beside_the_captions_is_cut_off() -> None:
    screen = Screen(24).captions(y=0.9).logo(x=0.9, y=0.9)
    found = screen.check().captions
    assert found is not None
    assert found.crop_region.crop_right <= 0.91


@pytest.mark.parametrize("seed", range(3))
def test_captions_at_the_top(seed: int) -> None:
    found = Screen(12, seed=seed).captions(y=0.12).scene_text(0.5).check().captions
    assert found is not None
    assert found.crop_region.crop_bottom < 0.4


@pytest.mark.parametrize("seed", range(3))
def test_captions_on_the_left(seed: int) -> None:
    screen = Screen(20, seed=seed).captions(anchor=AnchorType.LEFT, position=0.08, y=0.85)
    found = screen.check().captions
    assert found is not None
    assert found.anchor_type is AnchorType.LEFT
    assert found.anchor_position == pytest.approx(0.08, abs=0.01)
    assert found.crop_region.crop_right >= 0.9, "longer captions than those seen fit"


@pytest.mark.parametrize("size", [(1280, 720), (640, 480), (720, 1280), (1920, 800)])
def test_pictures_of_any_shape(size: tuple[int, int]) -> None:
    text_size = 0.06 if size[0] > size[1] else 0.025
    screen = Screen(12, width=size[0], height=size[1])
    screen.captions(size=text_size, y=0.85, two_lines=0.3 if size[0] > 700 else 0.0).check()


def test_two_languages_one_above_the_other() -> None:
    screen = Screen(24)
    for at in screen.sampled:
        for y, size in ((0.84, 0.07), (0.92, 0.035)):
            text = " ".join(screen.random.choices(WORDS, k=4))
            width = len(text) * size * 0.5 * screen.height / screen.width
            screen.add(at, text, 0.5 - width / 2, y, size, caption=True)
    screen.check()


def test_one_caption_of_a_short_video() -> None:
    screen = Screen(3, step=10)
    for at in screen.sampled:
        screen.add(at, "only one caption", 0.5 - 0.135, 0.9, 0.06, caption=True)
    screen.check()


@pytest.mark.parametrize("frames", [1, 6, 12, 60, 360])
@pytest.mark.parametrize("seed", range(5))
def test_no_captions(frames: int, seed: int) -> None:
    screen = Screen(frames, seed=seed).scene_text(1.0)
    if frames > 3:
        screen.logo()
    suggestion = screen.suggest()
    assert suggestion.captions is None
    assert not any(label.inside for label in suggestion.labels)


def test_no_text_at_all() -> None:
    assert suggest([], [0, 100], width=640, height=360) == Suggestion(captions=None, labels=[])


def test_few_captions_in_a_long_video() -> None:
    Screen(360).captions(share=0.06).logo().check()


def test_a_caption_that_stands_for_ten_seconds_is_not_standing_text() -> None:
    boxes = [
        FrameBox(at=at, text="hold on", confidence=1, left=0.4, top=0.85, right=0.6, bottom=0.9)
        for at in (100, 200)
    ]
    assert standing_boxes(boxes, range(0, 1200, 100)) == set()
    longer = [*boxes, *(msgspec.structs.replace(boxes[0], at=at) for at in (300, 400))]
    assert standing_boxes(longer, range(0, 1200, 100)) == set(longer)


def test_readings_of_one_text_are_alike() -> None:
    assert same_text("CHANNEL 5", "CHANNEI 5")
    assert same_text("12:00:05", "12:31:44")
    assert not same_text("we are going home", "nobody came today")


_BOX = st.builds(
    lambda at, text, x, y, w, h: FrameBox(
        at=at * 100,
        text=text,
        confidence=0.9,
        left=x,
        top=y,
        right=min(1.0, x + w),
        bottom=min(1.0, y + h),
    ),
    st.integers(0, 11),
    st.text(max_size=8),
    st.floats(0, 1),
    st.floats(0, 1),
    st.floats(0, 1),
    st.floats(0, 1),
)


@given(st.lists(_BOX, max_size=40), st.integers(2, 4000), st.integers(2, 4000))
def test_whatever_is_read_gives_a_valid_layout(
    boxes: list[FrameBox], width: int, height: int
) -> None:
    suggestion = suggest(boxes, range(0, 1200, 100), width=width, height=height)
    assert len(suggestion.labels) == len(boxes)
    assert all(0 <= label.confidence <= 1 for label in suggestion.labels)
    if suggestion.captions is not None:
        region = suggestion.captions.crop_region
        assert region.crop_right - region.crop_left > 0
        assert region.crop_bottom - region.crop_top > 0
