"""Runs a worker that stops compute calls early: ``hurried.py SECONDS``.

The deadline of a call in production is most of an hour.
"""

import os
import sys

from captionacc_contracts.work.compute import ComputeRequest
from captionacc_flow_worker.__main__ import main as run_worker
from captionacc_flow_worker.settings import WorkerSettings, prefect_environment
from captionacc_observability.settings import load_or_exit


def main() -> None:
    seconds = float(sys.argv[1])
    # Prefect reads its settings when it is imported, as the next import does.
    os.environ.update(prefect_environment(load_or_exit(WorkerSettings)))
    from captionacc_flow_worker.attempt import compute_step

    def deadline_s(request: ComputeRequest) -> float:
        return seconds

    compute_step._deadline_s = deadline_s
    run_worker()


if __name__ == "__main__":
    main()
