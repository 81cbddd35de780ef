"""The flow of the stock worker: it writes the time of its start and ends."""

import os
import time
from pathlib import Path

from prefect import flow


@flow
def trivial() -> None:
    began = time.time()
    run_id = os.environ["PREFECT__FLOW_RUN_ID"]
    (Path(os.environ["BENCH_STARTS"]) / run_id).write_text(str(began))
