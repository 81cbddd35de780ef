"""``captionacc eval-extents``: scores the extents found in videos against known captions.

It needs no stack.
"""

from collections.abc import Sequence
from pathlib import Path

import msgspec
from captionacc_contracts.frames.extents import ExtentKind
from captionacc_contracts.frames.geometry import CropRegion
from captionacc_exports.writers.truth import Truth
from captionacc_extents.inference import ExtentsInference
from captionacc_extents.network.network import ExtentsNetwork
from captionacc_extents.network.onnx_network import OnnxNetwork
from captionacc_media.cropping.band_batches import BandBatches
from captionacc_media.cropping.crop import Cropper
from captionacc_media.cropping.cropped_grid import cropped_grid
from captionacc_media.frames.container import open_video
from captionacc_scoring.report import Report, ScoredVideo, measure
from captionacc_scoring.table import table

from captionacc_cli.results.truth import load_truth

USUAL_REGION = CropRegion(crop_left=0.0, crop_top=0.7, crop_right=1.0, crop_bottom=0.98)
"""Where most captions are; used when a truth file names no crop region."""


class Evaluation(msgspec.Struct, frozen=True, kw_only=True):
    """The model, what it found in each video, and the scores."""

    model_version: str
    videos: list[ScoredVideo]
    report: Report


def evaluate(
    videos: Sequence[Path], truths: Sequence[Path], *, seed: int, network: ExtentsNetwork
) -> Evaluation:
    """Find the extents of every video as the crop-and-infer function does, and score them.

    Raises:
        TruthError: a truth file is missing, or it does not have the form of ``Truth``.
        PermanentError: a video cannot be used.
    """
    known = [load_truth(path) for path in truths]
    scored = [_score(video, truth, network) for video, truth in zip(videos, known, strict=True)]
    return Evaluation(
        model_version=network.version, videos=scored, report=measure(scored, seed=seed)
    )


def show(videos: Sequence[Path], truths: Sequence[Path], *, seed: int, as_json: bool) -> None:
    """Print the scores as a table, or everything as JSON.

    Raises:
        TruthError: see :func:`evaluate`.
        PermanentError: a video or the model cannot be used.
    """
    done = evaluate(videos, truths, seed=seed, network=OnnxNetwork())
    if as_json:
        print(msgspec.json.format(msgspec.json.encode(done)).decode())
    else:
        print(f"Model {done.model_version[:12]}, {len(videos)} videos\n")
        print(table(done.report))


def _score(video: Path, truth: Truth, network: ExtentsNetwork) -> ScoredVideo:
    inference = ExtentsInference(network)
    batches = BandBatches(inference)
    frames = 0
    with open_video(video) as source:
        cropper = Cropper(source, truth.crop_region or USUAL_REGION)
        for index, picture in cropped_grid(source, cropper):
            batches.add(picture.luma)
            frames = index + 1
    batches.flush()
    return ScoredVideo(
        name=video.name,
        kind=truth.kind,
        frames=frames,
        found=[
            (extent.start_frame, extent.end_frame)
            for extent in inference.finish().extents
            if extent.kind is ExtentKind.CAPTION
        ],
        truth=[(caption.start_frame, caption.end_frame + 1) for caption in truth.captions],
    )
