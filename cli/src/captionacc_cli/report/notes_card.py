"""The report's list of what a person should look at."""

from html import escape

from captionacc_contracts.frames.tracks import Note
from captionacc_exports.writers.captions_json import CaptionsFile

from captionacc_cli.results.crop_hints import crop_of, crop_option


def notes_card(captions: CaptionsFile) -> str:
    """The notes; empty when there are none. A click on a note with a time plays the video there."""
    if not captions.notes:
        return ""
    rows = "".join(_row(note, captions) for note in captions.notes)
    return f'<section class="card"><h2>Please look at this</h2><ul id="notes">{rows}</ul></section>'


def _row(note: Note, captions: CaptionsFile) -> str:
    message = escape(note.message)
    if note.start_seconds is not None:
        start = f'data-start="{note.start_seconds}"'
        message = f'<button type="button" {start}>{message}</button>'
    region = crop_of(note, captions)
    hint = "" if region is None else f" <code>{crop_option(region)}</code>"
    return f"<li>{message}{hint}</li>"
