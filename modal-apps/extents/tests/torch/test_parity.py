import numpy as np
import onnx
import pytest
from captionacc_extents.network.onnx_network import OnnxNetwork
from captionacc_extents.network.torch_network import load_torch_network
from captionacc_extents.network.weights import (
    ENCODER,
    PAIR,
    PRESENCE,
    WEIGHTS_FOLDER,
)


def test_torch_and_onnx_runtime_agree() -> None:
    onnx, torch = OnnxNetwork(), load_torch_network()
    assert onnx.version == torch.version
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 256, (9, 16, 64), np.uint8)
    bands = np.repeat(np.repeat(coarse, 4, axis=1), 8, axis=2)
    static = rng.random((8, 64)) < 0.1
    for given in (None, static):
        one, other = onnx.encode(bands, given), torch.encode(bands, given)
        # Half precision rounds apart by at most one unit in the last place.
        np.testing.assert_allclose(one.embedding, other.embedding, atol=1e-4, rtol=1e-3)
        np.testing.assert_allclose(one.text, other.text, atol=1e-4)
        np.testing.assert_allclose(one.presence, other.presence, atol=1e-4)
        np.testing.assert_allclose(
            onnx.compare(one[:8], one[1:]), torch.compare(one[:8], one[1:]), atol=1e-4
        )
    whole = torch.encode(bands)
    for network in (onnx, torch):
        rest = network.leave_out(whole, static)
        np.testing.assert_allclose(rest.embedding, other.embedding, atol=1e-4)
        np.testing.assert_allclose(rest.text, other.text, atol=1e-4)
        np.testing.assert_allclose(rest.presence, other.presence, atol=1e-4)
        assert len(network.leave_out(whole[:0], static)) == 0
    assert len(torch.encode(bands[:0])) == len(onnx.encode(bands[:0])) == 0
    assert torch.compare(one[:0], one[:0]).shape == onnx.compare(one[:0], one[:0]).shape


@pytest.mark.parametrize("name", [ENCODER, PRESENCE, PAIR])
def test_shipped_graphs_do_not_say_where_they_were_made(name: str) -> None:
    assert b"site-packages" not in (WEIGHTS_FOLDER / name).read_bytes()
    onnx.checker.check_model(str(WEIGHTS_FOLDER / name))
