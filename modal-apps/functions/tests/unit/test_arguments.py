import inspect
from uuid import UUID

import pytest
from captionacc_contracts.frames.geometry import CropRegion
from captionacc_contracts.ids import TenantId, VideoId
from captionacc_contracts.work.compute import CropInferRequest, arguments_of
from captionacc_contracts.work.functions import FunctionName
from captionacc_modal.arguments import request_of, signature_of

CROP = CropRegion(crop_left=0, crop_top=0.5, crop_right=1, crop_bottom=1)
REQUEST = CropInferRequest(
    frame_rate=10.0,
    cropped_frames_version=1,
    video_key="k",
    tenant_id=TenantId(UUID(int=1)),
    video_id=VideoId(UUID(int=2)),
    crop_region=CROP,
    for_job=UUID(int=3),
)


def test_a_signature_has_the_fields_of_the_request_and_the_call_key_last() -> None:
    shown = signature_of(FunctionName.GENERATE_CAPTION_OCR)
    assert list(shown.parameters) == [
        "chunks_prefix",
        "start_frame",
        "end_frame",
        "language",
        "computed_by",
        "for_job",
    ]
    assert shown.parameters["language"].default is None
    assert shown.parameters["end_frame"].default is inspect.Parameter.empty


@pytest.mark.parametrize(
    ("positional", "by_name"),
    [
        ((), arguments_of(REQUEST)),
        (("k", str(UUID(int=1)), str(UUID(int=2)), CROP, 10.0, 1), {"for_job": UUID(int=3)}),
    ],
)
def test_arguments_by_place_and_by_name_make_the_request(
    positional: tuple[object, ...], by_name: dict[str, object]
) -> None:
    assert request_of(FunctionName.CROP_AND_INFER, positional, by_name) == REQUEST
