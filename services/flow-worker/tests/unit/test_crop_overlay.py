"""The picture with the suggested crop regions."""

from xml.etree import ElementTree as ET

from captionacc_contracts.frames.geometry import CropRegion
from captionacc_flow_worker.orchestration.shown.crop_overlay import crop_overlay

SVG = "{http://www.w3.org/2000/svg}"
LOWER = CropRegion(crop_left=0.1, crop_top=0.5, crop_right=0.9, crop_bottom=0.75)
UPPER = CropRegion(crop_left=0.25, crop_top=0, crop_right=0.5, crop_bottom=0.25)


def frames_of(picture: ET.Element) -> list[tuple[float, ...]]:
    """The left and upper edges, widths and heights of the frames."""
    names = ("x", "y", "width", "height")
    return [
        tuple(float(frame.attrib[name]) for name in names) for frame in picture.iter(f"{SVG}rect")
    ]


def test_region_is_framed_in_pixels_of_the_picture() -> None:
    picture = ET.fromstring(crop_overlay(b"jpeg", 640, 360, [LOWER]))

    assert frames_of(picture) == [(64, 180, 512, 90)]
    assert picture.find(f"{SVG}text") is None


def test_every_track_has_a_frame_with_its_number() -> None:
    picture = ET.fromstring(crop_overlay(b"jpeg", 640, 360, [LOWER, UPPER]))

    assert frames_of(picture) == [(64, 180, 512, 90), (160, 0, 160, 90)]
    labels = list(picture.iter(f"{SVG}text"))
    assert [label.text for label in labels] == ["1", "2"]
    insets = [float(label.attrib["y"]) - top for label, top in zip(labels, (180, 0), strict=True)]
    assert insets == [15, 15]


def test_picture_without_captions_has_no_frame() -> None:
    picture = ET.fromstring(crop_overlay(b"jpeg", 640, 360, []))

    assert frames_of(picture) == []
    assert picture.find(f"{SVG}image") is not None
