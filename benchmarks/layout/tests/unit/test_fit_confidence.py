"""The logistic regression behind the confidence of tracks."""

import numpy as np
import pytest

from benchmarks.layout.fit_confidence import fit


def test_the_weights_that_made_the_labels_come_back() -> None:
    random = np.random.default_rng(3)
    x = random.normal(size=(4000, 3)) * [1, 5, 0.2] + [0, 2, 1]
    y = (random.random(4000) < 1 / (1 + np.exp(-(x @ [1.5, -0.4, 0] + 0.3)))).astype(float)
    weights, intercept = fit(x, y)
    assert weights[:2] == pytest.approx([1.5, -0.4], rel=0.12)
    assert abs(weights[2]) < 0.5
    assert intercept == pytest.approx(0.3, abs=0.4)
