"""People and OCR see the displayed shape; people see the colours of an ordinary screen."""

import io
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
import pytest
from captionacc_contracts.frames.geometry import CropRegion
from captionacc_media.cropping.crop import Cropper
from captionacc_media.frames.container import open_video
from captionacc_media.frames.jpeg import displayed_rgb, encode_jpeg, people_rgb
from captionacc_media.frames.tone_mapping import HLG, PQ
from captionacc_testkit.media import picture
from PIL import Image

# Codes (0 to 255) of the reference white of HDR, 203 cd/m2.
REFERENCE_WHITE = {PQ: 148, HLG: 191}


def make(
    path: Path,
    rgb: npt.NDArray[np.uint8],
    *,
    pixel: Fraction = Fraction(1),
    rotation: int = 0,
    transfer: int | None = None,
) -> Path:
    """Write a video of one picture, without loss."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"qp": "1"})
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = rgb.shape[1], rgb.shape[0], "yuv444p"
        stream.codec_context.sample_aspect_ratio = pixel
        if transfer is not None:
            stream.codec_context.color_trc = transfer
            stream.codec_context.color_primaries = stream.codec_context.colorspace = 9
        if rotation:
            stream.set_display_rotation(-rotation)
        container.mux(stream.encode(av.VideoFrame.from_ndarray(rgb, "rgb24")))
        container.mux(stream.encode())
    return path


def difference(one: npt.NDArray[np.uint8], other: npt.NDArray[np.uint8]) -> float:
    return float(np.abs(one.astype(int) - other).mean())


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
@pytest.mark.parametrize("pixel", [Fraction(2), Fraction(64, 45), Fraction(1, 2)])
def test_an_anamorphic_picture_is_stretched(tmp_path: Path, pixel: Fraction, rotation: int) -> None:
    stored_size = (160, 180) if pixel > 1 else (320, 90)
    width, height = (round(160 * pixel), 180) if pixel > 1 else (320, round(90 / pixel))
    shown = picture((width, height), 3, "Text")
    stored = np.asarray(Image.fromarray(shown).resize(stored_size))
    clip = make(tmp_path / "a.mp4", stored, pixel=pixel, rotation=rotation)
    turned = np.rot90(shown, k=-rotation // 90)
    with open_video(clip) as source:
        assert (source.width, source.height) == (turned.shape[1], turned.shape[0])
        found = displayed_rgb(next(source.frames()), source)
    assert found.shape == turned.shape
    assert difference(found, turned) < 8


def test_a_crop_has_the_displayed_shape(tmp_path: Path) -> None:
    shown = picture((640, 360), 3, "Text")
    stored = np.asarray(Image.fromarray(shown).resize((320, 360)))
    clip = make(tmp_path / "a.mp4", stored, pixel=Fraction(2))
    region = CropRegion(crop_left=0.25, crop_top=0.5, crop_right=0.75, crop_bottom=1)
    with open_video(clip) as source:
        crop = Cropper(source, region).cut(next(source.frames())).to_rgb()
    assert crop.shape == (180, 320, 3)
    assert difference(crop, shown[180:, 160:480]) < 8


@pytest.mark.parametrize("pixel", [Fraction(1, 100), Fraction(100), Fraction(1280, 1279)])
def test_a_damaged_or_tiny_stretch_is_left_out(tmp_path: Path, pixel: Fraction) -> None:
    clip = make(tmp_path / "a.mp4", picture((160, 90), 0), pixel=pixel)
    with open_video(clip) as source:
        assert (source.width, source.height) == (160, 90)


@pytest.mark.parametrize("transfer", [PQ, HLG])
def test_white_text_of_an_hdr_video_is_white_for_people(tmp_path: Path, transfer: int) -> None:
    drawn = picture((320, 180), 0, "WHITE TEXT")
    white = REFERENCE_WHITE[transfer]
    codes = (drawn.astype(int) * white // 255).astype(np.uint8)
    clip = make(tmp_path / "a.mp4", codes, transfer=transfer)
    text = drawn.min(axis=2) == 255
    with open_video(clip) as source:
        frame = next(source.frames())
        read = displayed_rgb(frame, source)
        jpeg = encode_jpeg(people_rgb(frame, source, read))
    seen = np.asarray(Image.open(io.BytesIO(jpeg)))
    assert 235 <= np.median(seen[text]) <= 255
    assert np.median(read[text]) == pytest.approx(white, abs=3), "OCR reads the picture as stored"


def test_an_ordinary_picture_is_the_same_for_people(tmp_path: Path) -> None:
    clip = make(tmp_path / "a.mp4", picture((160, 90), 0, "Text"))
    with open_video(clip) as source:
        frame = next(source.frames())
        read = displayed_rgb(frame, source)
        assert people_rgb(frame, source, read) is read
