"""Tells from its first bytes whether a file may be a video that we read. Pure.

This keeps documents, archives and pictures out of the queue. The worker, which opens the file,
decides the rest. The formats are those that ``captionacc_media`` opens.
"""

HEAD_BYTES = 64 * 1024
"""A recording may begin in the middle of a packet, or with bytes that belong to none."""

_STARTS = {
    b"\x1a\x45\xdf\xa3": "matroska",
    b"FLV": "flv",
    b"OggS": "ogg",
    b"GIF87a": "gif",
    b"GIF89a": "gif",
    b"DKIF": "ivf",
    b".RMF": "rm",
    b"nut/multimedia container": "nut",
    bytes.fromhex("3026b2758e66cf11"): "asf",
    bytes.fromhex("060e2b34020501010d0102"): "mxf",
    b"\x1f\x07\x00": "dv",
}
_MP4_BOXES = frozenset(
    {b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot", b"uuid", b"styp", b"moof"}
)
_PACKET_BYTES = (188, 192, 204)
"""Transport streams: as broadcast, with a time before each packet, and with error correction."""
_SYNC = 0x47
_PACKETS = 5
"""Five sync bytes in a row are chance once in 10^12 files."""


def video_format(head: bytes) -> str | None:
    """The format of a file that begins with ``head``; ``None`` if it is not one that we read."""
    for start, name in _STARTS.items():
        if head.startswith(start):
            return name
    if head[4:8] in _MP4_BOXES:
        return "mov"
    if head[:4] == b"RIFF" and head[8:11] == b"AVI":
        return "avi"
    # MPEG and bare streams of H.264, HEVC and MPEG-4 begin with a start code.
    zeros = len(head) - len(head.lstrip(b"\0"))
    if zeros >= 2 and head[zeros : zeros + 1] == b"\x01":
        return "mpeg"
    return "mpegts" if _is_transport_stream(head) else None


def _is_transport_stream(head: bytes) -> bool:
    for size in _PACKET_BYTES:
        reach = size * (_PACKETS - 1)
        at = head.find(_SYNC)
        while 0 <= at < len(head) - reach:
            if all(head[at + size * n] == _SYNC for n in range(_PACKETS)):
                return True
            at = head.find(_SYNC, at + 1)
    return False
