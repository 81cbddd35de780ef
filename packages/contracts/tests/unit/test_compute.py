import pickle
from typing import Any
from uuid import UUID

import msgspec
import pytest
from captionacc_contracts.errors import ErrorCode, PermanentError, TransientError
from captionacc_contracts.frames.geometry import CropRegion
from captionacc_contracts.frames.tracks import TrackRange
from captionacc_contracts.ids import TenantId, VideoId
from captionacc_contracts.work import compute, cost
from captionacc_contracts.work.functions import FUNCTIONS, FunctionName
from captionacc_contracts.work.versions import (
    EXTENTS_MODEL_VERSION,
    LAYOUT_VERSION,
    OcrEngineName,
    computed_by,
)

TENANT = TenantId(UUID(int=1))
VIDEO = VideoId(UUID(int=2))
CROP = CropRegion(crop_left=0, crop_top=0.8, crop_right=1, crop_bottom=1)
PREFIX = f"{TENANT}/client/videos/{VIDEO}/cropped_frames_v1/"
UPLOAD: dict[str, Any] = {"video_key": "k", "tenant_id": TENANT, "video_id": VIDEO}
REQUESTS: list[compute.ComputeRequest] = [
    compute.ExtractRequest(**UPLOAD),
    compute.CropInferRequest(**UPLOAD, crop_region=CROP, frame_rate=10.0, cropped_frames_version=1),
    compute.CaptionOcrRequest(chunks_prefix=PREFIX, start_frame=0, end_frame=3),
    compute.CaptionsOcrRequest(
        chunks_prefix=PREFIX, ranges=[TrackRange(start_frame=0, end_frame=3, track=2)]
    ),
]


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda r: compute.function_of(r).value)
def test_a_request_survives_json_and_knows_function_and_owner(
    request_: compute.ComputeRequest,
) -> None:
    decoded = msgspec.json.decode(msgspec.json.encode(request_), type=compute.ComputeRequest)
    assert decoded == request_
    assert compute.digest_of(decoded) == compute.digest_of(request_)
    assert compute.function_of(decoded) in FUNCTIONS
    assert compute.owner_of(decoded) == (TENANT, VIDEO)


def test_digests_differ_when_an_argument_or_the_function_differs() -> None:
    assert len({compute.digest_of(request) for request in REQUESTS}) == len(REQUESTS)
    other = msgspec.structs.replace(REQUESTS[0], language="zh")
    assert compute.digest_of(other) != compute.digest_of(REQUESTS[0])


def test_the_seed_functions_keep_their_hardware_and_limits() -> None:
    table = {
        spec.name.value: (spec.gpu, spec.timeout_s, spec.retries) for spec in FUNCTIONS.values()
    }
    assert table["extract_frames_and_ocr"] == ("T4", 1800, 0)
    assert table["crop_and_infer_caption_frame_extents"] == ("A10G", 3600, 0)
    assert table["generate_caption_ocr"] == ("T4", 300, 1)


@pytest.mark.parametrize("kind", [TransientError, PermanentError])
def test_an_error_survives_pickling(kind: type[TransientError] | type[PermanentError]) -> None:
    error = pickle.loads(pickle.dumps(kind(ErrorCode.VIDEO_UNREADABLE, "x.mp4 is no video.")))
    assert type(error) is kind
    assert (error.code, error.message) == (ErrorCode.VIDEO_UNREADABLE, "x.mp4 is no video.")


def test_cost_is_the_sum_of_what_was_measured() -> None:
    measured = compute.Measured(
        seconds={"decode": 200.0, "ocr": 100.0},
        ocr_units=5,
        ocr_engine="google-vision",
        hardware=compute.Hardware(gpu="T4", cpu_cores=2, memory_mib=4096),
    )
    lines = cost.estimate(FunctionName.EXTRACT_FRAMES_AND_OCR, measured)
    by_item = {line.item: line for line in lines}
    assert by_item["ocr"].usd == pytest.approx(0.0075)
    assert by_item["extract_frames_and_ocr T4"].quantity == 300
    assert by_item["extract_frames_and_ocr T4"].usd == pytest.approx(0.0492)
    assert all(line.usd > 0 for line in lines)


def test_a_call_without_a_gpu_and_without_a_billing_engine_has_no_line_for_them() -> None:
    measured = compute.Measured(
        seconds={"ocr": 100.0},
        ocr_units=5,
        ocr_engine="rapidocr",
        peak_memory_mib=512,
        hardware=compute.Hardware(cpu_cores=2),
    )
    lines = cost.estimate(FunctionName.GENERATE_CAPTIONS_OCR, measured)
    assert {line.unit: line.quantity for line in lines} == {"core_second": 200, "gib_second": 50}


def test_a_call_on_a_laptop_costs_the_same_beside_other_work() -> None:
    alone = compute.Measured(
        seconds={"ocr": 10.0},
        cpu_seconds=15.0,
        peak_memory_mib=512,
        hardware=compute.Hardware(cpu_cores=2),
    )
    beside = msgspec.structs.replace(alone, seconds={"ocr": 60.0})
    lines = cost.estimate(FunctionName.GENERATE_CAPTIONS_OCR, alone)
    assert cost.estimate(FunctionName.GENERATE_CAPTIONS_OCR, beside) == lines
    assert {line.unit: line.quantity for line in lines} == {"core_second": 15, "gib_second": 3.75}


def test_a_call_on_modal_pays_for_its_container_from_start_to_end() -> None:
    reserved = compute.Hardware(cpu_cores=4, memory_mib=4096)
    measured = compute.Measured(seconds={"crop": 10.0}, cpu_seconds=15.0, hardware=reserved)
    lines = cost.estimate(FunctionName.CROP_AND_INFER, measured)
    assert {line.unit: line.quantity for line in lines} == {"core_second": 40, "gib_second": 40}


def test_another_version_or_a_wish_to_compute_anew_makes_another_call() -> None:
    plain = compute.CaptionOcrRequest(chunks_prefix="p", start_frame=0, end_frame=5)
    others = [
        msgspec.structs.replace(plain, computed_by="rapidocr 1"),
        msgspec.structs.replace(plain, computed_by="rapidocr 2"),
        msgspec.structs.replace(plain, for_job=UUID(int=1)),
        msgspec.structs.replace(plain, for_job=UUID(int=2)),
    ]
    assert len({compute.digest_of(request) for request in [plain, *others]}) == 5
    again = msgspec.json.decode(msgspec.json.encode(others[3]), type=compute.CaptionOcrRequest)
    assert compute.digest_of(again) == compute.digest_of(others[3])


def test_the_versions_of_a_function_are_those_of_its_parts() -> None:
    rapid, google = OcrEngineName
    extract, crop = FunctionName.EXTRACT_FRAMES_AND_OCR, FunctionName.CROP_AND_INFER
    assert computed_by(crop, rapid) == computed_by(crop, google)
    assert computed_by(crop, rapid) == f"extents {EXTENTS_MODEL_VERSION}"
    assert computed_by(extract, google) == f"layout {LAYOUT_VERSION}, google-vision 1"


@pytest.mark.parametrize("function", FunctionName)
def test_every_function_says_what_computes_it(function: FunctionName) -> None:
    assert all(computed_by(function, engine) for engine in OcrEngineName)
