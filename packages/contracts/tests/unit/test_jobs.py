from uuid import UUID

import msgspec
from captionacc_contracts.frames.geometry import CropRegion
from captionacc_contracts.frames.tracks import CropTrack, WritingDirection
from captionacc_contracts.work import flows, jobs
from captionacc_contracts.work.jobs import CaptionOcr, input_digest

CROP = CropRegion(crop_left=0, crop_top=0.8, crop_right=1, crop_bottom=1)
UPPER = CropRegion(crop_left=0, crop_top=0, crop_right=1, crop_bottom=0.2)
ALL: list[jobs.JobParameters] = [
    jobs.InitialProcessing(video_key="k"),
    jobs.CropAndInfer(video_key="k", crop_region=CROP),
    jobs.CaptionOcr(caption_id=1, cropped_frames_version=1),
    jobs.CaptionsOcr(caption_ids=[1, 2], cropped_frames_version=1),
]


def test_parameters_survive_json_and_know_their_kind() -> None:
    for parameters in ALL:
        stored = msgspec.json.encode(parameters)
        assert msgspec.json.decode(stored, type=jobs.JobParameters) == parameters
    assert [jobs.kind_of(parameters) for parameters in ALL] == list(jobs.JobKind)


def test_equal_work_has_an_equal_digest() -> None:
    again = jobs.CropAndInfer(video_key="k", crop_region=msgspec.structs.replace(CROP))
    assert jobs.input_digest(again) == jobs.input_digest(ALL[1])
    assert len({jobs.input_digest(parameters) for parameters in ALL}) == len(ALL)


def test_every_kind_has_a_flow_and_a_deployment() -> None:
    found = {flows.flow_of(kind).deployment for kind in jobs.JobKind}
    assert "captionacc-video-initial-processing/production" in found
    assert len(found) == len(jobs.JobKind)


def test_queue_names_and_tags_are_for_people() -> None:
    assert flows.work_queue(70.0, ageing=True) == "s070"
    assert flows.work_queue(100.0, ageing=False) == "s100-noage"
    tenant = UUID(int=7)
    assert flows.tags(
        tenant_id=tenant, tier="free", priority=55, caption_id=3, user_initiated=True
    ) == [f"tenant:{tenant}", "tier:free", "priority:55", "caption:3", "user-initiated"]


def test_a_digest_on_a_stored_row_stays_valid() -> None:
    stored = "5ca9120b1e1e8988f35e059d4316eaf140e9e19e6210ffafaf871e9eb0d7cafa"
    for anew in (False, True):
        asked = CaptionOcr(caption_id=1, cropped_frames_version=1, anew=anew)
        assert input_digest(asked) == stored


def test_a_digest_from_before_there_were_tracks_is_that_of_one_horizontal_track() -> None:
    stored = "d6dff6bc84064b274607f2b95bba427638b29a19db1391d9dc860bca4c8681e7"
    one = jobs.CropAndInfer(video_key="k", crop_region=CROP)
    assert input_digest(one) == stored
    vertical = msgspec.structs.replace(one, direction=WritingDirection.VERTICAL)
    two = msgspec.structs.replace(one, other_tracks=[CropTrack(crop_region=UPPER)])
    assert len({input_digest(each) for each in (one, vertical, two)}) == 3
