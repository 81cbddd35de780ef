"""Tracks of a video: what is suggested, what is approved, and the captions of each."""

import shutil
import uuid
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg
import msgspec
import pytest
from captionacc_contracts import object_keys
from captionacc_contracts.errors import ErrorCode, PermanentError
from captionacc_contracts.frames.extents import CaptionExtent, ExtentKind
from captionacc_contracts.frames.geometry import CropRegion
from captionacc_contracts.frames.tracks import (
    AnchorType,
    CropTrack,
    Note,
    NoteKind,
    SuggestedTrack,
    WritingDirection,
)
from captionacc_contracts.ids import TenantId, VideoId
from captionacc_contracts.work.compute import CropInferResult, ExtractResult, TrackExtents
from captionacc_stack.backing import migrations_directory
from captionacc_supabase import publication
from captionacc_supabase.database import Database
from captionacc_supabase.migrate import migrate
from captionacc_supabase.rows import VersionTrack
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from conftest import MakeExtents, Scene

FRAMES = 30
UPPER = CropRegion(crop_left=0.1, crop_top=0.05, crop_right=0.9, crop_bottom=0.2)
SIDE = CropRegion(crop_left=0.92, crop_top=0.1, crop_right=1, crop_bottom=0.7)
OTHERS = (
    CropTrack(crop_region=UPPER),
    CropTrack(crop_region=SIDE, direction=WritingDirection.VERTICAL),
)


def tiling(cuts: set[int]) -> list[CaptionExtent]:
    """Captions and gaps in turn, from cut to cut."""
    return [
        CaptionExtent(
            start_frame=start,
            end_frame=end,
            kind=ExtentKind.CAPTION if place % 2 == 0 else ExtentKind.GAP,
            confidence=0.9,
        )
        for place, (start, end) in enumerate(pairwise(sorted({0, FRAMES, *cuts})))
    ]


def of_track(track: int, extents: list[CaptionExtent]) -> TrackExtents:
    where = TenantId(uuid.UUID(int=1)), VideoId(uuid.UUID(int=2)), 1, track
    return TrackExtents(
        track=track,
        chunk_count=3 + track,
        total_bytes=1000 + track,
        cropped_frames_prefix=object_keys.chunks_prefix(*where),
        extents_key=object_keys.extents_db(*where),
        label_counts={},
        extents=extents,
    )


def with_tracks(result: CropInferResult, *others: list[CaptionExtent]) -> CropInferResult:
    made = [of_track(track, extents) for track, extents in enumerate(others, 2)]
    return msgspec.structs.replace(result, other_tracks=made)


async def test_what_the_extraction_suggests_is_stored(
    scene: "Scene", extract_result: ExtractResult
) -> None:
    side = SuggestedTrack(
        crop_region=SIDE,
        anchor_type=AnchorType.LEFT,
        anchor_position=0.1,
        direction=WritingDirection.VERTICAL,
        confidence=0.9,
    )
    upper = msgspec.structs.replace(side, crop_region=UPPER, confidence=0.4)
    note = Note(kind=NoteKind.STANDING_TEXT, message="It stands.", start_seconds=0, region=UPPER)
    result = msgspec.structs.replace(
        extract_result,
        suggested_tracks=[side],
        runner_up_tracks=[upper],
        notes=[note],
        start_seconds=1.4,
    )
    video_id = await scene.video()
    lease = await scene.claim(await scene.initial(video_id))
    async with scene.database.transaction() as session:
        await publication.publish_extract(session, lease, result)
    video = await scene.read(video_id)
    assert (video.suggested_tracks, video.runner_up_tracks) == ([side], [upper])
    assert (video.notes, video.start_seconds) == ([note], 1.4)
    assert (video.tracks, video.approved_tracks) == ([], [])


async def test_the_captions_of_all_tracks_are_published_together(
    scene: "Scene", extents_result: "MakeExtents"
) -> None:
    video_id = await scene.active_video()
    job = await scene.crop(video_id, *(region := (OTHERS[0].crop_region,)), *OTHERS[1:])
    lease = await scene.claim(job)
    version = await scene.allocate(lease, *region, *OTHERS[1:])
    result = with_tracks(extents_result(version), tiling({12}))
    async with scene.database.transaction() as session:
        await publication.publish_extents(session, lease, result)
        captions = await session.captions.for_video(video_id)
        unread = await session.captions.without_text(video_id)
        (stored,) = await session.versions.for_video(video_id)
    assert [(row.track, row.start_frame, row.end_frame) for row in captions] == [
        (1, 0, 9),
        (2, 0, 11),
        (1, 10, 14),
        (2, 12, 29),
        (1, 15, 29),
    ]
    assert unread == [row.id for row in captions if row.state != "gap"]
    asked = [CropTrack(crop_region=UPPER), OTHERS[1]]
    video = await scene.read(video_id)
    assert (video.crop_region, video.tracks, video.approved_tracks) == (UPPER, asked, asked)
    first, second = stored.tracks
    assert (stored.crop_region, stored.extents_key) == (UPPER, first.extents_key)
    assert second == VersionTrack(
        crop_region=SIDE,
        direction=WritingDirection.VERTICAL,
        cropped_frames_prefix=result.other_tracks[0].cropped_frames_prefix,
        extents_key=result.other_tracks[0].extents_key,
        chunk_count=5,
        total_bytes=1002,
    )


cuts = st.sets(st.integers(1, FRAMES - 1), max_size=6)


# Each example makes a video of its own, so examples may share the fixtures.
@settings(
    deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(tracks=st.lists(cuts, min_size=1, max_size=4))
async def test_captions_tile_every_track(
    scene: "Scene", extents_result: "MakeExtents", tracks: list[set[int]]
) -> None:
    video_id = await scene.active_video()
    others = [CropTrack(crop_region=UPPER)] * (len(tracks) - 1)
    lease = await scene.claim(await scene.crop(video_id, SIDE, *others))
    made = extents_result(await scene.allocate(lease, SIDE, *others))
    first, *rest = map(tiling, tracks)
    result = with_tracks(msgspec.structs.replace(made, extents=first), *rest)
    async with scene.database.transaction() as session:
        await publication.publish_extents(session, lease, result)
        captions = await session.captions.for_video(video_id)
    assert {row.track for row in captions} == set(range(1, len(tracks) + 1))
    for track in range(1, len(tracks) + 1):
        shown = [
            frame
            for row in captions
            if row.track == track
            for frame in range(row.start_frame, row.end_frame + 1)
        ]
        assert shown == list(range(FRAMES))


@pytest.mark.parametrize(
    "others",
    [
        pytest.param([], id="a track is missing"),
        pytest.param([of_track(2, tiling(set())[:0])], id="a track has no extents"),
        pytest.param([of_track(2, tiling({5})[:1])], id="a track ends early"),
        pytest.param([of_track(3, tiling({5}))], id="a track has another number"),
        pytest.param([of_track(2, tiling(set())), of_track(3, tiling(set()))], id="one too many"),
    ],
)
async def test_tracks_that_are_not_whole_publish_nothing(
    scene: "Scene", extents_result: "MakeExtents", others: list[TrackExtents]
) -> None:
    video_id = await scene.active_video()
    lease = await scene.claim(await scene.crop(video_id, SIDE, OTHERS[0]))
    result = extents_result(await scene.allocate(lease, SIDE, OTHERS[0]))
    with pytest.raises(PermanentError) as caught:
        async with scene.database.transaction() as session:
            await publication.publish_extents(
                session, lease, msgspec.structs.replace(result, other_tracks=others)
            )
    assert caught.value.code is ErrorCode.RESULT_INCOMPLETE
    async with scene.database.transaction() as session:
        assert await session.captions.for_video(video_id) == []


async def test_two_captions_of_one_track_do_not_begin_or_end_at_one_frame(scene: "Scene") -> None:
    await scene.captioned_video()
    for column in ("start_frame", "end_frame"):
        other = {"start_frame": "end_frame", "end_frame": "start_frame"}[column]
        with pytest.raises(PermanentError):
            async with scene.database.transaction() as session:
                await session.statements.run(
                    f"""
                    insert into captionacc.captions (video_id, tenant_id, cropped_frames_version,
                        {column}, {other}, state, confidence)
                    select video_id, tenant_id, cropped_frames_version, {column}, 12, 'gap', 1
                    from captionacc.captions where state = 'gap'
                    """
                )


async def test_rows_from_before_there_were_tracks_have_one(
    empty_database_dsn: str, tmp_path: Path
) -> None:
    """Also from before there were edits: a text that differs from OCR is a person's."""
    folder = tmp_path / "supabase"
    shutil.copytree(migrations_directory().parent, folder)
    for later in sorted((folder / "migrations").glob("*.sql")):
        if later.name >= "0006":
            later.unlink()
    await migrate(empty_database_dsn, folder / "migrations", local=True)
    connection = await asyncpg.connect(empty_database_dsn)
    await connection.execute(OLD_ROWS)
    await connection.close()

    await migrate(empty_database_dsn, migrations_directory(), local=True)

    database = await Database.connect(empty_database_dsn, application_name="test")
    async with database.transaction() as session:
        video = await session.videos.get(uuid.UUID(int=2))
        captions = await session.captions.for_video(uuid.UUID(int=2))
        (version,) = await session.versions.for_video(uuid.UUID(int=2))
    await database.close()
    assert video is not None
    assert (video.start_seconds, video.tracks, video.notes) == (0, [], [])
    assert [track.crop_region for track in video.approved_tracks] == [video.crop_region]
    assert [(row.track, row.start_frame, row.end_frame) for row in captions] == [
        (1, 0, 9),
        (1, 10, 19),
        (1, 20, 29),
    ]
    assert [(row.text_edited, row.edited_at is not None) for row in captions] == [
        (True, True),
        (False, False),
        (False, True),
    ]
    assert (version.crop_region, version.tracks) == (video.crop_region, [])


OLD_ROWS = """
insert into captionacc.videos (id, tenant_id, display_name, status, caption_status, crop_region)
values (
    '00000000-0000-0000-0000-000000000002', '00000000-0000-0000-0000-000000000001', 'clip',
    'active', 'ready',
    '{"crop_left": 0.1, "crop_top": 0.7, "crop_right": 0.9, "crop_bottom": 0.9}'
);
insert into captionacc.jobs
    (kind, video_id, tenant_id, input_digest, parameters, tier, static_score, priority)
select 'crop_and_infer', id, tenant_id, 'd', '{}', 'free', 50, 50 from captionacc.videos;
insert into captionacc.cropped_frames_versions
    (video_id, version, tenant_id, job_id, status, crop_region)
select v.id, 1, v.tenant_id, j.id, 'active', v.crop_region
from captionacc.videos v join captionacc.jobs j on j.video_id = v.id;
insert into captionacc.captions (video_id, tenant_id, cropped_frames_version, start_frame,
    end_frame, state, confidence, text, caption_ocr, text_status)
select id, tenant_id, 1, old.a, old.a + 9, 'predicted', 1, old.text, 'read', old.status
from captionacc.videos, (values (0, 'typed', null), (10, 'read', null), (20, 'read', 'ocr_error'))
    as old (a, text, status);
"""
