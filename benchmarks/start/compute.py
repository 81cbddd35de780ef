"""Stands in for captionacc-local-call: gives the answer that was laid out for the video."""

import json
import os
import time
from pathlib import Path

from captionacc_calls.serving import Worker, serve


def perform(directory: Path) -> bool:
    answers = Path(os.environ["COMPUTE_ANSWERS"])
    video = json.loads((directory / "request.json").read_bytes())["video_id"]
    own = answers / f"{video}.seconds"
    time.sleep(float((own if own.exists() else answers / "seconds").read_text()))
    new = directory / "result.json.new"
    new.write_bytes((answers / f"{video}.json").read_bytes())
    new.replace(directory / "result.json")
    return True


if __name__ == "__main__":
    serve(Worker(), perform)
