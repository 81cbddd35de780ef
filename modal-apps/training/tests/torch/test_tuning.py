from collections.abc import Callable

import pytest
from captionacc_extents.network.weights import shipped_rules
from captionacc_extents.reading.scores import FrameScores
from captionacc_extents.rules.decoding import DecodingRules
from captionacc_extents.rules.reading import ReadingRules
from captionacc_extents.rules.rule import Origin
from captionacc_extents.rules.rules import described
from captionacc_training.evaluation import tuning
from captionacc_training.evaluation.ablation import ablation_table, ablations
from captionacc_training.evaluation.evaluation import Scored
from captionacc_training.evaluation.tuning import GRIDS, tune, worth

RULES = shipped_rules()
SureOf = Callable[[list[tuple[int, int]], int], FrameScores]


def test_the_grids_cover_exactly_the_rules_marked_as_tuned() -> None:
    tuned = {name for name, rule in described(DecodingRules).items() if rule.origin is Origin.TUNED}
    assert tuned == GRIDS.keys()


def test_rules_that_the_scores_depend_on_are_not_tuned_or_fitted() -> None:
    origins = {rule.origin for rule in described(ReadingRules).values()}
    assert origins == {Origin.BY_HAND}


@pytest.mark.parametrize("name", GRIDS)
def test_each_grid_holds_the_shipped_value_and_values_on_both_sides(name: str) -> None:
    shipped, values = getattr(RULES.decoding, name), GRIDS[name]
    assert shipped in values
    if isinstance(shipped, tuple):
        for place, part in enumerate(shipped):
            parts = [value[place] for value in values]
            assert min(parts) < part < max(parts)
    else:
        assert min(values) < shipped < max(values)


def scored(sure_of: SureOf, name: str, found: list[tuple[int, int]]) -> Scored:
    return Scored(
        name=f"{name}-000", kind=name, truth=[(10, 30), (40, 60)], scores=sure_of(found, 70)
    )


def test_tuning_takes_what_is_better_and_says_where_the_edge_of_a_grid_is(
    sure_of: SureOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Faint captions that are right: the lower the limit of presence, the better.
    scores = sure_of([(10, 30), (40, 60)], 70)
    scores.presence[10:30] = 2.2
    items = [
        Scored(name="clean-000", kind="clean", truth=[(10, 30), (40, 60)], scores=scores),
        scored(sure_of, "other", [(10, 30), (40, 60)]),
    ]
    rules = RULES.with_decoding(least_step=99.0, faint_share=1.0)
    monkeypatch.setattr(tuning, "GRIDS", {"least_presence": (2.0, 3.0, 4.5)})
    lines: list[str] = []
    tuned = tune(items, rules, lines.append)
    assert tuned.decoding.least_presence == 2.0
    assert worth(items, tuned) > worth(items, rules)
    assert any("least_presence = 2.0 AT THE EDGE" in line for line in lines)
    others = tuned.with_decoding(
        least_presence=4.5,
        confidence_scale=rules.decoding.confidence_scale,
        confidence_offset=rules.decoding.confidence_offset,
    )
    assert others == rules


def test_an_ablation_shows_what_a_pass_does(sure_of: SureOf) -> None:
    scores = sure_of([(10, 30), (40, 60)], 70)
    scores.presence[40:60] = 1
    scores.presence[39:41] = scores.presence[59:61] = 0
    item = Scored(name="clean-000", kind="clean", truth=[(10, 30)], scores=scores)
    results = ablations([item], RULES.with_decoding(faint_share=1.0))
    assert [each.name for each in results] == [
        "nothing",
        *("rejoin", "merge", "split", "doubt", "trim", "sharpen"),
        "all passes",
    ]
    figures = {each.name: each.totals.near.f1 for each in results}
    assert figures["nothing"] == figures["trim"] == 1
    assert figures["doubt"] < 1
    assert "| doubt | 0.6667 |" in ablation_table(results)
