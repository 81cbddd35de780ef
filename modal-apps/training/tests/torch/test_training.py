import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from captionacc_training.data.dataset import FIELDS, SHARD
from captionacc_training.learning.curves import read_curves
from captionacc_training.learning.hardware import Hardware
from captionacc_training.learning.training import (
    Cycle,
    Schedule,
    learning_rate,
    train,
    trained_schedule,
)

CPU = Hardware(device="cpu")


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Six clips of noise, where a shard is six clips."""
    monkeypatch.setattr("captionacc_training.data.dataset.SHARD", 6)
    rng = np.random.default_rng(0)
    (tmp_path / "clips").mkdir()
    for name, shape in FIELDS.items():
        top = 14 if name == "kind" else 256
        values = rng.integers(0, top, (6, *shape), np.uint8)
        np.save(tmp_path / "clips" / f"000-{name}.npy", values)
    assert SHARD != 6
    return tmp_path


def schedule(*steps: int) -> Schedule:
    cycles = tuple(Cycle(steps=count, peak_rate=1e-3, warm_up=1, fall=count) for count in steps)
    return Schedule(cycles=cycles, clips_per_step=2)


def test_a_run_that_was_cut_off_ends_as_one_that_was_not(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = schedule(3, 2)
    whole = train(root, plan, CPU).state_dict()
    (root / "checkpoint.pt").unlink()

    monkeypatch.setattr("captionacc_training.learning.training.CHECKPOINT_EVERY", 2)

    def cut_off(*_: object) -> float:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(
            "captionacc_training.learning.training.learning_rate",
            lambda given, step: cut_off() if step == 3 else learning_rate(given, step),
        )
        with pytest.raises(KeyboardInterrupt):
            train(root, plan, CPU)
    again = train(root, plan, CPU).state_dict()
    assert all(torch.equal(whole[name], again[name]) for name in whole)


def test_a_run_that_goes_on_writes_the_same_lines_and_none_twice(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("captionacc_training.learning.training.CHECKPOINT_EVERY", 8)
    plan = schedule(11)
    assert trained_schedule(root) is None

    def cut_off(given: Schedule, step: int) -> float:
        if step == 10:
            raise KeyboardInterrupt
        return learning_rate(given, step)

    with monkeypatch.context() as patch:
        patch.setattr("captionacc_training.learning.training.learning_rate", cut_off)
        with pytest.raises(KeyboardInterrupt):
            train(root, plan, CPU)
    before = read_curves(root)
    train(root, plan, CPU)
    after = read_curves(root)
    assert [line["step"] for line in after] == [10]
    assert [line["loss"] for line in after] == [line["loss"] for line in before]
    assert trained_schedule(root) == plan


def test_the_rate_rises_and_falls_in_each_cycle() -> None:
    plan = schedule(10, 5)
    rates = [learning_rate(plan, step) for step in range(plan.steps)]
    assert rates[0] == rates[10] == max(rates)
    assert rates[9] < 0.2 * rates[0]
    with pytest.raises(IndexError):
        learning_rate(plan, plan.steps)


def test_half_precision_learns_what_full_precision_does(root: Path) -> None:
    losses = []
    for half in (False, True):
        train(root, schedule(10), Hardware(device="cpu", half=half, loaders=3))
        losses.append([line["loss"] for line in read_curves(root)])
        (root / "checkpoint.pt").unlink()
    (full,), (half_loss,) = losses
    assert half_loss != full
    assert half_loss == pytest.approx(full, rel=0.05)


@pytest.mark.skipif(shutil.which("g++") is None, reason="torch compiles for a CPU with g++")
def test_a_compiled_encoder_learns_what_an_eager_one_does(root: Path) -> None:
    losses = []
    for compiled in (False, True):
        train(root, schedule(10), Hardware(device="cpu", compiled=compiled))
        losses.append([line["loss"] for line in read_curves(root)])
        (root / "checkpoint.pt").unlink()
    (eager,), (compiled_loss,) = losses
    assert compiled_loss == pytest.approx(eager, rel=0.01)
