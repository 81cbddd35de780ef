"""The loss of the network: presence of captions, strokes, cells with text, and equal frames."""

from dataclasses import dataclass

import torch
from captionacc_extents.network.stroke_network import StrokeModule
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits as cross_entropy
from torch.nn.functional import max_pool2d, pixel_unshuffle

from captionacc_training.data.clips import KIND_NAMES

SPAN = 2
"""Successive frames averaged on each side of a comparison of means. The two means share no frame,
and a step on a CPU uses 5 frames of a clip, so 2 is the largest length. Inference averages 4 (the
rule `mean_frames`); no experiment compared other lengths."""

STROKE_GAIN = 1.6
"""A thin stroke covers about half of each part that it crosses, but should count in full."""

KEPT = 0.5
"""Share of the pairs that a step uses, drawn at random."""

MORE = {"glyph": 1.5, "line": 1.3}
"""Weights of kinds of changes that are hard to see; others have the weight 1."""


@dataclass(frozen=True, kw_only=True)
class Pairs:
    """Comparisons. `left` and `right` are indices into all frames, followed by all means."""

    left: Tensor
    right: Tensor
    different: Tensor
    weight: Tensor
    clip: Tensor


def loss(
    module: StrokeModule, batch: dict[str, Tensor], generator: torch.Generator
) -> tuple[Tensor, dict[str, float]]:
    """The weighted sum of the losses of a batch of clips, and its parts for the curves."""
    bands, alpha = batch["bands"], batch["alpha"]
    clips, frames = alpha.shape[:2]
    stroke_logits, logits, rest = module.encode_logits(bands.flatten(0, 1))

    # (n, 3, 16, 8, 64): the coverage of the parts of each cell by text A, text B and the logo.
    parts = pixel_unshuffle(batch["strokes"].flatten(0, 1).unsqueeze(1), 4).unflatten(0, (clips, 3))
    visible = torch.einsum("nfk,nkprc->nfprc", alpha, parts[:, :2]) + parts[:, None, 2]
    strokes = (STROKE_GAIN * visible).clamp(0, 1).flatten(0, 1)
    shares = parts.mean(2)
    caption = torch.einsum("nfk,nkrc->nfrc", alpha, shares[:, :2])
    mask = (3 * (caption + shares[:, None, 2])).clamp(0, 1).flatten(0, 1)
    # Most parts are far from text. Parts near text weigh more: they show what letters look like.
    near_text = 0.25 + (mask > 0.05).float().unsqueeze(1) * 2
    stroke_loss = _mean(cross_entropy(stroke_logits, strokes, reduction="none"), near_text)
    mask_loss = cross_entropy(logits, mask)

    # The network gets the cells of the logo in most clips, as it does in use once they are known.
    known = (torch.rand(clips, generator=generator) < 0.8).to(bands.device)[:, None, None]
    logo = max_pool2d((shares[:, 2:] > 0.02).float(), 3, 1, 1).squeeze(1) * known
    text = torch.sigmoid(logits) * (1 - logo.repeat_interleave(frames, 0))
    embedding = torch.cat([torch.sigmoid(stroke_logits), rest], 1)
    shown = alpha.amax(2).flatten()
    presence_weight = torch.where((shown - 0.5).abs() < 0.2, 0.3, 1.0)
    presence_loss = cross_entropy(
        module.presence(embedding, text), (shown >= 0.5).float(), presence_weight
    )

    features, texts, identity, strength = _with_means(embedding, text, alpha)
    pairs = _pairs(identity, strength, batch["kind"], frames, generator)
    pair_logits, change = module.compare(
        features[pairs.left], texts[pairs.left], features[pairs.right], texts[pairs.right]
    )
    pair_loss = _mean(cross_entropy(pair_logits, pairs.different, reduction="none"), pairs.weight)
    delta = (parts[:, 0] - parts[:, 1]).abs().mean(1)
    changed = (4 * delta[pairs.clip]).clamp(0, 1) * pairs.different[:, None, None]
    change_loss = _mean(cross_entropy(change, changed, reduction="none").mean((1, 2)), pairs.weight)

    total = 1.5 * pair_loss + presence_loss + 2 * mask_loss + stroke_loss + 2 * change_loss
    right = ((pair_logits > 0).float() == pairs.different).float()
    glyph = batch["kind"][pairs.clip] == KIND_NAMES.index("glyph")
    parts_of_loss = {
        "loss": total.item(),
        "pair": pair_loss.item(),
        "presence": presence_loss.item(),
        "mask": mask_loss.item(),
        "strokes": stroke_loss.item(),
        "same_right": right[pairs.different == 0].mean().item(),
        "different_right": right[pairs.different == 1].mean().item(),
        "glyph_right": right[(pairs.different == 1) & glyph].mean().item(),
    }
    return total, parts_of_loss


def _with_means(
    embedding: Tensor, text: Tensor, alpha: Tensor
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Features, cells, identities and strengths of all frames, followed by those of all means.

    There is a mean of `SPAN` frames from every frame that is followed by enough others. The
    identity is 1 or 2 for text A or B, and 0 for a blank or for a mean of unlike frames.
    """
    clips, frames = alpha.shape[:2]
    strength, index = alpha.max(2)
    identity = torch.where(strength >= 0.5, index + 1, torch.zeros_like(index))
    windows = torch.arange(frames - SPAN + 1)[:, None] + torch.arange(SPAN)[None]
    windows = windows.to(embedding.device)
    e = embedding.unflatten(0, (clips, frames))[:, windows].mean(2)
    q = text.unflatten(0, (clips, frames))[:, windows].mean(2)
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


def _pairs(
    identity: Tensor, strength: Tensor, kind: Tensor, frames: int, generator: torch.Generator
) -> Pairs:
    """Pairs of frames of one clip, and of means without a common frame, if both contain text."""
    clips, runs, device = len(kind), frames - SPAN + 1, identity.device
    one, other = torch.triu_indices(frames, frames, 1, device=device)
    mean_one, mean_other = torch.triu_indices(runs, runs, SPAN, device=device)
    first = torch.arange(clips, device=device)[:, None]
    left = torch.cat([first * frames + one, clips * frames + first * runs + mean_one], 1)
    right = torch.cat([first * frames + other, clips * frames + first * runs + mean_other], 1)
    clip = first.expand_as(left)
    drawn = torch.rand(left.shape, generator=generator).to(device) < KEPT
    both = (identity[left] > 0) & (identity[right] > 0) & drawn
    left, right, clip = left[both], right[both], clip[both]
    different = (identity[left] != identity[right]).float()
    weight = torch.minimum(strength[left], strength[right])
    for name, more in MORE.items():
        hard = (kind[clip] == KIND_NAMES.index(name)) & (different > 0)
        weight = weight * torch.where(hard, more, 1.0)
    return Pairs(left=left, right=right, different=different, weight=weight, clip=clip)


def _mean(values: Tensor, weights: Tensor) -> Tensor:
    weights = weights.expand_as(values)
    return (values * weights).sum() / weights.sum().clamp(min=1e-6)
