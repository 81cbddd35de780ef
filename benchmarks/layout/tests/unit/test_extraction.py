"""Which regions are taken from a result, and what is read without OCR."""

import numpy as np
from captionacc_contracts.frames.geometry import CropRegion
from captionacc_contracts.frames.tracks import AnchorType, SuggestedTrack, WritingDirection
from captionacc_media.ocr.protocol import OcrPage
from captionacc_testkit.compute_results import extracted

from benchmarks.layout.extraction import NoReadings, regions_of
from benchmarks.layout.truth import Box

BOTTOM = CropRegion(crop_left=0.1, crop_top=0.8, crop_right=0.9, crop_bottom=0.95)
TOP = CropRegion(crop_left=0.1, crop_top=0.0, crop_right=0.9, crop_bottom=0.1)


def track(region: CropRegion) -> SuggestedTrack:
    return SuggestedTrack(
        crop_region=region,
        anchor_type=AnchorType.CENTER,
        anchor_position=0.5,
        direction=WritingDirection.HORIZONTAL,
        confidence=0.9,
    )


def test_the_regions_of_all_tracks_are_taken() -> None:
    assert regions_of(extracted(suggested_tracks=[track(BOTTOM), track(TOP)])) == [
        Box(left=0.1, top=0.8, right=0.9, bottom=0.95),
        Box(left=0.1, top=0.0, right=0.9, bottom=0.1),
    ]
    assert regions_of(extracted(suggested_tracks=[])) == []


async def test_without_ocr_each_picture_has_an_empty_page() -> None:
    picture = np.zeros((4, 6, 3), np.uint8)
    assert (await NoReadings().read([picture, picture])).pages == [OcrPage(), OcrPage()]
