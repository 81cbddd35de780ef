import itertools

from captionacc_cli.demo import sample
from captionacc_cli.demo.sample_script import FPS, SHOTS, frame_count, lines
from captionacc_contracts.frames.frame_index import INDICES_PER_SECOND


def test_the_sample_lasts_a_minute_and_its_captions_lie_inside() -> None:
    assert frame_count() / FPS >= 60
    assert sum(shot.seconds for shot in SHOTS) * FPS == frame_count()
    shown = lines()
    assert 16 <= len(shown) <= 20
    assert all(a.end <= b.first for a, b in itertools.pairwise(shown))
    assert shown[-1].end < frame_count()


def test_the_sample_holds_the_hard_cases() -> None:
    shown = lines()
    assert any(a.end == b.first for a, b in itertools.pairwise(shown))
    assert any("\n" in line.text for line in shown)
    differing = [
        sum(x != y for x, y in zip(a.text.split(), b.text.split(), strict=True))
        for a, b in itertools.pairwise(shown)
        if len(a.text.split()) == len(b.text.split())
    ]
    assert 1 in differing


def test_the_truth_follows_the_frame_index_rule() -> None:
    truth = sample.truth_of_sample()
    assert truth.frame_count == frame_count() * INDICES_PER_SECOND // FPS
    for caption, line in zip(truth.captions, lines(), strict=True):
        # Index i shows frame floor(2.5 i), so a caption starts at the first index not before it.
        assert caption.start_frame == -(-line.first * INDICES_PER_SECOND // FPS)
        assert caption.end_frame == -(-line.end * INDICES_PER_SECOND // FPS) - 1
