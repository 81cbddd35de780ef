"""The options of an export, as the gateway's routes take them. Pure."""

from captionacc_exports.options import EVERYTHING, ExportOptions

_QUERY = {
    "only_confirmed": "confirmed",
    "gaps": "gaps",
    "drop_empty": "drop_empty",
    "track": "track",
    "offset_seconds": "offset",
    "bom": "bom",
    "crlf": "crlf",
}
"""The query parameter of each option."""


def query_of(options: ExportOptions) -> dict[str, str]:
    """The query that asks for ``options``; what is as usual is left out."""
    return {
        parameter: str(getattr(options, name)).lower()
        for name, parameter in _QUERY.items()
        if getattr(options, name) != getattr(EVERYTHING, name)
    }
