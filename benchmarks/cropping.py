"""Crop and infer beside decoding alone: ``python -m benchmarks.cropping VIDEO [--threads 2]``.

Both use as many threads, in turn. Decoding alone decodes every picture with PyAV, which has no way
to leave pictures out by their times.
"""

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import av
from captionacc_contracts.frames.geometry import CropRegion
from captionacc_contracts.frames.tracks import CropTrack
from captionacc_extents.inference import ExtentsInference
from captionacc_extents.network.onnx_network import OnnxNetwork
from captionacc_media.cropping.cropped_frames import TrackPass, crop_and_feed
from captionacc_media.frames.container import open_video
from captionacc_modal.process_memory import peak_memory_mib
from captionacc_observability.free_memory import keep_little_free_memory

REGION = CropRegion(crop_left=0.1, crop_top=0.8, crop_right=0.9, crop_bottom=0.99)


def main() -> None:
    """Print the wall and processor seconds of each round, then the medians and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("video", type=Path)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    keep_little_free_memory()
    network = OnnxNetwork()

    def decode() -> None:
        with av.open(str(options.video)) as container:
            stream = container.streams.video[0]
            stream.thread_type, stream.codec_context.thread_count = "AUTO", options.threads
            for _ in container.decode(stream):
                pass

    def crop_and_infer() -> None:
        inference = ExtentsInference(network, threads=options.threads)
        with (
            tempfile.TemporaryDirectory() as chunks,
            open_video(options.video, threads=options.threads) as source,
        ):
            one = TrackPass(
                track=CropTrack(crop_region=REGION), directory=Path(chunks), bands=inference
            )
            crop_and_feed(source, [one], version=1, progress=lambda _: None)
        inference.finish()

    rounds = [(_used(decode), _used(crop_and_infer)) for _ in range(options.rounds)]
    for name, used in zip(
        ("decode alone", "crop and infer"), zip(*rounds, strict=True), strict=True
    ):
        walls, cpus = zip(*used, strict=True)
        print(
            f"{name}: {statistics.median(walls):.2f} s, {statistics.median(cpus):.2f} CPU s "
            f"(medians of {options.rounds})"
        )
    ratio = statistics.median(whole[0] / alone[0] for alone, whole in rounds)
    print(
        f"crop and infer takes {ratio:.2f} times as long as decoding alone; {options.threads} "
        f"threads, peak {peak_memory_mib():.0f} MiB, load {os.getloadavg()[0]:.1f}"
    )


def _used(work: Callable[[], None]) -> tuple[float, float]:
    """Wall and processor seconds of ``work``."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


if __name__ == "__main__":
    main()
