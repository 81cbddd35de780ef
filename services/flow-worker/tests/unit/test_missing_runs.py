"""Which missing flow runs are made together."""

from types import SimpleNamespace
from typing import Any

from captionacc_flow_worker.upkeep.missing_runs import batches


def test_each_batch_holds_jobs_of_one_kind_and_batches_keep_the_order_of_their_first_jobs() -> None:
    jobs: Any = [
        SimpleNamespace(kind=kind, number=number) for number, kind in enumerate("abaabbbaaa")
    ]

    found: Any = batches(jobs, 3)

    assert [[job.number for job in batch] for batch in found] == [
        [0, 2, 3],
        [1, 4, 5],
        [6],
        [7, 8, 9],
    ]
    assert batches([], 3) == []
