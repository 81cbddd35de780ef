import numpy as np
import onnx
import pytest
from captionacc_extents.network.network import Bands
from captionacc_extents.network.onnx_network import OnnxNetwork
from captionacc_extents.network.torch_network import TorchNetwork, load_torch_network
from captionacc_extents.network.weights import ENCODER, PAIR, PRESENCE, WEIGHTS_FOLDER
from numpy.typing import NDArray


def test_torch_and_onnx_runtime_agree() -> None:
    onnx, torch = OnnxNetwork(), load_torch_network()
    assert (onnx.version, onnx.rules) == (torch.version, torch.rules)
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 256, (9, 16, 64), np.uint8)
    bands = np.repeat(np.repeat(coarse, 4, axis=1), 8, axis=2)
    static = rng.random((8, 64)) < 0.1
    for given in (None, static):
        assert_agree(onnx, torch, bands, given)
    whole, masked = torch.encode(bands), torch.encode(bands, static)
    for network in (onnx, torch):
        rest = network.leave_out(whole, static)
        np.testing.assert_allclose(rest.embedding, masked.embedding, atol=1e-4)
        np.testing.assert_allclose(rest.text, masked.text, atol=1e-4)
        np.testing.assert_allclose(rest.presence, masked.presence, atol=1e-4)
        assert len(network.leave_out(whole[:0], static)) == 0
    assert len(torch.encode(bands[:0])) == len(onnx.encode(bands[:0])) == 0
    none = whole[:0]
    assert torch.compare(none, none).shape == onnx.compare(none, none).shape


def assert_agree(
    onnx: OnnxNetwork, torch: TorchNetwork, bands: Bands, static: NDArray[np.bool_] | None
) -> None:
    one, other = onnx.encode(bands, static), torch.encode(bands, static)
    np.testing.assert_allclose(one.embedding, other.embedding, atol=1e-4, rtol=1e-3)
    np.testing.assert_allclose(one.text, other.text, atol=1e-4)
    np.testing.assert_allclose(one.presence, other.presence, atol=1e-4)
    np.testing.assert_allclose(
        onnx.compare(one[:8], one[1:]), torch.compare(one[:8], one[1:]), atol=1e-4
    )


@pytest.mark.parametrize("name", [ENCODER, PRESENCE, PAIR])
def test_shipped_graphs_do_not_say_where_they_were_made(name: str) -> None:
    assert b"site-packages" not in (WEIGHTS_FOLDER / name).read_bytes()
    onnx.checker.check_model(str(WEIGHTS_FOLDER / name))
