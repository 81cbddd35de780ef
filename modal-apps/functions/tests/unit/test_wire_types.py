"""Requests, results and errors survive pickling in a process that has only the contracts."""

import pickle
import subprocess
import sys
from uuid import UUID

import pytest
from captionacc_contracts.errors import ErrorCode, PermanentError, TransientError
from captionacc_contracts.frames.extents import CaptionExtent, ExtentKind
from captionacc_contracts.frames.tracks import TrackRange
from captionacc_contracts.ids import TenantId, VideoId
from captionacc_contracts.work.compute import (
    CaptionOcrRequest,
    CaptionOcrResult,
    CaptionsOcrRequest,
    CaptionsOcrResult,
    CropInferRequest,
    CropInferResult,
    ExtractRequest,
    Measured,
    OcrText,
    Progress,
    Yielded,
)
from captionacc_testkit.compute_results import LOWER_THIRD, extracted

_TENANT = TenantId(UUID(int=1))
_VIDEO = VideoId(UUID(int=2))
_MEASURED = Measured(seconds={"ocr": 1.5}, ocr_units=2, ocr_engine="rapidocr")
_PREFIX = f"{_TENANT}/client/videos/{_VIDEO}/cropped_frames_v1/"

VALUES: list[object] = [
    Yielded(call_id="fc-1"),
    ExtractRequest(video_key="k", tenant_id=_TENANT, video_id=_VIDEO, language="zh"),
    CropInferRequest(
        video_key="k",
        tenant_id=_TENANT,
        video_id=_VIDEO,
        crop_region=LOWER_THIRD,
        frame_rate=10.0,
        cropped_frames_version=1,
    ),
    CaptionOcrRequest(chunks_prefix=_PREFIX, start_frame=1, end_frame=5),
    CaptionsOcrRequest(chunks_prefix=_PREFIX, ranges=[TrackRange(start_frame=1, end_frame=5)]),
    extracted(measured=_MEASURED),
    CropInferResult(
        cropped_frames_version=1,
        frame_count=10,
        chunk_count=3,
        total_bytes=9,
        cropped_frames_prefix=_PREFIX,
        extents_key="c",
        model_version="d",
        label_counts={"same": 9},
        extents=[CaptionExtent(start_frame=0, end_frame=10, kind=ExtentKind.GAP, confidence=1.0)],
        measured=_MEASURED,
    ),
    CaptionOcrResult(ocr_text="你好", confidence=0.9, measured=_MEASURED),
    CaptionsOcrResult(
        texts=[OcrText(text="", confidence=0.0, error="damaged")], measured=_MEASURED
    ),
    Progress(stage="ocr", done=1, total=2),
    TransientError(ErrorCode.OCR_UNAVAILABLE, "No answer."),
    PermanentError(ErrorCode.VIDEO_UNREADABLE, "No video."),
]
_ECHO = """
import pickle, sys
value = pickle.loads(sys.stdin.buffer.read())
assert not any(name.startswith("captionacc_m") for name in sys.modules), "only contracts"
sys.stdout.buffer.write(pickle.dumps(value, protocol=4))
"""


@pytest.fixture(scope="module")
def echoed() -> list[object]:
    answer = subprocess.run(
        [sys.executable, "-c", _ECHO],
        input=pickle.dumps(VALUES, protocol=4),
        capture_output=True,
        check=True,
    )
    values: list[object] = pickle.loads(answer.stdout)
    return values


@pytest.mark.parametrize("number", range(len(VALUES)))
def test_comes_back_equal(echoed: list[object], number: int) -> None:
    sent, back = VALUES[number], echoed[number]
    assert type(back) is type(sent)
    if isinstance(sent, Exception):
        assert isinstance(back, Exception)
        assert back.args == sent.args
        assert vars(back) == vars(sent)
    else:
        assert back == sent
