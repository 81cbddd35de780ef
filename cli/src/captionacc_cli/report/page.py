"""The report's HTML, from plain values. It escapes every text from a person or a video."""

from collections.abc import Callable, Mapping
from html import escape
from importlib.resources import files

from captionacc_exports.writers.captions_json import CaptionsFile

from captionacc_cli.report.captions_card import captions_card
from captionacc_cli.report.media_views import Media, data_address
from captionacc_cli.report.notes_card import notes_card
from captionacc_cli.report.timeline import region_boxes, timeline_card
from captionacc_cli.results.clock import clock
from captionacc_cli.results.timings import Timings

# The files that the page offers, each with its media type.
_KINDS = {"captions.srt": "application/x-subrip", "captions.vtt": "text/vtt"}


def page(
    *,
    title: str,
    captions: CaptionsFile,
    timings: Timings,
    subtitles: Mapping[str, str],
    media: Media,
) -> str:
    """The whole page.

    Args:
        title: what people call the video.
        captions: the captions that were found.
        timings: how long the work took, and what it would cost.
        subtitles: the text of captions.srt and captions.vtt, by the name of the file.
        media: what the page shows of the video.
    """
    sections = [
        _figures(captions, timings),
        notes_card(captions),
        _pictures(captions, subtitles["captions.vtt"], media),
        timeline_card(captions),
        captions_card(captions, media),
        '<div class="pair">' + _stages(timings) + _cost(timings) + "</div>",
        _memory(timings),
    ]
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}: captions</title>\n<style>{_asset('page.css')}</style>\n</head>\n"
        f"<body>\n<main>\n<h1>{escape(title)}</h1>\n"
        '<p class="sub">The captions that were found, with their times in tenths of a second. '
        f"{_downloads(subtitles)}</p>\n"
        + "\n".join(sections)
        + f"\n</main>\n<script>{_asset('page.js')}\n{_asset('timeline.js')}</script>\n"
        "</body>\n</html>\n"
    )


def _asset(name: str) -> str:
    return files("captionacc_cli.report").joinpath(name).read_text()


def _downloads(subtitles: Mapping[str, str]) -> str:
    return " ".join(
        f'<a class="download" download="{name}" href="{data_address(text.encode(), _KINDS[name])}">'
        f"{name}</a>"
        for name, text in subtitles.items()
    )


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
    language = f' srclang="{escape(captions.language)}"' if captions.language else ""
    player = (
        f'<video controls preload="metadata" src="{escape(media.video)}">'
        f'<track default kind="subtitles" label="Captions found"{language} src="{track}"></video>'
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
