"""Writes a trained network as safetensors and as three ONNX graphs, with their digests."""

from pathlib import Path

import onnx
import torch
from captionacc_extents.network.network import CHANNELS, COLUMNS, ROWS
from captionacc_extents.network.stroke_network import StrokeModule
from captionacc_extents.network.torch_network import EncoderGraph, PairGraph, PresenceGraph
from captionacc_extents.network.weights import ENCODER, PAIR, PRESENCE, SAFETENSORS, write_digests
from safetensors.torch import save

OPSET = 18


def export(trained: Path, folder: Path) -> None:
    """Write the four files of a model and their digests.

    Args:
        trained: the state of the trained module, as torch saved it.
        folder: gets the files; it is created if necessary.
    """
    folder.mkdir(parents=True, exist_ok=True)
    module = StrokeModule()
    module.load_state_dict(torch.load(trained, weights_only=True))
    module.eval()
    state = {name: value.contiguous() for name, value in module.state_dict().items()}
    (folder / SAFETENSORS).write_bytes(save(state))

    count = torch.export.Dim("frames", min=1)
    bands = torch.randint(0, 256, (3, 64, 512), dtype=torch.uint8)
    torch.onnx.export(
        EncoderGraph(module),
        (bands, torch.zeros(ROWS, COLUMNS)),
        str(folder / ENCODER),
        input_names=["bands", "static"],
        output_names=["embedding", "text", "presence"],
        dynamic_shapes=({0: count}, None),
        opset_version=OPSET,
        dynamo=True,
        external_data=False,
    )
    # The exporter merges inputs that are the same object, so these are four tensors.
    sides = tuple(
        torch.rand(3, *shape) for shape in ((CHANNELS, ROWS, COLUMNS), (ROWS, COLUMNS)) * 2
    )
    torch.onnx.export(
        PresenceGraph(module),
        (*sides[:2], torch.zeros(ROWS, COLUMNS)),
        str(folder / PRESENCE),
        input_names=["embedding", "all_text", "static"],
        output_names=["text", "presence"],
        dynamic_shapes=({0: count}, {0: count}, None),
        opset_version=OPSET,
        dynamo=True,
        external_data=False,
    )
    torch.onnx.export(
        PairGraph(module),
        sides,
        str(folder / PAIR),
        input_names=["embedding_a", "text_a", "embedding_b", "text_b"],
        output_names=["different"],
        dynamic_shapes=({0: count}, {0: count}, {0: count}, {0: count}),
        opset_version=OPSET,
        dynamo=True,
        external_data=False,
    )
    for name in (ENCODER, PRESENCE, PAIR):
        _forget_origin(folder / name)
    write_digests(folder)


def _forget_origin(path: Path) -> None:
    """Remove the stack traces of the exporter from a graph: they contain paths of this machine."""
    model = onnx.load(path)
    graph = model.graph
    for part in (model, graph, *graph.node, *graph.value_info, *graph.input, *graph.output):
        del part.metadata_props[:]
        part.doc_string = ""
    onnx.save(model, path)
