"""The device that training runs on."""

import os
from dataclasses import dataclass

import torch
from captionacc_extents.network.stroke_network import StrokeModule
from captionacc_extents.network.torch_network import best_device


@dataclass(frozen=True, kw_only=True)
class Hardware:
    """A torch device and how to use it.

    Attributes:
        device: "cpu" or "cuda".
        threads: threads of torch on a CPU.
        loaders: threads that read clips ahead.
        half: whether to compute in bfloat16; weights, averages and optimiser stay float32.
        compiled: whether to compile the encoder.
    """

    device: str
    threads: int = 1
    loaders: int = 1
    half: bool = False
    compiled: bool = False

    def place(self, module: StrokeModule) -> StrokeModule:
        """Move a module to the device, in the memory layout that suits convolutions."""
        torch.set_num_threads(self.threads)
        module = module.to(self.device, memory_format=torch.channels_last)
        if self.compiled:
            # Only the encoder: the number of pairs changes from step to step.
            module.fine.compile()
            module.coarse.compile()
        return module

    def arithmetic(self) -> torch.autocast:
        """The context to compute the network and its loss in."""
        return torch.autocast(self.device, torch.bfloat16, enabled=self.half)


def found_hardware(threads: int) -> Hardware:
    """The GPU with bfloat16 and compilation if torch finds one, otherwise the CPU."""
    if best_device() == "cuda":
        return Hardware(device="cuda", loaders=threads, half=True, compiled=True)
    return Hardware(device="cpu", threads=threads)


def cores() -> int:
    """The number of cores that this process may use."""
    return len(os.sched_getaffinity(0))
