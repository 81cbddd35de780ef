"""The services that jobs need, and which kinds of job need which of them."""

from datetime import datetime
from enum import StrEnum

import msgspec

from captionacc_contracts.work.jobs import JobKind


class Dependency(StrEnum):
    """A service outside the worker without which a job cannot go on."""

    DATABASE = "database"
    OBJECT_STORE = "object_store"
    COMPUTE = "compute"
    """Modal, or the local processes of the worker's machine."""
    OCR = "ocr"
    """The OCR engine, if it is a remote service."""


NAMES = {
    Dependency.DATABASE: "the database",
    Dependency.OBJECT_STORE: "the object store",
    Dependency.COMPUTE: "the compute platform",
    Dependency.OCR: "the OCR service",
}
"""For sentences that people read."""

_READING_KINDS = frozenset(
    {JobKind.VIDEO_INITIAL_PROCESSING, JobKind.CAPTION_OCR, JobKind.CAPTIONS_OCR}
)


def needs(kind: JobKind, dependency: Dependency) -> bool:
    """Whether jobs of this kind need the service: only those that read text need OCR."""
    return dependency is not Dependency.OCR or kind in _READING_KINDS


class Outage(msgspec.Struct, frozen=True, kw_only=True):
    """What a worker knows of a service that it cannot use.

    ``since`` is when the worker noticed. ``reason`` is for operators and may name internals.
    """

    dependency: Dependency
    since: datetime
    reason: str


class WorkerOutages(msgspec.Struct, frozen=True, kw_only=True):
    """The services that one worker cannot use now."""

    worker: str
    outages: list[Outage]
