"""Seeking gives what a decode of the whole video gives."""

import gc
import weakref
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from captionacc_contracts.errors import ErrorCode, PermanentError
from captionacc_contracts.frames.frame_index import index_count
from captionacc_media.frames import seek_sampling
from captionacc_media.frames.container import open_video
from captionacc_media.frames.frame_grid import grid
from captionacc_media.frames.seek_sampling import SeekSampler, sample
from captionacc_testkit.media import make_clip

_VARIABLE = [
    Fraction(n, 25) + (Fraction(7, 5) if n > 40 else 0) + (Fraction(13, 10) if n > 90 else 0)
    for n in range(150)
]
_CLIPS: dict[str, tuple[str, dict[str, Any]]] = {
    "b-frames": ("a.mp4", {"options": {"preset": "fast", "bf": "3", "g": "30"}}),
    "open groups": (
        "a.mp4",
        {"options": {"preset": "fast", "bf": "3", "g": "20", "x264-params": "open-gop=1"}},
    ),
    "one keyframe": ("a.mkv", {"options": {"preset": "fast", "g": "1000", "bf": "3"}}),
    "variable rate": ("a.mp4", {"pts": _VARIABLE, "options": {"preset": "fast", "g": "25"}}),
    "late start": ("a.mkv", {"start_s": 3.7, "options": {"preset": "fast", "g": "25"}}),
    "transport stream": ("a.ts", {"start_s": 1.4, "options": {"preset": "fast", "g": "25"}}),
    "avi": ("a.avi", {"codec": "mpeg4", "options": {"g": "25", "bf": "2"}}),
    "webm": ("a.webm", {"codec": "libvpx-vp9"}),
    "29.97": ("a.mp4", {"fps": Fraction(30_000, 1001), "options": {"g": "40"}}),
    "rotated": ("a.mp4", {"rotation": 90}),
    "odd size": ("a.mkv", {"size": (317, 179), "codec": "ffv1", "pix_fmt": "yuv444p"}),
    "one picture": ("a.mp4", {"pts": [0]}),
}


@pytest.mark.parametrize("name", _CLIPS)
@pytest.mark.parametrize("step", [1, 7, 25])
def test_equals_the_whole_decode(tmp_path: Path, name: str, step: int) -> None:
    file_name, options = _CLIPS[name]
    clip = make_clip(tmp_path / file_name, **{"size": (160, 90), "seconds": 7, **options})
    with open_video(clip) as source:
        whole = {
            index: (source.presentation_s(frame), frame.to_ndarray(format="rgb24"))
            for index, frame in grid(source)
        }
    with open_video(clip) as source:
        found = {
            index: (source.presentation_s(frame), frame.to_ndarray(format="rgb24"))
            for index, frame in sample(source, step)
        }
        assert SeekSampler(source).frame_count() == len(whole)
    assert list(found) == [index for index in whole if index % step == 0]
    for index, (time, picture) in found.items():
        assert time == whole[index][0]
        assert np.array_equal(picture, whole[index][1])


@pytest.mark.parametrize("start_s", [0, 3.7])
def test_pictures_at_key_indices_are_keyframes(tmp_path: Path, start_s: float) -> None:
    options = {"g": "30", "sc_threshold": "0"}
    clip = make_clip(tmp_path / "a.mkv", size=(64, 36), seconds=5, start_s=start_s, options=options)
    with open_video(clip) as source:
        sampler = SeekSampler(source)
        indices = sampler.key_indices()
        assert indices == [0, 12, 24, 36, 48]
        assert all(frame.key_frame for _, frame in sampler.at(indices))


def test_a_video_that_cannot_seek_has_no_key_indices(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.h264", size=(64, 36), seconds=2)
    with open_video(clip) as source:
        assert SeekSampler(source).key_indices() == []


def test_decodes_a_small_part_of_a_long_video(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = make_clip(
        tmp_path / "long.mp4", size=(64, 36), seconds=60, options={"g": "25", "preset": "ultrafast"}
    )
    decoded = 0
    original = seek_sampling._decoded

    def counting(*arguments: Any) -> Any:
        nonlocal decoded
        for frame in original(*arguments):
            decoded += 1
            yield frame

    monkeypatch.setattr(seek_sampling, "_decoded", counting)
    with open_video(clip) as source:
        assert SeekSampler(source).seeks
        assert len(list(sample(source, 100))) == 6
    assert decoded < 300, "a tenth of the 1500 pictures and some"


def test_a_broken_tail_does_not_count(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mkv", seconds=6, size=(160, 90), options={"g": "25"})
    data = clip.read_bytes()
    clip.write_bytes(data[: len(data) * 2 // 3])
    with open_video(clip) as source:
        expected = len(list(grid(source)))
        assert SeekSampler(source).frame_count() == expected
        assert 10 < expected < 55


def test_a_forged_time_is_refused_before_its_indices_are_counted_out(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mkv", size=(64, 36), pts=[0, 1, 25 * 3600])
    with open_video(clip) as source, pytest.raises(PermanentError) as caught:
        SeekSampler(source).end_s()
    assert caught.value.code == ErrorCode.VIDEO_TOO_LARGE


def test_a_video_of_one_picture_has_one_index() -> None:
    assert index_count(Fraction(1, 25)) == 1


def test_the_pictures_of_a_sampler_are_freed_with_it(tmp_path: Path) -> None:
    """They are large, and the collector of cycles may come much later."""
    clip = make_clip(tmp_path / "a.mp4", size=(64, 36), seconds=5)
    gc.disable()
    try:
        with open_video(clip) as source:
            sampler = SeekSampler(source)
            assert next(sampler.at([0, 25]))
            gone = weakref.ref(sampler)
            del sampler
            assert gone() is None
    finally:
        gc.enable()
