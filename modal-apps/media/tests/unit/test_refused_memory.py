"""Memory that the system refuses says nothing about the file that is read."""

import errno
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import pytest
from av.error import MemoryError as AvMemoryError
from captionacc_media.cropping.chunk_decoding import decode_chunk
from captionacc_media.frames.container import decoded
from captionacc_media.frames.opening import open_container

REFUSED = AvMemoryError(errno.ENOMEM, "Cannot allocate memory")


def refuse(*_arguments: Any, **_named: Any) -> Any:
    raise REFUSED


class Packet:
    decode = staticmethod(refuse)


def refused_packets() -> Iterator[Any]:
    yield refuse()


@pytest.mark.parametrize("packets", [[Packet()], refused_packets()], ids=["decoding", "reading"])
def test_no_picture_is_left_out_for_lack_of_memory(packets: Any) -> None:
    with pytest.raises(MemoryError):
        list(decoded(packets))


def test_a_file_is_not_called_damaged_for_lack_of_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "video.mp4"
    path.write_bytes(b"a video")
    monkeypatch.setattr(av, "open", refuse)
    with pytest.raises(MemoryError), open_container(path):
        pass
    with pytest.raises(MemoryError):
        decode_chunk(b"a chunk", [0])
