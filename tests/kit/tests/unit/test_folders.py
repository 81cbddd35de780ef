import os
from pathlib import Path

from captionacc_testkit.folders import (
    LOCK,
    PREFIX,
    UNLOCKED_FOR_S,
    servers_folder,
)


def test_a_folder_lasts_as_long_as_its_use(tmp_path: Path) -> None:
    with servers_folder((tmp_path,)) as folder:
        (folder / "data").write_text("x")
        assert folder.parent == tmp_path
    assert not folder.exists()


def test_another_session_sweeps_what_is_left_and_spares_what_is_used(tmp_path: Path) -> None:
    left = tmp_path / f"{PREFIX}left"
    left.mkdir()
    (left / LOCK).touch()
    just_made = tmp_path / f"{PREFIX}just-made"
    just_made.mkdir()
    never_locked = tmp_path / f"{PREFIX}never-locked"
    never_locked.mkdir()
    long_ago = never_locked.stat().st_mtime - 2 * UNLOCKED_FOR_S
    os.utime(never_locked, (long_ago, long_ago))
    with servers_folder((tmp_path,)) as used, servers_folder((tmp_path,)) as other:
        assert used != other
        assert used.exists()
        assert not left.exists()
        assert not never_locked.exists()
        assert just_made.exists()
