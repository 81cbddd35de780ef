"""Fits a probability to evidence, and measures how far probabilities are from shares."""

import numpy as np
from numpy.typing import NDArray

_BINS = 10
_PRIOR = 0.01
"""Weight of the pull towards 0, which keeps the fit finite where a feature decides alone."""
_STEPS = 60


def fitted(features: NDArray[np.float64], right: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weights of the logistic regression of ``right`` (0 or 1) on ``features`` (rows x columns)."""
    weights = np.zeros(features.shape[1])
    for _ in range(_STEPS):
        predicted = probabilities(features, weights)
        spread = predicted * (1 - predicted) + 1e-9
        curvature = features.T @ (features * spread[:, None]) + _PRIOR * np.eye(len(weights))
        weights += np.linalg.solve(curvature, features.T @ (right - predicted) - _PRIOR * weights)
    return weights


def probabilities(
    features: NDArray[np.float64], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    return np.asarray(1 / (1 + np.exp(-features @ weights)))


def expected_error(said: NDArray[np.float64], right: NDArray[np.float64]) -> float:
    """Expected calibration error: mean distance, over ten bins, of what is said to what is so."""
    bins = np.minimum((said * _BINS).astype(int), _BINS - 1)
    return float(
        sum(
            (bins == each).mean() * abs(said[bins == each].mean() - right[bins == each].mean())
            for each in np.unique(bins)
        )
    )
