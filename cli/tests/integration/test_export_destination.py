"""An export never replaces a file silently, and leaves no half file."""

from pathlib import Path

import pytest
from captionacc_cli.exporting.destination import Destination

NAME, EXTENSION = "holiday.en.truth.json", "truth.json"


def write(text: bytes, path: Path | None, *, overwrite: bool = False) -> Path:
    destination = Destination(path=path, overwrite=overwrite)
    with destination.opened(NAME, EXTENSION) as opened:
        opened.file.write(text)
    return opened.path


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_file_in_a_folder_gets_the_next_free_name(tmp_path: Path) -> None:
    for text in (b"1", b"2", b"3"):
        write(text, tmp_path)
    assert files(tmp_path) == {
        "holiday.en.truth.json": b"1",
        "holiday.en-2.truth.json": b"2",
        "holiday.en-3.truth.json": b"3",
    }


def test_without_a_path_the_file_is_in_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert write(b"1", None) == Path(NAME)
    assert files(tmp_path) == {NAME: b"1"}


def test_a_named_file_is_replaced_only_when_that_is_asked_for(tmp_path: Path) -> None:
    named = tmp_path / "new" / "a.json"
    assert write(b"1", named) == named
    with pytest.raises(FileExistsError):
        write(b"2", named)
    assert files(named.parent) == {"a.json": b"1"}
    assert write(b"3", named, overwrite=True) == named
    assert files(named.parent) == {"a.json": b"3"}


def test_overwrite_replaces_the_file_of_the_video(tmp_path: Path) -> None:
    write(b"1", tmp_path)
    write(b"2", tmp_path, overwrite=True)
    assert files(tmp_path) == {NAME: b"2"}


def test_a_failure_leaves_nothing(tmp_path: Path) -> None:
    destination = Destination(path=tmp_path, overwrite=False)

    def fail() -> None:
        with destination.opened(NAME, EXTENSION) as opened:
            opened.file.write(b"half")
            raise OSError("The disk is full.")

    with pytest.raises(OSError, match="full"):
        fail()
    assert files(tmp_path) == {}
