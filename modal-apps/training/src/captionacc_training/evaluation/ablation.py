"""What each pass after Viterbi contributes: the figures with that pass left out."""

from collections.abc import Sequence
from dataclasses import dataclass

from captionacc_extents.decoding.decode import found_captions, refined
from captionacc_extents.decoding.passes import PASSES, Pass
from captionacc_extents.rules.rules import Rules

from captionacc_training.evaluation.evaluation import Scored
from captionacc_training.evaluation.totals import Totals, totals


@dataclass(frozen=True, kw_only=True)
class Ablation:
    """The name of what was left out, and the figures without it."""

    name: str
    totals: Totals


def ablations(scored: Sequence[Scored], rules: Rules) -> list[Ablation]:
    """The figures of all passes, then without each of them, then without any."""
    paths = [found_captions(item.scores, rules, ()) for item in scored]
    lists: list[tuple[str, tuple[Pass, ...]]] = [("nothing", PASSES)]
    lists += [(each.__name__, tuple(p for p in PASSES if p is not each)) for each in PASSES]
    lists.append(("all passes", ()))
    results = []
    for name, passes in lists:
        captions = (
            refined(path, item.scores, rules, passes)
            for item, path in zip(scored, paths, strict=True)
        )
        results.append(Ablation(name=name, totals=totals(scored, captions)))
    return results


def ablation_table(results: Sequence[Ablation]) -> str:
    """The figures in Markdown, with the case that loses most when something is left out."""
    lines = [
        "| left out | F1 ±1 | F1 exact | false per hour | case that loses most, F1 ±1 |",
        "|---|---|---|---|---|",
    ]
    whole = _cases(results[0])
    for each in results:
        cases = _cases(each)
        losses = {case: whole[case] - cases[case] for case in whole}
        kind = max(losses, key=losses.__getitem__)
        loss = f"{kind}: {whole[kind]:.3f} to {cases[kind]:.3f}"
        figures = each.totals
        lines.append(
            f"| {each.name} | {figures.near.f1:.4f} | {figures.exact.f1:.4f} "
            f"| {figures.false_per_hour:.1f} | {loss if cases[kind] < whole[kind] else '-'} |"
        )
    return "\n".join(lines)


def _cases(ablation: Ablation) -> dict[str, float]:
    """F1 within a frame by case; sequences without captions have none."""
    return {kind: score.f1 for kind, score in ablation.totals.kinds.items() if score.truth}
