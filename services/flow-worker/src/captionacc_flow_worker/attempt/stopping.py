"""Why a running job is stopped from outside its flow."""

from enum import StrEnum


class Stop(StrEnum):
    """``CANCEL``: a person asked. ``RELEASE``: this worker drains. ``LOST``: its lease is gone."""

    CANCEL = "cancel"
    RELEASE = "release"
    LOST = "lost"


class Abandoned(Exception):  # noqa: N818  it ends a run on purpose and is no error
    """Ends a run without a word to Prefect: another worker owns its job, or nobody can say yet."""
