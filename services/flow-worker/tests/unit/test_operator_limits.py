"""What may start beside running jobs, under limits that operators set in Prefect."""

from captionacc_contracts.work.flows import FlowName, work_queue
from captionacc_contracts.work.jobs import JobKind
from captionacc_flow_worker.orchestration.operator_limits import OperatorLimits
from captionacc_supabase.rows import RunningJobs

QUEUE = work_queue(50, ageing=True)


def running(
    count: int, *, kind: JobKind = JobKind.CROP_AND_INFER, score: float = 50
) -> RunningJobs:
    return RunningJobs(kind=kind, static_score=score, ageing=True, count=count)


def test_without_limits_everything_may_start() -> None:
    assert not OperatorLimits()
    assert OperatorLimits().room([running(1000)]).takes(JobKind.CAPTION_OCR, QUEUE)


def test_a_full_pool_takes_nothing_and_counts_all_jobs() -> None:
    limits = OperatorLimits(pool=3)
    assert limits

    assert limits.room([running(1), running(1, score=90)]).takes(JobKind.CAPTION_OCR, QUEUE)
    assert not limits.room([running(2), running(1, score=90)]).takes(JobKind.CAPTION_OCR, QUEUE)
    assert not OperatorLimits(pool=0).room([]).takes(JobKind.CAPTION_OCR, QUEUE)


def test_a_full_queue_holds_only_its_own_jobs() -> None:
    room = OperatorLimits(queues={QUEUE: 1}).room([running(1), running(5, score=90)])

    assert not room.takes(JobKind.CROP_AND_INFER, QUEUE)
    assert room.takes(JobKind.CROP_AND_INFER, work_queue(90, ageing=True))
    assert room.takes(JobKind.CROP_AND_INFER, work_queue(50, ageing=False))


def test_a_full_flow_holds_only_its_own_kind() -> None:
    limits = OperatorLimits(flows={FlowName.CROP_AND_INFER: 2, FlowName.CAPTION_OCR: 0})

    room = limits.room([running(2)])

    assert not room.takes(JobKind.CROP_AND_INFER, QUEUE)
    assert not room.takes(JobKind.CAPTION_OCR, QUEUE)
    assert room.takes(JobKind.VIDEO_INITIAL_PROCESSING, QUEUE)
    assert limits.room([running(1)]).takes(JobKind.CROP_AND_INFER, QUEUE)
