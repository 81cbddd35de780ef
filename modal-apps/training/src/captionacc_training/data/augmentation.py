"""Random changes of a batch of clips that keep their labels valid."""

import torch
from torch import Tensor


def augment(batch: dict[str, Tensor], generator: torch.Generator) -> dict[str, Tensor]:
    """Reverse, mirror, invert and re-tone bands (n, frames, 64, 512) with lumas from 0 to 255.

    `generator` runs on the CPU whatever device the batch is on, so the changes are the same on
    every device.
    """
    bands, strokes, alpha = (batch[k] for k in ("bands", "strokes", "alpha"))
    count, device = len(bands), bands.device

    def drawn(*shape: int) -> Tensor:
        return torch.rand(count, *shape, generator=generator).to(device)

    def chance(probability: float) -> Tensor:
        return drawn() < probability

    def between(low: float, high: float, *shape: int) -> Tensor:
        return drawn(*shape) * (high - low) + low

    back = chance(0.5)
    bands = torch.where(back[:, None, None, None], bands.flip(1), bands)
    alpha = torch.where(back[:, None, None], alpha.flip(1), alpha)
    mirrored = chance(0.5)
    bands = torch.where(mirrored[:, None, None, None], bands.flip(3), bands)
    strokes = torch.where(mirrored[:, None, None, None], strokes.flip(3), strokes)
    inverted = chance(0.08)[:, None, None, None]
    bands = torch.where(inverted, 255 - bands, bands)

    contrast = between(0.55, 1.25)
    brightness = between(-25, 25)
    flicker = torch.where(
        chance(0.35)[:, None], between(-18, 18, bands.shape[1]), torch.zeros(1, device=device)
    )
    step = between(-20, 20)[:, None] * (
        torch.arange(bands.shape[1], device=device)[None] >= between(1, 12)[:, None]
    )
    shift = brightness[:, None] + torch.where(chance(0.5)[:, None], flicker, step)
    bands = (bands - 128) * contrast[:, None, None, None] + 128 + shift[:, :, None, None]
    bands = bands.clamp(0, 255)
    gamma = torch.exp(between(-0.3, 0.3))[:, None, None, None]
    bands = torch.where(chance(0.4)[:, None, None, None], 255 * (bands / 255) ** gamma, bands)
    return {**batch, "bands": bands, "strokes": strokes, "alpha": alpha}
