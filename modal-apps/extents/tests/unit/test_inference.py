import gc
import threading
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from captionacc_contracts.frames.extents import ExtentKind, tiles
from captionacc_extents import inference as inference_module
from captionacc_extents.inference import ExtentsInference, ExtentsOutcome
from captionacc_extents.network.network import CHANNELS, FrameFeatures
from captionacc_extents.network.weights import shipped_rules
from captionacc_extents.rules.rules import Rules
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

RULES = shipped_rules()
SOON = RULES.with_reading(opening_frames=16)
"""Rules with an opening that ends with the first block."""


class TonesNetwork:
    """A network whose captions are plain tones in the first pixel; 0 is no caption."""

    version = "tones"
    device = "cpu"

    def __init__(self, rules: Rules = RULES) -> None:
        self.rules = rules
        self.largest_block = 0

    def encode(
        self, bands: NDArray[np.uint8], static: NDArray[np.bool_] | None = None
    ) -> FrameFeatures:
        self.largest_block = max(self.largest_block, len(bands))
        tone = bands[:, 0, 0].astype(np.float32)
        shown = (tone > 0).astype(np.float32)
        return FrameFeatures(
            embedding=np.broadcast_to(
                tone[:, None, None, None], (len(tone), CHANNELS, 8, 64)
            ).astype(np.float32),
            text=np.broadcast_to(shown[:, None, None], (len(tone), 8, 64)).astype(np.float32),
            presence=np.where(shown > 0, 8, -8).astype(np.float32),
        )

    def leave_out(self, features: FrameFeatures, static: NDArray[np.bool_]) -> FrameFeatures:
        return features

    def compare(self, a: FrameFeatures, b: FrameFeatures) -> NDArray[np.float32]:
        change = np.abs(a.embedding[:, 0, 0, 0] - b.embedding[:, 0, 0, 0]).astype(np.float32)
        return np.asarray(np.minimum(change * 4 - 8, 8), np.float32)


def bands_of(tones: list[int]) -> NDArray[np.uint8]:
    bands = np.zeros((len(tones), 64, 512), np.uint8)
    bands[:, 0, 0] = tones
    return bands


def run(tones: list[int], sizes: list[int], rules: Rules = RULES) -> ExtentsOutcome:
    inference = ExtentsInference(TonesNetwork(rules))
    bands, at = bands_of(tones), 0
    for size in sizes:
        inference.add(bands[at : at + size])
        at += size
    inference.add(bands[at:])
    return inference.finish()


@settings(max_examples=12, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from([0, 40, 90]), st.integers(2, 15)), max_size=6),
    st.lists(st.integers(0, 30), max_size=6),
)
def test_the_result_does_not_depend_on_how_frames_come(
    stretches: list[tuple[int, int]], sizes: list[int]
) -> None:
    tones = [tone for tone, length in stretches for _ in range(length)]
    whole = run(tones, [])
    assert run(tones, sizes) == whole
    assert run(tones, [1] * len(tones)) == whole
    assert tiles(whole.extents, len(tones))
    assert len(whole.pairs) == max(0, len(tones) - 1)
    assert whole.model_version == "tones"


def test_captions_are_found_across_the_end_of_the_opening() -> None:
    tones = [0] * 7 + [40] * 20 + [90] * 21 + [0] * 10
    whole = run(tones, [])
    assert run(tones, [5, 9], SOON) == whole
    found = [(e.start_frame, e.end_frame) for e in whole.extents if e.kind is ExtentKind.CAPTION]
    assert found == [(7, 27), (27, 48)]


def test_blocks_stay_small_when_thousands_of_frames_are_added_at_once() -> None:
    network = TonesNetwork()
    inference = ExtentsInference(network)
    inference.add(bands_of([40] * 300))
    inference.finish()
    assert 0 < network.largest_block <= RULES.reading.block_frames


@pytest.mark.parametrize(
    "bands",
    [np.zeros((3, 64, 511), np.uint8), np.zeros((64, 512), np.uint8), np.zeros((1, 64, 512))],
)
def test_other_shapes_and_types_are_refused(bands: NDArray[np.uint8]) -> None:
    with pytest.raises(ValueError, match="luma_band"):
        ExtentsInference(TonesNetwork()).add(bands)


class FailingNetwork(TonesNetwork):
    """A network that cannot encode frames of one tone."""

    def encode(
        self, bands: NDArray[np.uint8], static: NDArray[np.bool_] | None = None
    ) -> FrameFeatures:
        if (bands[:, 0, 0] == 90).any():
            raise RuntimeError("The network has failed.")
        return super().encode(bands, static)


@pytest.mark.parametrize("rules", [SOON, RULES])
def test_an_error_of_the_network_reaches_the_caller(
    rules: Rules,
) -> None:
    inference = ExtentsInference(FailingNetwork(rules))
    inference.add(bands_of([40] * 40 + [90]))
    with pytest.raises(RuntimeError, match="has failed"):
        inference.add(bands_of([40] * 10 * rules.reading.block_frames))
    with pytest.raises(RuntimeError, match="has failed"):
        inference.finish()


def reading_threads() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if "read bands" in thread.name}


def test_threads_end_with_the_stream() -> None:
    before = reading_threads()
    inference = ExtentsInference(TonesNetwork(), threads=2)
    inference.add(bands_of([40] * 100))
    assert reading_threads() - before
    inference.finish()
    assert not reading_threads() - before


def test_threads_end_when_the_stream_is_dropped() -> None:
    before = reading_threads()
    inference = ExtentsInference(TonesNetwork(), threads=2)
    inference.add(bands_of([40] * 100))
    started = reading_threads() - before
    assert started
    del inference
    gc.collect()
    for thread in started:
        thread.join(10)
    assert not reading_threads() - before


def test_the_result_does_not_depend_on_the_threads() -> None:
    tones = [0] * 7 + [40] * 20 + [90] * 21 + [0] * 10
    inference = ExtentsInference(TonesNetwork(), threads=4)
    inference.add(bands_of(tones))
    assert inference.finish() == run(tones, [])


def held_bytes(inference: ExtentsInference, blocks: int) -> int:
    """The memory in use after that many more blocks of a caption that stays."""
    bands = bands_of([40] * RULES.reading.block_frames)
    for _ in range(blocks):
        inference.add(bands)
    return tracemalloc.get_traced_memory()[0]


def test_the_opening_holds_less_than_the_features_of_its_frames() -> None:
    frames, block = RULES.reading.opening_frames, RULES.reading.block_frames
    tracemalloc.start()
    try:
        held = held_bytes(ExtentsInference(TonesNetwork()), frames // block - 1)
    finally:
        tracemalloc.stop()
    assert held < 0.8 * frames * CHANNELS * 8 * 64 * 4


def test_the_memory_grows_by_a_kilobyte_per_frame() -> None:
    inference = ExtentsInference(TonesNetwork(SOON))
    tracemalloc.start()
    try:
        early = held_bytes(inference, 6)
        late = held_bytes(inference, 20)
    finally:
        tracemalloc.stop()
    assert late - early < 20 * RULES.reading.block_frames * 1024


class MarkedNetwork(TonesNetwork):
    """A network that heeds static cells, and counts the frames that it encodes."""

    def __init__(self, rules: Rules = RULES) -> None:
        super().__init__(rules)
        self.encoded = 0

    def encode(
        self, bands: NDArray[np.uint8], static: NDArray[np.bool_] | None = None
    ) -> FrameFeatures:
        self.encoded += len(bands)
        features = super().encode(bands)
        return features if static is None else self.leave_out(features, static)

    def leave_out(self, features: FrameFeatures, static: NDArray[np.bool_]) -> FrameFeatures:
        return replace(features, text=np.where(static, 0, features.text).astype(np.float32))


@pytest.mark.parametrize("size", [3, 58])
def test_static_cells_are_left_out_of_every_frame_and_none_is_encoded_anew(
    monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    mark = np.zeros((8, 64), bool)
    mark[0, :9] = True
    monkeypatch.setattr(inference_module, "static_cells", lambda bands, text, rules: mark)
    bands = bands_of([40] * 58)
    network = MarkedNetwork(SOON)
    inference = ExtentsInference(network)
    for first in range(0, len(bands), size):
        inference.add(bands[first : first + size])
    text = inference.scores().text
    assert (text[:, mark] == 0).all()
    assert (text[:, ~mark] == 255).all()
    assert network.encoded < 0.6 * len(bands)
