"""The layers of the network; needs the gpu extra."""

import torch
from torch import Tensor, nn

LARGEST = 12
"""The presence head averages this many of the cells with most text. The weights were trained with
it, so it is not a rule."""


def convolution(
    inputs: int, outputs: int, size: int, *, stride: int = 1, dilation: int = 1
) -> list[nn.Module]:
    """A convolution, padded so that only its stride changes the size, with batch normalisation and
    ReLU."""
    padding = dilation * (size // 2)
    layer = nn.Conv2d(
        inputs, outputs, size, stride=stride, padding=padding, dilation=dilation, bias=False
    )
    return [layer, nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)]


def pooled_frame(embedding: Tensor, text: Tensor) -> Tensor:
    """Features (n, 2 c + 3) of whole frames.

    Args:
        embedding: (n, c, 8, 64).
        text: probabilities (n, 8, 64).
    """
    cells = text.flatten(1)
    weighed = embedding * text.unsqueeze(1)
    total = cells.sum(1, keepdim=True)
    return torch.cat(
        [
            weighed.sum((2, 3)) / (total + 1e-3),
            weighed.amax((2, 3)),
            cells.amax(1, keepdim=True),
            torch.log1p(total),
            cells.topk(LARGEST, dim=1).values.mean(1, keepdim=True),
        ],
        1,
    )


def compared_cells(
    embedding_a: Tensor, text_a: Tensor, embedding_b: Tensor, text_b: Tensor
) -> tuple[Tensor, Tensor]:
    """Differences of two frames (n, 2 c + 3, 8, 64) in each cell, and the text share of the frame
    that shows more text there (n, 1, 8, 64)."""
    qa, qb = text_a.unsqueeze(1), text_b.unsqueeze(1)
    either = torch.maximum(qa, qb)
    cells = [
        (embedding_a - embedding_b).abs() * either,
        torch.minimum(embedding_a, embedding_b) * either,
        either,
        torch.minimum(qa, qb),
        (qa - qb).abs(),
    ]
    return torch.cat(cells, 1), either
