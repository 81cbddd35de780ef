"""Stands in for ``captionacc-local-call``: does what the request's language says, or what follows
a # in the key of its video.

``sleep=S`` works S seconds, ``permanent``, ``transient`` and ``crash`` fail so, with ``-once``
only the first time in this ledger; words are joined by ``+``. Each start and end is a line of the
ledger, which so counts what was paid for.
"""

import json
import os
import sys
import time
from pathlib import Path

import msgspec
from captionacc_contracts import object_keys
from captionacc_contracts.frames.extents import CaptionExtent, ExtentKind
from captionacc_contracts.work.compute import (
    CaptionOcrRequest,
    CaptionOcrResult,
    CaptionsOcrRequest,
    CaptionsOcrResult,
    ComputeRequest,
    ComputeResult,
    CropInferRequest,
    CropInferResult,
    ExtractRequest,
    Measured,
    OcrText,
    digest_of,
)
from captionacc_contracts.work.versions import EXTENTS_MODEL_VERSION
from captionacc_testkit.compute_results import extracted

MEASURED = Measured(seconds={"work": 1.5}, ocr_units=2, ocr_engine="stand-in", device="test")


def answer(request: ComputeRequest) -> ComputeResult:
    match request:
        case ExtractRequest():
            return extracted(
                raw_ocr_key=object_keys.raw_ocr_db(request.tenant_id, request.video_id),
                layout_key=object_keys.layout_db(request.tenant_id, request.video_id),
                measured=MEASURED,
            )
        case CropInferRequest():
            version = request.cropped_frames_version
            return CropInferResult(
                cropped_frames_version=version,
                frame_count=30,
                chunk_count=3,
                total_bytes=1000,
                cropped_frames_prefix=object_keys.chunks_prefix(
                    request.tenant_id, request.video_id, version
                ),
                extents_key=object_keys.extents_db(request.tenant_id, request.video_id, version),
                model_version=EXTENTS_MODEL_VERSION,
                label_counts={"same": 29},
                extents=[
                    CaptionExtent(start_frame=0, end_frame=10, kind=ExtentKind.GAP, confidence=0.9),
                    CaptionExtent(
                        start_frame=10, end_frame=30, kind=ExtentKind.CAPTION, confidence=0.8
                    ),
                ],
                measured=MEASURED,
            )
        case CaptionOcrRequest():
            return CaptionOcrResult(ocr_text="字幕", confidence=0.9, measured=MEASURED)
        case CaptionsOcrRequest():
            texts = [OcrText(text="字幕", confidence=0.9) for _ in request.ranges]
            return CaptionsOcrResult(texts=texts, measured=MEASURED)


def main() -> None:
    directory = Path(sys.argv[1])
    request = msgspec.json.decode((directory / "request.json").read_bytes(), type=ComputeRequest)
    ledger = Path(os.environ["COMPUTE_LEDGER"])
    digest = digest_of(request)
    knob = getattr(request, "language", None) or getattr(request, "video_key", "").partition("#")[2]
    earlier = ledger.read_text() if ledger.exists() else ""
    note(ledger, "start", digest)
    for word in knob.split("+"):
        name, _, value = word.partition("=")
        if name == "sleep":
            time.sleep(float(value))
        elif name == "crash":
            os._exit(3)
        elif name in ("permanent", "transient") or (
            name.endswith("-once") and f"start {digest}" not in earlier
        ):
            family = name.partition("-")[0]
            code = "video_unreadable" if family == "permanent" else "ocr_unavailable"
            body = {"family": family, "code": code, "message": f"A {family} failure was asked for."}
            write(directory / "error.json", json.dumps(body).encode())
            return
    write(directory / "result.json", msgspec.json.encode(answer(request)))
    note(ledger, "end", digest)


def note(ledger: Path, word: str, digest: str) -> None:
    with ledger.open("a") as file:
        file.write(f"{word} {digest}\n")


def write(path: Path, body: bytes) -> None:
    partial = path.with_suffix(".partial")
    partial.write_bytes(body)
    partial.replace(path)


if __name__ == "__main__":
    main()
