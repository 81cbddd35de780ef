"""Times are those of the file's own clock, and they run on where that clock jumps."""

from functools import cache
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import av
import numpy as np
import numpy.typing as npt
import pytest
from captionacc_media.frames.container import VideoSource, open_video
from captionacc_media.frames.frame_grid import grid
from captionacc_media.frames.seek_sampling import SeekSampler
from captionacc_testkit.media import make_clip, picture
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

WRAP_S = 2**33 / 90_000
RATE = 25
SIZE = (64, 36)


@cache
def segment(start_s: float, count: int, b_frames: int, audio: bool = False) -> bytes:
    """A transport stream of ``count`` pictures whose clock starts at ``start_s``."""
    with TemporaryDirectory() as folder:
        clip = make_clip(
            Path(folder, "a.ts"),
            size=SIZE,
            fps=RATE,
            seconds=count / RATE,
            start_s=start_s,
            audio=audio,
            options={"preset": "fast", "g": "12", "bf": str(b_frames)},
        )
        return clip.read_bytes()


def pictures(source: VideoSource) -> dict[int, tuple[int | None, npt.NDArray[np.uint8]]]:
    return {index: (frame.pts, rgb(frame)) for index, frame in grid(source)}


def rgb(frame: av.VideoFrame) -> npt.NDArray[np.uint8]:
    return frame.to_ndarray(format="rgb24").astype(np.uint8, copy=False)


def assert_sampled_as_decoded(clip: Path) -> None:
    """The sampler gives the time and the picture of the grid at every index."""
    with open_video(clip) as source:
        whole = pictures(source)
        sampler = SeekSampler(source)
        assert sampler.frame_count() == len(whole)
        sampled = dict(sampler.at(range(len(whole))))
    assert list(sampled) == list(whole)
    for index, (time, shown) in whole.items():
        assert sampled[index].pts == time
        assert np.array_equal(rgb(sampled[index]), shown)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".ts"])
def test_a_picture_later_than_the_sound_starts_later_than_the_file(
    tmp_path: Path, suffix: str
) -> None:
    clip = make_clip(tmp_path / f"a{suffix}", start_s=1.5, seconds=1, audio=True, size=SIZE)
    with open_video(clip) as source:
        assert source.start_seconds == pytest.approx(1.5, abs=0.03)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".ts", ".h264"])
def test_pictures_alone_start_with_the_file(tmp_path: Path, suffix: str) -> None:
    clip = make_clip(tmp_path / f"a{suffix}", start_s=1.5, seconds=1, size=SIZE)
    with open_video(clip) as source:
        assert source.start_seconds == 0


def test_a_player_that_seeks_shows_a_picture_at_the_same_time(tmp_path: Path) -> None:
    clip = make_clip(
        tmp_path / "a.mp4", start_s=1.5, seconds=2, audio=True, options={"g": "1", "crf": "5"}
    )
    with open_video(clip) as source:
        shown_s = source.start_seconds + 0.8
    # What ``ffmpeg -ss`` does: seconds count from the start of the container.
    with av.open(str(clip)) as container:
        container.seek(round(shown_s * av.time_base) + container.start_time)
        frame = next(container.decode(video=0))
    errors = [
        np.abs(picture((320, 180), number).astype(int) - rgb(frame)).mean() for number in range(50)
    ]
    assert int(np.argmin(errors)) == pytest.approx(0.8 * RATE, abs=1)


@pytest.mark.parametrize("before_wrap_s", [0.5, 1.3, 2.9, 40, 100])
@pytest.mark.parametrize("b_frames", [0, 2])
def test_a_clock_that_wraps_early_is_sampled_as_decoded(
    tmp_path: Path, before_wrap_s: float, b_frames: int
) -> None:
    clip = tmp_path / "a.ts"
    clip.write_bytes(segment(WRAP_S - before_wrap_s, 80, b_frames))
    with open_video(clip) as source:
        times = [float(source.presentation_s(frame)) for frame in source.frames()]
        assert SeekSampler(source).seeks
    assert times == pytest.approx([number / RATE for number in range(80)], abs=0.001)
    assert_sampled_as_decoded(clip)


STARTS = st.sampled_from([0.5, 1.4, 5.0, 60.0, 2000.0, 50_000.0, WRAP_S - 0.8, WRAP_S - 70])
SEGMENTS = st.lists(st.tuples(STARTS, st.sampled_from([12, 30, 41])), min_size=2, max_size=4)


@given(SEGMENTS, st.sampled_from([0, 2]))
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_joined_recordings_run_on(
    tmp_path: Path, parts: list[tuple[float, int]], b_frames: int
) -> None:
    clip = tmp_path / "joined.ts"
    clip.write_bytes(b"".join(segment(start, count, b_frames) for start, count in parts))
    total = sum(count for _, count in parts)
    with open_video(clip) as source:
        times = [float(source.presentation_s(frame)) for frame in source.frames()]
    # A join with a step of less than 10 s forwards is a gap, as for a player.
    gaps = [0.0]
    for (start, count), (following, _) in pairwise(parts):
        moved = (following - (start + count / RATE) + WRAP_S / 2) % WRAP_S - WRAP_S / 2
        gaps.append(gaps[-1] + (moved if 0 < moved <= 10 else 0))
    expected = [
        gaps[part] + (sum(count for _, count in parts[:part]) + number) / RATE
        for part, (_, count) in enumerate(parts)
        for number in range(count)
    ]
    assert len(times) == total
    assert times == pytest.approx(expected, abs=0.002)
    assert_sampled_as_decoded(clip)


def test_recordings_with_sound_run_on(tmp_path: Path) -> None:
    clip = tmp_path / "joined.ts"
    clip.write_bytes(segment(0.0, 50, 2, audio=True) * 2)
    with open_video(clip) as source:
        assert source.start_seconds == pytest.approx(0, abs=0.05)
        assert list(pictures(source)) == list(range(40))
    assert_sampled_as_decoded(clip)


def test_a_clock_that_starts_again_far_back_states_no_day_of_video(tmp_path: Path) -> None:
    clip = tmp_path / "joined.ts"
    clip.write_bytes(segment(2000.0, 50, 2) + segment(1.4, 50, 2))
    with open_video(clip) as source:
        assert source.duration_seconds == 0
        assert list(pictures(source)) == list(range(40))


def test_gaps_in_a_file_with_a_steady_clock_are_kept(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mkv", size=SIZE, pts=[0, 1, 40, 41])
    with open_video(clip) as source:
        assert len(pictures(source)) == 411
