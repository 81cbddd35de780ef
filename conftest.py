"""What holds for every test: its mark comes from its folder, and its network is limited."""

import importlib.util
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from captionacc_testkit.sockets import Reach, limited

MARK_OF_FOLDER = {
    "unit": "unit",
    "contract": "contract",
    "architecture": "unit",
    "integration": "integration",
    "e2e": "e2e",
    "chaos": "chaos",
    "torch": "torch",
}
# A limit on the time of an example fails when the machine has other work; timing is for benchmarks.
hypothesis.settings.register_profile("any machine", deadline=None)
hypothesis.settings.load_profile("any machine")
# The first test of a run waits for the servers that it asks for.
TIMEOUT_S_OF_MARK = {"integration": 300, "e2e": 900, "chaos": 600, "torch": 600}


def _folders_below_tests(path: Path) -> tuple[str, ...]:
    folders = path.parts[:-1] if path.suffix == ".py" else path.parts
    if "tests" not in folders:
        return ()
    last = len(folders) - 1 - folders[::-1].index("tests")
    return folders[last + 1 :]


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    inside = (
        collection_path.relative_to(config.rootpath)
        if collection_path.is_relative_to(config.rootpath)
        else collection_path
    )
    if "torch" in _folders_below_tests(inside) and importlib.util.find_spec("torch") is None:
        return True
    return None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        folders = _folders_below_tests(item.path)
        marks = [MARK_OF_FOLDER[folder] for folder in folders if folder in MARK_OF_FOLDER]
        if not marks:
            raise pytest.UsageError(
                f"{item.path} lies in no folder that gives a mark; put it under tests/ in one of:"
                f" {', '.join(MARK_OF_FOLDER)}."
            )
        for mark in marks:
            item.add_marker(mark)
            if mark in TIMEOUT_S_OF_MARK and item.get_closest_marker("timeout") is None:
                item.add_marker(pytest.mark.timeout(TIMEOUT_S_OF_MARK[mark]))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    unit = item.get_closest_marker("unit") is not None
    with limited(Reach.NOWHERE if unit else Reach.LOOPBACK):
        return (yield)
