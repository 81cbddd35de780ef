"""The rules that decide which frames are encoded, what is compared, and what is a logo.

After a change of one of these every kept score has to be computed again.
"""

from dataclasses import dataclass
from typing import Annotated

from captionacc_extents.rules.rule import (
    CELL_SHARE,
    CORRELATION,
    FRAMES,
    LOGIT,
    LUMA,
    NO_RECORD,
    Origin,
    Rule,
)

BY_HAND = Origin.BY_HAND


@dataclass(frozen=True, kw_only=True)
class ReadingRules:
    """Rules of the package's `reading` folder; the scores of frames depend on each of them."""

    text_cell: Annotated[
        float,
        Rule(
            CELL_SHARE,
            "which cells hold text, for fades, trimming and the place of a text",
            BY_HAND,
            "one value for all uses; " + NO_RECORD,
        ),
    ]

    # Frames that are not encoded.
    block_frames: Annotated[
        int,
        Rule(
            FRAMES,
            "frames read together; the last frame of a block is always encoded",
            BY_HAND,
            "even, so that every second frame is the same in all blocks; " + NO_RECORD,
        ),
    ]
    clear_presence: Annotated[
        float,
        Rule(
            LOGIT,
            "beyond this presence, on either side of 0, a frame surely shows a caption or none",
            BY_HAND,
            "with `alike_below`: all captions of 360 sequences came out as if all frames were read",
        ),
    ]
    alike_below: Annotated[
        float,
        Rule(
            LOGIT,
            "two frames surely show the same caption; the frame between them is not encoded",
            BY_HAND,
            "with `clear_presence`: every caption of 360 sequences came out as before",
        ),
    ]

    # Comparisons of frames and of means.
    worth_comparing: Annotated[
        float,
        Rule(
            LOGIT,
            "frames below this presence show no caption and are not compared",
            BY_HAND,
            "far below 0, so that it saves time only; " + NO_RECORD,
        ),
    ]
    mean_frames: Annotated[
        int,
        Rule(
            FRAMES,
            "features averaged on each side of a comparison of means (noise, moving pictures)",
            BY_HAND,
            "training uses means of 2, because a step uses 5 frames of a clip; " + NO_RECORD,
        ),
    ]
    far_gap: Annotated[
        int,
        Rule(
            FRAMES,
            "left out on each side of the far comparison: slow cross-fades",
            BY_HAND,
            "longer than half of a cross-fade",
        ),
    ]

    # Shares of the way of a fade, measured in the pixels.
    blend_presence: Annotated[
        float,
        Rule(
            LOGIT,
            "both frames at one end of a fade must have at least this presence",
            BY_HAND,
            "a caption is more likely shown than not",
        ),
    ]
    blend_pixel_side: Annotated[
        int,
        Rule(
            "pixels of the band",
            "side of the squares whose mean luma is followed through a fade",
            BY_HAND,
            "a quarter of the cost of single pixels; " + NO_RECORD,
        ),
    ]
    blend_surroundings: Annotated[
        int,
        Rule(
            "squares of `blend_pixel_side`",
            "side of the local mean that is taken away: light and motion behind the text",
            BY_HAND,
            "text is finer than most of what lies behind it; " + NO_RECORD,
        ),
    ]
    blend_least_way: Annotated[
        float,
        Rule(
            LUMA,
            "length of the difference between both ends of a fade, as one vector of all squares; "
            "below it there is no fade to measure",
            BY_HAND,
            "one luma step in one square: only avoids shares of noise",
        ),
    ]

    # Logos and channel marks.
    opening_frames: Annotated[
        int,
        Rule(
            FRAMES,
            "logos are found from this many first frames of the video",
            BY_HAND,
            "96 s; more would hold more than 100 MB of frames meanwhile; " + NO_RECORD,
        ),
    ]
    sample_every: Annotated[
        int,
        Rule(
            FRAMES,
            "distance between the samples of the opening; must divide `block_frames`",
            BY_HAND,
            "120 samples of a whole opening; " + NO_RECORD,
        ),
    ]
    fewest_samples: Annotated[
        int,
        Rule(
            "samples",
            "in a shorter video a caption cannot be told from a logo",
            BY_HAND,
            "16 s of video; " + NO_RECORD,
        ),
    ]
    logo_text_cell: Annotated[
        float,
        Rule(
            CELL_SHARE,
            "which cells may belong to a logo (`text_cell` is for captions)",
            BY_HAND,
            "lower than `text_cell`: the first value missed faint logos",
        ),
    ]
    logo_text_often: Annotated[
        float,
        Rule(
            "share of the samples",
            "a cell with text in fewer samples belongs to no logo",
            BY_HAND,
            NO_RECORD,
        ),
    ]
    pattern_alike: Annotated[
        float,
        Rule(
            CORRELATION,
            "a cell's gradients show its usual pattern: half-transparent logos",
            BY_HAND,
            NO_RECORD,
        ),
    ]
    pattern_usual: Annotated[
        float,
        Rule(
            "share of the samples",
            "samples in which a static cell shows its usual pattern",
            BY_HAND,
            "more often than not",
        ),
    ]
    pattern_parts: Annotated[
        int,
        Rule(
            "parts of the opening",
            "each with a pattern of its own, to tell a logo from captions that change",
            BY_HAND,
            "24 s each when the opening is whole; " + NO_RECORD,
        ),
    ]
    pattern_part_samples: Annotated[
        int,
        Rule(
            "samples",
            "a part of the opening with fewer samples of text has no pattern",
            BY_HAND,
            "the median of one sample is only that sample",
        ),
    ]
    pattern_fewest_parts: Annotated[
        int,
        Rule(
            "parts of the opening",
            "a cell with patterns in fewer parts is not static",
            BY_HAND,
            "all but one of `pattern_parts`; " + NO_RECORD,
        ),
    ]
    pattern_lasting: Annotated[
        float,
        Rule(
            CORRELATION,
            "the patterns of successive parts are the same",
            BY_HAND,
            NO_RECORD,
        ),
    ]
    other_text_mass: Annotated[
        float,
        Rule(
            "cells",
            "less text than this beside a mark counts as none",
            BY_HAND,
            "one cell; " + NO_RECORD,
        ),
    ]
    part_gone: Annotated[
        float,
        Rule(
            "share of a mark's cells",
            "with fewer cells in their pattern a mark is hidden in a sample",
            BY_HAND,
            "one of the three rules that tell words of a long caption from logos: of thirty "
            "sequences ten lost words before, one lost a cell after, and every logo was found",
        ),
    ]
    part_leaves: Annotated[
        float,
        Rule(
            "share of the samples",
            "a mark hidden more often may be a word of a caption that stands for minutes",
            BY_HAND,
            "found together with `part_gone`",
        ),
    ]
    parts_together: Annotated[
        float,
        Rule(
            CORRELATION,
            "two marks that come and go together are words of one caption",
            BY_HAND,
            "found together with `part_gone`",
        ),
    ]
    fewest_alone: Annotated[
        int,
        Rule(
            "samples",
            "samples without other text that are needed to ask whether a mark stays in them",
            BY_HAND,
            NO_RECORD,
        ),
    ]
    mark_widest: Annotated[
        float,
        Rule(
            "share of the band's width",
            "a wider mark is a caption that stands for minutes",
            BY_HAND,
            NO_RECORD,
        ),
    ]
    mark_distance: Annotated[
        float,
        Rule(
            "share of the band's width",
            "a mark's middle is at least so far from the middle of the other text",
            BY_HAND,
            "captions are centred, marks stand at a side; " + NO_RECORD,
        ),
    ]
