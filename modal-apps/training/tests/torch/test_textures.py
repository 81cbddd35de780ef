import numpy as np
from captionacc_training.data.textures import HEIGHT, WIDTH, textures


def test_textures_follow_from_their_seed_and_are_full_of_edges() -> None:
    first, again, other = textures(3, 8), textures(3, 8), textures(4, 1)
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not np.array_equal(first[0], other[0])
    for texture in first:
        assert texture.shape == (HEIGHT, WIDTH)
        assert texture.dtype == np.uint8
        assert texture.std() > 5
