"""What a person chooses about an export."""

import msgspec


class ExportOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Attributes:
    only_confirmed: leave out captions that no person confirmed.
    gaps: tables and JSON also list the gaps between captions.
    drop_empty: leave out captions without text; subtitle files otherwise show a placeholder.
    track: export this track only; None means all tracks.
    offset_seconds: added to all times.
    bom: begin the file with a byte order mark, which some players and spreadsheets need for UTF-8.
    crlf: end lines as Windows does.
    """

    only_confirmed: bool = False
    gaps: bool = False
    drop_empty: bool = False
    track: int | None = None
    offset_seconds: float = 0.0
    bom: bool = False
    crlf: bool = False


EVERYTHING = ExportOptions()
"""All captions as they are."""
