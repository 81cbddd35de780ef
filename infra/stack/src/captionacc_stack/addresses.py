"""The ports of a stack and the addresses that follow from them."""

from collections.abc import Mapping

from captionacc_stack.servers.ports import free_ports, is_free

HOST = "127.0.0.1"

SINGLE = ("postgres", "prefect", "priority", "gateway", "worker-health")
SWIFT = ("swift-proxy", "swift-account", "swift-container", "swift-object")


def choose(known: Mapping[str, int]) -> dict[str, int]:
    """Choose a port for each server: its port in ``known`` if that port is free, or a new one.

    Swift's ring files hold Swift's ports, so its four ports change together or not at all.
    """

    def usable(names: tuple[str, ...]) -> bool:
        return all(name in known and is_free(known[name]) for name in names)

    groups = [(name,) for name in SINGLE] + [SWIFT]
    kept = {name: known[name] for names in groups if usable(names) for name in names}
    missing = [name for names in groups for name in names if name not in kept]
    return kept | dict(zip(missing, free_ports(len(missing)) if missing else [], strict=True))


def url(port: int, path: str = "") -> str:
    return f"http://{HOST}:{port}{path}"
