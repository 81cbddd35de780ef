"""What ``list`` and ``show`` print."""

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

from captionacc_cli.videos.listing import list_lines
from captionacc_cli.videos.showing import show_lines
from captionacc_contracts.api import JobView, UsageView, VideoView
from captionacc_contracts.captions import CaptionView
from captionacc_contracts.errors import ErrorCode, ErrorReport
from captionacc_contracts.frames.geometry import CropRegion
from captionacc_contracts.frames.tracks import CropTrack, Note, NoteKind
from captionacc_contracts.work.cost import CostLine
from captionacc_contracts.work.functions import FunctionName
from captionacc_contracts.work.jobs import JobKind
from captionacc_contracts.work.states import CaptionState, JobState

MakeVideo = Callable[..., VideoView]
MakeRow = Callable[..., CaptionView]
BOTTOM = CropRegion(crop_left=0.1, crop_top=0.7, crop_right=0.9, crop_bottom=1.0)


def test_the_list_has_a_line_per_video_below_the_names_of_its_columns(video: MakeVideo) -> None:
    uploaded = datetime(2026, 3, 4, 5, 6, tzinfo=UTC)
    local = f"{uploaded.astimezone():%Y-%m-%d %H:%M}"
    lines = list_lines(
        [
            video(id=UUID(int=16**31), display_name="a b.mp4", uploaded_at=uploaded),
            video(
                id=UUID(int=2 * 16**31),
                display_name="字\x1b[2J.mp4",
                status="queued",
                caption_status=None,
                uploaded_at=uploaded,
            ),
        ]
    )
    assert [line.split() for line in lines] == [
        ["id", "status", "captions", "uploaded", "name"],
        ["10000000", "active", "ready", *local.split(), "a", "b.mp4"],
        ["20000000", "queued", "-", *local.split(), "字?[2J.mp4"],
    ]
    assert len({line.index(local) for line in lines[1:]}) == 1


def test_an_empty_list_says_how_a_video_comes_in() -> None:
    assert "captionacc run" in list_lines([])[0]


def test_show_says_what_is_known_of_a_video(video: MakeVideo, row: MakeRow) -> None:
    error = ErrorReport(code=ErrorCode.OCR_FAILED, message="The engine broke.", stage="ocr")
    job = JobView(
        id=UUID(int=1),
        kind=JobKind.CAPTIONS_OCR,
        state=JobState.ERROR,
        attempt=2,
        requested_at=datetime(2026, 1, 1, tzinfo=UTC),
        flow_run_id=None,
        started_at=None,
        ended_at=None,
        error=error,
    )
    usage = UsageView(
        function=next(iter(FunctionName)),
        seconds={"decode": 1.5, "ocr": 0.5},
        ocr_units=0,
        peak_memory_mib=200.4,
        cost=[CostLine(item="cpu", quantity=1, unit="core_second", usd=0.25)],
    )
    note = Note(kind=NoteKind.LOW_CONFIDENCE, message="One caption is doubtful.")
    shown = video(
        size_bytes=1_500_000,
        tracks=[CropTrack(crop_region=BOTTOM)],
        notes=[note],
        jobs=[job],
        usage=[usage],
    )
    captions = [
        row(state=CaptionState.CONFIRMED, text="Hello"),
        row(state=CaptionState.PREDICTED),
        row(state=CaptionState.GAP),
    ]
    text = "\n".join(show_lines(shown, captions))
    for expected in (
        "ready: 2, 1 of them confirmed, 1 without text",
        "1.5 MB",
        "00:03.0",
        "640 x 360",
        "track 1: at the bottom, horizontal (--crop 0.1,0.7,0.9,1)",
        "One caption is doubtful.",
        "attempt 2",
        "ocr_failed: The engine broke.",
        "2.0 s  200 MiB",
        "$0.250000",
    ):
        assert expected in text


def test_show_leaves_out_what_a_new_video_does_not_have(video: MakeVideo) -> None:
    new = video(status="queued", caption_status=None, duration_seconds=None, width=None)
    text = "\n".join(show_lines(new, []))
    assert "not searched for yet" in text
    assert not any(word in text for word in ("None", "duration", "picture", "jobs", "usage"))
