"""The memory of Swift's proxy keeps copies, for the time that Swift asks for."""

from collections.abc import Iterable
from typing import Any

from captionacc_stack.servers.swift_cache import ProxyMemory, filter_factory


class _Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_value_is_kept_for_its_time() -> None:
    clock = _Clock()
    memory = ProxyMemory(clock)
    memory.set("container/captionacc", {"status": 204}, time=60)
    clock.now += 59
    assert memory.get("container/captionacc") == {"status": 204}
    clock.now += 1
    assert memory.get("container/captionacc") is None


def test_a_change_of_a_copy_does_not_change_what_is_kept() -> None:
    memory = ProxyMemory()
    value = {"meta": {"a": "1"}}
    memory.set("account", value)
    value["meta"]["a"] = "2"
    memory.get("account")["meta"]["a"] = "3"
    assert memory.get("account") == {"meta": {"a": "1"}}


def test_a_deleted_value_is_forgotten() -> None:
    memory = ProxyMemory()
    memory.set("account", 1)
    memory.delete("account")
    memory.delete("account")
    assert memory.get("account") is None


def test_all_requests_share_one_memory() -> None:
    seen: list[Any] = []

    def app(environ: dict[str, Any], _: Any) -> Iterable[bytes]:
        seen.append(environ["swift.cache"])
        return []

    filtered = filter_factory({})(app)
    filtered({}, None)
    filtered({}, None)
    assert seen[0] is seen[1]
