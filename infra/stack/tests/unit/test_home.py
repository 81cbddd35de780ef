from pathlib import Path

import pytest
from captionacc_stack.home import Home, default_root


def test_the_state_directory_follows_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert default_root({"CAPTIONACC_HOME": "/x/y", "XDG_STATE_HOME": "/z"}) == Path("/x/y")
    assert default_root({"XDG_STATE_HOME": "/z"}) == Path("/z/captionacc")
    assert default_root({}) == tmp_path / ".local/state/captionacc"


def test_private_folders_are_closed_to_others(tmp_path: Path) -> None:
    home = Home(root=tmp_path / "stack")
    home.prepare()
    home.prepare()
    assert home.logs.stat().st_mode & 0o077 == 0
    assert home.root.stat().st_mode & 0o066 == 0
