"""What an attempt keeps for Prefect, and what it says about a time without Prefect."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from captionacc_contracts.work.jobs import InitialProcessing, JobKind
from captionacc_contracts.work.states import JobState
from captionacc_contracts.work.tiers import Tier
from captionacc_flow_worker.orchestration.runs.states import requeued
from captionacc_flow_worker.orchestration.shown.account import Account
from captionacc_flow_worker.orchestration.shown.timeline import stage_events
from captionacc_supabase.rows import Job
from prefect.states import Completed

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


class Steps:
    """A clock that is a minute later at each look."""

    def __init__(self) -> None:
        self._now = NOON

    def now(self) -> datetime:
        self._now += timedelta(minutes=1)
        return self._now


def account() -> Account:
    job = Job(
        id=uuid4(), kind=JobKind.VIDEO_INITIAL_PROCESSING, video_id=uuid4(), tenant_id=uuid4(),
        input_digest="", parameters=InitialProcessing(video_key="v"), tier=Tier.FREE,
        static_score=50, priority=50, ageing=True, requested_at=NOON, state=JobState.RUNNING,
        attempt=1, not_before=None, cancel_requested=False, flow_run_id=None, lease=None,
        compute_call=None, result=None, error=None, tags=[], started_at=None, ended_at=None,
    )  # fmt: skip
    return Account(job, Steps())


def test_a_stage_ends_when_the_next_one_begins_and_is_told_once() -> None:
    told = account()
    run_id = uuid4()
    told.enter("start")
    [stage] = told.stages
    first = stage_events(run_id, stage)
    assert [event["event"] for event in first] == ["prefect.task-run.Running"]
    stage.told += len(first)
    assert not stage.has_news

    told.enter("publish")

    [event] = stage_events(run_id, stage)
    assert event["event"] == "prefect.task-run.Completed"
    times = event["payload"]["task_run"]
    assert (times["start_time"], times["end_time"]) == (first[0]["occurred"], event["occurred"])
    assert event["related"][0]["prefect.resource.id"] == f"prefect.flow-run.{run_id}"


def test_the_end_of_an_attempt_without_prefect_names_its_time() -> None:
    told = account()
    told.go_alone()

    told.close(Completed(message="Found 3 captions."), reported=False)

    assert told.end is not None
    assert told.end.type == Completed().type
    assert told.end.message == (
        "Found 3 captions. Ran while Prefect was away, from 2026-01-01 12:01:00 to 12:03:00 UTC."
    )


def test_an_attempt_that_is_to_be_repeated_ends_its_stage_as_failed() -> None:
    told = account()
    told.enter("verify")

    told.close(requeued("verify: An object is missing."), reported=True)

    assert told.end is None
    assert [
        event["event"].rpartition(".")[2] for event in stage_events(uuid4(), told.stages[0])
    ] == ["Running", "Failed"]
    assert told.lines[-1].text == "Requeued: verify: An object is missing."


def test_an_abandoned_attempt_tells_no_state() -> None:
    told = account()

    told.close(None, reported=False)

    assert (told.end, told.closed, told.has_news) == (None, True, True)
