"""Which regions are taken from a result, and what the kept readings return."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from captionacc_contracts.frames.geometry import CropRegion
from captionacc_contracts.frames.tracks import AnchorType, SuggestedTrack, WritingDirection
from captionacc_media.ocr.protocol import OcrPage, OcrReading, RgbImage
from captionacc_media.text.boxes import TextBox
from captionacc_testkit.compute_results import extracted

from benchmarks.layout.extraction import KeptReadings, regions_of
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


class Engine:
    """Reads the brightness of a picture, and counts the pictures."""

    name = "brightness"
    read_pictures = 0

    async def read(self, images: Sequence[RgbImage], language: str | None = None) -> OcrReading:
        self.read_pictures += len(images)
        texts = [str(image[0, 0, 0]) for image in images]
        return OcrReading(
            pages=[
                OcrPage(boxes=[TextBox(text=text, confidence=1, left=0, top=0, right=1, bottom=1)])
                for text in texts
            ],
            units=len(images),
        )


async def test_kept_readings_read_each_picture_once_and_keep_the_order(tmp_path: Path) -> None:
    engine = Engine()
    kept = KeptReadings(engine, tmp_path)
    dark, light = (np.full((2, 2, 3), tone, np.uint8) for tone in (10, 200))
    await kept.read([light])
    reading = await kept.read([dark, light])
    assert [page.boxes[0].text for page in reading.pages] == ["10", "200"]
    assert engine.read_pictures == 2
