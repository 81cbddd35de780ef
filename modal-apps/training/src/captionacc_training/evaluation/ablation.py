"""What each pass after Viterbi contributes: the figures with that pass left out."""

from collections.abc import Sequence
from dataclasses import dataclass

from captionacc_contracts.frames.frame_index import INDICES_PER_SECOND
from captionacc_extents.decoding.decode import found_captions, refined
from captionacc_extents.decoding.passes import PASSES, Pass
from captionacc_extents.rules.rules import Rules
from captionacc_scoring.measures import empty_frames, false_captions
from captionacc_scoring.scoring import ExtentScore, score_extents

from captionacc_training.evaluation.evaluation import Scored

NOTHING = ExtentScore(matched=0, predicted=0, truth=0)


@dataclass(frozen=True, kw_only=True)
class Ablation:
    """The figures of one list of passes.

    Attributes:
        name: what was left out.
        near: captions right within a frame.
        exact: captions right to the frame.
        false_per_hour: false captions per hour without captions.
        cases: F1 within a frame of each case.
    """

    name: str
    near: ExtentScore
    exact: ExtentScore
    false_per_hour: float
    cases: dict[str, float]


def ablations(scored: Sequence[Scored], rules: Rules) -> list[Ablation]:
    """The figures of all passes, then without each of them, then without any."""
    paths = [found_captions(item.scores, rules, ()) for item in scored]
    lists: list[tuple[str, tuple[Pass, ...]]] = [("nothing", PASSES)]
    lists += [(each.__name__, tuple(p for p in PASSES if p is not each)) for each in PASSES]
    lists.append(("all passes", ()))
    results = []
    for name, passes in lists:
        near = exact = NOTHING
        kinds: dict[str, ExtentScore] = {}
        false = empty = 0
        for item, path in zip(scored, paths, strict=True):
            captions = refined(path, item.scores, rules, passes)
            found = [(caption.start, caption.end) for caption in captions]
            score = score_extents(found, item.truth, 1)
            near += score
            exact += score_extents(found, item.truth, 0)
            # False captions alone say what happens in sequences without captions.
            if item.truth:
                kinds[item.kind] = kinds.get(item.kind, NOTHING) + score
            false += false_captions(found, item.truth)
            empty += empty_frames(item.truth, len(item.scores))
        results.append(
            Ablation(
                name=name,
                near=near,
                exact=exact,
                false_per_hour=false / max(1, empty) * INDICES_PER_SECOND * 3600,
                cases={kind: score.f1 for kind, score in kinds.items()},
            )
        )
    return results


def ablation_table(results: Sequence[Ablation]) -> str:
    """The figures in Markdown, with the case that loses most when something is left out."""
    whole = results[0]
    lines = [
        "| left out | F1 ±1 | F1 exact | false per hour | case that loses most, F1 ±1 |",
        "|---|---|---|---|---|",
    ]
    for each in results:
        kind = min(whole.cases, key=lambda case: each.cases[case] - whole.cases[case])
        before, after = whole.cases[kind], each.cases[kind]
        loss = f"{kind}: {before:.3f} to {after:.3f}" if after < before else "-"
        lines.append(
            f"| {each.name} | {each.near.f1:.4f} | {each.exact.f1:.4f} | {each.false_per_hour:.1f} "
            f"| {loss} |"
        )
    return "\n".join(lines)
