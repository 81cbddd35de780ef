"""What a call used that failed: its error carries it from the call to the worker."""

from captionacc_contracts.errors import CaptionAccError
from captionacc_contracts.work.compute import Measured

_NAME = "measured"


def note_usage(error: CaptionAccError, measured: Measured) -> None:
    """Attach what the call used to the error that ends it; pickling keeps it."""
    vars(error)[_NAME] = measured


def usage_of(error: BaseException) -> Measured | None:
    """What the call used that ended with ``error``; ``None`` if nobody measured it."""
    found = vars(error).get(_NAME)
    return found if isinstance(found, Measured) else None
