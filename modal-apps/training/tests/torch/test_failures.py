from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from captionacc_extents.network.weights import shipped_rules
from captionacc_extents.reading.scores import FrameScores
from captionacc_training.evaluation.evaluation import Scored
from captionacc_training.evaluation.failures import (
    AT_MOST,
    LARGEST,
    LINE,
    MARGIN,
    TITLE_HEIGHT,
    Failure,
    draw_failures,
    examples,
    failure_png,
    failures,
    frames_shown,
)

Spans = list[tuple[int, int]]
SureOf = Callable[[Spans, int], FrameScores]


def scored(sure_of: SureOf, name: str, found: Spans, truth: Spans) -> Scored:
    return Scored(name=name, kind=name.rsplit("-", 1)[0], truth=truth, scores=sure_of(found, 100))


def failure(**changes: Any) -> Failure:
    plain = Failure(
        name="clean-000",
        kind="clean",
        missed=True,
        true=(20, 40),
        found=(20, 60),
        truth=((20, 40), (40, 60)),
        all_found=((20, 60),),
    )
    return replace(plain, **changes)


def test_what_is_a_frame_off_is_right_and_the_rest_is_a_failure(sure_of: SureOf) -> None:
    items = [
        scored(sure_of, "clean-000", [(10, 30), (50, 71)], [(11, 30), (50, 70)]),
        scored(sure_of, "glyph-000", [(10, 50)], [(10, 30), (30, 50)]),
        scored(sure_of, "empty-000", [(80, 90)], []),
        scored(sure_of, "fade-000", [], [(5, 25)]),
    ]
    found = failures(items, shipped_rules())
    assert [(each.name, each.missed, each.true, each.found) for each in found] == [
        ("glyph-000", True, (10, 30), (10, 50)),
        ("glyph-000", True, (30, 50), (10, 50)),
        ("glyph-000", False, (10, 30), (10, 50)),
        ("empty-000", False, None, (80, 90)),
        ("fade-000", True, (5, 25), None),
    ]


def test_examples_are_few_and_of_every_kind() -> None:
    same = [failure(), failure(missed=False)]
    assert examples(same) == same[:1]
    wrong = [
        failure(kind=kind, name=f"{kind}-000", true=(at, at + 10))
        for kind in map(str, range(18))
        for at in range(0, 30, 10)
    ]
    taken = examples(wrong)
    assert len(taken) == AT_MOST
    kinds = [each.kind for each in taken]
    assert [kinds.count(str(kind)) for kind in range(18)] == [2] * 6 + [1] * 12
    assert taken == [each for each in wrong if each in taken]


def test_frames_around_all_ends_that_matter_are_shown() -> None:
    assert frames_shown(failure(), 62) == [*range(17, 23), *range(37, 43), *range(57, 62)]
    far = failure(true=(1, 9), found=(50, 60))
    assert frames_shown(far, 100) == [*range(4), *range(6, 12)]


def test_pictures_show_the_bands_and_the_bars_beside_them(tmp_path: Path) -> None:
    bands = np.repeat(np.arange(100, dtype=np.uint8)[:, None, None] * 2, 64, 1).repeat(512, 2)
    (path,) = draw_failures([failure(true=(20, 22), found=None)], lambda _: bands, tmp_path)
    assert path.name == "failure-01-clean-000.png"
    picture = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    assert picture is not None
    frames = list(range(17, 25))
    assert picture.shape == (TITLE_HEIGHT + len(frames) * (64 + LINE), MARGIN + 512)
    for row, frame in enumerate(frames):
        middle = TITLE_HEIGHT + row * (64 + LINE) + 32
        assert abs(int(picture[middle, -1]) - 2 * frame) <= 8
        marked = [picture[middle, x] > 100 for x in (60, 90)]
        assert marked == [20 <= frame < 60, 20 <= frame < 60]


def test_noise_is_drawn_in_less_detail_and_the_same_each_time() -> None:
    bands = np.random.default_rng(0).integers(0, 256, (100, 64, 512), np.uint8)
    wide = failure(true=(20, 50), found=(10, 80))
    png = failure_png(bands, wide)
    assert len(png) <= LARGEST
    assert png == failure_png(bands, wide)
    picture = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_UNCHANGED)
    assert picture is not None
    assert picture.shape[1] == MARGIN + 512
