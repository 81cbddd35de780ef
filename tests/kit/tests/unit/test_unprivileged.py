import os
from pathlib import Path

import pytest
from captionacc_stack.servers import unprivileged
from captionacc_stack.servers.unprivileged import (
    Account,
    can_reach,
    reachable_directory,
    readable_copy,
)

STRANGER = Account(uid=61_234, gid=61_234)


@pytest.fixture
def closed(tmp_path: Path) -> Path:
    """A folder that only its owner may pass, as a home often is."""
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    return home


@pytest.fixture(autouse=True)
def shared_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(unprivileged, "SHARED_STATE", tmp_path / "shared")
    return tmp_path / "shared"


def test_a_closed_folder_hides_what_is_below(closed: Path) -> None:
    assert not can_reach(closed / "data", STRANGER)
    assert can_reach(closed / "data", Account(uid=os.getuid(), gid=os.getgid()))


def test_the_wanted_folder_is_used_when_no_account_changes(closed: Path) -> None:
    assert reachable_directory(closed / "data", None) == closed / "data"
    assert (closed / "data").is_dir()


def test_a_hidden_folder_becomes_a_link_that_stays(closed: Path, shared_state: Path) -> None:
    wanted = closed / "state" / "postgres"
    real = reachable_directory(wanted, STRANGER)
    assert real.parent == shared_state
    assert wanted.resolve() == real
    assert reachable_directory(wanted, STRANGER) == real
    assert closed.stat().st_mode & 0o777 == 0o700


def test_two_hidden_folders_do_not_share_a_place(closed: Path) -> None:
    first = reachable_directory(closed / "a" / "postgres", STRANGER)
    assert first != reachable_directory(closed / "b" / "postgres", STRANGER)


def test_a_hidden_program_is_copied_whole_once(closed: Path, tmp_path: Path) -> None:
    (closed / "wheel" / "bin").mkdir(parents=True)
    program = closed / "wheel" / "bin" / "postgres"
    program.write_text("v1")
    program.chmod(0o700)
    libraries = closed / "wheel.libs"
    libraries.mkdir()
    library = libraries / "libpq.so.5.18"
    library.write_text("lib")
    library.chmod(0o600)
    (libraries / "libpq.so").symlink_to("libpq.so.5.18")
    trees = ("wheel/bin", "wheel.libs")

    copy = readable_copy(closed, trees, tmp_path / "copy", STRANGER)
    assert (copy / "wheel" / "bin" / "postgres").stat().st_mode & 0o005 == 0o005
    assert (copy / "wheel.libs" / "libpq.so").read_text() == "lib"
    assert library.stat().st_mode & 0o777 == 0o600
    program.write_text("v2")
    readable_copy(closed, trees, copy, STRANGER)
    assert (copy / "wheel" / "bin" / "postgres").read_text() == "v1"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy", "home"]
    assert readable_copy(closed, trees, tmp_path / "other", None) == closed
