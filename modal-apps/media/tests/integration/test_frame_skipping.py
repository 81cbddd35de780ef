from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from captionacc_media.frames.container import VideoSource, open_video
from captionacc_media.frames.frame_grid import grid, on_grid, shows_an_index
from captionacc_testkit.media import make_clip

B_FRAMES = {"preset": "medium", "crf": "18", "bf": "3", "threads": "1"}

HEVC = {"preset": "fast", "x265-params": "log-level=none"}
HEVC_LAYERS = {"preset": "fast", "x265-params": "log-level=none:temporal-layers=2"}


def full_grid(source: VideoSource) -> Iterator[tuple[int, av.VideoFrame]]:
    return on_grid(
        (source.presentation_s(frame), source.end_s(frame), frame) for frame in source.frames()
    )


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize(
    ("codec", "suffix", "fps", "pts", "options", "skips"),
    [
        ("libx264", ".mp4", 60, None, B_FRAMES, True),
        ("libx264", ".mkv", Fraction(24000, 1001), None, B_FRAMES, True),
        ("libx264", ".ts", 30, None, {**B_FRAMES, "x264-params": "b-pyramid=none"}, True),
        ("libx264", ".mp4", 25, None, {"preset": "ultrafast"}, False),
        ("libx264", ".mp4", 25, [n * n / 3000 for n in range(90)], B_FRAMES, True),
        ("mpeg4", ".avi", 30, None, {"bf": "2", "q": "3"}, True),
        ("libx265", ".mp4", 30, None, HEVC, True),
        ("libx265", ".mkv", 60, None, HEVC, True),
        ("libx265", ".ts", 30, None, HEVC, False),
        ("libx265", ".mp4", 30, None, HEVC_LAYERS, False),
        ("libvpx-vp9", ".webm", 30, None, None, False),
    ],
)
def test_skipped_pictures_change_no_other(
    tmp_path: Path,
    threads: int,
    codec: str,
    suffix: str,
    fps: float,
    pts: Sequence[float] | None,
    options: dict[str, str] | None,
    skips: bool,
) -> None:
    clip = make_clip(
        tmp_path / f"a{suffix}", codec=codec, fps=fps, pts=pts, options=options, seconds=3
    )
    with open_video(clip, threads=threads) as source:
        expected = [(index, frame.pts, frame.to_ndarray()) for index, frame in full_grid(source)]
        found = [(index, frame.pts, frame.to_ndarray()) for index, frame in grid(source)]
        every = sum(1 for _ in source.frames())
        decoded = sum(1 for _ in source.frames(shows_an_index))
    assert [each[:2] for each in found] == [each[:2] for each in expected]
    assert all(np.array_equal(a[2], b[2]) for a, b in zip(found, expected, strict=True))
    assert (decoded < every * 0.9) if skips else (decoded == every)
