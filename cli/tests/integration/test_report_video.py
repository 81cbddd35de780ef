"""The video of the report is upright, is in time with the captions, and stays small."""

import base64
import io
import os
import threading
from pathlib import Path
from urllib.parse import unquote, urljoin

import av
import pytest
from captionacc_cli.report import video
from captionacc_testkit.media import make_clip
from PIL import Image

ORIGINAL = "The original file."


def shown(path: Path, *, start_s: float = 0.0) -> tuple[list[av.VideoFrame], str]:
    """Every picture of the video that the report embeds, and the note about it."""
    address, note = video.shown_video(path, path.parent, threading.Event(), start_s)
    assert address is not None, note
    data = base64.b64decode(address.partition(",")[2])
    with av.open(io.BytesIO(data), "r") as container:
        return list(container.decode(video=0)), note


def test_a_small_file_that_browsers_play_is_embedded_unchanged(tmp_path: Path) -> None:
    _, note = shown(make_clip(tmp_path / "a.mp4", seconds=0.5))
    assert note == ORIGINAL


@pytest.mark.parametrize("name", ["a b #1?.mp4", "12:30 show.mp4", os.fsdecode(b"caf\xe9.mp4")])
def test_a_large_file_that_browsers_play_is_linked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(video, "EMBEDDED_BYTES", 100)
    path = make_clip(tmp_path / "a.mp4", seconds=0.3).rename(tmp_path / name)
    page_folder = tmp_path / "a-captions"
    page_folder.mkdir()
    monkeypatch.chdir(tmp_path)
    address, note = video.shown_video(Path(name), page_folder, threading.Event(), 0.0)
    assert address is not None
    opened = urljoin(page_folder.as_uri() + "/report.html", address)
    assert Path(unquote(opened.removeprefix("file://"), errors="surrogateescape")) == path
    assert "moved" in note


def test_a_preview_of_a_turned_video_is_upright(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "a.mkv", size=(180, 320), rotation=90, seconds=0.5)
    frames, note = shown(path)
    assert note != ORIGINAL
    assert (frames[0].width, frames[0].height) == (320, 180)
    # The moving bar is at the left of the stored picture's upper half: at the right when turned.
    picture = frames[0].to_ndarray(format="rgb24").astype(int)
    redness = picture[..., 0] - picture[..., 2]
    assert redness[:, 160:].max() > 80 > redness[:, :150].max()


def test_a_preview_is_on_the_clock_of_the_file(tmp_path: Path) -> None:
    path = make_clip(
        tmp_path / "late.mp4", start_s=5.0, seconds=4, options={"g": "25", "preset": "ultrafast"}
    )
    frames, _ = shown(path, start_s=5.0)
    assert [frame.time for frame in frames] == [0, *(pytest.approx(s, abs=0.1) for s in (6, 7, 8))]


def test_a_preview_has_no_more_pictures_than_a_page_can_hold(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make_clip(
        tmp_path / "a.mkv", fps=24, seconds=6, options={"g": "12", "preset": "ultrafast"}
    )
    assert len(shown(path)[0]) == 12
    monkeypatch.setattr(video, "PREVIEW_PICTURES", 4)
    assert len(shown(path)[0]) == 4
    monkeypatch.setattr(video, "EMBEDDED_BYTES", 1000)
    assert len(shown(path)[0]) < 4


def test_a_preview_stops_soon_when_asked(tmp_path: Path) -> None:
    stop = threading.Event()
    stop.set()
    address, _ = video.shown_video(make_clip(tmp_path / "a.mkv", seconds=2), tmp_path, stop, 0.0)
    assert address is not None
    assert len(address) < 2000


def test_a_picture_is_that_of_its_time_and_upright(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "a.mp4", size=(180, 320), rotation=90, seconds=2, start_s=5.0)
    pictures = [video.picture_at(path, seconds) for seconds in (0.2, 1.5)]
    assert all(pictures)
    assert pictures[0] != pictures[1], "the bar of the clip moves"
    with Image.open(io.BytesIO(pictures[0] or b"")) as picture:
        assert picture.size == (320, 180)


def test_a_picture_that_cannot_be_read_is_left_out(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "a.mp4", seconds=0.5)
    assert video.picture_at(path, 100.0) is None
    path.write_bytes(b"not a video")
    assert video.picture_at(path, 0.0) is None
