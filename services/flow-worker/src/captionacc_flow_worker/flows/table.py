"""The flow functions by name."""

from collections.abc import Mapping
from typing import Any

from captionacc_contracts.work.flows import FlowName
from prefect.flows import Flow

from captionacc_flow_worker.flows.caption_ocr import caption_ocr
from captionacc_flow_worker.flows.captions_ocr import captions_ocr
from captionacc_flow_worker.flows.crop_and_infer import crop_and_infer
from captionacc_flow_worker.flows.reconcile import reconcile
from captionacc_flow_worker.flows.video_initial_processing import (
    video_initial_processing,
)

FLOWS: Mapping[FlowName, Flow[..., Any]] = {
    FlowName.VIDEO_INITIAL_PROCESSING: video_initial_processing,
    FlowName.CROP_AND_INFER: crop_and_infer,
    FlowName.CAPTION_OCR: caption_ocr,
    FlowName.CAPTIONS_OCR: captions_ocr,
    FlowName.RECONCILE: reconcile,
}
