import struct
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from captionacc_contracts.errors import ErrorCode, PermanentError
from captionacc_media.frames.container import open_video
from captionacc_media.frames.frame_grid import grid
from captionacc_media.frames.jpeg import displayed_rgb
from captionacc_testkit.media import make_audio_only, make_clip, picture, truncate
from PIL import Image


def failure(path: Path) -> PermanentError:
    with pytest.raises(PermanentError) as caught, open_video(path):
        pass
    return caught.value


@pytest.mark.parametrize(("rotation", "size"), [(0, (320, 180)), (90, (180, 320))])
def test_size_is_that_of_the_displayed_picture(
    tmp_path: Path, rotation: int, size: tuple[int, int]
) -> None:
    clip = make_clip(tmp_path / "a.mp4", rotation=rotation, seconds=1)
    with open_video(clip) as source:
        assert (source.width, source.height) == size
        assert source.rotation == rotation
        assert source.codec == "h264"
        assert source.duration_seconds == pytest.approx(1.0)


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_upright_turns_the_picture_clockwise(tmp_path: Path, rotation: int) -> None:
    clip = make_clip(tmp_path / "a.mp4", rotation=rotation, seconds=0.2)
    with open_video(clip) as source:
        frame = next(source.frames())
        shown = displayed_rgb(frame, source)
        expected = np.rot90(picture((320, 180), 0), k=-rotation // 90)
        assert shown.shape[:2] == (source.height, source.width)
        assert np.abs(shown.astype(int) - expected).mean() < 6


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".ts"])
def test_a_late_start_counts_from_the_first_picture(tmp_path: Path, suffix: str) -> None:
    clip = make_clip(tmp_path / f"a{suffix}", start_s=2.5, seconds=1, audio=True)
    with open_video(clip) as source:
        frames = list(source.frames())
        assert source.first_pts * source.time_base >= Fraction(5, 2)
        assert source.presentation_s(frames[0]) == 0
        assert source.presentation_s(frames[10]) == pytest.approx(0.4, abs=0.001)
        assert source.end_s(frames[-1]) == pytest.approx(1.0, abs=0.002)


def test_an_edit_list_hides_the_pictures_before_it(tmp_path: Path) -> None:
    options = {"preset": "medium", "crf": "12", "bf": "2", "g": "12"}
    clip = make_clip(tmp_path / "a.mp4", seconds=1, options=options)
    data = bytearray(clip.read_bytes())
    media_time_at = data.index(b"elst") + 4 + 4 + 4 + 4
    (media_time,) = struct.unpack_from(">i", data, media_time_at)
    struct.pack_into(">i", data, media_time_at, media_time + 90_000 // 5)
    clip.write_bytes(data)
    with open_video(clip) as source:
        frames = list(source.frames())
        assert len(frames) == 20
        assert source.presentation_s(frames[0]) == 0
        shown = frames[0].to_ndarray(format="rgb24").astype(int)
    error = [np.abs(picture((320, 180), number) - shown).mean() for number in range(12)]
    assert int(np.argmin(error)) == 5


@pytest.mark.parametrize(
    ("codec", "suffix", "fps"),
    [
        ("libx264", ".h264", 20),
        ("libx264", ".h264", Fraction(24_000, 1001)),
        ("libx265", ".hevc", 20),
        ("mpeg2video", ".m2v", 30),
    ],
)
def test_a_bare_stream_runs_at_the_frame_rate_of_its_headers(
    tmp_path: Path, codec: str, suffix: str, fps: Fraction
) -> None:
    options = {"x265-params": "log-level=none"} if codec == "libx265" else {}
    clip = make_clip(
        tmp_path / f"a{suffix}", seconds=1, fps=fps, codec=codec, options=options, size=(160, 96)
    )
    with open_video(clip) as source:
        times = [float(source.presentation_s(frame)) for frame in source.frames()]
    count = round(fps)
    assert times == pytest.approx([number / fps for number in range(count)], abs=0.001)


def test_a_bare_stream_without_a_frame_rate_is_refused(tmp_path: Path) -> None:
    clip = make_clip(
        tmp_path / "a.hevc",
        seconds=1,
        codec="libx265",
        options={"x265-params": "log-level=none:no-vui-timing-info=1"},
    )
    error = failure(clip)
    assert error.code is ErrorCode.VIDEO_UNREADABLE
    assert "does not state its frame rate" in error.message
    assert "ffmpeg -framerate" in error.message


def test_a_gif_is_read(tmp_path: Path) -> None:
    clip = tmp_path / "a.gif"
    pictures = [Image.fromarray(picture((64, 36), number)) for number in range(4)]
    pictures[0].save(
        clip, save_all=True, append_images=pictures[1:], duration=[100, 300, 100, 500], loop=0
    )
    with open_video(clip) as source:
        found = [(index, displayed_rgb(frame, source)) for index, frame in grid(source)]
    assert [index for index, _ in found] == list(range(10))
    for (_, shown), number in zip(found, [0, 1, 1, 1, 2, 3, 3, 3, 3, 3], strict=True):
        errors = [np.abs(shown - picture((64, 36), each).astype(int)).mean() for each in range(4)]
        assert int(np.argmin(errors)) == number


def test_a_broken_tail_keeps_what_decodes(tmp_path: Path) -> None:
    clip = truncate(make_clip(tmp_path / "a.mkv"), 0.6)
    with open_video(clip) as source:
        indices = [index for index, _ in grid(source)]
        assert 5 < len(indices) < 30
        assert indices == list(range(len(indices)))


def test_damage_in_the_middle_does_not_end_the_video(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.ts", options={"g": "5", "crf": "20"})
    data = bytearray(clip.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 3000] = bytes(3000)
    clip.write_bytes(data)
    with open_video(clip) as source:
        times = [source.presentation_s(frame) for frame in source.frames()]
        assert times == sorted(set(times))
        assert times[-1] == pytest.approx(2.96, abs=0.01)


def test_frames_may_be_read_again(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", seconds=0.4)
    with open_video(clip) as source:
        first = [frame.pts for frame in source.frames()]
        assert [frame.pts for frame in source.frames()] == first


def test_sound_alone_is_refused(tmp_path: Path) -> None:
    error = failure(make_audio_only(tmp_path / "a.mp4"))
    assert error.code is ErrorCode.VIDEO_WITHOUT_PICTURES
    assert "no video stream" in error.message


def test_a_stream_of_which_nothing_decodes_is_refused(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", seconds=1)
    data = bytearray(clip.read_bytes())
    start = data.index(b"mdat") + 4
    end = data.index(b"moov") - 4
    data[start:end] = bytes(end - start)
    clip.write_bytes(data)
    assert failure(clip).code is ErrorCode.VIDEO_WITHOUT_PICTURES


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"just text\n" * 200,
        b"\x89PNG\r\n\x1a\n" + bytes(100),
        bytes(range(256)) * 40,
        b"\x00\x00\x00\x18ftypmp42",
    ],
)
def test_what_is_no_video_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(content)
    error = failure(path)
    assert error.code is ErrorCode.VIDEO_UNREADABLE
    assert str(tmp_path) not in error.message


def test_a_playlist_cannot_make_us_open_another_file(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "real.ts", seconds=0.2)
    playlist = tmp_path / "a.mp4"
    playlist.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{clip}\n#EXT-X-ENDLIST\n")
    assert failure(playlist).code is ErrorCode.VIDEO_UNREADABLE
    playlist.write_text(f"ffconcat version 1.0\nfile {clip}\n")
    assert failure(playlist).code is ErrorCode.VIDEO_UNREADABLE


def test_a_missing_file_is_the_callers_mistake(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), open_video(tmp_path / "none.mp4"):
        pass
