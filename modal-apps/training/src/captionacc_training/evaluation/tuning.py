"""Choose the tuned rules on the tuning split, one at a time, then fit the confidence.

Tuning needs only kept scores; the network does not run.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import numpy as np
from captionacc_extents.decoding.decode import found_captions
from captionacc_extents.rules.rules import Rules

from captionacc_training.evaluation.calibration import fit, outcomes
from captionacc_training.evaluation.evaluation import Scored
from captionacc_training.evaluation.totals import totals

GRIDS: dict[str, tuple[Any, ...]] = {
    "change": (-0.5, -1.0, -1.5, -2.0, -3.0, -4.0, -5.0),
    "pair_scale": (0.15, 0.2, 0.25, 0.3, 0.4, 0.6, 0.8),
    "unrest": (0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 12.0),
    "distance_weights": (
        (1.0, 0.5, 0.5),
        (1.0, 0.9, 0.9),
        (1.0, 0.3, 0.7),
        (1.0, 0.7, 0.7),
        (0.7, 0.7, 0.7),
        (1.3, 0.7, 0.7),
    ),
    "cut_threshold": (5.0, 8.0, 12.0, 15.0, 20.0, 30.0, 50.0),
    "cut_discount": (0.0, 0.2, 0.4, 0.75, 1.5, 2.5),
    "faint_share": (1.0, 0.5, 0.25, 0.2, 0.15, 0.1, 0.05, 0.0),
    "least_presence": (2.0, 3.0, 3.5, 4.0, 4.5, 5.0, 5.5),
    "least_step": (1.0, 2.0, 2.5, 3.0, 4.0, 99.0),
    "place_weight": (0.0, 10.0, 15.0, 20.0, 25.0, 30.0),
    "split_above": (11.0, 13.0, 14.0, 15.0, 16.0, 18.0),
    "appear": (-0.5, -1.0, -2.0, -3.0, -4.0),
    "vanish": (-0.3, -1.0, -2.0, -3.0),
    "pair_limit": (5.0, 6.5, 8.0, 10.0, 12.0),
    "presence_limit": (4.0, 5.0, 6.0, 7.0, 8.0),
    "trim_share": (0.0, 0.4, 0.5, 0.55, 0.6, 0.65, 0.7, 0.8),
    "trim_reach": (0, 1, 2, 3, 4, 6),
    "abrupt": (1.0, 2.0, 3.0, 4.0, 5.0, 99.0),
    "half_begun": (0.38, 0.4, 0.42, 0.44, 0.46),
    "half_gone": (0.47, 0.49, 0.505, 0.52, 0.54),
}
"""The values that are tried of each rule whose origin is "tuned". The shipped value lies between
the least and the greatest value, so that a better one on either side would be found."""

ROUNDS = 2
"""Most rounds over all rules, because the best value of a rule depends on the others."""

LEAST_GAIN = 1e-4
"""A smaller gain does not change a rule: it is less than one caption of the split."""

FALSE_CAPTION = 0.001
"""Taken from the worth for each false caption per hour without captions."""

ENOUGH = 0.97
"""A kind of sequence with a greater F1 adds no more to the worth, so that other kinds gain."""


def tune(
    scored: Sequence[Scored], rules: Rules, report: Callable[[str], None], processes: int = 1
) -> Rules:
    """The best rules found from `rules` on, with the confidence fitted.

    `report` gets a line per rule and round: the worth of each value, and whether the best value
    lies at the edge of its grid.
    """
    best = worth(scored, rules)
    report(f"worth {best:.4f} with the rules of the model")
    with ProcessPoolExecutor(processes, initializer=_hold, initargs=(scored,)) as pool:
        for _ in range(ROUNDS):
            before = best
            for name, values in GRIDS.items():
                others = [rules.with_decoding(**{name: value}) for value in values]
                found = list(pool.map(_worth_of_held, others))
                place = int(np.argmax(found))
                if found[place] > best + LEAST_GAIN:
                    rules, best = others[place], found[place]
                report(_line(name, values, found, getattr(rules.decoding, name)))
            if best == before:
                break
    plain = rules.with_decoding(confidence_scale=1.0, confidence_offset=0.0)
    scale, offset = fit(*outcomes(scored, plain), rules.decoding)
    return rules.with_decoding(confidence_scale=round(scale, 3), confidence_offset=round(offset, 3))


def _line(name: str, values: Sequence[Any], found: Sequence[float], kept: object) -> str:
    tried = ", ".join(f"{value}: {each:.4f}" for value, each in zip(values, found, strict=True))
    # The values of `distance_weights` have no order.
    at_edge = not isinstance(kept, tuple) and kept in (min(values), max(values))
    edge = " AT THE EDGE of the grid" if at_edge else ""
    return f"{name} = {kept}{edge} ({tried})"


_held: list[Scored] = []
"""The sequences that a process of the pool measures rules on; sending them each time is slow."""


def _hold(scored: Sequence[Scored]) -> None:
    _held[:] = scored


def _worth_of_held(rules: Rules) -> float:
    return worth(_held, rules)


def worth(scored: Sequence[Scored], rules: Rules) -> float:
    """F1 within a frame, with some weight on exact ends, kinds that do badly and false captions."""
    count = totals(scored, (found_captions(item.scores, rules) for item in scored))
    hard = np.mean([min(ENOUGH, score.f1) for score in count.kinds.values()])
    false = FALSE_CAPTION * count.false_per_hour
    return float(count.near.f1 + 0.3 * count.exact.f1 + 0.3 * hard - false)
