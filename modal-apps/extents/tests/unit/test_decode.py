import itertools
from dataclasses import replace

import numpy as np
import pytest
from captionacc_contracts.frames.extents import ExtentKind, tiles
from captionacc_extents.decoding.decode import decode, found_captions
from captionacc_extents.decoding.emissions import emissions
from captionacc_extents.decoding.found import Found
from captionacc_extents.decoding.passes import PASSES, Pass
from captionacc_extents.decoding.states import STATES, TOUCHING, Array, transitions
from captionacc_extents.decoding.viterbi import best_path, posterior
from captionacc_extents.network.weights import shipped_rules
from captionacc_extents.reading.scores import DISTANCES, FrameScores
from captionacc_extents.rules.decoding import DecodingRules
from captionacc_extents.rules.rules import Rules
from hypothesis import given, settings
from hypothesis import strategies as st

RULES = shipped_rules()

NAN = float("nan")
runs = st.lists(st.tuples(st.booleans(), st.integers(2, 12)), min_size=1, max_size=12)


def scores_of(identity: list[int], strength: float = 8.0) -> FrameScores:
    """Scores of a network that is sure and right; identity 0 is no caption."""
    ids = np.array(identity)
    count = len(ids)
    different = np.full((len(DISTANCES), count), NAN, np.float32)
    for row, distance in enumerate(DISTANCES):
        for k in range(distance, count):
            if ids[k] and ids[k - distance]:
                different[row, k] = strength if ids[k] != ids[k - distance] else -strength
    return FrameScores(
        presence=np.where(ids > 0, strength, -strength).astype(np.float32),
        different=different,
        near=np.full(count, NAN, np.float32),
        far=np.full(count, NAN, np.float32),
        cut=np.zeros(count, np.float32),
        text=np.repeat((ids > 0).astype(np.uint8) * 255, 512).reshape(count, 8, 64),
        blend=np.full((count, 7), np.nan, np.float16),
    )


def captions(scores: FrameScores) -> list[tuple[int, int]]:
    return [
        (extent.start_frame, extent.end_frame)
        for extent in decode(scores, RULES)
        if extent.kind is ExtentKind.CAPTION
    ]


def spans(identity: list[int]) -> list[tuple[int, int]]:
    found, at = [], 0
    for value, group in itertools.groupby(identity):
        length = len(list(group))
        if value:
            found.append((at, at + length))
        at += length
    return found


@given(runs)
def test_a_sure_network_is_followed_exactly(stretches: list[tuple[bool, int]]) -> None:
    # A text that comes back within four frames is another matter; here each is new.
    identity = [
        place if shown else 0
        for place, (shown, length) in enumerate(stretches, 1)
        for _ in range(length)
    ]
    assert captions(scores_of(identity)) == spans(identity)


@settings(max_examples=60)
@given(st.integers(0, 60), st.integers(0, 2**32 - 1), st.floats(0.1, 12))
def test_any_scores_give_extents_that_tile_the_frames(count: int, seed: int, spread: float) -> None:
    rng = np.random.default_rng(seed)
    different = rng.normal(0, spread, (len(DISTANCES), count)).astype(np.float32)
    different[rng.random(different.shape) < 0.2] = NAN
    extents = decode(
        FrameScores(
            presence=rng.normal(0, spread, count).astype(np.float32),
            different=different,
            near=rng.normal(0, spread, count).astype(np.float32),
            far=rng.normal(0, spread, count).astype(np.float32),
            cut=rng.uniform(0, 60, count).astype(np.float32),
            text=rng.integers(0, 256, (count, 8, 64), np.uint8),
            blend=rng.uniform(-0.3, 1.3, (count, 7)).astype(np.float16),
        ),
        RULES,
    )
    assert tiles(extents, count)
    assert all(0 <= extent.confidence <= 1 for extent in extents)
    inner = [e for e in extents if e.start_frame > 0 and e.end_frame < count]
    assert all(e.end_frame - e.start_frame >= 2 for e in inner if e.kind is ExtentKind.CAPTION)
    kinds = [(a.kind, b.kind) for a, b in itertools.pairwise(extents)]
    assert (ExtentKind.GAP, ExtentKind.GAP) not in kinds


@pytest.mark.parametrize("count", [0, 1, 2])
@pytest.mark.parametrize("identity", [0, 1])
def test_very_short_videos(count: int, identity: int) -> None:
    extents = decode(scores_of([identity] * count), RULES)
    assert tiles(extents, count)
    assert len(extents) == min(count, 1)
    kind = ExtentKind.CAPTION if identity else ExtentKind.GAP
    assert all(extent.kind is kind for extent in extents)


def path_score(states: tuple[int, ...], emitted: Array, rules: DecodingRules) -> float:
    first, step = transitions(rules)
    total = first[states[0]] + emitted[0, states[0]]
    for k in range(1, len(states)):
        total += step[states[k - 1], states[k]] + emitted[k, states[k]]
    return float(total)


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 3), st.integers(0, 2**32 - 1))
def test_path_and_posterior_agree_with_trying_every_path(count: int, seed: int) -> None:
    rules = RULES.decoding
    emitted = np.random.default_rng(seed).normal(0, 3, (count, STATES))
    every = {
        states: path_score(states, emitted, rules)
        for states in itertools.product(range(STATES), repeat=count)
    }
    best = max(every, key=lambda states: every[states])
    path = best_path(emitted, rules)
    assert path.caption.tolist() == [state != 0 for state in best]
    weight = np.exp(np.array(list(every.values())) - max(every.values()))
    total = weight.sum()
    beliefs = posterior(emitted, rules)
    for k in range(count):
        held = sum(w for s, w in zip(every, weight, strict=True) if s[k] != 0)
        assert beliefs.caption[k] == pytest.approx(held / total, abs=1e-6)
    for k in range(1, count):
        ends = sum(
            w
            for s, w in zip(every, weight, strict=True)
            if s[k - 1] != 0 and s[k] in (0, TOUCHING[0])
        )
        assert beliefs.end[k] == pytest.approx(ends / total, abs=1e-6)


def test_a_caption_opens_at_the_first_frame_and_may_end_at_once() -> None:
    assert captions(scores_of([1, 0, 0, 0])) == [(0, 1)]


def test_one_false_pair_inside_a_caption_does_not_split_it() -> None:
    scores = scores_of([1] * 20)
    scores.different[0, 10] = 3.0
    assert captions(scores) == [(0, 20)]


def test_constant_motion_behind_the_letters_is_not_a_change() -> None:
    scores = scores_of([0] * 4 + [1] * 12 + [2] * 12 + [0] * 4)
    # NaN where nothing was compared stays.
    scores.different[:] = np.maximum(scores.different, 3)
    rules = replace(RULES.decoding, pair_scale=0.7, change=-2, unrest=1.5)
    calm = best_path(emissions(scores, rules), rules)
    assert np.flatnonzero(calm.start).tolist() == [4, 16]
    plain = replace(rules, unrest=0)
    restless = best_path(emissions(scores, plain), plain)
    assert restless.start.sum() > 2


def test_evidence_at_a_shot_cut_counts_less() -> None:
    scores = scores_of([1] * 20)
    for row, distance in enumerate(DISTANCES):
        scores.different[row, 10 : 10 + distance] = 2.5
    assert captions(scores) == [(0, 10), (10, 20)]
    scores.cut[10] = 80.0
    assert captions(scores) == [(0, 20)]


def test_frames_that_were_not_compared_say_nothing() -> None:
    scores = scores_of([1] * 6)
    scores.different[:] = NAN
    emitted = emissions(scores, RULES.decoding)
    assert np.ptp(emitted[:, 1:], axis=1).max() == 0


def test_the_passes_have_one_order() -> None:
    names = [each.__name__ for each in PASSES]
    assert names == ["rejoin", "merge", "split", "doubt", "trim", "sharpen"]


def test_the_passes_of_the_tuple_run_in_its_order() -> None:
    scores = scores_of([0] * 3 + [1] * 9 + [0] * 3)
    called: list[str] = []

    def noted(name: str) -> Pass:
        def note(found: list[Found], _scores: FrameScores, _rules: Rules) -> list[Found]:
            called.append(name)
            return [replace(each, end=each.end + 1) for each in found]

        return note

    passes = tuple(noted(each.__name__) for each in PASSES)
    found = found_captions(scores, RULES, passes)
    assert called == [each.__name__ for each in PASSES]
    assert [(each.start, each.end) for each in found] == [(3, 12 + len(PASSES))]
    extents = decode(scores, RULES)
    spans = [(e.start_frame, e.end_frame) for e in extents if e.kind is ExtentKind.CAPTION]
    assert spans == [(each.start, each.end) for each in found_captions(scores, RULES, PASSES)]
