from dataclasses import replace

import numpy as np
import pytest
from captionacc_extents.decoding.confidence import probability
from captionacc_extents.network.weights import shipped_rules
from captionacc_training.evaluation.calibration import fit, reliability
from numpy.typing import NDArray

RULES = shipped_rules().decoding


def drawn(seed: int) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Captions whose beliefs claim three times the log odds that they deserve."""
    rng = np.random.default_rng(seed)
    true = rng.uniform(0.3, 0.98, 4000)
    odds = 3 * np.log(true / (1 - true)) + 1
    return 1 / (1 + np.exp(-odds)), rng.random(len(true)) < true


def test_over_confidence_is_taken_back_on_other_data() -> None:
    scale, offset = fit(*drawn(1), RULES)
    assert scale == pytest.approx(1 / 3, abs=0.03)
    beliefs, right = drawn(2)
    _, before = reliability(beliefs, right)
    fitted = replace(RULES, confidence_scale=scale, confidence_offset=offset)
    calibrated = np.array([probability(belief, fitted) for belief in beliefs])
    bins, after = reliability(calibrated, right)
    assert before > 0.08
    assert after < 0.025
    assert sum(each.captions for each in bins) == len(right)


def test_nothing_found_has_no_error() -> None:
    assert reliability(np.empty(0), np.empty(0, bool)) == ([], 0.0)
