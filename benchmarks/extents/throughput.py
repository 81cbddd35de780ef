"""Frames per second of inference, compared with the simplest way to use the same network."""

import time
from typing import NamedTuple

import cv2
import numpy as np
import torch
from captionacc_extents.decoding.decode import decode
from captionacc_extents.inference import ExtentsInference
from captionacc_extents.network.network import ExtentsNetwork
from captionacc_extents.network.onnx_network import OnnxNetwork
from captionacc_extents.network.torch_network import load_torch_network
from captionacc_extents.reading.scores import FrameScores
from numpy.typing import NDArray

FRAMES = 3000
"""Five minutes of video, so that the start of the threads does not count."""

NAIVE_FRAMES = 160
"""Fewer frames than `FRAMES`, because the simple way takes much longer per frame."""

ROUNDS = 3
"""The best round counts: it is the one that other processes disturbed least."""

HOUR = 36_000
"""Frames of an hour at 10 Hz."""


class Throughput(NamedTuple):
    """How fast both ways are.

    Attributes:
        batched: frames per second of `ExtentsInference`.
        naive: frames per second of the simplest way.
        decoding_an_hour_s: seconds that the decoding of an hour of scores takes.
    """

    batched: float
    naive: float
    decoding_an_hour_s: float


def drawn_bands(count: int) -> NDArray[np.uint8]:
    """Captions of 2.5 s with short gaps over a drifting picture."""
    rng = np.random.default_rng(1)
    letters = np.array(list("abcdefghijklmnoprstuvw "))
    scene = cv2.GaussianBlur(rng.integers(0, 256, (64, 4096), np.uint8), (0, 0), 5)
    bands = np.empty((count, 64, 512), np.uint8)
    text = ""
    for k in range(count):
        at = 3 * k % 3500
        bands[k] = scene[:, at : at + 512]
        if k % 30 == 0:
            text = "".join(rng.choice(letters, 18))
        if k % 30 < 25:
            for tone, thickness in ((0, 6), (250, 2)):
                cv2.putText(
                    bands[k],
                    text,
                    (100, 42),
                    cv2.FONT_HERSHEY_DUPLEX,
                    0.9,
                    tone,
                    thickness,
                    cv2.LINE_AA,
                )
    return bands


def throughput(threads: int) -> Throughput:
    """Measure both ways in turn with `threads` threads."""
    network, eager = OnnxNetwork(), load_torch_network()
    torch.set_num_threads(threads)
    bands = drawn_bands(FRAMES)
    scores = _run(network, bands[:64], threads)
    _naive(eager, bands[:8])
    batched = naive = 0.0
    for _ in range(ROUNDS):
        started = time.perf_counter()
        scores = _run(network, bands, threads)
        batched = max(batched, len(bands) / (time.perf_counter() - started))
        started = time.perf_counter()
        _naive(eager, bands[:NAIVE_FRAMES])
        naive = max(naive, (NAIVE_FRAMES - 1) / (time.perf_counter() - started))

    hour = _repeated(scores, HOUR)
    started = time.perf_counter()
    decode(hour, network.rules)
    return Throughput(
        batched=batched, naive=naive, decoding_an_hour_s=time.perf_counter() - started
    )


def _naive(network: ExtentsNetwork, bands: NDArray[np.uint8]) -> None:
    """Encode both frames of every pair again, one at a time, and compare them both ways."""
    for k in range(1, len(bands)):
        a, b = network.encode(bands[k - 1 : k]), network.encode(bands[k : k + 1])
        network.compare(a, b)
        network.compare(b, a)


def _run(network: OnnxNetwork, bands: NDArray[np.uint8], threads: int) -> FrameScores:
    inference = ExtentsInference(network, threads=threads)
    for first in range(0, len(bands), 32):
        inference.add(bands[first : first + 32])
    return inference.scores()


def _repeated(scores: FrameScores, count: int) -> FrameScores:
    index = np.arange(count) % len(scores)
    fields = {
        name: getattr(scores, name)[..., index] if name == "different" else getattr(scores, name)
        for name in scores.__dataclass_fields__
    }
    return FrameScores(
        **{
            name: values if name == "different" else values[index]
            for name, values in fields.items()
        }
    )
