"""The network through ONNX Runtime, on a CPU."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import onnxruntime
from captionacc_media.cropping.band import BAND_HEIGHT, BAND_WIDTH
from numpy.typing import NDArray

from captionacc_extents.network.network import (
    COLUMNS,
    ROWS,
    Bands,
    FrameFeatures,
    empty_features,
    join,
)
from captionacc_extents.network.weights import (
    ENCODER,
    PAIR,
    PRESENCE,
    WEIGHTS_FOLDER,
    model_version,
    read_rules,
    read_weights,
)

_BANDS_PER_CALL = 8
"""Bands that the encoder reads at once. Compared with 32, a process takes 27 to 60 MiB less memory,
and the same time."""


class OnnxNetwork:
    """The shipped model, with one thread per call; see `ExtentsNetwork`.

    Raises:
        PermanentError: MODEL_INVALID: a file of the model is missing or does not match its digest.
    """

    device = "cpu"

    def __init__(self, *, folder: Path = WEIGHTS_FOLDER) -> None:
        self.version = model_version(folder)
        self.rules = read_rules(folder)
        options = onnxruntime.SessionOptions()
        # The layers are too small for several threads; `ExtentsInference` runs calls in parallel.
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        # The runtime would keep a plan of its memory, and a block, for each number of bands.
        options.enable_mem_pattern = False
        options.log_severity_level = 3
        self._encoder, self._presence, self._pair = (
            onnxruntime.InferenceSession(
                read_weights(name, folder), options, providers=["CPUExecutionProvider"]
            )
            for name in (ENCODER, PRESENCE, PAIR)
        )

    def encode(self, bands: Bands, static: NDArray[np.bool_] | None = None) -> FrameFeatures:
        if not len(bands):
            return empty_features()
        kept = np.zeros((ROWS, COLUMNS)) if static is None else static
        # The last part takes the rest: a part of fewer than four bands would be multiplied by
        # another routine, whose results differ in the last bit.
        edges = [*range(0, max(1, len(bands) - _BANDS_PER_CALL + 1), _BANDS_PER_CALL), len(bands)]
        return join(
            [
                self._encode_together(bands[first:end], kept.astype(np.float32))
                for first, end in pairwise(edges)
            ]
        )

    def _encode_together(self, bands: Bands, static: NDArray[np.float32]) -> FrameFeatures:
        embedding, text, presence = self._encoder.run(
            ["embedding", "text", "presence"],
            {"bands": np.ascontiguousarray(bands), "static": static},
        )
        return FrameFeatures(embedding=embedding, text=text, presence=presence)

    def leave_out(self, features: FrameFeatures, static: NDArray[np.bool_]) -> FrameFeatures:
        if not len(features):
            return features
        text, presence = self._presence.run(
            ["text", "presence"],
            {
                "embedding": features.embedding,
                "all_text": features.text,
                "static": static.astype(np.float32),
            },
        )
        return FrameFeatures(embedding=features.embedding, text=text, presence=presence)

    def compare(self, a: FrameFeatures, b: FrameFeatures) -> NDArray[np.float32]:
        if not len(a):
            return np.empty(0, np.float32)
        (logits,) = self._pair.run(
            ["different"],
            {
                "embedding_a": a.embedding,
                "text_a": a.text,
                "embedding_b": b.embedding,
                "text_b": b.text,
            },
        )
        return np.asarray(logits, np.float32)

    def return_memory(self) -> None:
        """Give back the memory that the runtime keeps for the next call, some 40 MiB.

        Takes 10 ms. No call may go on meanwhile, or it is only given back in part.
        """
        shrinking = onnxruntime.RunOptions()
        # The runtime looks for memory that it can give back at the end of a run that asks for it.
        shrinking.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")
        static = np.zeros((ROWS, COLUMNS), np.float32)
        embedding, text = self._encoder.run(
            ["embedding", "text"],
            {"bands": np.zeros((1, BAND_HEIGHT, BAND_WIDTH), np.uint8), "static": static},
            shrinking,
        )
        self._presence.run(
            ["presence"], {"embedding": embedding, "all_text": text, "static": static}, shrinking
        )
        self._pair.run(
            ["different"],
            {"embedding_a": embedding, "text_a": text, "embedding_b": embedding, "text_b": text},
            shrinking,
        )
