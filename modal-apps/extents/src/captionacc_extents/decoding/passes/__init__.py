"""The passes after Viterbi: each corrects the captions for one hard case.

A pass takes the captions in order and returns captions in order. `PASSES` is the only place that
says which passes run, and in which order.
"""

from collections.abc import Callable

from captionacc_extents.decoding.found import Found
from captionacc_extents.decoding.passes.doubt import doubt
from captionacc_extents.decoding.passes.merge import merge
from captionacc_extents.decoding.passes.rejoin import rejoin
from captionacc_extents.decoding.passes.sharpen import sharpen
from captionacc_extents.decoding.passes.split import split
from captionacc_extents.decoding.passes.trim import trim
from captionacc_extents.reading.scores import FrameScores
from captionacc_extents.rules.rules import Rules

Pass = Callable[[list[Found], FrameScores, Rules], list[Found]]

PASSES: tuple[Pass, ...] = (
    # Where captions change. `rejoin` comes before `merge`, which may leave nothing between two
    # captions; `split` looks at whole captions.
    rejoin,
    merge,
    split,
    # After the splits, so that the remainder of a split is doubted as well.
    doubt,
    # Ends, once it is settled which captions there are and which of them touch.
    trim,
    sharpen,
)
