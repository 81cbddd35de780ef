"""What training runs on, and how it uses it."""

import os
from dataclasses import dataclass

import torch
from captionacc_extents.network.stroke_network import StrokeModule
from captionacc_extents.network.torch_network import best_device


@dataclass(frozen=True, kw_only=True)
class Hardware:
    """A torch device; whether its arithmetic is bfloat16, and whether the encoder is compiled.

    `threads` are torch's on a CPU, `loaders` those that read clips ahead. Weights, their averages
    and the optimiser stay float32.
    """

    device: str
    threads: int = 1
    loaders: int = 1
    half: bool = False
    compiled: bool = False

    def place(self, module: StrokeModule) -> StrokeModule:
        """The module on the device, laid out as its convolutions want it."""
        torch.set_num_threads(self.threads)
        module = module.to(self.device, memory_format=torch.channels_last)
        if self.compiled:
            # Pairs differ in number from step to step; what encodes the frames never does.
            module.fine.compile()
            module.coarse.compile()
        return module

    def arithmetic(self) -> torch.autocast:
        """The context in which the network and its loss are computed."""
        return torch.autocast(self.device, torch.bfloat16, enabled=self.half)


def found_hardware(threads: int) -> Hardware:
    """The GPU with all it offers where torch sees one, else the CPU, with as many threads."""
    if best_device() == "cuda":
        return Hardware(device="cuda", loaders=threads, half=True, compiled=True)
    return Hardware(device="cpu", threads=threads)


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0))
