"""The loss: captions present, text cells, and pairs of frames that are the same or not."""

from dataclasses import dataclass

import torch
from captionacc_media.extents.torch_network import ExtentsModule
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits as cross_entropy
from torch.nn.functional import max_pool2d

from captionacc_training.clips import FRAMES, KIND_NAMES

SPAN = 3
"""Frames averaged on each side of a comparison of means."""

KEPT = {1: 1.0, 2: 0.4, 3: 0.4, 4: 0.4}
"""Share of the pairs at each distance that a step looks at."""

KEPT_MEANS = 0.5


@dataclass(frozen=True, kw_only=True)
class Pairs:
    """Comparisons by index of a side: frames first, then means; `different` is -1 where unknown."""

    left: Tensor
    right: Tensor
    different: Tensor
    weight: Tensor
    clip: Tensor


def loss(
    module: ExtentsModule, batch: dict[str, Tensor], generator: torch.Generator
) -> tuple[Tensor, dict[str, float]]:
    """The weighted sum of the four losses of a batch, and its parts for the log."""
    bands, shares, delta, alpha = (batch[k] for k in ("bands", "shares", "delta", "alpha"))
    count = len(bands)
    embedding, logits = module.encode(bands.flatten(0, 1))

    caption = torch.einsum("nfk,nkrc->nfrc", alpha, shares[:, :2])
    mask = (3 * (caption + shares[:, None, 2])).clamp(0, 1).flatten(0, 1)
    mask_loss = cross_entropy(logits, mask)

    told = (torch.rand(count, generator=generator) < 0.8)[:, None, None]
    logo = max_pool2d((shares[:, 2:] > 0.02).float(), 3, 1, 1).squeeze(1) * told
    text = torch.sigmoid(logits) * (1 - logo.repeat_interleave(FRAMES, 0))
    shown = alpha.amax(2).flatten()
    presence_weight = torch.where((shown - 0.5).abs() < 0.2, 0.3, 1.0)
    presence_loss = cross_entropy(
        module.presence(embedding, text), (shown >= 0.5).float(), presence_weight
    )

    features, texts, identity, strength = _with_means(embedding, text, alpha)
    pairs = _pairs(identity, strength, batch["kind"], generator)
    pair_logits, change = module.compare(
        features[pairs.left], texts[pairs.left], features[pairs.right], texts[pairs.right]
    )
    pair_loss = _mean(cross_entropy(pair_logits, pairs.different, reduction="none"), pairs.weight)
    changed = (4 * delta[pairs.clip]).clamp(0, 1) * pairs.different[:, None, None]
    change_loss = _mean(cross_entropy(change, changed, reduction="none").mean((1, 2)), pairs.weight)

    total = 1.5 * pair_loss + presence_loss + 2 * mask_loss + 2 * change_loss
    right = ((pair_logits > 0).float() == pairs.different).float()
    parts = {
        "loss": total.item(),
        "pair": pair_loss.item(),
        "presence": presence_loss.item(),
        "mask": mask_loss.item(),
        "same_right": right[pairs.different == 0].mean().item(),
        "different_right": right[pairs.different == 1].mean().item(),
    }
    return total, parts


def _with_means(
    embedding: Tensor, text: Tensor, alpha: Tensor
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Features of all frames, then of the means of `SPAN` frames from each possible first one."""
    clips = len(alpha)
    strength, index = alpha.max(2)
    identity = torch.where(strength >= 0.5, index + 1, torch.zeros_like(index))
    runs = FRAMES - SPAN + 1
    windows = torch.arange(runs)[:, None] + torch.arange(SPAN)[None]
    e = embedding.unflatten(0, (clips, FRAMES))[:, windows].mean(2)
    q = text.unflatten(0, (clips, FRAMES))[:, windows].mean(2)
    ids = identity[:, windows]
    pure = (ids == ids[:, :, :1]).all(2) & (ids[:, :, 0] > 0)
    mean_identity = torch.where(pure, ids[:, :, 0], torch.zeros_like(ids[:, :, 0]))
    mean_strength = strength[:, windows].amin(2)
    return (
        torch.cat([embedding, e.flatten(0, 1)]),
        torch.cat([text, q.flatten(0, 1)]),
        torch.cat([identity.flatten(), mean_identity.flatten()]),
        torch.cat([strength.flatten(), mean_strength.flatten()]),
    )


def _pairs(identity: Tensor, strength: Tensor, kind: Tensor, generator: torch.Generator) -> Pairs:
    clips = len(kind)
    runs = FRAMES - SPAN + 1
    first = torch.arange(clips)[:, None] * FRAMES
    sides = [
        (first + torch.arange(FRAMES - d)[None], first + torch.arange(FRAMES - d)[None] + d)
        for d in KEPT
    ]
    shares = [torch.full((FRAMES - d,), share) for d, share in KEPT.items()]
    mean_first = clips * FRAMES + torch.arange(clips)[:, None] * runs
    for gap in (0, 2):
        starts = torch.arange(runs - SPAN - gap)[None]
        sides.append((mean_first + starts, mean_first + starts + SPAN + gap))
        shares.append(torch.full((starts.shape[1],), KEPT_MEANS))
    left = torch.cat([a for a, _ in sides], 1)
    right = torch.cat([b for _, b in sides], 1)
    clip = torch.arange(clips)[:, None].expand_as(left)
    drawn = torch.rand(left.shape, generator=generator) < torch.cat(shares)
    both = (identity[left] > 0) & (identity[right] > 0) & drawn
    left, right, clip = left[both], right[both], clip[both]
    different = (identity[left] != identity[right]).float()
    weight = torch.minimum(strength[left], strength[right])
    glyph = kind[clip] == KIND_NAMES.index("glyph")
    weight = weight * torch.where(glyph & (different > 0), 1.5, 1.0)
    return Pairs(left=left, right=right, different=different, weight=weight, clip=clip)


def _mean(values: Tensor, weights: Tensor) -> Tensor:
    return (values * weights).sum() / weights.sum().clamp(min=1e-6)
