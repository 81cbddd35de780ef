import stat
from pathlib import Path

import msgspec
from captionacc_stack.lifecycle import state
from captionacc_stack.lifecycle.state import ServiceRecord


def test_state_survives_and_is_the_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "stack.json"
    fresh = state.load(path)
    changed = msgspec.structs.replace(
        fresh, ports={"gateway": 1}, services={"gateway": ServiceRecord(pid=1, started_ticks=2)}
    )
    state.save(path, changed)
    assert state.load(path) == changed
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_torn_file_gives_a_fresh_state(tmp_path: Path) -> None:
    path = tmp_path / "stack.json"
    path.write_text('{"secrets": {"jwt_')
    assert state.load(path).services == {}


def test_secrets_differ_from_stack_to_stack() -> None:
    assert state.Secrets.new() != state.Secrets.new()
    assert len(state.Secrets.new().jwt_secret) >= 32
