"""OpenStack Swift with its S3 layer: a real object store in four processes on loopback.

The four share the memory of their modules; ``swift_servers`` runs them. They run under the
caller's account, which may be root. The file system must support extended attributes.
"""

import asyncio
import errno
import os
import pwd
import secrets
import shutil
import subprocess
import sys
from contextlib import suppress
from dataclasses import astuple, dataclass
from pathlib import Path

from captionacc_wasabi.settings import StoreSettings

from captionacc_stack.servers import swift_conf
from captionacc_stack.servers.ports import free_ports
from captionacc_stack.servers.probe import answers_ok
from captionacc_stack.servers.process import ProcessSpec
from captionacc_stack.servers.swift_servers import BACK_ENDS, pid_file

ACCOUNT = "captionacc"
USER_NAME = "store"
# Set by hand: many times what making the rings takes on an idle machine.
RINGS_TIMEOUT_S = 120.0


class SwiftError(Exception):
    """Swift's files could not be made."""


@dataclass(frozen=True, kw_only=True)
class SwiftPorts:
    """Ports on 127.0.0.1; clients use only ``proxy``."""

    proxy: int
    account: int
    container: int
    object: int

    @staticmethod
    def free() -> "SwiftPorts":
        proxy, account, container, object_ = free_ports(4)
        return SwiftPorts(proxy=proxy, account=account, container=container, object=object_)


class SwiftServer:
    """One store in ``data_dir``; call ``prepare`` before ``spec``.

    ``ObjectStore.ensure_bucket`` makes the bucket once the store serves. The logs are in ``logs``,
    one per server, or in ``data_dir`` if it is None.
    """

    region = "us-east-1"
    bucket = "captionacc"
    access_key = f"{ACCOUNT}:{USER_NAME}"

    def __init__(self, data_dir: Path, ports: SwiftPorts, *, logs: Path | None = None) -> None:
        self.data_dir = data_dir.absolute()
        self.ports = ports
        self._logs = self.data_dir if logs is None else logs.absolute()

    @property
    def endpoint_url(self) -> str:
        return f"http://127.0.0.1:{self.ports.proxy}"

    @property
    def secret_key(self) -> str:
        """The key that ``prepare`` made when the store was new."""
        return (self.data_dir / "secret").read_text().strip()

    async def prepare(self) -> None:
        """Write configuration and rings. It is safe on a store with data and after a crash.

        Raises:
            SwiftError: the file system lacks extended attributes, or making the rings failed.
        """
        async with asyncio.timeout(RINGS_TIMEOUT_S + 10):
            await asyncio.to_thread(self._prepare_files)

    def spec(self) -> ProcessSpec:
        """The proxy, which starts the other three servers; all four end together."""
        return ProcessSpec(
            name="swift-proxy",
            argv=(
                sys.executable,
                "-m",
                "captionacc_stack.servers.swift_servers",
                str(self.data_dir),
                str(self._logs),
            ),
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", "TZ": "UTC"},
            cwd=self.data_dir,
            log_file=self._logs / "swift-proxy.log",
            ports=astuple(self.ports),
            ready=self._ready,
        )

    def back_ends(self) -> dict[str, int]:
        """The pids of the servers behind the proxy, by their names; the store must serve."""
        return {
            f"swift-{kind}": int(pid_file(self.data_dir, kind).read_text()) for kind in BACK_ENDS
        }

    def settings(self, bucket: str | None = None) -> StoreSettings:
        """How clients reach the store; ``bucket`` is for tests that have their own."""
        return StoreSettings(
            wasabi_endpoint_url=self.endpoint_url,
            wasabi_access_key=self.access_key,
            wasabi_secret_key=self.secret_key,
            wasabi_bucket=bucket or self.bucket,
            wasabi_region=self.region,
        )

    def remove(self) -> None:
        """Delete everything; the processes must have stopped."""
        shutil.rmtree(self.data_dir, ignore_errors=True)

    async def _ready(self) -> bool:
        for port in astuple(self.ports):
            if not await answers_ok(port, "/healthcheck"):
                return False
        return True

    @property
    def _conf(self) -> Path:
        return self.data_dir / "conf"

    def _prepare_files(self) -> None:
        device = self.data_dir / "devices" / "device"
        device.mkdir(parents=True, exist_ok=True)
        self.data_dir.chmod(0o700)
        self._conf.mkdir(exist_ok=True)
        _require_extended_attributes(self.data_dir)
        secret_file = self.data_dir / "secret"
        if not secret_file.exists() or not secret_file.read_text():
            swift_conf.write(secret_file, secrets.token_urlsafe(24))
        swift_conf.write(self._conf / "swift.conf", swift_conf.SWIFT_CONF)
        common = {"swift_dir": self._conf, "user": _account_name()}
        for kind in ("proxy", *BACK_ENDS):
            port = getattr(self.ports, kind)
            if kind == "proxy":
                text = swift_conf.PROXY.format(
                    **common,
                    port=port,
                    region=self.region,
                    account=ACCOUNT,
                    user_name=USER_NAME,
                    secret=self.secret_key,
                )
            else:
                text = swift_conf.BACKEND.format(
                    **common, port=port, devices=self.data_dir / "devices", kind=kind
                )
            swift_conf.write(self._conf / f"{kind}-server.conf", text)
        self._write_rings()

    def _write_rings(self) -> None:
        """Make the rings, which hold the ports of the back ends, unless these ports are in them."""
        made_for = self._conf / "rings-made-for"
        wanted = " ".join(str(port) for port in astuple(self.ports)[1:])
        if made_for.exists() and made_for.read_text() == wanted:
            return
        made_for.unlink(missing_ok=True)
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "captionacc_stack.servers.swift_rings",
                str(self._conf),
                *wanted.split(),
            ],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=RINGS_TIMEOUT_S,
            check=False,
        )
        if done.returncode != 0:
            raise SwiftError(f"Making Swift's rings failed: {done.stderr.strip()[-2000:]}")
        made_for.write_text(wanted)


def _account_name() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError as error:
        raise SwiftError(
            f"User id {os.geteuid()} has no name on this machine; Swift and PostgreSQL need one."
            " Add it to /etc/passwd or use another account."
        ) from error


def _require_extended_attributes(folder: Path) -> None:
    probe = folder / "xattr-probe"
    probe.touch()
    try:
        os.setxattr(probe, "user.captionacc", b"1")
    except OSError as error:
        if error.errno not in {errno.ENOTSUP, errno.EPERM, errno.ENOSPC}:
            raise
        raise SwiftError(
            f"The file system of {folder} does not support extended attributes"
            f" ({error.strerror}), but the object store needs them; set CAPTIONACC_HOME to a folder"
            " on another file system."
        ) from error
    finally:
        with suppress(OSError):
            probe.unlink()
