"""The network: it draws the strokes of the text, then compares strokes. Needs the gpu extra.

One changed glyph moves few strokes, and a fine map of strokes hardly depends on the picture behind
them. The constants here are part of the network: the weights were trained with them.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate, pixel_shuffle, pixel_unshuffle

from captionacc_extents.network.network import CHANNELS
from captionacc_extents.network.torch_layers import compared_cells, convolution, pooled_frame

CHANGED = 4
"""The pair head averages this many of the most changed cells: about one glyph."""

STROKES, OTHERS = 16, 16
"""Channels of an embedding: the coverage of the 4 x 4 parts of a cell by glyphs, row by row; then
learned features for the comparison."""

assert CHANNELS == STROKES + OTHERS  # noqa: S101  the rest of the package relies on it


class StrokeModule(nn.Module):  # type: ignore[misc]
    """Encoder, presence head and pair head: 77,528 weights."""

    def __init__(self) -> None:
        super().__init__()
        self.fine = nn.Sequential(
            *convolution(1, 16, 5, stride=2),
            *convolution(16, 24, 3, stride=2),
            *convolution(24, 32, 3),
        )
        self.coarse = nn.Sequential(
            *convolution(32, 48, 3, stride=2),
            *convolution(48, 48, 3, dilation=2),
            *convolution(48, 48, 3),
        )
        # Strokes are drawn from the fine features; the coarse features say which tone is the text.
        self.context = nn.Conv2d(48, 16, 1)
        self.strokes = nn.Sequential(
            nn.Conv2d(48, 32, 1, bias=False),
            nn.BatchNorm2d(32),
            nn.ReLU(inplace=True),
            nn.Conv2d(32, 4, 1),
        )
        self.embedding = nn.Conv2d(48, OTHERS, 1)
        self.text = nn.Conv2d(48, 1, 1)
        self.presence_head = nn.Sequential(
            nn.Linear(2 * CHANNELS + 3, 32), nn.ReLU(), nn.Linear(32, 1)
        )
        self.cell_head = nn.Sequential(
            nn.Conv2d(2 * CHANNELS + 3, 32, 1), nn.ReLU(), nn.Conv2d(32, 32, 1), nn.ReLU()
        )
        self.change = nn.Conv2d(32, 1, 1)
        self.pair_head = nn.Sequential(nn.Linear(67, 32), nn.ReLU(), nn.Linear(32, 1))

    def encode_logits(self, bands: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Logits of strokes (n, 16, 8, 64), logits of text (n, 8, 64), and the learned part of the
        embedding (n, 16, 8, 64), of (n, 64, 512) lumas, 0 to 255."""
        fine = self.fine(bands.unsqueeze(1) / 127.5 - 1)
        hidden = self.coarse(fine)
        context = interpolate(self.context(hidden), scale_factor=2.0, mode="nearest")
        strokes = pixel_unshuffle(pixel_shuffle(self.strokes(torch.cat([fine, context], 1)), 2), 4)
        return strokes, self.text(hidden).squeeze(1), self.embedding(hidden)

    def encode(self, bands: Tensor) -> tuple[Tensor, Tensor]:
        """Embedding (n, 32, 8, 64) and text logits (n, 8, 64) of (n, 64, 512) lumas, 0 to 255."""
        strokes, text, rest = self.encode_logits(bands)
        return torch.cat([torch.sigmoid(strokes), rest], 1), text

    def presence(self, embedding: Tensor, text: Tensor) -> Tensor:
        """Logits (n,) that a caption is shown; `text` are probabilities with static cells at 0."""
        return self.presence_head(pooled_frame(embedding, text)).squeeze(1)

    def compare(
        self, embedding_a: Tensor, text_a: Tensor, embedding_b: Tensor, text_b: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Logits (n,) of "different", and of a change in each cell (n, 8, 64)."""
        compared, either = compared_cells(embedding_a, text_a, embedding_b, text_b)
        cells = self.cell_head(compared)
        change = self.change(cells)
        mass = either.sum((2, 3)) + 1e-3
        pooled = torch.cat(
            [
                cells.amax((2, 3)),
                (cells * either).sum((2, 3)) / mass,
                change.amax((2, 3)),
                change.flatten(1).topk(CHANGED, dim=1).values.mean(1, keepdim=True),
                (torch.sigmoid(change) * either).sum((2, 3)) / mass,
            ],
            1,
        )
        return self.pair_head(pooled).squeeze(1), change.squeeze(1)
