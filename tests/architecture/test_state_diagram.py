"""The state diagram of the architecture page shows exactly the allowed transitions."""

import re
from pathlib import Path

import pytest
from captionacc_contracts.work.states import CAPTION_TRANSITIONS, VIDEO_TRANSITIONS

PAGE = Path(__file__).parents[2] / "docs" / "architecture.md"


def _drawn(column: str) -> set[tuple[str, str]]:
    """Arrows of one column's box; ``[*]`` is the start."""
    box = re.search(
        rf'state "{re.escape(column)}" as \w+ \{{(.*?)\n  \}}', PAGE.read_text("utf-8"), re.DOTALL
    )
    assert box is not None
    arrows = re.findall(r"^ *(\S+) --> (\w+)", box[1], re.MULTILINE)
    return {(source, target.removeprefix("caption_")) for source, target in arrows}


@pytest.mark.parametrize(
    ("column", "allowed"),
    [
        (
            "videos.status",
            {("[*]", "uploaded")}
            | {(source, to) for source, targets in VIDEO_TRANSITIONS.items() for to in targets},
        ),
        (
            "videos.caption_status",
            {
                ("[*]" if source is None else source, to)
                for source, targets in CAPTION_TRANSITIONS.items()
                for to in targets
            },
        ),
    ],
)
def test_diagram_shows_the_allowed_transitions(column: str, allowed: set[tuple[str, str]]) -> None:
    drawn = {(source.removeprefix("caption_"), target) for source, target in _drawn(column)}
    assert drawn == allowed
