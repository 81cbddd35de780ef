import os
import re
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from captionacc_contracts.errors import PermanentError
from captionacc_extents.decoding.passes import PASSES
from captionacc_extents.network.network import Bands, FrameFeatures
from captionacc_extents.network.stroke_network import StrokeModule
from captionacc_extents.network.weights import (
    ENCODER,
    PAIR,
    PRESENCE,
    RULES,
    SAFETENSORS,
    model_version,
    read_rules,
    scores_version,
    shipped_rules,
    write_digests,
    write_rules,
)
from captionacc_extents.reading.scores import FrameScores
from captionacc_extents.rules.rules import Rules, rows
from captionacc_scoring.table import table
from captionacc_training.__main__ import main
from captionacc_training.data.dataset import FIELDS
from captionacc_training.data.sources import TEST, TUNING
from captionacc_training.evaluation.card import LIMITS, weight_count
from captionacc_training.evaluation.evaluation import kept_scores, measured, score_all
from captionacc_training.evaluation.score_files import scores_path, write_scores
from captionacc_training.evaluation.tuned_rules import read_tuned, write_tuned
from captionacc_training.learning.curves import append_curve
from numpy.typing import NDArray
from safetensors.torch import save

SureOf = Callable[[list[tuple[int, int]], int], FrameScores]

TRUTH = [(10, 30), (40, 60)]
FOUND = {"clean": TRUTH, "glyph": [(10, 60)], "empty": [(5, 9)]}


class NoNetwork:
    """A model with a name and rules; it refuses to compute anything."""

    device = "cpu"

    def __init__(self, *, folder: Path) -> None:
        self.version = model_version(folder)
        self.rules: Rules = read_rules(folder)

    def encode(self, bands: Bands, static: NDArray[np.bool_] | None = None) -> FrameFeatures:
        raise NotImplementedError

    def leave_out(self, features: FrameFeatures, static: NDArray[np.bool_]) -> FrameFeatures:
        raise NotImplementedError

    def compare(self, a: FrameFeatures, b: FrameFeatures) -> NDArray[np.float32]:
        raise NotImplementedError


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """An untrained network, without the graphs that would run it."""
    folder = tmp_path / "weights"
    folder.mkdir()
    torch.manual_seed(0)
    (folder / SAFETENSORS).write_bytes(save(StrokeModule().state_dict()))
    for name in (ENCODER, PRESENCE, PAIR):
        (folder / name).write_bytes(b"none")
    write_rules(folder, shipped_rules())
    write_digests(folder)
    return folder


@pytest.fixture
def root(tmp_path: Path, weights: Path, sure_of: SureOf, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which everything up to the scores was done, on a few frames."""
    monkeypatch.setattr("captionacc_training.__main__.OnnxNetwork", NoNetwork)
    folder = tmp_path / "work"
    for part in ("clips", "sequences"):
        (folder / part).mkdir(parents=True)
    for name in FIELDS:
        np.save(folder / "clips" / f"000-{name}.npy", np.zeros(1, np.uint8))
    rng = np.random.default_rng(0)
    for split in (TUNING, TEST):
        for kind, found in FOUND.items():
            bands = rng.integers(0, 256, (70, 64, 512), np.uint8)
            truth = np.array([] if kind == "empty" else TRUTH).reshape(-1, 2)
            np.savez(folder / "sequences" / f"{split}-{kind}-0.npz", bands=bands, truth=truth)
            path = scores_path(folder, scores_version(weights), split, f"{kind}-000")
            write_scores(path, sure_of(found, 70))
    append_curve(folder, 10, {"loss": 3.0, "same_right": 0.5})
    return folder


def run(command: str, root: Path, weights: Path, *more: str) -> int:
    return main([command, "--folder", str(root), "--weights", str(weights), *more])


def test_the_card_has_figures_and_pictures_and_does_not_count_as_a_look(
    root: Path, weights: Path
) -> None:
    tuned = shipped_rules().with_decoding(change=-3.25)
    write_tuned(root, tuned)
    for split in (TUNING, TEST, TEST):
        assert run("evaluate", root, weights, "--split", split) == 0
    assert run("card", root, weights) == 0
    card = root / "card" / "model-card.md"
    text = card.read_text("utf-8")
    version = model_version(weights)
    assert f"`{version}`" in text
    assert f"{weight_count(StrokeModule()):,} weights" in text
    for split in (TUNING, TEST):
        assert table(measured(kept_scores(root, scores_version(weights), split), tuned)) in text
    assert "| `change` | -3.25 | log score |" in text
    for row in rows(tuned):
        assert f"| `{row.name}` | {row.value} | {row.rule.unit} | {row.rule.case} |" in text
    for each in PASSES:
        assert f"| {each.__name__} | " in text
    assert "| same | 76 | 0 | 0 | 0 | 0 | 1.0000 |" in text
    assert "looked at 2 times with this model, 2 times in all" in text
    assert "2 captions are missed and 2 found captions are false" in text
    assert LIMITS.read_text("utf-8").strip() in text
    pictures = re.findall(r"!\[.+\]\((.+)\)", text)
    assert {Path(name).name for name in pictures} == {
        "curves.png",
        "reliability.png",
        "failure-01-glyph-000.png",
        "failure-02-glyph-000.png",
        "failure-03-empty-000.png",
    }
    assert all(cv2.imread(str(card.parent / name)) is not None for name in pictures)
    first = {path: path.read_bytes() for path in (root / "card").rglob("*.*")}
    assert run("card", root, weights) == 0
    assert first == {path: path.read_bytes() for path in (root / "card").rglob("*.*")}


def test_looks_with_other_models_are_counted_in_all(root: Path, weights: Path) -> None:
    (root / "test-looks.jsonl").write_text('{"model": "other", "at": "2026-01-01T00:00:00"}\n')
    assert run("evaluate", root, weights, "--split", TEST) == 0
    out = root / "elsewhere"
    assert run("card", root, weights, "--out", str(out)) == 0
    text = (out / "model-card.md").read_text("utf-8")
    assert "looked at once with this model, 2 times in all" in text


def test_a_card_without_scores_says_which_command_is_missing(
    root: Path, weights: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scores_path(root, scores_version(weights), TEST, "glyph-000").unlink()
    assert run("card", root, weights) == 2
    assert "run evaluate --split test first" in capsys.readouterr().err
    assert not (root / "card").exists()


def test_kept_scores_are_those_that_were_written_unless_the_sequence_is_newer(
    root: Path, weights: Path, sure_of: SureOf
) -> None:
    version = scores_version(weights)
    network = NoNetwork(folder=weights)
    kept = {item.name: item for item in score_all(network, version, root, TUNING)}
    expected = sure_of([(10, 60)], 70)
    for name, value in vars(expected).items():
        np.testing.assert_array_equal(getattr(kept["glyph-000"].scores, name), value)
    assert kept["glyph-000"].truth == TRUTH
    made_again = root / "sequences" / "tune-glyph-0.npz"
    later = scores_path(root, version, TUNING, "glyph-000").stat().st_mtime + 1
    os.utime(made_again, (later, later))
    with pytest.raises(RuntimeError, match="glyph-000"):
        kept_scores(root, version, TUNING)


def test_tuned_rules_are_kept_and_replace_the_shipped_ones(tmp_path: Path) -> None:
    shipped = shipped_rules()
    assert read_tuned(tmp_path, shipped) == shipped
    tuned = shipped.with_decoding(distance_weights=(0.3, 0.3, 0.3), confidence_scale=0.7)
    write_tuned(tmp_path, tuned)
    assert read_tuned(tmp_path, shipped) == tuned
    other = shipped.with_reading(far_gap=2)
    assert read_tuned(tmp_path, other).reading == other.reading


def test_digests_give_a_model_with_changed_rules_a_new_version(
    root: Path, weights: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = model_version(weights)
    changed = shipped_rules().with_decoding(change=-3.25)
    write_rules(weights, changed)
    with pytest.raises(PermanentError, match=RULES):
        read_rules(weights)
    assert run("digests", root, weights) == 0
    assert read_rules(weights) == changed
    assert model_version(weights) != before
    assert model_version(weights) in capsys.readouterr().out
