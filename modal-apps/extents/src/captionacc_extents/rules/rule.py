"""What the table says of one rule besides its value."""

from dataclasses import dataclass
from enum import StrEnum


class Origin(StrEnum):
    """How the value of a rule was found."""

    TUNED = "tuned"
    """`python -m captionacc_training tune` searches it on the tuning split."""

    FITTED = "fitted"
    """`tune` computes it from the captions of the tuning split, by regression."""

    BY_HAND = "set by hand"
    """A person chose it; `why` gives the reason, or says that none is on record."""


@dataclass(frozen=True)
class Rule:
    """The unit of a value, the hard case that the rule is for, and how its value was found."""

    unit: str
    case: str
    origin: Origin
    why: str = ""

    def __post_init__(self) -> None:
        if self.origin is Origin.BY_HAND and not self.why:
            raise ValueError(
                f"The rule for {self.case!r} is set by hand: say why it has its value."
            )


FRAMES = "frames at 10 Hz"
LOGIT = "logit"
LOG_SCORE = "log score"
CELL_SHARE = "share of a cell"
CORRELATION = "correlation"
LUMA = "luma, 0 to 255"

NO_RECORD = "no comparison is on record; not measured again"
"""The reason of a value that worked from the first version on and was never compared."""
