"""The locked version of the Prefect server, on its own database in our Postgres."""

import os
import sys
from pathlib import Path

from captionacc_launching.flow_runs import basic_authorization

from captionacc_stack.servers.probe import answers_ok
from captionacc_stack.servers.process import ProcessSpec

# The first start creates the tables, which takes long on a busy machine.
START_TIMEOUT_S = 180.0
# Set by hand: a month of history, as in the compose stack.
RUNS_KEPT_S = 30 * 24 * 3600

# With a long queue, marking late runs alone used more than half a core. We use none of these.
UNUSED_SERVICES = (
    "CLEANUP_RECONCILER",
    "LATE_RUNS",
    "PAUSE_EXPIRATIONS",
    "SCHEDULER",
    "TRIGGERS",
)
# Only people look at what it does: it marks workers and queues that were not heard of for a minute.
FOREMAN_LOOP_S = 60

# A connection beyond the pool is opened and closed for one request, which costs more than the
# request itself: with the default pool of five, a busy worker made Postgres spend a quarter of a
# core on it.
CONNECTIONS = {
    "PREFECT_SERVER_DATABASE_SQLALCHEMY_POOL_SIZE": "20",
    "PREFECT_SERVER_DATABASE_SQLALCHEMY_MAX_OVERFLOW": "5",
}


# Prefect's second set of pages asks a server of its analytics provider for settings, even with
# analytics off. The first set asks nobody, so it is the one that opens.
QUIET_PAGES = {
    "PREFECT_SERVER_UI_V2_ENABLED": "false",
    "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
}


class PrefectServer:
    """A server on 127.0.0.1:``port``; ``database_url`` is a plain ``postgresql://`` address."""

    def __init__(
        self,
        data_dir: Path,
        port: int,
        database_url: str,
        *,
        ui: bool = False,
        auth_string: str | None = None,
    ) -> None:
        self.data_dir = data_dir.absolute()
        self.port = port
        self._database_url = database_url
        self._ui = ui
        self._auth_string = auth_string

    @property
    def api_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/api"

    def spec(self) -> ProcessSpec:
        """The server process; its first start on an empty database creates the tables."""
        self.data_dir.mkdir(parents=True, exist_ok=True)
        return ProcessSpec(
            name="prefect",
            argv=(
                # What `prefect server start` runs in the end. Importing that command takes a
                # seventh of the start's processor time.
                sys.executable,
                "-m",
                "uvicorn",
                "--factory",
                "prefect.server.api.server:create_app",
                "--host",
                "127.0.0.1",
                "--port",
                str(self.port),
                "--log-level",
                "warning",
            ),
            env=self._environment(),
            cwd=self.data_dir,
            log_file=self.data_dir / "prefect.log",
            ports=(self.port,),
            ready=self._ready,
            start_timeout_s=START_TIMEOUT_S,
        )

    async def _ready(self) -> bool:
        authorization = None
        if self._auth_string is not None:
            authorization = basic_authorization(self._auth_string)
        return await answers_ok(self.port, "/api/ready", authorization=authorization)

    def _environment(self) -> dict[str, str]:
        scheme, separator, rest = self._database_url.partition("://")
        if not separator or not scheme.startswith("postgres"):
            raise ValueError(
                "The database_url of the Prefect server must start with postgresql://."
            )
        services = {f"PREFECT_SERVER_SERVICES_{name}_ENABLED": "false" for name in UNUSED_SERVICES}
        auth = {"PREFECT_SERVER_API_AUTH_STRING": self._auth_string} if self._auth_string else {}
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(self.data_dir),
            "LC_ALL": "C.UTF-8",
            "PREFECT_HOME": str(self.data_dir),
            "PREFECT_API_URL": self.api_url,
            "PREFECT_UI_API_URL": "/api",
            "PREFECT_SERVER_UI_ENABLED": "true" if self._ui else "false",
            **QUIET_PAGES,
            "PREFECT_SERVER_DATABASE_CONNECTION_URL": f"postgresql+asyncpg://{rest}",
            **CONNECTIONS,
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "PREFECT_LOGGING_LEVEL": "WARNING",
            "PREFECT_LOGGING_SERVER_LEVEL": "WARNING",
            "PREFECT_CLIENT_CSRF_SUPPORT_ENABLED": "false",
            "PREFECT_SERVER_SERVICES_FOREMAN_LOOP_SECONDS": str(FOREMAN_LOOP_S),
            "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
            "PREFECT_SERVER_SERVICES_DB_VACUUM_RETENTION_PERIOD": str(RUNS_KEPT_S),
            "DO_NOT_TRACK": "1",
            **services,
            **auth,
        }
