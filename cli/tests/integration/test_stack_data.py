"""A reset removes what the stack made, and nothing else."""

from pathlib import Path

from captionacc_cli.local_stack.data import data_of, remove, size_of
from captionacc_stack import state
from captionacc_stack.home import Home
from captionacc_stack.state import Secrets, StackState


def made(root: Path) -> Home:
    """A home as a stack leaves it, whose database is elsewhere behind a link."""
    home = Home(root=root / "home")
    home.prepare()
    elsewhere = root / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "data").write_bytes(b"x" * 100_000)
    home.postgres.symlink_to(elsewhere, target_is_directory=True)
    home.log("gateway").write_text("started")
    state.save(home.state_file, StackState(secrets=Secrets.new()))
    home.users_lock.touch()
    return home


def test_the_data_is_removed_with_what_a_link_leads_to(tmp_path: Path) -> None:
    home = made(tmp_path)
    (home.root / "letter.txt").write_text("not of the stack")
    found = data_of(home)
    assert size_of(found) >= 100_000
    remove(found)
    assert data_of(home) == []
    assert not (tmp_path / "elsewhere").exists()
    assert {path.name for path in home.root.iterdir()} == {"letter.txt", "users.lock"}


def test_a_home_without_a_stack_has_no_data(tmp_path: Path) -> None:
    home = Home(root=tmp_path / "none")
    assert data_of(home) == []
    assert not home.root.exists()


def test_a_removal_that_was_cut_off_can_go_on(tmp_path: Path) -> None:
    home = made(tmp_path)
    remove(data_of(home)[:2])
    assert home.state_file.exists()
    remove(data_of(home))
    assert data_of(home) == []
