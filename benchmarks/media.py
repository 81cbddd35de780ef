"""Media work, compared with the obvious way to do it: ``python -m benchmarks.media``.

Two comparisons: sampling full frames by seeking, and by decoding the whole video; crop and infer in
one pass, and in one pass for the chunks and another one for the model.
"""

import tempfile
from pathlib import Path

from captionacc_contracts.frames.geometry import CropRegion
from captionacc_contracts.frames.tracks import CropTrack
from captionacc_extents.inference import ExtentsInference
from captionacc_extents.network.onnx_network import OnnxNetwork
from captionacc_media.cropping.cropped_frames import TrackPass, crop_and_feed
from captionacc_media.frames.container import open_video
from captionacc_media.frames.frame_grid import grid
from captionacc_media.frames.seek_sampling import sample
from captionacc_testkit.media import make_clip

from benchmarks.timing import paired

REGION = CropRegion(crop_left=0.0, crop_top=0.8, crop_right=1.0, crop_bottom=1.0)
STEP = 100
ROUNDS = 3


class Discard:
    """A sink for bands that does nothing."""

    def add(self, bands: object) -> None: ...


def main() -> None:
    """Print one line per comparison."""
    with tempfile.TemporaryDirectory() as folder:
        clip = Path(folder) / "clip.mp4"
        make_clip(clip, size=(1280, 720), fps=25, seconds=60, captions=[(1, 3, "A caption")])

        def by_seeking() -> None:
            with open_video(clip) as source:
                for _ in sample(source, STEP):
                    pass

        def by_decoding_all() -> None:
            with open_video(clip) as source:
                for index, _ in grid(source):
                    _ = index % STEP

        def crop(sink: ExtentsInference | Discard) -> None:
            with (
                tempfile.TemporaryDirectory(dir=folder) as chunks,
                open_video(clip) as source,
            ):
                one = TrackPass(
                    track=CropTrack(crop_region=REGION), directory=Path(chunks), bands=sink
                )
                crop_and_feed(source, [one], version=1, progress=lambda _: None)

        def one_pass() -> None:
            inference = ExtentsInference(OnnxNetwork())
            crop(inference)
            inference.finish()

        def two_passes() -> None:
            crop(Discard())
            one_pass()

        paired(
            "full frames at 0.1 Hz, seeking / decoding all frames",
            by_seeking,
            by_decoding_all,
            ROUNDS,
        )
        paired("crop and infer, one pass / two passes", one_pass, two_passes, ROUNDS)


if __name__ == "__main__":
    main()
