from pathlib import Path

import pytest
from captionacc_webhook_gateway.uploading.video_head import video_format

MP4 = b"\x00\x00\x00\x20ftypisom\x00\x00\x02\x00isomiso2avc1mp41"
PACKET = b"\x47" + bytes(187)


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (MP4, "mov"),
        (b"\x00\x00\x00\x08wide\x00\x00\x00\x00mdat", "mov"),
        (b"\x1a\x45\xdf\xa3\x01\x00", "matroska"),
        (b"RIFF\x00\x00\x01\x00AVI LIST", "avi"),
        (b"FLV\x01\x05", "flv"),
        (b"GIF89a\x10\x00", "gif"),
        (PACKET * 6, "mpegts"),
        (b"the end of a packet" + PACKET * 6, "mpegts"),
        ((b"\x12\x34\x56\x78" + PACKET) * 6, "mpegts"),
        ((PACKET + bytes(16)) * 6, "mpegts"),
        (b"\x00\x00\x01\xba\x44", "mpeg"),
        (b"\x00\x00\x00\x01\x67\x64", "mpeg"),
        (bytes.fromhex("3026b2758e66cf11a6d9"), "asf"),
    ],
)
def test_a_video_is_known_by_how_it_begins(head: bytes, name: str) -> None:
    assert video_format(head) == name


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"\x00" * 1000,
        b"%PDF-1.7\n",
        b"PK\x03\x04\x14\x00",
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8\xff\xe0\x00\x10JFIF",
        b"RIFF\x00\x00\x01\x00WAVEfmt ",
        b"#EXTM3U\nhttp://other.example/secret.ts\n",
        b"<!doctype html><script>",
        b"Goodbye",
    ],
)
def test_anything_else_is_not_taken_for_a_video(head: bytes) -> None:
    assert video_format(head) is None


def test_the_module_names_every_format_that_the_media_code_opens() -> None:
    root = Path(__file__).parents[4]
    opening = (root / "modal-apps/media/src/captionacc_media/frames/opening.py").read_text()
    assert (
        '"mov,matroska,webm,avi,mpegts,mpeg,flv,asf,ogg,mxf,nut,ivf,h264,hevc,m4v,mpegvideo,rm,dv,gif"'
        in opening
    ), "The formats of the media code changed: change video_head.py with them."
