"""The report's HTML, from plain values. It escapes every text from a person or a video."""

import base64
from collections.abc import Callable, Mapping
from html import escape
from importlib.resources import files

import msgspec
from captionacc_exports.writers.captions_json import Caption, CaptionsFile

from captionacc_cli.report.notes_card import notes_card
from captionacc_cli.report.timeline import region_boxes, span, timeline_card
from captionacc_cli.results.clock import clock
from captionacc_cli.results.timings import Timings


class Media(msgspec.Struct, frozen=True, kw_only=True):
    """Pictures as data addresses; the key of ``thumbnails`` is a caption's id.

    ``video`` is None when the file cannot be shown. ``video_note`` says how it is shown.
    """

    video: str | None
    video_note: str
    frame: str | None
    frame_note: str
    thumbnails: dict[int, str]


def data_address(data: bytes, kind: str) -> str:
    """A data address, which embeds ``data`` in the page."""
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


def page(*, title: str, captions: CaptionsFile, timings: Timings, vtt: str, media: Media) -> str:
    """The whole page."""
    sections = [
        _figures(captions, timings),
        notes_card(captions),
        _pictures(captions, vtt, media),
        timeline_card(captions),
        _captions(captions, media),
        '<div class="pair">' + _stages(timings) + _cost(timings) + "</div>",
        _memory(timings),
    ]
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}: captions</title>\n<style>{_asset('page.css')}</style>\n</head>\n"
        f"<body>\n<main>\n<h1>{escape(title)}</h1>\n"
        '<p class="sub">The captions that were found, with their times in tenths of a second.</p>\n'
        + "\n".join(sections)
        + f"\n</main>\n<script>{_asset('page.js')}</script>\n</body>\n</html>\n"
    )


def _asset(name: str) -> str:
    return files("captionacc_cli.report").joinpath(name).read_text()


def _figures(captions: CaptionsFile, timings: Timings) -> str:
    duration = timings.video_duration_seconds
    cost = timings.estimated_cloud_cost_usd.total
    shown = (
        ("captions found", str(len(captions.captions))),
        ("notes", str(len(captions.notes))),
        ("length of the video", clock(duration) if duration is not None else "unknown"),
        ("processing time", f"{timings.seconds_in_all:.1f} s"),
        ("estimated cost in the cloud", f"${cost:.4f}"),
    )
    inner = "".join(
        f'<div class="figure"><b>{escape(value)}</b><span>{escape(name)}</span></div>'
        for name, value in shown
    )
    return f'<div class="figures">{inner}</div>'


def _pictures(captions: CaptionsFile, vtt: str, media: Media) -> str:
    track = data_address(vtt.encode(), "text/vtt")
    player = (
        f'<video controls preload="metadata" src="{escape(media.video)}">'
        f'<track default kind="subtitles" label="Captions found" src="{track}"></video>'
        if media.video
        else "<p>This page cannot show the video.</p>"
    )
    frame = "<p>No frame of this video was stored.</p>"
    if media.frame:
        frame = (
            f'<div class="clip"><div class="frame"><img alt="A frame of the video" '
            f'src="{escape(media.frame)}">{region_boxes(captions.tracks)}</div></div>'
        )
    heading = "Crop regions" if len(captions.tracks) > 1 else "Crop region"
    return (
        '<div class="pair">'
        f'<section class="card"><h2>Video with the captions found</h2>{player}'
        f'<p class="note">{escape(media.video_note)}</p></section>'
        f'<section class="card"><h2>{heading}</h2>{frame}'
        f'<p class="note">{escape(media.frame_note)}</p></section></div>'
    )


def _captions(found: CaptionsFile, media: Media) -> str:
    if not found.captions:
        return (
            '<section class="card"><h2>Captions</h2><p>No captions were found in this video.</p>'
            "</section>"
        )
    several = len(found.tracks) > 1
    rows = "".join(
        f'<tr data-start="{caption.start_seconds}" data-end="{caption.end_seconds}">'
        f'<td class="number">{number}</td><td class="time">{escape(span(caption))}</td>'
        + (f'<td class="number">{caption.track}</td>' if several else "")
        + f"<td>{_thumbnail(media, caption)}</td>"
        f'<td class="text">{escape(caption.text)}</td>'
        f'<td class="number">{_share(caption.confidence)}</td>'
        f'<td class="number">{_share(caption.ocr_confidence)}</td></tr>'
        for number, caption in enumerate(found.captions, start=1)
    )
    track = '<th class="number">Track</th>' if several else ""
    return (
        '<section class="card"><h2>Captions</h2><div class="scroll"><table id="captions">'
        f'<thead><tr><th class="number">#</th><th>Time</th>{track}<th>Picture</th><th>Text</th>'
        '<th class="number">Extent</th><th class="number">OCR</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
        '<p class="note">The last two columns are confidences: of the extent and of the text. '
        "Click a row to play it.</p></section>"
    )


def _thumbnail(media: Media, caption: Caption) -> str:
    address = media.thumbnails.get(caption.id)
    return f'<img alt="" src="{escape(address)}">' if address else ""


def _stages(timings: Timings) -> str:
    rows = _bars(timings.seconds, lambda value: f"{value:.1f} s")
    inner = "".join(
        f"<tr><td>{escape(_words(call.function))}: {escape(_words(stage))}</td><td></td>"
        f'<td class="number">{value:.1f} s</td></tr>'
        for call in timings.functions
        for stage, value in call.seconds.items()
    )
    return (
        f'<section class="card"><h2>Time</h2><table>{rows}'
        f'<tr class="total"><td>Total</td><td></td>'
        f'<td class="number">{timings.seconds_in_all:.1f} s</td></tr></table>'
        f'<p class="note">Within the compute functions</p><table>{inner}</table></section>'
    )


def _cost(timings: Timings) -> str:
    cost = timings.estimated_cloud_cost_usd
    rows = "".join(
        f"<tr><td>{escape(_words(line.item))}</td>"
        f'<td class="number">{line.quantity:g} {escape(_words(line.unit))}</td>'
        f'<td class="number">${line.usd:.5f}</td></tr>'
        for line in cost.lines
    )
    return (
        f'<section class="card"><h2>Estimated cost in the cloud</h2><table>{rows}'
        f'<tr class="total"><td>Total</td><td></td><td class="number">${cost.total:.5f}</td></tr>'
        f'</table><p class="note">{escape(cost.basis)} Cloud OCR would bill '
        f"{timings.ocr_units} images.</p></section>"
    )


def _memory(timings: Timings) -> str:
    rows = _bars(timings.peak_memory_mib, lambda value: f"{value:.0f} MiB")
    return (
        f'<section class="card"><h2>Peak memory by process</h2><table>{rows}</table></section>'
        if rows
        else ""
    )


def _bars(values: Mapping[str, float], shown: Callable[[float], str]) -> str:
    """One row per value, with a bar in proportion to the largest value."""
    largest = max(values.values(), default=1.0) or 1.0
    return "".join(
        f"<tr><td>{escape(_words(name))}</td>"
        f'<td class="wide"><div class="bar" style="width:{value / largest:.1%}"></div></td>'
        f'<td class="number">{shown(value)}</td></tr>'
        for name, value in values.items()
    )


def _words(name: str) -> str:
    return name.replace("_", " ")


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.0%}"
