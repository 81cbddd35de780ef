import resource
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
from captionacc_contracts.errors import ErrorCode, PermanentError
from captionacc_contracts.frames.extents import ExtentKind, tiles
from captionacc_contracts.work.versions import EXTENTS_MODEL_VERSION
from captionacc_extents.inference import ExtentsInference
from captionacc_extents.network.onnx_network import OnnxNetwork
from captionacc_extents.network.weights import (
    DIGESTS,
    ENCODER,
    PAIR,
    PRESENCE,
    RULES,
    SAFETENSORS,
    WEIGHTS_FOLDER,
    model_version,
    read_weights,
    scores_version,
    shipped_rules,
    write_digests,
    write_rules,
)
from captionacc_media.cropping.band import luma_band
from captionacc_observability.free_memory import return_free_memory
from captionacc_scoring.extents import score_extents
from numpy.typing import NDArray

CAPTIONS = [
    (4, 16, "Where did they go?"),
    (22, 33, "Over the hill"),
    (33, 47, "and far away."),
    (52, 60, "Wait for me!"),
]


@pytest.fixture(scope="module")
def network() -> OnnxNetwork:
    return OnnxNetwork()


def clip(captions: list[tuple[int, int, str]], frames: int) -> NDArray[np.uint8]:
    """White outlined text over a drifting picture with a cut in the middle."""
    rng = np.random.default_rng(5)
    scenes = [
        cv2.GaussianBlur(rng.integers(0, 256, (90, 1200), np.uint8), (0, 0), 9) for _ in range(2)
    ]
    bands = []
    for k in range(frames):
        scene = cv2.normalize(scenes[k > 27], np.empty_like(scenes[0]), 20, 220, cv2.NORM_MINMAX)
        picture = np.ascontiguousarray(scene[:, 3 * k : 3 * k + 640], np.uint8)
        for start, end, text in captions:
            if start <= k < end:
                for tone, thickness in ((0, 7), (250, 2)):
                    cv2.putText(
                        picture,
                        text,
                        (150, 58),
                        cv2.FONT_HERSHEY_DUPLEX,
                        1.1,
                        tone,
                        thickness,
                        cv2.LINE_AA,
                    )
        bands.append(luma_band(picture))
    return np.stack(bands) if bands else np.empty((0, 64, 512), np.uint8)


def found_in(network: OnnxNetwork, bands: NDArray[np.uint8]) -> list[tuple[int, int]]:
    inference = ExtentsInference(network)
    inference.add(bands)
    outcome = inference.finish()
    assert tiles(outcome.extents, len(bands))
    assert outcome.model_version == model_version()
    return [(e.start_frame, e.end_frame) for e in outcome.extents if e.kind is ExtentKind.CAPTION]


def test_captions_of_a_drawn_clip_are_found(network: OnnxNetwork) -> None:
    found = found_in(network, clip(CAPTIONS, 66))
    truth = [(start, end) for start, end, _ in CAPTIONS]
    assert score_extents(found, truth, 1).f1 == 1.0, found


def test_a_clip_without_captions_has_none(network: OnnxNetwork) -> None:
    assert found_in(network, clip([], 40)) == []


@pytest.mark.parametrize("frames", [0, 1, 2])
def test_tiny_clips(network: OnnxNetwork, frames: int) -> None:
    found = found_in(network, clip([(0, 9, "Hello there")], frames))
    assert found == ([(0, frames)] if frames else [])


def test_the_result_does_not_depend_on_how_frames_come(network: OnnxNetwork) -> None:
    bands = clip(CAPTIONS, 41)
    outcomes = []
    for size in (41, 8, 5, 1):
        inference = ExtentsInference(network)
        for first in range(0, len(bands), size):
            inference.add(bands[first : first + size])
        outcomes.append(inference.finish())
    assert all(outcome == outcomes[0] for outcome in outcomes)


def test_the_comparison_is_symmetric(network: OnnxNetwork) -> None:
    features = network.encode(clip(CAPTIONS, 40))
    a, b = features[5:30], features[10:35]
    np.testing.assert_allclose(network.compare(a, b), network.compare(b, a), atol=1e-4)


def test_cells_can_be_left_out_after_encoding_with_the_same_result(network: OnnxNetwork) -> None:
    bands = clip(CAPTIONS, 40)
    static = np.zeros((8, 64), bool)
    static[3:5, 20:30] = True
    at_once = network.encode(bands, static)
    afterwards = network.leave_out(network.encode(bands), static)
    np.testing.assert_array_equal(afterwards.embedding, at_once.embedding)
    np.testing.assert_array_equal(afterwards.text, at_once.text)
    np.testing.assert_allclose(afterwards.presence, at_once.presence, atol=1e-5)
    assert len(network.leave_out(at_once[:0], static)) == 0


@pytest.mark.parametrize("name", [ENCODER, PRESENCE, PAIR, SAFETENSORS, RULES])
def test_changed_or_missing_weights_are_refused(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "weights"
    shutil.copytree(WEIGHTS_FOLDER, folder)
    data = bytearray((folder / name).read_bytes())
    data[len(data) // 2] ^= 1
    (folder / name).write_bytes(data)
    with pytest.raises(PermanentError, match=name) as changed:
        read_weights(name, folder)
    assert changed.value.code is ErrorCode.MODEL_INVALID
    (folder / name).unlink()
    with pytest.raises(PermanentError, match="missing"):
        read_weights(name, folder)


@pytest.mark.parametrize("name", [ENCODER, PRESENCE, PAIR, RULES])
def test_a_network_does_not_run_with_a_changed_file(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "weights"
    shutil.copytree(WEIGHTS_FOLDER, folder)
    (folder / name).write_bytes((folder / name).read_bytes() + b" ")
    with pytest.raises(PermanentError, match=name):
        OnnxNetwork(folder=folder)


def test_the_contracts_name_the_model_that_is_shipped() -> None:
    assert model_version() == EXTENTS_MODEL_VERSION


def test_the_version_covers_weights_and_rules(tmp_path: Path) -> None:
    folder = tmp_path / "weights"
    shutil.copytree(WEIGHTS_FOLDER, folder)
    versions = {model_version(folder)}
    scores = {scores_version(folder)}
    for rules in (
        shipped_rules().with_decoding(change=-3.0),
        shipped_rules().with_reading(far_gap=2),
    ):
        write_rules(folder, rules)
        write_digests(folder)
        assert OnnxNetwork(folder=folder).rules == rules
        versions.add(model_version(folder))
        scores.add(scores_version(folder))
    # A decoding rule changes what is found, but no score.
    assert (len(versions), len(scores)) == (3, 2)
    (folder / SAFETENSORS).write_bytes(b"other weights")
    write_digests(folder)
    assert model_version(folder) not in versions
    assert scores_version(folder) not in scores


def test_a_model_without_its_digests_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "weights"
    shutil.copytree(WEIGHTS_FOLDER, folder)
    (folder / DIGESTS).unlink()
    with pytest.raises(PermanentError, match=DIGESTS):
        OnnxNetwork(folder=folder)
    (folder / DIGESTS).write_text("")
    with pytest.raises(PermanentError, match="does not name"):
        OnnxNetwork(folder=folder)


def test_the_files_are_small() -> None:
    assert sum(path.stat().st_size for path in WEIGHTS_FOLDER.iterdir()) < 20_000_000


def test_the_memory_of_earlier_calls_can_be_given_back() -> None:
    network = OnnxNetwork()
    bands = clip(CAPTIONS, 60)
    features = network.encode(bands)
    different = network.compare(features[:59], features[1:])
    before = _resident_bytes()
    network.return_memory()
    return_free_memory()
    assert before - _resident_bytes() > 10 * 1024 * 1024
    again = network.encode(bands)
    np.testing.assert_array_equal(again.embedding, features.embedding)
    np.testing.assert_array_equal(network.compare(again[:59], again[1:]), different)


def _resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
