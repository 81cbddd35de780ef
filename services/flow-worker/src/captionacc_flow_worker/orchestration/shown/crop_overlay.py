"""A picture with the suggested crop regions, and the names of tracks in what Prefect shows."""

import base64
from collections.abc import Sequence

from captionacc_contracts.frames.geometry import CropRegion
from captionacc_contracts.frames.tracks import FIRST_TRACK


def crop_overlay(jpeg: bytes, width: int, height: int, regions: Sequence[CropRegion]) -> str:
    """An SVG document that shows ``jpeg`` with a frame around each region.

    Several frames have the numbers of their tracks.
    """
    frames = "".join(
        _frame(region, width, height, label.strip())
        for region, label in zip(regions, track_suffixes(len(regions)), strict=True)
    )
    picture = base64.b64encode(jpeg).decode()
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">'
        f'<image width="{width}" height="{height}" href="data:image/jpeg;base64,{picture}"/>'
        f"{frames}</svg>"
    )


def _frame(region: CropRegion, width: int, height: int, label: str) -> str:
    x, y = region.crop_left * width, region.crop_top * height
    frame = (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{region.crop_right * width - x:.1f}" '
        f'height="{region.crop_bottom * height - y:.1f}" fill="none" stroke="#ff3b30" '
        f'stroke-width="{max(2, width // 320)}"/>'
    )
    if not label:
        return frame
    size = max(10, height // 24)
    # Inside the frame, so that the label of a region at an edge of the picture is not cut off.
    return (
        f'{frame}<text x="{x + size / 4:.1f}" y="{y + size:.1f}" font-size="{size}" '
        f'fill="#ff3b30">{label}</text>'
    )


def track_suffixes(count: int) -> list[str]:
    """What follows the name of a thing of each track: nothing if the video has one track."""
    if count == 1:
        return [""]
    return [f" {number}" for number in range(FIRST_TRACK, FIRST_TRACK + count)]
