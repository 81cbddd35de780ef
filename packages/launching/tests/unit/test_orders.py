from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from captionacc_contracts.errors import ErrorCode, PermanentError
from captionacc_contracts.work.flows import FlowParameters
from captionacc_contracts.work.jobs import CaptionOcr, InitialProcessing
from captionacc_contracts.work.tiers import BASE_SCORE, Tier
from captionacc_launching.flow_runs import run_fields
from captionacc_launching.orders import Order, new_job, score_request
from captionacc_launching.priority_service import base_score
from captionacc_launching.uploads import first_job
from captionacc_supabase.operating.policies import PolicyStanding
from captionacc_supabase.rows import NewJob
from captionacc_testkit.rows import NOW, TENANT, VIDEO, job, video

LATER = NOW + timedelta(minutes=1)
STANDING = PolicyStanding(number=0, policy=None, now=LATER)


def order(**changes: Any) -> Order:
    fields: dict[str, Any] = {
        "video": video(size_bytes=7, size_checked=True),
        "tier": Tier.PREMIUM,
        "parameters": InitialProcessing(video_key="k"),
        "requested_at": NOW,
    }
    return Order(**fields | changes)


@pytest.mark.parametrize("ageing", [True, False])
def test_an_order_is_scored_by_tier_size_time_and_ageing(ageing: bool) -> None:
    asked = score_request(order(ageing=ageing), STANDING)
    assert (asked.tier, asked.size_bytes, asked.requested_at, asked.ageing) == (
        Tier.PREMIUM,
        7,
        NOW,
        ageing,
    )


def test_an_order_of_now_has_the_time_of_the_database() -> None:
    asked = score_request(order(requested_at=None), STANDING)
    assert (asked.requested_at, asked.now) == (LATER, LATER)


def test_a_size_that_only_the_client_says_does_not_count() -> None:
    assert score_request(order(video=video(size_bytes=7)), STANDING).size_bytes is None


def test_a_job_holds_the_score_and_tags_of_its_order() -> None:
    parameters = CaptionOcr(caption_id=9, cropped_frames_version=1)
    placed = order(parameters=parameters, user_initiated=True, ageing=False)
    made = new_job(placed, base_score(score_request(placed, STANDING)), 3)
    assert (made.static_score, made.priority, made.ageing) == (70.0, 70, False)
    assert made.parameters == parameters
    assert made.policy_number == 3
    assert set(made.tags) == {
        f"tenant:{TENANT}",
        "tier:premium",
        "priority:70",
        "caption:9",
        "user-initiated",
    }


def test_a_job_asked_for_again_keeps_its_score_and_tags() -> None:
    before = job(
        static_score=55.0, priority=57, ageing=False, tags=["tier:free"], base_override=50.0
    )
    again = NewJob.like(before)
    assert again.base_override == 50.0
    assert (again.static_score, again.priority, again.ageing) == (55.0, 57, False)
    assert (again.parameters, again.tags) == (before.parameters, before.tags)


@pytest.mark.parametrize("tier", Tier)
def test_each_tier_has_its_base_score(tier: Tier) -> None:
    score = base_score(score_request(order(tier=tier), STANDING))
    assert score.score == score.static_score == BASE_SCORE[tier]


def test_a_run_is_made_once_per_job_and_names_it() -> None:
    shown = job(static_score=55.0, ageing=False)
    fields = run_fields(shown)
    assert fields["idempotency_key"] == f"job:{shown.id}"
    assert set(fields["parameters"]) == set(FlowParameters.__struct_fields__)
    assert fields["work_queue_name"] == "s055-noage"


def test_the_key_of_the_row_overrides_the_usual_key() -> None:
    assert first_job(video(storage_key=f"{TENANT}/a b.mov")).video_key == f"{TENANT}/a b.mov"
    assert first_job(video()).video_key == f"{TENANT}/client/videos/{VIDEO}/video.mp4"


def test_the_first_job_names_the_language_by_its_tag() -> None:
    assert first_job(video(language="chi_sim")).language == "zh-Hans"
    assert first_job(video(language="und")).language is None
    with pytest.raises(PermanentError, match="'klingonish' is not a language") as caught:
        first_job(video(language="klingonish"))
    assert caught.value.code is ErrorCode.LANGUAGE_INVALID


def test_an_upload_outside_the_tenants_folder_is_refused() -> None:
    with pytest.raises(PermanentError) as caught:
        first_job(video(storage_key=f"{UUID(int=3)}/stolen.mp4"))
    assert caught.value.code is ErrorCode.OBJECT_KEY_INVALID
