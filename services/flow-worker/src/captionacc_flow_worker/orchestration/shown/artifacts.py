"""Shows a run's results in Prefect: a table, a picture and the cost. Never fails a run."""

import asyncio
from collections.abc import Mapping
from typing import Any

import msgspec
from captionacc_contracts import object_keys
from captionacc_contracts.frames.extents import ExtentKind
from captionacc_contracts.frames.geometry import CropRegion
from captionacc_contracts.ids import TenantId, VideoId
from captionacc_contracts.work.compute import (
    CaptionOcrResult,
    CaptionsOcrResult,
    CropInferResult,
    ExtractResult,
    Measured,
    OcrText,
    TrackExtents,
)
from captionacc_contracts.work.cost import estimate
from captionacc_contracts.work.functions import FunctionName
from captionacc_observability.logging import get_logger
from captionacc_supabase.rows import Job
from captionacc_wasabi.store import ObjectStore

from captionacc_flow_worker.orchestration.shown.account import Account, Artifact
from captionacc_flow_worker.orchestration.shown.crop_overlay import crop_overlay, track_suffixes

log = get_logger(__name__)

_LIMIT_S = 10.0
# Prefect keeps artifacts for a month, and everybody who opens its page sees them. So a picture of a
# tenant stays in the store, and the run's page shows it by an address that is valid for an hour:
# long enough to follow a run and look at its result.
PICTURE_SHOWN_S = 3600


async def show_extraction(
    account: Account, store: ObjectStore, job: Job, result: ExtractResult
) -> None:
    account.show(
        _table(
            {
                "frames stored": result.full_frame_count,
                "frames at 10 Hz": result.frame_count,
                "duration (s)": round(result.duration_seconds, 2),
                "picture": f"{result.width} x {result.height}, {result.video_codec}",
                "text boxes": result.ocr_box_count,
                "frames not read": result.failed_ocr_count,
                **_suggested(result),
            }
        )
    )
    account.show(_costs(FunctionName.EXTRACT_FRAMES_AND_OCR, result.measured))
    try:
        async with asyncio.timeout(_LIMIT_S):
            picture = await _picture(store, job, result)
    except Exception as error:  # noqa: BLE001  artifacts only inform people; the job is done
        log.warning("picture_not_made", error=f"{type(error).__name__}: {error}")
        return
    if picture is not None:
        account.show(picture)


def show_extents(account: Account, result: CropInferResult) -> None:
    account.show(
        _table(
            {
                "frames": result.frame_count,
                "version": result.cropped_frames_version,
                "model": result.model_version[:12],
                **{
                    f"{name}{named}": value
                    for made, named in zip(
                        result.tracks, track_suffixes(len(result.tracks)), strict=True
                    )
                    for name, value in _track_rows(made).items()
                },
            }
        )
    )
    account.show(_costs(FunctionName.CROP_AND_INFER, result.measured))


def _track_rows(made: TrackExtents) -> dict[str, int]:
    return {
        "captions": sum(extent.kind is ExtentKind.CAPTION for extent in made.extents),
        "gaps": sum(extent.kind is ExtentKind.GAP for extent in made.extents),
        "chunks": made.chunk_count,
        "bytes": made.total_bytes,
        **{f"pairs {label}": count for label, count in made.label_counts.items()},
    }


def show_texts(
    account: Account,
    texts: Mapping[int, OcrText],
    result: CaptionOcrResult | CaptionsOcrResult,
) -> None:
    function = (
        FunctionName.GENERATE_CAPTION_OCR
        if isinstance(result, CaptionOcrResult)
        else FunctionName.GENERATE_CAPTIONS_OCR
    )
    confidences = [text.confidence for text in texts.values() if text.error is None]
    account.show(
        _table(
            {
                "captions": len(texts),
                "with text": sum(bool(text.text) for text in texts.values()),
                "not read": sum(text.error is not None for text in texts.values()),
                "mean confidence": (
                    round(sum(confidences) / len(confidences), 3) if confidences else "-"
                ),
            }
        )
    )
    account.show(_costs(function, result.measured))


def _table(rows: Mapping[str, Any]) -> Artifact:
    table = [{"what": name, "value": value} for name, value in rows.items()]
    return Artifact(type="table", key="found", data=msgspec.json.encode(table).decode())


def _costs(function: FunctionName, measured: Measured) -> Artifact:
    lines = estimate(function, measured)
    table: list[dict[str, Any]] = [
        {
            "item": line.item,
            "quantity": round(line.quantity, 3),
            "unit": line.unit,
            "usd": f"{line.usd:.6f}",
        }
        for line in lines
    ]
    total = sum(line.usd for line in lines)
    table.append({"item": "total", "quantity": "", "unit": "", "usd": f"{total:.6f}"})
    return Artifact(
        type="table",
        key="cost-estimate",
        data=msgspec.json.encode(table).decode(),
        description=f"Estimate at cloud prices; the call ran on {measured.device}.",
    )


async def _picture(store: ObjectStore, job: Job, result: ExtractResult) -> Artifact | None:
    tenant, video = TenantId(job.tenant_id), VideoId(job.video_id)
    key = object_keys.full_frame(tenant, video, 0)
    if not await store.exists(key):
        return None
    jpeg = await store.get(key)
    overlay = crop_overlay(jpeg, result.width, result.height, _regions(result))
    shown = object_keys.suggested_crop(tenant, video)
    await store.put(shown, overlay.encode(), content_type="image/svg+xml")
    address = await store.presigned_get(shown, expires_s=PICTURE_SHOWN_S)
    regions = "; ".join(f"{name}: {where}" for name, where in _suggested(result).items())
    return Artifact(
        type="image",
        key="suggested-crop",
        data=address,
        description=f"First frame, shown for an hour after the run; {regions}.",
    )


def _regions(result: ExtractResult) -> list[CropRegion]:
    """The suggested regions, also of a result from before there were tracks."""
    if result.suggested_tracks:
        return [track.crop_region for track in result.suggested_tracks]
    return [] if result.suggested_crop_region is None else [result.suggested_crop_region]


def _suggested(result: ExtractResult) -> dict[str, str]:
    regions = _regions(result)
    if not regions:
        return {"suggested crop region": "none"}
    return {
        f"suggested crop region{name}": _region(region)
        for region, name in zip(regions, track_suffixes(len(regions)), strict=True)
    }


def _region(region: CropRegion) -> str:
    return (
        f"left {region.crop_left:.3f}, top {region.crop_top:.3f}, "
        f"right {region.crop_right:.3f}, bottom {region.crop_bottom:.3f}"
    )
