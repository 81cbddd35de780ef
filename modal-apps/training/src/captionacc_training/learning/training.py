"""Trains the network, with checkpoints."""

import json
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import msgspec
import numpy as np
import torch
from captionacc_extents.network.stroke_network import StrokeModule
from torch import Tensor

from captionacc_training.data.augmentation import augment
from captionacc_training.data.dataset import Dataset, open_dataset
from captionacc_training.learning.curves import append_curve, forget_curve_after
from captionacc_training.learning.hardware import Hardware
from captionacc_training.learning.objective import loss

CHECKPOINT = "checkpoint.pt"
CHECKPOINT_EVERY = 50
"""Steps between checkpoints."""

CURVE_EVERY = 10
"""Steps between points of the curves."""


class Cycle(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the training in which the learning rate rises, stays at its peak and falls.

    It rises in the first `warm_up` steps and falls in the last `fall` steps.
    """

    steps: int
    peak_rate: float
    warm_up: int
    fall: int


class Schedule(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that determines the training apart from the clips.

    Each cycle after the first starts from the averaged weights of the previous cycle.

    Attributes:
        cycles: in order.
        clips_per_step: size of a batch.
        frames_per_clip: how many of the eight frames of a clip a step uses.
        final_share: lowest learning rate of a cycle, as a share of its peak.
        weight_decay: of the AdamW optimiser.
        clip_norm: largest norm of the gradient.
        averaging: share of the average that each step keeps.
        seed: of weights, order of clips and augmentation.
    """

    cycles: tuple[Cycle, ...] = (
        Cycle(steps=3200, peak_rate=2.5e-3, warm_up=60, fall=700),
        Cycle(steps=1600, peak_rate=1.5e-3, warm_up=40, fall=1200),
    )
    clips_per_step: int = 16
    frames_per_clip: int = 5
    final_share: float = 0.02
    weight_decay: float = 1e-3
    clip_norm: float = 2.0
    averaging: float = 0.997
    seed: int = 1

    @property
    def steps(self) -> int:
        return sum(cycle.steps for cycle in self.cycles)

    def place(self, step: int) -> tuple[Cycle, int]:
        """The cycle of a step, and the number of the step within the cycle."""
        asked = step
        for cycle in self.cycles:
            if step < cycle.steps:
                return cycle, step
            step -= cycle.steps
        raise IndexError(f"The schedule has {self.steps} steps, but step {asked} was asked for.")


REDUCED = Schedule()
"""For two CPU cores; takes less than an hour."""

FULL = Schedule(
    cycles=(
        Cycle(steps=9000, peak_rate=2.5e-3, warm_up=200, fall=2000),
        Cycle(steps=4500, peak_rate=1.5e-3, warm_up=100, fall=3400),
    ),
    clips_per_step=64,
    frames_per_clip=8,
)
"""For a GPU: eighteen times as many frames. It needs more clips, too."""


def train(root: Path, schedule: Schedule, hardware: Hardware) -> StrokeModule:
    """Train on the clips below `root`; an interrupted training goes on from its last checkpoint.

    Returns:
        The averaged network, in evaluation mode and on the CPU.

    Raises:
        RuntimeError: there are no clips.
    """
    torch.manual_seed(schedule.seed)
    dataset = open_dataset(root)
    state = _TrainingState(schedule, hardware)
    first = state.load(root / CHECKPOINT)
    forget_curve_after(root, first)
    batches = _batches(dataset, schedule, first, hardware.loaders)
    started = time.monotonic()
    for step in range(first, schedule.steps):
        done = step + 1
        parts = state.take(step, next(batches))
        if done % CURVE_EVERY == 0:
            figures = {name: round(value, 4) for name, value in parts.items()}
            figures["seconds_per_step"] = round((time.monotonic() - started) / (done - first), 3)
            print(done, json.dumps(figures), flush=True)
            append_curve(root, done, figures)
        if done % CHECKPOINT_EVERY == 0 or done == schedule.steps:
            state.save(root / CHECKPOINT, done)
    average: StrokeModule = state.average.cpu()
    average.eval()
    return average


class _TrainingState:
    """The network, its average and the optimiser: everything that a checkpoint keeps."""

    def __init__(self, schedule: Schedule, hardware: Hardware) -> None:
        self._schedule = schedule
        self._hardware = hardware
        self._module = hardware.place(StrokeModule())
        self.average: StrokeModule = StrokeModule().to(hardware.device)
        self.average.load_state_dict(self._module.state_dict())
        self._optimiser = torch.optim.AdamW(
            self._module.parameters(),
            schedule.cycles[0].peak_rate,
            weight_decay=schedule.weight_decay,
        )

    def take(self, step: int, batch: dict[str, Tensor]) -> dict[str, float]:
        """Take one step, counted from 0; returns the parts of the loss."""
        schedule = self._schedule
        _, place = schedule.place(step)
        if place == 0:
            self._module.load_state_dict(self.average.state_dict())
        for group in self._optimiser.param_groups:
            group["lr"] = learning_rate(schedule, step)
        generator = torch.Generator().manual_seed(schedule.seed * 1_000_003 + step)
        augmented = augment(_on_device(batch, self._hardware.device), generator)
        with self._hardware.arithmetic():
            total, parts = loss(self._module.train(), augmented, generator)
        self._optimiser.zero_grad()
        total.backward()
        torch.nn.utils.clip_grad_norm_(self._module.parameters(), schedule.clip_norm)
        self._optimiser.step()
        # A short average at the start of a cycle forgets the first, poor weights sooner.
        keep = min(schedule.averaging, (1 + place) / (10 + place))
        _move_average(self.average, self._module, keep)
        return parts

    def load(self, checkpoint: Path) -> int:
        """Load a checkpoint of the same schedule, if there is one; returns the steps done."""
        if not checkpoint.exists():
            return 0
        saved = torch.load(checkpoint, map_location=self._hardware.device, weights_only=True)
        if saved["schedule"] != _as_json(self._schedule):
            return 0
        self._module.load_state_dict(saved["module"])
        self.average.load_state_dict(saved["average"])
        self._optimiser.load_state_dict(saved["optimiser"])
        return int(saved["step"])

    def save(self, checkpoint: Path, steps_done: int) -> None:
        """Replace the checkpoint in one move, so that it is always complete."""
        state = {
            "schedule": _as_json(self._schedule),
            "module": self._module.state_dict(),
            "average": self.average.state_dict(),
            "optimiser": self._optimiser.state_dict(),
            "step": steps_done,
        }
        part = checkpoint.with_suffix(".part")
        torch.save(state, part)
        part.replace(checkpoint)


def trained_schedule(root: Path) -> Schedule | None:
    """The schedule of the last checkpoint, or None when there is none."""
    checkpoint = root / CHECKPOINT
    if not checkpoint.exists():
        return None
    saved = torch.load(checkpoint, map_location="cpu", weights_only=True)
    return msgspec.json.decode(saved["schedule"], type=Schedule)


def learning_rate(schedule: Schedule, step: int) -> float:
    """The rate of a step, counted from 0: it rises linearly, stays at the peak, falls linearly."""
    cycle, place = schedule.place(step)
    if place < cycle.warm_up:
        return cycle.peak_rate * (place + 1) / cycle.warm_up
    share = min(1.0, (cycle.steps - place) / max(1, cycle.fall))
    return cycle.peak_rate * max(schedule.final_share, share)


def _batches(
    dataset: Dataset, schedule: Schedule, first: int, loaders: int
) -> Iterator[dict[str, Tensor]]:
    """The batches of all steps from `first` on, read ahead by `loaders` threads."""
    with ThreadPoolExecutor(loaders, "load clips") as pool:
        waiting: deque[Future[dict[str, Tensor]]] = deque()
        for step in range(first, schedule.steps):
            waiting.append(pool.submit(_batch, dataset, schedule, step))
            if len(waiting) > loaders:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _batch(dataset: Dataset, schedule: Schedule, step: int) -> dict[str, Tensor]:
    """The clips of a step, as bytes. Each epoch visits every clip once, in a new order."""
    size = schedule.clips_per_step
    per_epoch = len(dataset) // size
    epoch, place = divmod(step, per_epoch)
    order = np.random.default_rng([schedule.seed, epoch]).permutation(len(dataset))
    taken = dataset.take(order[place * size : (place + 1) * size])
    # Neighbouring frames are nearly equal; with fewer of them, there is time for more clips.
    rng = np.random.default_rng([schedule.seed, epoch, place])
    frames = taken["bands"].shape[1]
    chosen = np.stack(
        [np.sort(rng.permutation(frames)[: schedule.frames_per_clip]) for _ in range(size)]
    )
    taken["bands"] = np.take_along_axis(taken["bands"], chosen[..., None, None], 1)
    taken["alpha"] = np.take_along_axis(taken["alpha"], chosen[..., None], 1)
    return {name: torch.from_numpy(values) for name, values in taken.items()}


def _on_device(batch: dict[str, Tensor], device: str) -> dict[str, Tensor]:
    """Move a batch as bytes and convert it there: lumas 0 to 255, shares 0 to 1, kinds."""
    moved = {name: values.to(device) for name, values in batch.items()}
    return {
        "bands": moved["bands"].float(),
        "strokes": moved["strokes"].float() / 255,
        "alpha": moved["alpha"] / 255,
        "kind": moved["kind"].long(),
    }


def _as_json(schedule: Schedule) -> str:
    return json.dumps(msgspec.to_builtins(schedule))


@torch.no_grad()  # type: ignore[untyped-decorator]
def _move_average(average: StrokeModule, module: StrokeModule, keep: float) -> None:
    for slow, fast in zip(average.state_dict().values(), module.state_dict().values(), strict=True):
        if slow.dtype.is_floating_point:
            slow.lerp_(fast, 1 - keep)
        else:
            slow.copy_(fast)
