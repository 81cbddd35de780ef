"""Train the network; a run that was cut off goes on from its last checkpoint."""

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

CHECKPOINT_EVERY = 50


class Cycle(msgspec.Struct, frozen=True, kw_only=True):
    """Steps whose learning rate rises to a peak, stays there and falls in the last `fall`."""

    steps: int
    peak_rate: float
    warm_up: int
    fall: int


class Schedule(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that decides what training does, apart from the clips.

    Each cycle after the first starts from the averaged weights of the one before.
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
        """The cycle of a step, and the step's number within it."""
        for cycle in self.cycles:
            if step < cycle.steps:
                return cycle, step
            step -= cycle.steps
        raise IndexError(f"The schedule has only {self.steps} steps.")


REDUCED = Schedule()
"""For two cores of a CPU: under an hour."""

FULL = Schedule(
    cycles=(
        Cycle(steps=9000, peak_rate=2.5e-3, warm_up=200, fall=2000),
        Cycle(steps=4500, peak_rate=1.5e-3, warm_up=100, fall=3400),
    ),
    clips_per_step=64,
    frames_per_clip=8,
)
"""For a GPU: eighteen times as many frames; give it more clips, too."""


def train(root: Path, schedule: Schedule, hardware: Hardware) -> StrokeModule:
    """Train on the clips under `root`; returns the averaged network, in evaluation mode and on the
    CPU."""
    torch.manual_seed(schedule.seed)
    dataset = open_dataset(root)
    module = hardware.place(StrokeModule())
    average: StrokeModule = StrokeModule().to(hardware.device)
    average.load_state_dict(module.state_dict())
    optimiser = torch.optim.AdamW(
        module.parameters(), schedule.cycles[0].peak_rate, weight_decay=schedule.weight_decay
    )
    checkpoint = root / "checkpoint.pt"
    first = 0
    if checkpoint.exists():
        saved = torch.load(checkpoint, map_location=hardware.device, weights_only=True)
        if saved["schedule"] == json.dumps(msgspec.to_builtins(schedule)):
            module.load_state_dict(saved["module"])
            average.load_state_dict(saved["average"])
            optimiser.load_state_dict(saved["optimiser"])
            first = saved["step"]
    forget_curve_after(root, first)
    batches = _batches(dataset, schedule, first, hardware.loaders)
    started = time.monotonic()
    for step in range(first, schedule.steps):
        _, place = schedule.place(step)
        if place == 0:
            module.load_state_dict(average.state_dict())
        for group in optimiser.param_groups:
            group["lr"] = learning_rate(schedule, step)
        generator = torch.Generator().manual_seed(schedule.seed * 1_000_003 + step)
        batch = _on_device(next(batches), hardware.device)
        with hardware.arithmetic():
            total, parts = loss(module.train(), augment(batch, generator), generator)
        optimiser.zero_grad()
        total.backward()
        torch.nn.utils.clip_grad_norm_(module.parameters(), schedule.clip_norm)
        optimiser.step()
        _average(average, module, min(schedule.averaging, (1 + place) / (10 + place)))
        if (step + 1) % 10 == 0:
            told = {name: round(value, 4) for name, value in parts.items()}
            told["seconds_per_step"] = round((time.monotonic() - started) / (step + 1 - first), 3)
            print(step + 1, json.dumps(told), flush=True)
            append_curve(root, step + 1, told)
        if (step + 1) % CHECKPOINT_EVERY == 0 or step + 1 == schedule.steps:
            state = {
                "schedule": json.dumps(msgspec.to_builtins(schedule)),
                "module": module.state_dict(),
                "average": average.state_dict(),
                "optimiser": optimiser.state_dict(),
                "step": step + 1,
            }
            part = checkpoint.with_suffix(".part")
            torch.save(state, part)
            part.replace(checkpoint)
    average.cpu().eval()
    return average


def trained_schedule(root: Path) -> Schedule | None:
    """The schedule of the last checkpoint; None where nothing was trained."""
    checkpoint = root / "checkpoint.pt"
    if not checkpoint.exists():
        return None
    saved = torch.load(checkpoint, map_location="cpu", weights_only=True)
    return msgspec.json.decode(saved["schedule"], type=Schedule)


def learning_rate(schedule: Schedule, step: int) -> float:
    """In each cycle a linear warm-up, then the peak, then a line down to `final_share` of it."""
    cycle, place = schedule.place(step)
    if place < cycle.warm_up:
        return cycle.peak_rate * (place + 1) / cycle.warm_up
    share = min(1.0, (cycle.steps - place) / max(1, cycle.fall))
    return cycle.peak_rate * max(schedule.final_share, share)


def _batches(
    dataset: Dataset, schedule: Schedule, first: int, loaders: int
) -> Iterator[dict[str, Tensor]]:
    """The batches of all steps from the first on, read ahead by as many threads."""
    with ThreadPoolExecutor(loaders, "load clips") as pool:
        waiting: deque[Future[dict[str, Tensor]]] = deque()
        for step in range(first, schedule.steps):
            waiting.append(pool.submit(_batch, dataset, schedule, step))
            if len(waiting) > loaders:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _batch(dataset: Dataset, schedule: Schedule, step: int) -> dict[str, Tensor]:
    """The clips of a step, bytes as on disk: each epoch visits every clip once, in an order of its
    own."""
    size = schedule.clips_per_step
    per_epoch = len(dataset) // size
    epoch, place = divmod(step, per_epoch)
    order = np.random.default_rng([schedule.seed, epoch]).permutation(len(dataset))
    taken = dataset.take(order[place * size : (place + 1) * size])
    # Neighbouring frames are nearly alike: fewer of them leave time for more clips.
    rng = np.random.default_rng([schedule.seed, epoch, place])
    frames = taken["bands"].shape[1]
    chosen = np.stack(
        [np.sort(rng.permutation(frames)[: schedule.frames_per_clip]) for _ in range(size)]
    )
    taken["bands"] = np.take_along_axis(taken["bands"], chosen[..., None, None], 1)
    taken["alpha"] = np.take_along_axis(taken["alpha"], chosen[..., None], 1)
    return {name: torch.from_numpy(values) for name, values in taken.items()}


def _on_device(batch: dict[str, Tensor], device: str) -> dict[str, Tensor]:
    """Lumas of 0 to 255, shares of 0 to 1 and kinds; bytes travel, being a quarter of the size."""
    moved = {name: values.to(device) for name, values in batch.items()}
    return {
        "bands": moved["bands"].float(),
        "strokes": moved["strokes"].float() / 255,
        "alpha": moved["alpha"] / 255,
        "kind": moved["kind"].long(),
    }


@torch.no_grad()  # type: ignore[untyped-decorator]
def _average(average: StrokeModule, module: StrokeModule, keep: float) -> None:
    for slow, fast in zip(average.state_dict().values(), module.state_dict().values(), strict=True):
        if slow.dtype.is_floating_point:
            slow.lerp_(fast, 1 - keep)
        else:
            slow.copy_(fast)
