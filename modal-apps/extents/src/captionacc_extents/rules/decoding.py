"""The rules that turn scores into captions. Kept scores stay valid when one of these changes."""

from dataclasses import dataclass
from typing import Annotated

from captionacc_extents.rules.rule import FRAMES, LOG_SCORE, LOGIT, NO_RECORD, Origin, Rule

TUNED, FITTED, BY_HAND = Origin.TUNED, Origin.FITTED, Origin.BY_HAND

WAY = "share of the way of a fade"
SECOND_SET = "set so that 180 more sequences of the tuning sources lost their false captions"


@dataclass(frozen=True, kw_only=True)
class DecodingRules:
    """Rules of the package's `decoding` folder."""

    # Evidence of the Viterbi pass.
    distance_weights: Annotated[
        tuple[float, float, float],
        Rule("factor", "comparisons of frames 1, 2 and 4 places apart", TUNED),
    ]
    pair_scale: Annotated[
        float, Rule("factor", "logits of pairs are over-confident and depend on each other", TUNED)
    ]
    pair_limit: Annotated[
        float, Rule("logit after `pair_scale`", "one pair that the network gets wrong", TUNED)
    ]
    unrest: Annotated[
        float,
        Rule(
            "factor",
            "karaoke sweeps and moving textures make every pair look a little different",
            TUNED,
        ),
    ]
    presence_limit: Annotated[float, Rule(LOGIT, "one frame that the network gets wrong", TUNED)]
    cut_threshold: Annotated[
        float,
        Rule(
            "mean change of luma, 0 to 255",
            "a shot cut behind a caption that stays",
            TUNED,
        ),
    ]
    cut_discount: Annotated[
        float, Rule("logit after `pair_scale`", "a pair across a shot cut says less", TUNED)
    ]

    # Costs of the Viterbi pass.
    appear: Annotated[float, Rule(LOG_SCORE, "a caption begins after a gap", TUNED)]
    vanish: Annotated[float, Rule(LOG_SCORE, "a caption ends before a gap", TUNED)]
    change: Annotated[float, Rule(LOG_SCORE, "a caption follows another without a gap", TUNED)]

    # Evidence for a change of caption.
    place_weight: Annotated[
        float,
        Rule(
            "logit per share of a cell",
            "texts of other length in a slow cross-fade over a moving picture",
            TUNED,
        ),
    ]
    place_unsettled: Annotated[
        int,
        Rule(
            FRAMES,
            "left out on each side of a change before the places of the text are compared",
            BY_HAND,
            "as `far_gap`: longer than half of a cross-fade",
        ),
    ]
    place_frames: Annotated[
        int,
        Rule(
            FRAMES,
            "averaged at most on each side to find the places of the text",
            BY_HAND,
            "a little more than a second; " + NO_RECORD,
        ),
    ]
    place_cells: Annotated[
        int,
        Rule(
            "cells",
            "averaged of those whose text changed most: one word more or less",
            BY_HAND,
            NO_RECORD,
        ),
    ]
    merge_below: Annotated[
        float,
        Rule(
            LOGIT,
            "one caption cut in two (rejoin, merge)",
            BY_HAND,
            "7.0 and 7.5 are a little better on the tuning split, but 7.5 joined captions "
            "of a real video that differ by one character (F1 .688, not .788)",
        ),
    ]
    rejoin_around: Annotated[
        float,
        Rule(
            "times the frames between",
            "the same word before and after another word, where captions show one word at a time; "
            "what passes behind a caption is shorter",
            BY_HAND,
            "such words are about equally long, which is 2; at 4 the captions of the tuning split "
            "are the same to the last bit as without the rule",
        ),
    ]
    split_above: Annotated[
        float, Rule(LOGIT, "two captions in one: a change too slow to show in pairs", TUNED)
    ]
    split_means_agree: Annotated[
        float,
        Rule(
            LOGIT,
            "sum of both comparisons of means below which only a logo or a pattern beside the text "
            "moves, and no caption is split",
            BY_HAND,
            SECOND_SET,
        ),
    ]

    # Captions that are doubted.
    least_presence: Annotated[
        float, Rule(LOGIT, "mean presence of textures that look like text", TUNED)
    ]
    least_step: Annotated[
        float, Rule(LOGIT, "a faint caption comes and goes at once; a texture drifts", TUNED)
    ]
    faint_share: Annotated[
        float,
        Rule("share of the video", "all captions are faint: the rule would remove them all", TUNED),
    ]
    brief_frames: Annotated[
        int,
        Rule(
            FRAMES,
            "a faint caption that is shorter must reach `brief_presence`",
            BY_HAND,
            SECOND_SET,
        ),
    ]
    brief_presence: Annotated[
        float,
        Rule(LOGIT, "mean presence that a brief faint caption needs", BY_HAND, SECOND_SET),
    ]
    neighbour_frames: Annotated[
        int,
        Rule(
            FRAMES,
            "a faint caption of this length or more may be believed because it differs from the "
            "caption that it touches",
            BY_HAND,
            SECOND_SET,
        ),
    ]
    neighbour_fainter: Annotated[
        float,
        Rule(
            LOGIT,
            "a caption that is fainter than its neighbour by this much is the picture in a gap",
            BY_HAND,
            "on the second set 2 false captions per hour, not 5; F1 .9789, not .9787",
        ),
    ]

    # Faint ends beside a gap.
    trim_share: Annotated[
        float,
        Rule(
            "share of the median text",
            "a fade begins or ends before half of it is shown",
            TUNED,
        ),
    ]
    trim_reach: Annotated[
        int,
        Rule(FRAMES, "removed at most at each end: fades", TUNED),
    ]
    trim_leaves: Annotated[
        int,
        Rule(FRAMES, "left at least of a caption", BY_HAND, "the shortest caption of the decoder"),
    ]

    # Ends measured in the pixels.
    abrupt: Annotated[
        float,
        Rule(LOGIT, "a change between two frames is where the pair head sees it", TUNED),
    ]
    half_begun: Annotated[
        float,
        Rule(WAY, "from this share of the way on, a caption counts as begun (at its start)", TUNED),
    ]
    half_gone: Annotated[
        float,
        Rule(WAY, "from this share of the way on, a caption counts as gone (at its end)", TUNED),
    ]
    way_leaving: Annotated[
        float,
        Rule(
            WAY,
            "the first frame of the row is still near the picture before",
            BY_HAND,
            "a quarter: else the row does not hold the whole fade; " + NO_RECORD,
        ),
    ]
    way_arrived: Annotated[
        float,
        Rule(
            WAY,
            "the last frame of the row is near the picture after",
            BY_HAND,
            "three quarters, as `way_leaving`",
        ),
    ]
    way_step_back: Annotated[
        float,
        Rule(
            WAY,
            "a larger step back shows that something other than the caption moves",
            BY_HAND,
            NO_RECORD,
        ),
    ]
    way_firm: Annotated[
        float,
        Rule(
            WAY,
            "a boundary with a larger step stays",
            BY_HAND,
            "a fade over two frames does not go so far in one step",
        ),
    ]
    way_sudden: Annotated[
        float,
        Rule(
            WAY,
            "a larger step is a shot cut if it is more than a frame away",
            BY_HAND,
            "a fade does not go so far in one step",
        ),
    ]
    sharpen_reach: Annotated[
        int,
        Rule(
            FRAMES,
            "a boundary is moved at most this far",
            BY_HAND,
            NO_RECORD,
        ),
    ]
    sharpen_reach_if_sudden: Annotated[
        int,
        Rule(
            FRAMES,
            "a boundary is moved at most this far to a step of `way_sudden`",
            BY_HAND,
            "a shot cut near the end of a caption is not its end; one frame is the tolerance",
        ),
    ]

    # The confidence that is shown.
    least_belief: Annotated[
        float,
        Rule(
            "probability",
            "beliefs nearer to 0 or 1 are taken for this one",
            BY_HAND,
            "avoids infinite log odds; " + NO_RECORD,
        ),
    ]
    confidence_scale: Annotated[
        float, Rule("factor of log odds", "the decoder is over-confident", FITTED)
    ]
    confidence_offset: Annotated[float, Rule("log odds", "the decoder is over-confident", FITTED)]
