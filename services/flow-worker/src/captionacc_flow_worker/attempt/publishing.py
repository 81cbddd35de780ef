"""Steps that the flows share: check parameters and results, read captions, publish."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

import msgspec
from captionacc_contracts.errors import ErrorCode, PermanentError, TransientError
from captionacc_contracts.work.compute import ComputeResult
from captionacc_contracts.work.jobs import JobParameters
from captionacc_supabase.rows import Caption
from captionacc_supabase.session import Session

from captionacc_flow_worker.attempt.job_context import JobContext

P = TypeVar("P", bound=msgspec.Struct)
R = TypeVar("R", bound=msgspec.Struct)


def parameters_as(context: JobContext, kind: type[P]) -> P:
    """The job's parameters, checked to be of the type that its flow expects.

    Raises:
        PermanentError: ``internal`` when the job is of another kind.
    """
    parameters: JobParameters = context.job.parameters
    if not isinstance(parameters, kind):
        raise PermanentError(
            ErrorCode.INTERNAL,
            f"The flow of {kind.__name__} jobs got a {context.job.kind} job.",
        )
    return parameters


def result_as(result: ComputeResult, kind: type[R]) -> R:
    """The result, checked to be of the type that its function returns.

    Raises:
        TransientError: ``result_incomplete`` when the result is of another type.
    """
    if not isinstance(result, kind):
        raise TransientError(
            ErrorCode.RESULT_INCOMPLETE,
            f"The call returned a {type(result).__name__} instead of a {kind.__name__}.",
        )
    return result


async def captions_by_id(
    context: JobContext, caption_ids: Sequence[int], version: int
) -> list[Caption]:
    """The captions with these ids, in the order of the ids.

    Raises:
        PermanentError: ``not_found`` when a caption does not exist, or belongs to another version
            of the cropped frames.
    """
    context.enter_stage("read_captions")
    async with context.services.database.transaction() as session:
        found = {
            caption.id: caption
            for caption in await session.captions.get_many(context.job.video_id, caption_ids)
            if caption.cropped_frames_version == version
        }
    missing = [caption_id for caption_id in caption_ids if caption_id not in found]
    if missing or not caption_ids:
        raise PermanentError(
            ErrorCode.NOT_FOUND,
            f"{len(missing)} of {len(caption_ids)} captions do not exist in version {version} of "
            "the cropped frames; ask again for the captions of the current version.",
        )
    return [found[caption_id] for caption_id in caption_ids]


async def publish(context: JobContext, write: Callable[[Session], Awaitable[Any]]) -> None:
    """Run ``write`` in one transaction; its writes are fenced by the lease and end the job.

    Raises:
        TransientError: ``lease_lost`` when this worker no longer holds the job.
    """
    context.enter_stage("publish")
    async with context.services.database.transaction() as session:
        await write(session)
    context.settle()
