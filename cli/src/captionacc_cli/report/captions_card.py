"""The report's list of captions, each with its first and last frame beside each other."""

from html import escape

from captionacc_exports.writers.captions_json import Caption, CaptionsFile

from captionacc_cli.report.media_views import Ends, Media
from captionacc_cli.report.timeline import span

# Below this, a person should look: the notes of the API call captions doubtful below 50 %.
_DOUBTFUL = 0.9


def captions_card(found: CaptionsFile, media: Media) -> str:
    """All captions; a script filters them, puts them in order, and plays them."""
    if not found.captions:
        return (
            '<section class="card"><h2>Captions</h2><p>No captions were found in this video.</p>'
            "</section>"
        )
    several = len(found.tracks) > 1
    rows = "".join(
        _row(number, caption, media.ends.get(caption.id), several=several)
        for number, caption in enumerate(found.captions, start=1)
    )
    track = '<th class="number">Track</th>' if several else ""
    return (
        f'<section class="card"><h2>Captions</h2>{_tools(found)}'
        '<div class="scroll" tabindex="0" role="region" aria-label="Captions">'
        '<table id="captions"><thead><tr><th class="number">#</th><th>Time</th>'
        f"{track}<th>First and last frame</th><th>Text</th>"
        '<th class="number">Extent</th><th class="number">OCR</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
        '<p class="note">The last two columns are confidences: of the extent and of the text. '
        "Keys: <kbd>j</kbd> and <kbd>k</kbd> play the next and the previous caption, the space bar "
        "starts and stops the video.</p></section>"
    )


def _tools(found: CaptionsFile) -> str:
    doubtful = sum(map(_is_doubtful, found.captions))
    return (
        '<form class="tools" hidden><label>Search <input type="search" name="text"></label>'
        '<label>Order <select name="order"><option value="time">by time</option>'
        '<option value="doubt">doubtful first</option></select></label>'
        f'<label class="check"><input type="checkbox" name="doubtful"> Only those below '
        f'{_DOUBTFUL:.0%} ({doubtful})</label><output aria-live="polite"></output></form>'
    )


def _row(number: int, caption: Caption, ends: Ends | None, *, several: bool) -> str:
    doubt = min(caption.confidence, caption.ocr_confidence or 0.0)
    return (
        f'<tr id="caption-{number}" data-start="{caption.start_seconds}" '
        f'data-end="{caption.end_seconds}" data-doubt="{doubt:.4f}"'
        f"{' data-doubtful' if _is_doubtful(caption) else ''}>"
        f'<td class="number place">{number}</td>'
        f'<td class="time"><button type="button">{escape(span(caption))}</button></td>'
        + (f'<td class="number track">{caption.track}</td>' if several else "")
        + f'<td class="ends">{_pictures(ends)}</td>'
        f'<td class="text">{escape(caption.text)}</td>'
        f'<td class="number extent">{_share(caption.confidence)}</td>'
        f'<td class="number ocr">{_share(caption.ocr_confidence)}</td></tr>'
    )


def _pictures(ends: Ends | None) -> str:
    if ends is None:
        return ""
    shown = (("First frame", ends.first), ("Last frame", ends.last))
    return "".join(
        f'<img loading="lazy" alt="{name}" title="{name}" src="{escape(address)}">'
        for name, address in shown
        if address is not None
    )


def _is_doubtful(caption: Caption) -> bool:
    return min(caption.confidence, caption.ocr_confidence or 0.0) < _DOUBTFUL


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.0%}"
