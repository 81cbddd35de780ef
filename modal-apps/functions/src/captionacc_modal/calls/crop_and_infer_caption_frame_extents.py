"""Crop a video to its tracks, encode the chunks, and find where captions begin and end."""

import asyncio
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from uuid import uuid4

from captionacc_contracts import object_keys
from captionacc_contracts.errors import ErrorCode, PermanentError
from captionacc_contracts.frames.extents import PairLabel, PairResult, tiles
from captionacc_contracts.frames.frame_index import CROPPED_FRAME_RATE
from captionacc_contracts.frames.manifest import ManifestChunk
from captionacc_contracts.frames.tracks import FIRST_TRACK
from captionacc_contracts.sqlite_files import extents as extents_file
from captionacc_contracts.work.compute import CropInferRequest, CropInferResult, TrackExtents
from captionacc_extents.inference import ExtentsInference, ExtentsOutcome
from captionacc_extents.network.network import ExtentsNetwork
from captionacc_media.cropping.cropped_frames import CroppedFrames, TrackPass, crop_and_feed
from captionacc_media.cropping.manifest_file import manifest_bytes
from captionacc_media.frames.container import open_video

from captionacc_modal.call_files import CallFiles
from captionacc_modal.calls.chunk_uploads import ChunkUploads
from captionacc_modal.measuring import StageClock
from captionacc_modal.stoppable_thread import ReportProgress, run_stoppable


async def run(
    request: CropInferRequest,
    *,
    store: CallFiles,
    network: ExtentsNetwork,
    progress: ReportProgress,
    threads: int = 1,
) -> CropInferResult:
    """Write chunks, pair predictions and, last, the manifests to the store.

    The first track's manifest is the last object: a version that has it is complete.

    Args:
        request: Names the video, the tracks and the version of cropped frames.
        store: Has the video and gets the files.
        network: The extents model.
        progress: Called in another thread.
        threads: For the decoder of the video and for the model, each.

    Raises:
        PermanentError: The video cannot be used, its key belongs to another tenant, or the
            extents do not cover all frames.
        TransientError: The store did not answer.
    """
    object_keys.require_under_tenant(request.video_key, request.tenant_id)
    if request.frame_rate != CROPPED_FRAME_RATE:
        raise PermanentError(
            ErrorCode.FRAME_RANGE_INVALID,
            f"Cropped frames are taken at {CROPPED_FRAME_RATE:g} Hz, not at "
            f"{request.frame_rate:g} Hz.",
        )
    clock = StageClock()
    with tempfile.TemporaryDirectory(prefix="captionacc-crop-") as folder:
        video = Path(folder) / "video"
        with clock.stage("download"):
            await store.get_to_file(request.video_key, video)
        video_pass = _VideoPass(
            request=request,
            video=video,
            places=_places(request, Path(folder)),
            network=network,
            threads=threads,
        )
        tracks = await _made_and_stored(video_pass, store, clock, progress)
    first, *others = tracks
    made = first.extents()
    return CropInferResult(
        cropped_frames_version=request.cropped_frames_version,
        frame_count=first.cropped.manifest.frame_count,
        model_version=first.outcome.model_version,
        chunk_count=made.chunk_count,
        total_bytes=made.total_bytes,
        cropped_frames_prefix=made.cropped_frames_prefix,
        extents_key=made.extents_key,
        label_counts=made.label_counts,
        extents=made.extents,
        other_tracks=[each.extents() for each in others],
        measured=clock.measured(device=network.device),
    )


@dataclass(frozen=True, kw_only=True)
class _Place:
    """Where the files of one track lie here, and where they go in the store."""

    number: int
    directory: Path
    prefix: str
    extents_key: str


def _places(request: CropInferRequest, directory: Path) -> list[_Place]:
    where = request.tenant_id, request.video_id, request.cropped_frames_version
    return [
        _Place(
            number=number,
            directory=directory / f"track_{number}",
            prefix=object_keys.chunks_prefix(*where, number),
            extents_key=object_keys.extents_db(*where, number),
        )
        for number, _ in enumerate(request.tracks, FIRST_TRACK)
    ]


@dataclass(frozen=True, kw_only=True)
class _Track:
    """What was made of one track."""

    place: _Place
    cropped: CroppedFrames
    outcome: ExtentsOutcome

    def extents(self) -> TrackExtents:
        return TrackExtents(
            track=self.place.number,
            chunk_count=len(self.cropped.manifest.chunks),
            total_bytes=self.cropped.total_bytes,
            cropped_frames_prefix=self.place.prefix,
            extents_key=self.place.extents_key,
            label_counts=label_counts(self.outcome.pairs),
            extents=self.outcome.extents,
        )


@dataclass(frozen=True, kw_only=True)
class _VideoPass:
    """The pass over the video that crops, encodes and infers all tracks."""

    request: CropInferRequest
    video: Path
    places: Sequence[_Place]
    network: ExtentsNetwork
    threads: int

    def run(self, uploads: ChunkUploads, report: ReportProgress) -> list[_Track]:
        """Make the chunks, which go to ``uploads``, and the extents of all tracks."""
        inferences = [ExtentsInference(self.network, threads=self.threads) for _ in self.places]
        passes = [
            TrackPass(
                track=track,
                directory=place.directory,
                bands=inference,
                written=partial(_upload, uploads, place),
            )
            for track, place, inference in zip(
                self.request.tracks, self.places, inferences, strict=True
            )
        ]
        version = self.request.cropped_frames_version
        with open_video(self.video, threads=self.threads) as source:
            cropped = crop_and_feed(source, passes, version=version, progress=report)
        return [
            _Track(place=place, cropped=each, outcome=inference.finish())
            for place, each, inference in zip(self.places, cropped, inferences, strict=True)
        ]


def _upload(uploads: ChunkUploads, place: _Place, chunk: ManifestChunk) -> None:
    uploads.add(place.prefix + chunk.path, place.directory / chunk.path)


async def _made_and_stored(
    video_pass: _VideoPass, store: CallFiles, clock: StageClock, progress: ReportProgress
) -> list[_Track]:
    """Run the pass in a thread, and store what it makes."""
    started_at = datetime.now(UTC)
    async with ChunkUploads(store) as uploads:
        with clock.stage("crop_and_infer"):
            tracks = await run_stoppable(partial(video_pass.run, uploads), progress)
        for each in tracks:
            _require_whole(each)
        run_of = partial(
            extents_file.RunMetadata,
            cropped_frames_version=video_pass.request.cropped_frames_version,
            started_at=started_at,
            completed_at=datetime.now(UTC),
            processing_time_seconds=clock.seconds["crop_and_infer"],
        )
        with clock.stage("upload"):
            await uploads.finish(progress)
            await _store_results(store, tracks, run_of)
    return tracks


def _require_whole(track: _Track) -> None:
    frame_count = track.cropped.manifest.frame_count
    if not tiles(track.outcome.extents, frame_count):
        raise PermanentError(
            ErrorCode.RESULT_INCOMPLETE,
            f"The extents do not cover the {frame_count} frames of the video.",
        )


async def _store_results(
    store: CallFiles, tracks: Sequence[_Track], run_of: Callable[..., extents_file.RunMetadata]
) -> None:
    """Store the pairs of every track, then the manifests, the first track's last.

    The chunks are stored before: a manifest says that they are there.
    """
    for track in tracks:
        pairs = track.outcome.pairs
        run = run_of(
            run_id=uuid4(), model_version=track.outcome.model_version, total_pairs=len(pairs)
        )
        database = track.place.directory / "extents.db.gz"
        await asyncio.to_thread(extents_file.write, database, pairs, run)
        await store.put_file(track.place.extents_key, database, content_type="application/gzip")
    # The first track's manifest says that the whole version is stored.
    for track in reversed(tracks):
        await store.put(
            object_keys.manifest(track.place.prefix),
            manifest_bytes(track.cropped.manifest),
            content_type="application/json",
        )


def label_counts(pairs: list[PairResult]) -> dict[str, int]:
    """The number of pairs by their forward label; each label is a key, also with zero pairs."""
    counted = Counter(pair.forward.label for pair in pairs)
    return {label.value: counted[label] for label in PairLabel}
