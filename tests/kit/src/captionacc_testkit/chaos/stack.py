"""The whole stack as real processes, with a proxy on every link that a fault may cut."""

import contextlib
import dataclasses
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from captionacc_flow_worker.compute.call_directory import CallDirectory
from captionacc_observability.process_identity import ProcessIdentity, signal_group
from captionacc_stack import addresses
from captionacc_stack import our_services as services
from captionacc_stack.backing import (
    apply_migrations,
    ensure_bucket,
    store_environment,
)
from captionacc_stack.home import Home
from captionacc_stack.our_services import Backing
from captionacc_stack.servers.ports import free_ports
from captionacc_stack.servers.postgres import PostgresServer
from captionacc_stack.servers.prefect import PrefectServer
from captionacc_stack.servers.probe import shows_line
from captionacc_stack.servers.process import ProcessSpec, start
from captionacc_stack.servers.swift import SwiftPorts, SwiftServer
from captionacc_stack.state import Secrets
from captionacc_supabase.database import Database
from captionacc_wasabi.opening import open_store
from captionacc_wasabi.store import ObjectStore

from captionacc_testkit.chaos.call import STUBBORN_TRIES
from captionacc_testkit.chaos.ledger import Ledger
from captionacc_testkit.chaos.shifted import ShiftFile
from captionacc_testkit.chaos.supervisor import Supervisor, supervised
from captionacc_testkit.chaos.webhooks import WebhookPost, webhook_post
from captionacc_testkit.faults import FaultyProxy, faulty_proxy

WORKERS = ("flow-worker-0", "flow-worker-1")
_NAMES = ("postgres", "prefect", "priority", "gateway", *WORKERS)
_HURRIED = Path(__file__).with_name("hurried.py")
CLOCKED = (*WORKERS, "webhook-gateway", "priority")
PREFECT_IS_HERE = "captionacc_worker_prefect_away 0.0"
# Prefect's server takes longest to start: 5 s on an idle machine, a minute on a busy one.
SERVES_WITHIN_S = 240.0
# Short times make short runs; the ratios between them are those of production.
LEASE_S = 3.0
WORKER_SETTINGS = {
    "WORKER_LEASE_S": str(LEASE_S),
    "WORKER_RECONCILE_S": "1",
    "WORKER_POLL_S": "0.5",
    "WORKER_RETRY_FIRST_DELAY_S": "0.15",
    "WORKER_MAX_ATTEMPTS": str(STUBBORN_TRIES),
    "WORKER_CONCURRENCY": "6",
    "PREFECT_LOGGING_LEVEL": "WARNING",
    "WORKER_PROBE_LONGEST_S": "1.5",
}


@dataclass(frozen=True, kw_only=True)
class ChaosStack:
    """The running stack, and what a run needs to disturb and to inspect it."""

    home: Home
    secrets: Secrets
    gateway_url: str
    supervisor: Supervisor
    proxies: Mapping[str, FaultyProxy]
    """By link, for example ``worker-postgres``."""
    clocks: Mapping[str, ShiftFile]
    """By process."""
    webhooks: WebhookPost
    database: Database
    """Reaches Postgres without a proxy; so do ``prefect_database`` and ``store``."""
    prefect_database: Database
    store: ObjectStore
    ledger: Ledger
    program: Path
    """Starts a compute call; a fault may take away its permission."""

    def log(self, name: str) -> str:
        path = self.home.log(name)
        return path.read_text(errors="replace") if path.exists() else ""


@asynccontextmanager
async def chaos_stack(
    folder: Path,
    worker_settings: Mapping[str, str] | None = None,
    *,
    call_deadline_s: float | None = None,
) -> AsyncIterator[ChaosStack]:
    """The running stack, with all its files below ``folder``.

    Args:
        folder: A new folder.
        worker_settings: They replace those of this module.
        call_deadline_s: When the workers stop a compute call; by default, as in production.
    """
    home = Home(root=folder / "stack")
    home.prepare()
    ports = dict(zip(_NAMES, free_ports(len(_NAMES)), strict=True))
    servers = await _Servers.prepared(home, ports)
    async with AsyncExitStack() as stack:
        proxies = {
            name: await stack.enter_async_context(faulty_proxy(addresses.HOST, port))
            for name, port in servers.proxied().items()
        }
        webhooks = await stack.enter_async_context(webhook_post(ports["gateway"]))
        plan = _Plan(
            home=home,
            ports=ports,
            servers=servers,
            proxies=proxies,
            webhook_port=webhooks.port,
            secrets=Secrets.new(),
            worker_settings={**WORKER_SETTINGS, **(worker_settings or {})},
            call_deadline_s=call_deadline_s,
        )
        plan.program.write_text(
            f'#!/bin/sh\nexec {sys.executable} -m captionacc_testkit.chaos.call "$@"\n'
        )
        plan.program.chmod(0o755)
        stack.callback(kill_calls, home.compute)
        stack.push_async_callback((await start(servers.swift.spec())).stop, 0)
        first_postgres = await start(servers.postgres.spec())
        await ensure_bucket(plan.direct)
        await apply_migrations(plan.direct)
        clocks = {name: ShiftFile(home.root / f"clock-{name}") for name in CLOCKED}
        supervisor = await stack.enter_async_context(
            supervised(plan.specs(clocks), {"postgres": servers.postgres.prepare})
        )
        supervisor.adopt("postgres", first_postgres)
        await supervisor.heal(SERVES_WITHIN_S)
        database = await _connected(stack, servers.postgres.dsn())
        prefect_database = await _connected(stack, servers.postgres.dsn("prefect"))
        store = await stack.enter_async_context(open_store(servers.swift.settings()))
        yield ChaosStack(
            home=home,
            secrets=plan.secrets,
            gateway_url=addresses.url(ports["gateway"]),
            supervisor=supervisor,
            proxies=proxies,
            clocks=clocks,
            webhooks=webhooks,
            database=database,
            prefect_database=prefect_database,
            store=store,
            ledger=Ledger(plan.ledger_file),
            program=plan.program,
        )


async def _connected(stack: AsyncExitStack, dsn: str) -> Database:
    database = await Database.connect(dsn, application_name="chaos")
    stack.push_async_callback(database.close)
    return database


@dataclass(frozen=True, kw_only=True)
class _Servers:
    """The servers that we do not write: described, prepared, not started."""

    postgres: PostgresServer
    swift: SwiftServer
    prefect: PrefectServer

    @classmethod
    async def prepared(cls, home: Home, ports: Mapping[str, int]) -> "_Servers":
        postgres = PostgresServer(home.postgres, ports["postgres"], durable=False)
        swift = SwiftServer(home.swift, SwiftPorts.free())
        await postgres.prepare()
        await swift.prepare()
        prefect = PrefectServer(home.prefect, ports["prefect"], postgres.dsn("prefect"))
        return cls(postgres=postgres, swift=swift, prefect=prefect)

    def proxied(self) -> dict[str, int]:
        """The port behind the proxy on each link that a fault may cut."""
        return {
            "worker-postgres": self.postgres.port,
            "worker-prefect": self.prefect.port,
            "gateway-prefect": self.prefect.port,
            "worker-store": self.swift.ports.proxy,
        }


@dataclass(frozen=True, kw_only=True)
class _Plan:
    """The settings of every process, and the processes that follow from them."""

    home: Home
    ports: Mapping[str, int]
    servers: _Servers
    proxies: Mapping[str, FaultyProxy]
    webhook_port: int
    secrets: Secrets
    worker_settings: Mapping[str, str]
    call_deadline_s: float | None

    @property
    def program(self) -> Path:
        return self.home.root / "call"

    @property
    def ledger_file(self) -> Path:
        return self.home.root / "ledger"

    @cached_property
    def direct(self) -> dict[str, str]:
        """Settings of the gateway and the priority service; only Prefect is behind a proxy."""
        servers = self.servers
        settings = services.shared_settings(
            backing=Backing(
                database_url=servers.postgres.dsn(),
                store=store_environment(servers.swift.settings()),
                prefect_api_url=_through(servers.prefect.api_url, self.proxies["gateway-prefect"]),
            ),
            secrets=self.secrets,
            ports={**self.ports, "worker-health": self.ports[WORKERS[0]]},
            home=self.home,
        )
        webhook_url = addresses.url(self.webhook_port, "/webhooks/supabase/videos")
        return settings | {"WEBHOOK_URL": webhook_url}

    def _behind_proxies(self) -> dict[str, str]:
        """Settings of a worker, which reaches every server through a proxy."""
        servers, proxies = self.servers, self.proxies
        return {
            **self.direct,
            **self.worker_settings,
            "COMPUTE_COMMAND": str(self.program),
            "SUPABASE_DB_URL": _through(servers.postgres.dsn(), proxies["worker-postgres"]),
            "PREFECT_API_URL": _through(servers.prefect.api_url, proxies["worker-prefect"]),
            "WASABI_ENDPOINT_URL": _through(servers.swift.endpoint_url, proxies["worker-store"]),
            "COMPUTE_LEDGER": str(self.ledger_file),
        }

    def specs(self, clocks: Mapping[str, ShiftFile]) -> dict[str, ProcessSpec]:
        """Every supervised process; those in ``clocks`` see the time that their file sets."""
        base = services.base_environment(self.home, os.environ)
        direct, workers = base | self.direct, base | self._behind_proxies()
        specs = {
            "postgres": self.servers.postgres.spec(),
            "prefect": self.servers.prefect.spec(),
            "priority": services.priority(self.home, direct, self.ports),
            "webhook-gateway": services.gateway(self.home, direct, self.ports),
            "webhook-relay": services.webhook_relay(self.home, direct),
            **{name: self._worker(workers, name) for name in WORKERS},
        }
        for name, clock in clocks.items():
            clock.set(0.0)
            specs[name] = _by_its_own_clock(specs[name], clock)
        return specs

    def _worker(self, environment: Mapping[str, str], name: str) -> ProcessSpec:
        spec = _worker(self.home, environment, name, self.ports[name])
        if self.call_deadline_s is None:
            return spec
        return dataclasses.replace(spec, argv=(str(_HURRIED), str(self.call_deadline_s)))


def _worker(home: Home, environment: Mapping[str, str], name: str, port: int) -> ProcessSpec:
    spec = services.worker(home, {**environment, "WORKER_NAME": name}, {"worker-health": port})

    async def ready() -> bool:
        """A worker is ready without Prefect, too, and repairs runs only when Prefect is back."""
        return await spec.ready() and await shows_line(port, "/metrics", PREFECT_IS_HERE)

    return dataclasses.replace(spec, name=name, log_file=home.log(name), ready=ready)


def _by_its_own_clock(spec: ProcessSpec, clock: ShiftFile) -> ProcessSpec:
    launcher = (sys.executable, "-m", "captionacc_testkit.chaos.shifted", str(clock.path))
    return dataclasses.replace(spec, argv=(*launcher, *spec.argv))


def _through(url: str, proxy: FaultyProxy) -> str:
    return re.sub(r":\d+(?=/|$)", f":{proxy.port}", url, count=1)


def running_calls(directory: Path) -> dict[str, CallDirectory]:
    """The directories of the running compute calls, by digest."""
    calls = {path.parent.name: CallDirectory(path.parent) for path in directory.glob("*/call.json")}
    return {digest: call for digest, call in calls.items() if call.is_running()}


def signal_call(call: CallDirectory, number: signal.Signals) -> ProcessIdentity | None:
    """Signal the process that performs the call; returns it, or None if the call has ended.

    The process may perform another call in the next moment, so this holds the lock under which it
    gives up a call.
    """
    with call.locked():
        started = call.call()
        if started is None or not call.is_running():
            return None
        signal_group(started.process, number)
        return started.process


def kill_calls(directory: Path) -> None:
    for call in running_calls(directory).values():
        signal_call(call, signal.SIGKILL)


def idle_processes(directory: Path) -> list[int]:
    """The pids of processes that wait for their next compute call."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        # A process may end at any moment.
        with contextlib.suppress(OSError):
            is_ours = b"captionacc_testkit.chaos.call" in (path / "cmdline").read_bytes()
            if is_ours and (path / "cwd").readlink() == directory:
                found.append(int(path.name))
    return sorted(found)
