"""PgBouncer in transaction mode in front of the test server, like the pooler of Supabase."""

import os
import shutil
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
from captionacc_stack.servers.postgres import PostgresServer
from captionacc_stack.servers.process import ProcessSpec
from captionacc_stack.servers.unprivileged import account, give, reachable_directory

# Few server sessions, so that the transactions of one client run on different ones.
_SERVER_SESSIONS = 3
_CONNECT_TIMEOUT_S = 3.0


def program() -> str | None:
    """The path of pgbouncer; None when it is not installed. Debian keeps it in /usr/sbin."""
    return shutil.which("pgbouncer", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin")


class PgBouncer:
    """One pooler for every database of ``server``; call ``prepare`` before ``spec``."""

    def __init__(self, folder: Path, port: int, server: PostgresServer) -> None:
        self._folder = folder
        self._port = port
        self._server = server
        self._account = account()

    def pooled(self, dsn: str) -> str:
        """The connection string that leads through the pooler to the database of ``dsn``."""
        parts = urlsplit(dsn)
        return parts._replace(netloc=parts.netloc.rpartition(":")[0] + f":{self._port}").geturl()

    def prepare(self) -> None:
        """Write the configuration. The test server must run."""
        folder = reachable_directory(self._folder, self._account)
        give(folder, self._account)
        users = folder / "users.txt"
        users.write_text(f'"postgres" "{self._server.password}"\n')
        configuration = folder / "pgbouncer.ini"
        configuration.write_text(
            f"""\
[databases]
* = host=127.0.0.1 port={self._server.port}

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {self._port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = {users}
auth_user = postgres
pool_mode = transaction
default_pool_size = {_SERVER_SESSIONS}
max_client_conn = 500
"""
        )
        for path in (users, configuration):
            give(path, self._account)

    def spec(self) -> ProcessSpec:
        """The process; it counts as ready when it answers a query.

        Raises:
            FileNotFoundError: pgbouncer is not installed.
        """
        if (found := program()) is None:
            raise FileNotFoundError("pgbouncer is not installed: apt install pgbouncer.")
        folder = self._folder.resolve()
        return ProcessSpec(
            name="pgbouncer",
            argv=(found, str(folder / "pgbouncer.ini")),
            env={"PATH": os.environ.get("PATH", os.defpath)},
            cwd=folder,
            log_file=folder / "pgbouncer.log",
            ports=(self._port,),
            ready=self._ready,
            uid=self._account.uid if self._account else None,
            gid=self._account.gid if self._account else None,
        )

    async def _ready(self) -> bool:
        try:
            connection = await asyncpg.connect(
                self.pooled(self._server.dsn("postgres")),
                timeout=_CONNECT_TIMEOUT_S,
                statement_cache_size=0,
            )
            await connection.close(timeout=_CONNECT_TIMEOUT_S)
        except (OSError, TimeoutError, asyncpg.PostgresError):
            return False
        return True
