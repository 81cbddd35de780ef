"""A stand-in for ``captionacc-local-call`` that makes valid results and objects quickly.

The digest of the request decides how
long the call takes and whether the first call fails, so a seed repeats both. A request with the
language ``bad`` fails permanently. A request with the language ``stb`` (for stubborn) fails
transiently, as often as needed until the worker gives up the job.
"""

import http.client
import os
import signal
import time
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

import msgspec
from captionacc_calls.serving import Worker, serve
from captionacc_contracts import object_keys
from captionacc_contracts.frames.extents import CaptionExtent, ExtentKind
from captionacc_contracts.frames.frame_index import seconds as seconds_at
from captionacc_contracts.work import compute
from captionacc_contracts.work.versions import EXTENTS_MODEL_VERSION

from captionacc_testkit.chaos.ledger import Ledger, Word
from captionacc_testkit.chaos.store_client import StoreClient
from captionacc_testkit.compute_results import extracted, other_tracks

FRAMES = 60
# Enough to outlive a short fault of the store, but not a long one.
TRIES = 3
PAUSE_S = 0.3
BAD = "bad"
HOPELESS = "video_unreadable"
# A code of ISO 639-3, because only languages are let in.
STUBBORN = "stb"
STUBBORN_TRIES = 3

T = TypeVar("T")


def work_s(digest: str) -> float:
    """Seconds of work: most calls are quick, and one in twelve takes longer than a lease."""
    number = int(digest[:4], 16)
    return 4.0 if number % 12 == 0 else 0.05 + (number % 97) / 200


def fails_at_first(digest: str) -> bool:
    return int(digest[4:6], 16) % 8 == 0


def measured() -> compute.Measured:
    """What a call used. Each call has an id of its own, also in a process that is kept."""
    return compute.Measured(
        seconds={"work": 1.0}, ocr_units=1, ocr_engine="stand-in", device="test"
    )


def text_of(prefix: str, start: int, end: int) -> str:
    """A text that names its chunks and frames, so that a wrong place is seen.

    ``end`` is exclusive.
    """
    return f"{prefix} {start}-{end}"


def extents_of(digest: str) -> list[CaptionExtent]:
    """Alternating captions and gaps that tile the video."""
    cuts = sorted({0, FRAMES, *(int(digest[i : i + 2], 16) % FRAMES for i in range(8, 18, 2))})
    return [
        CaptionExtent(
            start_frame=start,
            end_frame=end,
            kind=ExtentKind.CAPTION if place % 2 == 0 else ExtentKind.GAP,
            confidence=0.9,
        )
        for place, (start, end) in enumerate(pairwise(cuts))
    ]


def answer(request: compute.ComputeRequest) -> tuple[compute.ComputeResult, list[str]]:
    """The result, and the keys of the objects that must exist for it."""
    tenant, video = compute.owner_of(request)
    match request:
        case compute.ExtractRequest():
            result = extracted(
                frame_count=FRAMES,
                duration_seconds=seconds_at(FRAMES),
                raw_ocr_key=object_keys.raw_ocr_db(tenant, video),
                layout_key=object_keys.layout_db(tenant, video),
                measured=measured(),
            )
            frame = object_keys.full_frame(tenant, video, 0)
            return result, [frame, result.raw_ocr_key, result.layout_key]
        case compute.CropInferRequest():
            version = request.cropped_frames_version
            prefix = object_keys.chunks_prefix(tenant, video, version)
            extents = extents_of(compute.digest_of(request))
            cropped = compute.CropInferResult(
                cropped_frames_version=version,
                frame_count=FRAMES,
                chunk_count=3,
                total_bytes=1000,
                cropped_frames_prefix=prefix,
                extents_key=object_keys.extents_db(tenant, video, version),
                model_version=EXTENTS_MODEL_VERSION,
                label_counts={"same": FRAMES - 1},
                extents=extents,
                other_tracks=other_tracks(request, extents),
                measured=measured(),
            )
            return cropped, [
                key
                for made in cropped.tracks
                for key in (made.extents_key, object_keys.manifest(made.cropped_frames_prefix))
            ]
        case compute.CaptionOcrRequest():
            text = text_of(request.chunks_prefix, request.start_frame, request.end_frame)
            return compute.CaptionOcrResult(ocr_text=text, confidence=0.9, measured=measured()), []
        case compute.CaptionsOcrRequest():
            texts = [
                compute.OcrText(
                    text=text_of(
                        object_keys.track_prefix(request.chunks_prefix, each.track),
                        each.start_frame,
                        each.end_frame,
                    ),
                    confidence=0.9,
                )
                for each in request.ranges
            ]
            return compute.CaptionsOcrResult(texts=texts, measured=measured()), []


class Call:
    """One compute call in its directory."""

    def __init__(self, directory: Path, store: StoreClient, ledger: Ledger) -> None:
        self._directory = directory
        self._store = store
        self._ledger = ledger
        self._request: compute.ComputeRequest = msgspec.json.decode(
            (directory / "request.json").read_bytes(), type=compute.ComputeRequest
        )
        self.digest = compute.digest_of(self._request)

    def perform(self) -> None:
        result_key = object_keys.compute_result(*compute.owner_of(self._request), self.digest)
        try:
            stored = _tried(partial(self._store.get, result_key))
        except (OSError, http.client.HTTPException):
            self._fail("transient", "store_unavailable")
            return
        if stored is not None:
            self._note(Word.FOUND)
            self._write("result.json", stored)
            return
        kept = self._kept()
        if kept is not None:
            self._leave(result_key, kept)
            return
        signal.signal(signal.SIGTERM, lambda *_: self._stopped())
        earlier = [line.word for line in self._ledger.lines() if line.digest == self.digest]
        language = getattr(self._request, "language", None)
        self._note(Word.START)
        time.sleep(work_s(self.digest))
        if language == BAD:
            self._give_up("permanent", HOPELESS)
        elif (language == STUBBORN and earlier.count(Word.FAIL) < STUBBORN_TRIES) or (
            fails_at_first(self.digest) and not earlier
        ):
            self._give_up("transient", "ocr_unavailable")
        else:
            result, _keys = answer(self._request)
            self._leave(result_key, msgspec.json.encode(result))

    def _leave(self, result_key: str, body: bytes) -> None:
        _result, keys = answer(self._request)
        try:
            for key in keys:
                _tried(partial(self._store.put, key, b"x"))
            _tried(partial(self._store.put, result_key, body))
        except (OSError, http.client.HTTPException):
            self._keep(body)
            return
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        self._note(Word.END)
        self._write("result.json", body)

    def _kept(self) -> bytes | None:
        """The result that an earlier process computed and could not store."""
        try:
            return self._kept_file.read_bytes()
        except FileNotFoundError:
            return None

    def _keep(self, body: bytes) -> None:
        self._kept_file.parent.mkdir(exist_ok=True)
        partial = self._kept_file.with_suffix(".partial")
        partial.write_bytes(body)
        partial.replace(self._kept_file)
        self._note(Word.KEPT)
        self._fail("transient", "store_unavailable")

    @property
    def _kept_file(self) -> Path:
        # Where a real call has it.
        return self._directory / "outbox" / "complete.json"

    def _give_up(self, family: str, code: str) -> None:
        self._note(Word.FAIL)
        self._fail(family, code)

    def _stopped(self) -> None:
        self._note(Word.FAIL)
        os._exit(0)

    def _note(self, word: Word) -> None:
        _tenant, video = compute.owner_of(self._request)
        self._ledger.note(word, self.digest, os.getpid(), str(video))

    def _fail(self, family: str, code: str) -> None:
        report = {"family": family, "code": code, "message": f"A {family} failure: {code}."}
        self._write("error.json", msgspec.json.encode(report))

    def _write(self, name: str, body: bytes) -> None:
        partial = self._directory / f"{name}.{os.getpid()}.tmp"
        partial.write_bytes(body)
        partial.replace(self._directory / name)


def _tried(act: Callable[[], T]) -> T:
    for _ in range(TRIES - 1):
        try:
            return act()
        except (OSError, http.client.HTTPException):
            time.sleep(PAUSE_S)
    return act()


def main() -> None:
    store = StoreClient(
        endpoint=os.environ["WASABI_ENDPOINT_URL"],
        access_key=os.environ["WASABI_ACCESS_KEY"],
        secret_key=os.environ["WASABI_SECRET_KEY"],
        bucket=os.environ["WASABI_BUCKET"],
    )
    ledger = Ledger(Path(os.environ["COMPUTE_LEDGER"]))

    def perform(directory: Path) -> bool:
        Call(directory, store, ledger).perform()
        # As between the calls of a real process.
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        return True

    serve(Worker(), perform)


if __name__ == "__main__":
    main()
