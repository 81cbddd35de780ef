"""The video of the report is upright, is in time with the captions, and stays small."""

import base64
import io
import os
import threading
from pathlib import Path

import av
import pytest
from captionacc_cli.report import media
from captionacc_testkit.media import make_clip

ORIGINAL = "The original file."


def shown(path: Path, *, start_s: float = 0.0) -> tuple[list[av.VideoFrame], str]:
    """Every picture of the video in the report, and the note about it."""
    address, note = media._video(path, threading.Event(), start_s)
    assert address is not None, note
    data = base64.b64decode(address.partition(",")[2])
    with av.open(io.BytesIO(data), "r") as container:
        return list(container.decode(video=0)), note


def test_a_file_that_browsers_play_is_embedded_unchanged(tmp_path: Path) -> None:
    _, note = shown(make_clip(tmp_path / "a.mp4", seconds=0.5))
    assert note == ORIGINAL


def test_a_preview_of_a_turned_video_is_upright(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "a.mkv", size=(180, 320), rotation=90, seconds=0.5)
    frames, note = shown(path)
    assert note != ORIGINAL
    assert (frames[0].width, frames[0].height) == (320, 180)
    # The moving bar is at the left of the stored picture's upper half: at the right when turned.
    picture = frames[0].to_ndarray(format="rgb24").astype(int)
    redness = picture[..., 0] - picture[..., 2]
    assert redness[:, 160:].max() > 80 > redness[:, :150].max()


def test_a_preview_of_a_late_picture_is_on_the_clock_of_the_file(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "late.mp4", start_s=5.0, seconds=1)
    frames, _ = shown(path, start_s=5.0)
    assert frames[0].time == 0
    assert frames[1].time == pytest.approx(5.1, abs=0.1)
    assert frames[-1].time == pytest.approx(5.9, abs=0.1)


def test_a_long_preview_is_cut_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make_clip(tmp_path / "a.mkv", seconds=4)
    monkeypatch.setattr(media, "PREVIEW_S", 1.0)
    frames, note = shown(path)
    assert frames[-1].time == pytest.approx(1.0, abs=0.1)
    assert "first" in note
    monkeypatch.undo()
    monkeypatch.setattr(media, "EMBEDDED_BYTES", 1000)
    assert len(shown(path)[0]) < 40


def test_a_preview_stops_soon_when_asked(tmp_path: Path) -> None:
    stop = threading.Event()
    stop.set()
    address, _ = media._video(make_clip(tmp_path / "a.mkv", seconds=2), stop, 0.0)
    assert address is not None
    assert len(address) < 2000


@pytest.mark.parametrize("name", ["12:30 show.mp4", os.fsdecode(b"caf\xe9.mp4")])
def test_any_name_can_be_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    make_clip(tmp_path / "a.mp4", seconds=0.3).rename(tmp_path / name)
    monkeypatch.chdir(tmp_path)
    assert shown(Path(name))[1] == ORIGINAL
