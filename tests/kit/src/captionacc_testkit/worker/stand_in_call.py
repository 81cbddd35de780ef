"""A stand-in for ``captionacc-local-call`` that does what its request asks for.

The words are the language
of the request, or what follows a ``#`` in the key of its video; they are joined by ``+``:

- ``sleep=S`` works for S seconds, and ``say=WORD`` prints a word.
- ``permanent`` and ``transient`` fail with an error of that kind, and ``crash`` ends the process.
- ``permanent-once`` and ``transient-once`` fail only if the ledger has no start of this call yet.

Each start and each end of a call adds a line to the ledger, so the ledger shows what was paid for.
"""

import json
import os
import time
from pathlib import Path

import msgspec
from captionacc_calls.serving import Worker, serve
from captionacc_contracts import object_keys
from captionacc_contracts.work import compute

from captionacc_testkit.compute_results import EXTENTS, extracted, inferred, other_tracks

TEXT = compute.OcrText(text="字幕", confidence=0.9)


def measured() -> compute.Measured:
    """What a call used. Each call has an id of its own, also in a process that is kept."""
    return compute.Measured(
        seconds={"work": 1.5}, ocr_units=2, ocr_engine="stand-in", device="test"
    )


def text_of(prefix: str) -> compute.OcrText:
    """The text of a caption whose chunks lie under ``prefix``: it names a track after the first."""
    folder = prefix.rstrip("/").rpartition("/")[2]
    if not folder.startswith("track_"):
        return TEXT
    return msgspec.structs.replace(TEXT, text=f"{TEXT.text} {folder}")


def answer(request: compute.ComputeRequest) -> compute.ComputeResult:
    match request:
        case compute.ExtractRequest(tenant_id=tenant, video_id=video):
            return extracted(
                raw_ocr_key=object_keys.raw_ocr_db(tenant, video),
                layout_key=object_keys.layout_db(tenant, video),
                measured=measured(),
            )
        case compute.CropInferRequest(
            tenant_id=tenant, video_id=video, cropped_frames_version=version
        ):
            return inferred(
                cropped_frames_version=version,
                cropped_frames_prefix=object_keys.chunks_prefix(tenant, video, version),
                extents_key=object_keys.extents_db(tenant, video, version),
                other_tracks=other_tracks(request, EXTENTS),
                measured=measured(),
            )
        case compute.CaptionOcrRequest():
            text = text_of(request.chunks_prefix)
            return compute.CaptionOcrResult(
                ocr_text=text.text, confidence=text.confidence, measured=measured()
            )
        case compute.CaptionsOcrRequest():
            return compute.CaptionsOcrResult(
                texts=[
                    text_of(object_keys.track_prefix(request.chunks_prefix, each.track))
                    for each in request.ranges
                ],
                measured=measured(),
            )


def perform(directory: Path) -> bool:
    request = msgspec.json.decode(
        (directory / "request.json").read_bytes(), type=compute.ComputeRequest
    )
    ledger = Path(os.environ["COMPUTE_LEDGER"])
    digest = compute.digest_of(request)
    knob = getattr(request, "language", None) or getattr(request, "video_key", "").partition("#")[2]
    earlier = ledger.read_text() if ledger.exists() else ""
    note(ledger, "start", digest)
    for word in knob.split("+"):
        name, _, value = word.partition("=")
        if name == "sleep":
            time.sleep(float(value))
        elif name == "say":
            print(value, flush=True)
        elif name == "crash":
            os._exit(3)
        elif name in ("permanent", "transient") or (
            name.endswith("-once") and f"start {digest}" not in earlier
        ):
            family = name.partition("-")[0]
            code = "video_unreadable" if family == "permanent" else "ocr_unavailable"
            body = {"family": family, "code": code, "message": f"A {family} failure was asked for."}
            write(directory / "error.json", json.dumps(body).encode())
            return True
    write(directory / "result.json", msgspec.json.encode(answer(request)))
    note(ledger, "end", digest)
    return True


def note(ledger: Path, word: str, digest: str) -> None:
    with ledger.open("a") as file:
        file.write(f"{word} {digest}\n")


def write(path: Path, body: bytes) -> None:
    partial = path.with_suffix(".partial")
    partial.write_bytes(body)
    partial.replace(path)


if __name__ == "__main__":
    serve(Worker(), perform)
