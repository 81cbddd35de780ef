"""Flows, their deployments and parameters, and the Prefect work pool they run in."""

from enum import StrEnum
from typing import assert_never
from uuid import UUID

import msgspec

from captionacc_contracts.work.jobs import JobKind

WORK_POOL = "captionacc-workers"
WORK_POOL_TYPE = "captionacc-in-process"
DEPLOYMENT = "production"


class FlowName(StrEnum):
    VIDEO_INITIAL_PROCESSING = "captionacc-video-initial-processing"
    CROP_AND_INFER = "captionacc-crop-and-infer-caption-frame-extents"
    CAPTION_OCR = "captionacc-caption-ocr"
    CAPTIONS_OCR = "captionacc-captions-ocr"
    RECONCILE = "captionacc-reconcile"

    @property
    def deployment(self) -> str:
        """``flow/deployment``, the name by which Prefect finds it."""
        return f"{self.value}/{DEPLOYMENT}"


class FlowParameters(msgspec.Struct, frozen=True, kw_only=True):
    """The parameters of a flow run; the worker reads everything else from the job row."""

    job_id: UUID
    video_id: UUID
    tenant_id: UUID


def flow_of(kind: JobKind) -> FlowName:
    """The flow that does a kind of job."""
    match kind:
        case JobKind.VIDEO_INITIAL_PROCESSING:
            return FlowName.VIDEO_INITIAL_PROCESSING
        case JobKind.CROP_AND_INFER:
            return FlowName.CROP_AND_INFER
        case JobKind.CAPTION_OCR:
            return FlowName.CAPTION_OCR
        case JobKind.CAPTIONS_OCR:
            return FlowName.CAPTIONS_OCR
        case _:
            assert_never(kind)


def work_queue(static_score: float, *, ageing: bool) -> str:
    """Name of the Prefect work queue for a static score, for people to see and pause."""
    return f"s{round(static_score):03d}" + ("" if ageing else "-noage")


# Prefect's lists of runs cut off longer names.
_LONGEST_NAME = 60


def run_name(video_id: UUID, video_name: str | None) -> str:
    """Name under which people see a job's flow run: the video's name and the start of its id."""
    named = (video_name or "video").strip()
    if len(named) > _LONGEST_NAME:
        named = f"{named[: _LONGEST_NAME - 1]}…"
    return f"{named} ({str(video_id)[:8]})"


def idempotency_key(job_id: UUID) -> str:
    """Idempotency key of a job's flow run, so that Prefect makes the run only once."""
    return f"job:{job_id}"


def tags(
    *,
    tenant_id: UUID,
    tier: str,
    priority: int,
    caption_id: int | None = None,
    user_initiated: bool = False,
) -> list[str]:
    """Tags of a flow run."""
    found = [f"tenant:{tenant_id}", f"tier:{tier}", f"priority:{priority}"]
    if caption_id is not None:
        found.append(f"caption:{caption_id}")
    if user_initiated:
        found.append("user-initiated")
    return found
