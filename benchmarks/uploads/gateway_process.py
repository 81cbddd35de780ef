"""A gateway as a process of its own, which can be started again, and its memory."""

import asyncio
import os
import signal
import sys
import time
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import jwt
from captionacc_stack.backing import store_environment
from captionacc_stack.servers.ports import free_port
from captionacc_testkit.http import answers
from captionacc_wasabi.settings import StoreSettings

_SECRET = "a-jwt-secret-of-the-benchmark-of-uploads"
_ISSUER = "https://benchmark.test/auth/v1"
# The routes of uploads ask neither Prefect nor the priority service.
_NOWHERE = "http://127.0.0.1:9"
_MIB = 1024


class GatewayProcess:
    """Starts on the same port each time, so that clients find it again."""

    def __init__(self, dsn: str, store: StoreSettings, log: Path) -> None:
        self._port = free_port()
        self._log = log
        self._environment = {
            "PATH": os.environ["PATH"],
            "PORT": str(self._port),
            "SUPABASE_DB_URL": dsn,
            "SUPABASE_JWT_ISSUER": _ISSUER,
            "SUPABASE_JWT_SECRET": _SECRET,
            "WEBHOOK_SECRET": "a-webhook-secret-of-the-benchmark",
            "PREFECT_API_URL": f"{_NOWHERE}/api",
            "PRIORITY_URL": _NOWHERE,
            **store_environment(store),
        }
        self._process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    async def start(self) -> None:
        """Start the process, and wait until it answers."""
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "captionacc_webhook_gateway",
                env=self._environment,
                stdout=log,
                stderr=log,
            )
        async with httpx.AsyncClient(base_url=self.url) as client:
            await answers(client, "/health/live", within_s=60, what="the gateway")

    async def stop(self) -> None:
        """Stop the process as a deployment does."""
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(signal.SIGTERM)
            async with asyncio.timeout(30):
                await self._process.wait()

    def memory_mib(self, field: str) -> float:
        """A figure of ``/proc``: ``VmRSS`` now, or ``VmHWM``, the peak."""
        assert self._process is not None
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        [line] = [line for line in status.splitlines() if line.startswith(f"{field}:")]
        return int(line.split()[1]) / _MIB


def token(tenant: UUID) -> str:
    """A user token that the gateway accepts for an hour."""
    claims = {
        "sub": str(uuid4()),
        "aud": "authenticated",
        "iss": _ISSUER,
        "role": "authenticated",
        "exp": int(time.time()) + 3600,
        "app_metadata": {"tenant_id": str(tenant)},
    }
    return jwt.encode(claims, _SECRET, algorithm="HS256")
