import gc
import hashlib
import io
import weakref
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import msgspec
import numpy as np
import numpy.typing as npt
import pytest
from captionacc_contracts.errors import ErrorCode, PermanentError
from captionacc_contracts.frames.chunks import plan
from captionacc_contracts.frames.geometry import CropRegion
from captionacc_contracts.frames.manifest import Manifest, ManifestChunk
from captionacc_contracts.frames.tracks import CropTrack, WritingDirection
from captionacc_contracts.work.compute import Progress
from captionacc_media.cropping.chunk_decoding import by_chunk, decode_chunk
from captionacc_media.cropping.chunk_encoding import ChunkWriter
from captionacc_media.cropping.crop import YuvPicture, even_span
from captionacc_media.cropping.cropped_frames import CroppedFrames, TrackPass, crop_and_feed
from captionacc_media.cropping.manifest_file import manifest_bytes
from captionacc_media.frames.colour import BT601, BT709, Colour
from captionacc_media.frames.container import open_video
from captionacc_media.frames.frame_grid import grid
from captionacc_testkit.media import make_clip, picture

# B-frames wherever the codec has them, so that decoding and presentation order differ.
_OPTIONS = {
    "libx264": {"preset": "medium", "crf": "14", "bf": "2"},
    "mpeg4": {"b": "8000000", "bf": "2"},
    "mjpeg": {"q": "2"},
}
BOTTOM = CropRegion(crop_left=0, crop_top=0.55, crop_right=1, crop_bottom=1)
CORNER = CropRegion(crop_left=0.31, crop_top=0.52, crop_right=0.93, crop_bottom=0.97)


class Bands:
    def __init__(self) -> None:
        self.batches: list[npt.NDArray[np.uint8]] = []

    def add(self, bands: npt.NDArray[np.uint8]) -> None:
        self.batches.append(bands)


def crop(
    clip: Path,
    directory: Path,
    region: CropRegion = BOTTOM,
    progress: Callable[[Progress], None] = lambda _: None,
) -> tuple[CroppedFrames, npt.NDArray[np.uint8]]:
    bands = Bands()
    with open_video(clip) as source:
        one = TrackPass(track=CropTrack(crop_region=region), directory=directory, bands=bands)
        (cropped,) = crop_and_feed(source, [one], version=3, progress=progress)
    return cropped, np.concatenate(bands.batches)


def decode_all(directory: Path, frame_count: int) -> dict[int, YuvPicture]:
    pictures: dict[int, YuvPicture] = {}
    for chunk in plan(frame_count):
        data = (directory / chunk.id.path).read_bytes()
        pictures.update(decode_chunk(data, chunk.indices))
    return pictures


def expected_luma(
    size: tuple[int, int], number: int, region: CropRegion, rotation: int
) -> npt.NDArray[np.float64]:
    """The luma of the crop of picture ``number``, from the drawn RGB by the textbook formula."""
    rgb = np.rot90(picture(size, number), k=-rotation // 90).astype(float)
    luma = 16 + (rgb @ [65.481, 128.553, 24.966]) / 255
    height, width = luma.shape
    # Even pixels are counted in the stored picture; these sizes make both the same.
    top, bottom = even_span(region.crop_top, region.crop_bottom, height)
    left, right = even_span(region.crop_left, region.crop_right, width)
    return luma[top:bottom, left:right]


def presentation_times(data: bytes) -> list[Fraction]:
    """The presentation times of a chunk's frames in seconds, as a player reads them."""
    with av.open(io.BytesIO(data), "r", format="matroska") as container:
        packets = container.demux(video=0)
        return [each.pts * each.time_base for each in packets if each.size and each.pts is not None]


def numbers_on_grid(times: list[Fraction], end: Fraction) -> list[int]:
    numbers: list[int] = []
    index = 0
    while not numbers or Fraction(index, 10) < end:
        limit = Fraction(index, 10) + Fraction(1, 100_000)
        numbers.append(max(n for n, time in enumerate(times) if time <= limit))
        index += 1
    return numbers


@pytest.mark.parametrize(
    ("size", "rotation", "fps", "seconds", "region", "suffix", "codec", "pix_fmt"),
    [
        ((320, 180), 0, Fraction(25), 3, BOTTOM, ".mp4", "libx264", None),
        ((320, 180), 90, Fraction(25), 2, CORNER, ".mp4", "libx264", None),
        ((320, 180), 180, Fraction(25), 2, CORNER, ".mp4", "libx264", None),
        ((320, 180), 270, Fraction(25), 2, CORNER, ".mp4", "libx264", None),
        ((320, 180), 0, Fraction(24000, 1001), 4, BOTTOM, ".mkv", "libx264", None),
        ((320, 180), 0, Fraction(30000, 1001), 4, CORNER, ".mp4", "libx264", None),
        ((320, 180), 0, Fraction(60), 2, BOTTOM, ".mp4", "libx264", None),
        ((320, 180), 0, Fraction(5), 3, BOTTOM, ".mp4", "libx264", None),
        ((161, 91), 0, Fraction(25), 2, BOTTOM, ".mkv", "ffv1", "yuv444p"),
        ((161, 91), 0, Fraction(25), 1, BOTTOM, ".mkv", "ffv1", "yuv420p"),
        ((320, 180), 0, Fraction(25), 1, BOTTOM, ".mkv", "ffv1", "yuv422p10le"),
        ((320, 180), 0, Fraction(25), 1, BOTTOM, ".mov", "mjpeg", "yuvj420p"),
        ((320, 180), 0, Fraction(25), 1, BOTTOM, ".webm", "libvpx-vp9", None),
        ((320, 180), 0, Fraction(25), 1, BOTTOM, ".avi", "mpeg4", None),
        ((320, 180), 0, Fraction(25), 1, BOTTOM, ".h264", "libx264", None),
        ((320, 180), 0, Fraction(25), 1, BOTTOM, ".ts", "libx264", None),
    ],
)
def test_every_chunk_decodes_back_to_the_source_at_every_index(
    tmp_path: Path,
    size: tuple[int, int],
    rotation: int,
    fps: Fraction,
    seconds: int,
    region: CropRegion,
    suffix: str,
    codec: str,
    pix_fmt: str | None,
) -> None:
    clip = make_clip(
        tmp_path / f"clip{suffix}",
        size=size,
        rotation=rotation,
        fps=fps,
        seconds=seconds,
        codec=codec,
        pix_fmt=pix_fmt,
        options=_OPTIONS.get(codec),
    )
    cropped, bands = crop(clip, tmp_path / "chunks", region)
    manifest = cropped.manifest
    times = [Fraction(number) / fps for number in range(round(seconds * fps))]
    numbers = numbers_on_grid(times, times[-1] + 1 / fps)
    assert manifest.frame_count == len(numbers) == len(bands)
    decoded = decode_all(tmp_path / "chunks", manifest.frame_count)
    assert sorted(decoded) == list(range(manifest.frame_count))
    for index, number in enumerate(numbers):
        luma = decoded[index].luma.astype(float)
        assert luma.shape == (manifest.height, manifest.width)
        error = [
            np.abs(luma - expected_luma(size, each, region, rotation)).mean()
            for each in (number, number + 1, max(0, number - 1))
        ]
        assert error[0] < 2.5
        assert error[0] <= min(error)


def test_variable_frame_rate_shows_what_is_on_screen(tmp_path: Path) -> None:
    times = [Fraction(t, 1000) for t in (0, 33, 95, 100, 340, 355, 371, 900, 1450, 1455, 2210)]
    clip = make_clip(tmp_path / "a.mp4", pts=times, last_duration_s=Fraction(1, 2), start_s=1.7)
    cropped, _ = crop(clip, tmp_path / "chunks")
    decoded = decode_all(tmp_path / "chunks", cropped.manifest.frame_count)
    # The stream's own frame rate gives a last picture in MP4 no more than one nominal frame.
    numbers = numbers_on_grid(times, times[-1] + Fraction(1, 25))
    assert len(decoded) == len(numbers)
    for index, number in enumerate(numbers):
        error = [
            np.abs(decoded[index].luma - expected_luma((320, 180), each, BOTTOM, 0)).mean()
            for each in range(len(times))
        ]
        assert int(np.argmin(error)) == number


def test_times_that_run_for_days_are_refused(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mkv", size=(32, 32), pts=[0, 3 * 86_400])
    with open_video(clip) as source, pytest.raises(PermanentError) as caught:
        for _ in grid(source):
            pass
    assert caught.value.code is ErrorCode.VIDEO_TOO_LARGE


def test_a_picture_size_that_changes_half_way_keeps_the_first(tmp_path: Path) -> None:
    wide = make_clip(tmp_path / "wide.h264", seconds=1)
    small = make_clip(tmp_path / "small.h264", size=(160, 90), seconds=1)
    clip = tmp_path / "a.h264"
    clip.write_bytes(wide.read_bytes() + small.read_bytes())
    cropped, bands = crop(clip, tmp_path / "chunks")
    assert (cropped.manifest.width, cropped.manifest.height) == (320, 82)
    assert cropped.manifest.frame_count == len(bands) == 20
    decoded = decode_all(tmp_path / "chunks", 20)
    assert all(each.luma.shape == (82, 320) for each in decoded.values())


@pytest.mark.parametrize(
    ("size", "options", "colour"),
    [
        ((320, 180), None, BT601),
        ((1280, 720), None, BT709),
        ((320, 180), {"colorspace": "bt709", "color_primaries": "bt709"}, BT709),
    ],
)
def test_a_chunk_says_which_colours_it_has(
    tmp_path: Path, size: tuple[int, int], options: dict[str, str] | None, colour: int
) -> None:
    clip = make_clip(tmp_path / "a.mp4", size=size, seconds=0.2, options=options)
    crop(clip, tmp_path / "chunks")
    with av.open(str(tmp_path / "chunks" / "modulo_16" / "chunk_0000000000.webm")) as container:
        frame = next(container.decode(video=0))
    assert (frame.colorspace, frame.color_range) == (colour, 1)


def test_a_seek_in_a_chunk_decodes_at_most_eight_frames(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", seconds=4)
    crop(clip, tmp_path / "chunks")
    data = (tmp_path / "chunks" / "modulo_1" / "chunk_0000000000.webm").read_bytes()
    with av.open(io.BytesIO(data), "r") as container:
        packets = [packet for packet in container.demux(video=0) if packet.size]
    assert len(packets) == 24
    assert all(packet.is_keyframe == (number % 8 == 0) for number, packet in enumerate(packets))


def test_one_frame_is_one_chunk(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", pts=[0])
    cropped, bands = crop(clip, tmp_path / "chunks")
    assert cropped.manifest.frame_count == len(bands) == 1
    assert [chunk.path for chunk in cropped.manifest.chunks] == ["modulo_16/chunk_0000000000.webm"]


def test_the_manifest_lists_exactly_the_files_with_their_digests(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", size=(160, 96), seconds=15, fps=10)
    chunks = tmp_path / "chunks"
    cropped, _ = crop(clip, chunks)
    manifest = msgspec.json.decode(manifest_bytes(cropped.manifest), type=Manifest)
    assert manifest == cropped.manifest
    assert (manifest.cropped_frames_version, manifest.frame_count) == (3, 150)
    files = {str(path.relative_to(chunks)): path for path in chunks.rglob("*.webm")}
    assert set(files) == {chunk.path for chunk in manifest.chunks}
    assert {chunk.id.path for chunk in plan(150)} == set(files)
    for chunk in manifest.chunks:
        data = files[chunk.path].read_bytes()
        assert chunk.size_bytes == len(data)
        assert chunk.sha256 == hashlib.sha256(data).hexdigest()
        assert presentation_times(data) == [Fraction(k, 10) for k in range(chunk.frame_count)]
    assert cropped.total_bytes == sum(chunk.size_bytes for chunk in manifest.chunks)


def test_each_chunk_is_told_once_its_file_is_complete(tmp_path: Path) -> None:
    told: list[tuple[str, int]] = []

    def written(chunk: ManifestChunk) -> None:
        told.append((chunk.path, (tmp_path / "chunks" / chunk.path).stat().st_size))

    clip = make_clip(tmp_path / "a.mp4", size=(160, 96), seconds=8, fps=10)
    one = TrackPass(
        track=CropTrack(crop_region=BOTTOM),
        directory=tmp_path / "chunks",
        bands=Bands(),
        written=written,
    )
    with open_video(clip) as source:
        (cropped,) = crop_and_feed(source, [one], version=3, progress=lambda _: None)
    assert sorted(told) == sorted((each.path, each.size_bytes) for each in cropped.manifest.chunks)


def test_the_same_video_gives_the_same_bytes(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", seconds=1)
    first, _ = crop(clip, tmp_path / "one")
    second, _ = crop(clip, tmp_path / "two")
    assert first.manifest == second.manifest


def test_progress_counts_every_frame_and_its_exception_stops_the_pass(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", seconds=2)
    seen: list[Progress] = []
    crop(clip, tmp_path / "one", progress=seen.append)
    assert [each.done for each in seen] == [*range(1, 21), 20]
    assert {each.total for each in seen} == {20}

    def stop(at: Progress) -> None:
        if at.done == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        crop(clip, tmp_path / "two", progress=stop)


def test_a_failing_model_fails_the_pass(tmp_path: Path) -> None:
    class Broken:
        def add(self, bands: npt.NDArray[np.uint8]) -> None:
            raise ZeroDivisionError

    clip = make_clip(tmp_path / "a.mp4", seconds=5)
    one = TrackPass(track=CropTrack(crop_region=BOTTOM), directory=tmp_path / "c", bands=Broken())
    with open_video(clip) as source, pytest.raises(ZeroDivisionError):
        crop_and_feed(source, [one], version=1, progress=lambda _: None)


def test_the_model_is_freed_when_the_pass_has_ended(tmp_path: Path) -> None:
    """It holds a kilobyte per frame, and the collector of cycles may come much later."""
    clip = make_clip(tmp_path / "a.mp4", size=(160, 90), seconds=1)
    bands = Bands()
    gone = weakref.ref(bands)
    gc.disable()
    try:
        with open_video(clip) as source:
            one = TrackPass(
                track=CropTrack(crop_region=BOTTOM), directory=tmp_path / "c", bands=bands
            )
            crop_and_feed(source, [one], version=3, progress=lambda _: None)
        del bands, one
        assert gone() is None
    finally:
        gc.enable()


def test_a_hole_in_the_indices_is_refused(tmp_path: Path) -> None:
    plane = np.zeros((32, 32), np.uint8)
    grey = YuvPicture(luma=plane, u=plane[::2, ::2].copy(), v=plane[::2, ::2].copy())
    colour = Colour(matrix=BT709, primaries=BT709, transfer=BT709)
    writer = ChunkWriter(tmp_path, 32, 32, colour, lambda _: None)
    writer.add(0, grey)
    with pytest.raises(ValueError, match="1 is the next index"):
        writer.add(2, grey)
    writer.discard()


def test_a_picture_too_small_to_crop_is_refused(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mkv", size=(320, 12), seconds=0.2, codec="ffv1")
    with pytest.raises(PermanentError) as caught:
        crop(clip, tmp_path / "chunks")
    assert caught.value.code is ErrorCode.CROP_REGION_INVALID


def test_some_frames_of_a_chunk_are_those_of_the_whole_chunk(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", seconds=3)
    crop(clip, tmp_path / "chunks")
    whole = decode_all(tmp_path / "chunks", 30)
    for indices in ([1], [13, 15], [2, 29], [25], [3, 14, 29]):
        ((chunk, _),) = by_chunk(indices).items()
        found = decode_chunk((tmp_path / "chunks" / chunk.path).read_bytes(), indices)
        assert sorted(found) == indices
        for index, decoded in found.items():
            np.testing.assert_array_equal(decoded.luma, whole[index].luma)
            np.testing.assert_array_equal(decoded.u, whole[index].u)


@pytest.mark.parametrize("damage", ["cut", "noise", "empty"])
def test_a_damaged_chunk_says_so(tmp_path: Path, damage: str) -> None:
    clip = make_clip(tmp_path / "a.mp4", seconds=3)
    crop(clip, tmp_path / "chunks")
    ((chunk, indices),) = by_chunk([17, 29, 30 - 1]).items()
    data = (tmp_path / "chunks" / chunk.path).read_bytes()
    assert set(decode_chunk(data, indices)) == {17, 29}
    damaged = {"cut": data[: len(data) // 3], "noise": b"noise" * 100, "empty": b""}[damage]
    with pytest.raises(PermanentError) as caught:
        decode_chunk(damaged, indices)
    assert caught.value.code is ErrorCode.RESULT_INCOMPLETE


def test_several_tracks_are_cropped_in_one_pass_each_as_if_alone(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", size=(320, 180), fps=10, seconds=4)
    upright = CropRegion(crop_left=0.8, crop_top=0, crop_right=0.95, crop_bottom=1)
    tracks = [
        CropTrack(crop_region=BOTTOM),
        CropTrack(crop_region=CORNER),
        CropTrack(crop_region=upright, direction=WritingDirection.VERTICAL),
    ]
    sinks = [Bands() for _ in tracks]
    passes = [
        TrackPass(track=track, directory=tmp_path / str(number), bands=sink)
        for number, (track, sink) in enumerate(zip(tracks, sinks, strict=True))
    ]
    with open_video(clip) as source:
        together = crop_and_feed(source, passes, version=3, progress=lambda _: None)
    for number, (track, made) in enumerate(zip(tracks[:2], together, strict=False)):
        alone, bands = crop(clip, tmp_path / f"alone {number}", track.crop_region)
        assert made.manifest == alone.manifest
        np.testing.assert_array_equal(np.concatenate(sinks[number].batches), bands)
    assert [each.manifest.direction for each in together] == [each.direction for each in tracks]


def test_a_vertical_track_reaches_the_model_lying_down(tmp_path: Path) -> None:
    """The top of the picture is the left end of the band."""
    clip = make_clip(tmp_path / "a.mp4", size=(320, 180), fps=10, seconds=1)
    region = CropRegion(crop_left=0.8, crop_top=0, crop_right=0.95, crop_bottom=1)
    sink = Bands()
    track = CropTrack(crop_region=region, direction=WritingDirection.VERTICAL)
    one = TrackPass(track=track, directory=tmp_path / "c", bands=sink)
    with open_video(clip) as source:
        (cropped,) = crop_and_feed(source, [one], version=3, progress=lambda _: None)
    luma = decode_all(tmp_path / "c", cropped.manifest.frame_count)[0].luma
    band = sink.batches[0][0].astype(float)
    assert luma.shape[0] > luma.shape[1], "the stored picture stands upright"
    top = luma[: luma.shape[0] // 8].mean()
    bottom = luma[-luma.shape[0] // 8 :].mean()
    assert band[:, :64].mean() == pytest.approx(top, abs=4)
    assert band[:, -64:].mean() == pytest.approx(bottom, abs=4)
