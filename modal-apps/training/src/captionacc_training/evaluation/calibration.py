"""Fit the shown confidence on one split, and judge it on another."""

from collections.abc import Sequence

import msgspec
import numpy as np
from captionacc_contracts.frames.extents import ExtentKind
from captionacc_extents.decoding.confidence import log_odds
from captionacc_extents.decoding.decode import decode
from captionacc_extents.logistic import sigmoid
from captionacc_extents.rules.decoding import DecodingRules
from captionacc_extents.rules.rules import Rules
from captionacc_scoring.extents import match_extents
from numpy.typing import NDArray

from captionacc_training.evaluation.evaluation import Scored


class Bin(msgspec.Struct, frozen=True, kw_only=True):
    """Captions of similar confidence: their number, mean confidence and share that is right."""

    captions: int
    confidence: float
    right: float


BINS = 10
"""Bins of equally many captions, in which confidence and truth are compared."""

STEPS = 50
"""Steps of Newton's method, which converges in far fewer."""

PRIOR = 1.0
"""Strength of the pull towards scale 1 and offset 0, in captions."""


def outcomes(
    scored: Sequence[Scored], rules: Rules, tolerance: int = 1
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """The confidence of every caption found, and whether both its ends are right."""
    beliefs: list[float] = []
    right: list[bool] = []
    for item in scored:
        found = [e for e in decode(item.scores, rules) if e.kind is ExtentKind.CAPTION]
        spans = [(extent.start_frame, extent.end_frame) for extent in found]
        matched = {i for i, _ in match_extents(spans, item.truth, tolerance)}
        beliefs += [extent.confidence for extent in found]
        right += [i in matched for i in range(len(found))]
    return np.array(beliefs), np.array(right, bool)


def fit(
    beliefs: NDArray[np.float64], right: NDArray[np.bool_], rules: DecodingRules
) -> tuple[float, float]:
    """Scale and offset of the log odds, by logistic regression."""
    x = np.stack([[log_odds(belief, rules) for belief in beliefs], np.ones(len(beliefs))], 1)
    first = np.array([1.0, 0.0])
    # Start at zero: where the sigmoid is steep, steps of Newton's method overshoot.
    weights = np.zeros(2)
    for _ in range(STEPS):
        share = sigmoid(x @ weights)
        slope = x.T @ (right - share) - PRIOR * (weights - first)
        curve = (x * (share * (1 - share))[:, None]).T @ x + PRIOR * np.eye(2)
        weights = weights + np.linalg.solve(curve, slope)
    return float(weights[0]), float(weights[1])


def reliability(
    confidences: NDArray[np.float64], right: NDArray[np.bool_]
) -> tuple[list[Bin], float]:
    """Bins with equally many captions each, and the expected error of the confidence.

    The error is the mean difference between confidence and share of right captions, weighed by the
    captions of the bins.
    """
    parts = np.array_split(np.argsort(confidences, kind="stable"), BINS)
    bins = [
        Bin(
            captions=len(part),
            confidence=float(confidences[part].mean()),
            right=float(right[part].mean()),
        )
        for part in parts
        if len(part)
    ]
    total = sum(each.captions for each in bins)
    error = sum(each.captions * abs(each.confidence - each.right) for each in bins)
    return bins, error / total if total else 0.0
