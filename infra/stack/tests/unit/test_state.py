import stat
from pathlib import Path

import msgspec
from captionacc_stack import state
from captionacc_stack.state import ServiceRecord


def test_the_state_is_stored_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "stack.json"
    fresh = state.load(path)
    changed = msgspec.structs.replace(
        fresh, ports={"gateway": 1}, services={"gateway": ServiceRecord(pid=1, started_ticks=2)}
    )
    state.save(path, changed)
    assert state.load(path) == changed
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_broken_file_gives_a_fresh_state(tmp_path: Path) -> None:
    path = tmp_path / "stack.json"
    path.write_text('{"secrets": {"jwt_')
    assert state.load(path).services == {}


def test_two_stacks_have_different_secrets() -> None:
    assert state.Secrets.new() != state.Secrets.new()
    assert len(state.Secrets.new().jwt_secret) >= 32
