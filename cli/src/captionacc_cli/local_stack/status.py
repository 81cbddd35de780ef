"""``captionacc status``: the addresses, processes and data folders of the stack."""

import os

import msgspec
from captionacc_stack import processes, state
from captionacc_stack.home import Home

from captionacc_cli.local_stack import languages


class ServiceStatus(msgspec.Struct, frozen=True, kw_only=True):
    """A process of the stack; ``log`` is the path of its log."""

    pid: int
    alive: bool
    log: str


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """What ``captionacc status --json`` prints."""

    running: bool
    """The stack was started and every service of it still runs."""
    kept: bool
    """A person asked for the stack to stay up."""
    home: str
    tenant: str
    """The tenant that owns the uploads of ``captionacc run``."""
    addresses: dict[str, str]
    """By server; they contain passwords."""
    prefect_auth_string: str
    """What the Prefect UI asks for."""
    ports: dict[str, int]
    services: dict[str, ServiceStatus]
    data: dict[str, str]
    """The folders of the stack, by what they hold."""
    reads: str
    """The languages that are read here, in one line."""
    languages: dict[str, list[str]]
    """Their tags, by the engine that reads them."""


def status(home: Home) -> Status:
    found = state.load(home.state_file)
    services = {
        name: ServiceStatus(pid=r.pid, alive=processes.alive(r), log=str(home.log(name)))
        for name, r in found.services.items()
    }
    running = bool(services) and all(service.alive for service in services.values())
    return Status(
        running=running and bool(found.addresses),
        kept=found.kept,
        home=str(home.root),
        tenant=str(state.TENANT),
        addresses=dict(found.addresses),
        prefect_auth_string=found.secrets.prefect_auth_string,
        ports=dict(found.ports),
        services=services,
        data={
            "postgres": str(home.postgres.resolve()),
            "object_store": str(home.swift),
            "prefect": str(home.prefect),
            "compute": str(home.compute),
            "logs": str(home.logs),
            "sample": str(home.sample),
        },
        reads=languages.summary(os.environ),
        languages=languages.tags(os.environ),
    )


def as_text(found: Status) -> str:
    if not found.services:
        return f"The stack at {found.home} is not running."
    width = max(map(len, [*found.services, *found.addresses]))
    if found.running:
        lines = [f"The stack at {found.home} is up.", ""]
    else:
        lines = [
            f"The stack at {found.home} is INCOMPLETE; start it again with `captionacc up`.",
            "",
        ]
    lines += [
        f"  {name:<{width}}  pid {service.pid:<8} {'running' if service.alive else 'ENDED'}"
        for name, service in found.services.items()
    ]
    lines.append("")
    lines += [f"  {name:<{width}}  {_shown(url)}" for name, url in found.addresses.items()]
    if "prefect_ui" in found.addresses:
        lines += ["", f"  The Prefect UI asks for: {found.prefect_auth_string}"]
    lines += ["", f"  {found.reads}"]
    return "\n".join(lines)


def _shown(url: str) -> str:
    """The address without its password, which only ``status --json`` prints."""
    scheme, separator, rest = url.partition("://")
    credentials, at, place = rest.rpartition("@")
    if not at:
        return url
    return f"{scheme}{separator}{credentials.partition(':')[0]}@{place}"
