"""What the command says about results, as lines of text. Pure."""

from collections.abc import Sequence
from pathlib import Path

import msgspec
from captionacc_contracts.work.forecast import JobForecast
from captionacc_exports.writers.captions_json import CaptionsFile

from captionacc_cli.results.clock import clock
from captionacc_cli.results.crop_hints import crop_of, crop_option

_SAY_WHERE = (
    "If the video has captions, say where they are with --crop LEFT,TOP,RIGHT,BOTTOM, in shares of"
    " the picture: --crop 0,0.7,1,1 is the lowest part."
)


def forecast_line(expected: JobForecast) -> str:
    """What a video is expected to take, before its work starts."""
    minutes, seconds = divmod(round(expected.seconds), 60)
    length = f"{minutes} min {seconds} s" if minutes else f"{seconds} s"
    return (
        f"Expected: about {length} on two idle cores;"
        f" the same work in the cloud costs about ${expected.usd:.5f}"
    )


def result_lines(captions: CaptionsFile, directory: Path) -> list[str]:
    """How many captions there are and where; when there are none, what was done and what to do."""
    found = len(captions.captions)
    if found:
        places = len({caption.track for caption in captions.captions})
        where = f" at {places} places of the screen" if places > 1 else ""
        return [f"{found} {_plural(found, 'caption')}{where} in {directory}"]
    length = captions.duration_seconds
    whole = "" if length is None else f" of all {clock(length)}"
    done = (
        f"Every frame was searched there: {_crop_options(captions)}."
        if captions.tracks
        else f"Whole frames{whole} were searched for text that comes and goes."
    )
    return ["No captions were found.", done, _SAY_WHERE]


def note_lines(captions: CaptionsFile) -> list[str]:
    """What a person should look at; empty when there is nothing."""
    if not captions.notes:
        return []
    lines = ["Please look at this:"]
    hinted = False
    for note in captions.notes:
        region = crop_of(note, captions)
        hint = "" if region is None else f" ({crop_option(region)})"
        hinted = hinted or region is not None
        lines.append(f"  - {note.message}{hint}")
    if hinted and captions.tracks:
        lines.append(
            "With --crop, only the named places are searched; to keep those of this run, add"
            f" {_crop_options(captions)}"
        )
    return lines


class SummaryRow(msgspec.Struct, frozen=True, kw_only=True):
    """One video of several; ``captions`` is None when the video failed with ``error``."""

    video: str
    captions: int | None = None
    notes: int = 0
    results: str = ""
    error: str = ""


def summary_table(rows: Sequence[SummaryRow]) -> list[str]:
    """A table with a line per video, and a line with the sums."""
    cells = [("video", "captions", "notes", "results"), *map(_cells, rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(3)]
    lines = [
        f"{video:<{widths[0]}}  {captions:>{widths[1]}}  {notes:>{widths[2]}}  {results}"
        for video, captions, notes, results in cells
    ]
    failed = sum(row.captions is None for row in rows)
    captions = sum(row.captions or 0 for row in rows)
    notes = sum(row.notes for row in rows)
    lines.append(
        f"{len(rows) - failed} of {len(rows)} videos done, {failed} failed;"
        f" {captions} {_plural(captions, 'caption')}, {notes} {_plural(notes, 'note')}"
    )
    return lines


def _cells(row: SummaryRow) -> tuple[str, str, str, str]:
    if row.captions is None:
        return row.video, "-", "-", f"failed: {row.error.partition(chr(10))[0]}"
    return row.video, str(row.captions), str(row.notes), row.results


def _crop_options(captions: CaptionsFile) -> str:
    return " ".join(crop_option(track.crop_region) for track in captions.tracks)


def _plural(count: int, word: str) -> str:
    return word if count == 1 else f"{word}s"
