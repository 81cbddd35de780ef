"""The picture with the suggested crop region."""

from xml.etree import ElementTree as ET

from captionacc_contracts.frames.geometry import CropRegion
from captionacc_flow_worker.orchestration.artifacts import crop_overlay

SVG = "{http://www.w3.org/2000/svg}"


def test_region_is_framed_in_pixels_of_the_picture() -> None:
    region = CropRegion(crop_left=0.1, crop_top=0.5, crop_right=0.9, crop_bottom=0.75)

    picture = ET.fromstring(crop_overlay(b"jpeg", 640, 360, region))

    frame = picture.find(f"{SVG}rect")
    assert frame is not None
    assert {name: float(frame.attrib[name]) for name in ("x", "y", "width", "height")} == {
        "x": 64.0,
        "y": 180.0,
        "width": 512.0,
        "height": 90.0,
    }


def test_picture_without_captions_has_no_frame() -> None:
    picture = ET.fromstring(crop_overlay(b"jpeg", 640, 360, None))

    assert picture.find(f"{SVG}rect") is None
    assert picture.find(f"{SVG}image") is not None
