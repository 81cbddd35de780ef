"""The whole stack as real processes, with a proxy on every way that a fault may cut."""

import contextlib
import dataclasses
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

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
from captionacc_stack.servers.process import ProcessSpec, start, start_all
from captionacc_stack.servers.swift import SwiftPorts, SwiftServer
from captionacc_stack.state import Secrets
from captionacc_supabase.connection.database import Database
from captionacc_wasabi.store import ObjectStore

from captionacc_testkit.chaos.call import STUBBORN_TRIES
from captionacc_testkit.chaos.ledger import Ledger
from captionacc_testkit.chaos.shifted import ShiftFile
from captionacc_testkit.chaos.supervisor import Supervisor, supervised
from captionacc_testkit.chaos.webhooks import WebhookPost, webhook_post
from captionacc_testkit.faults import FaultyProxy, faulty_proxy

WORKERS = ("flow-worker-0", "flow-worker-1")
CLOCKED = (*WORKERS, "webhook-gateway", "priority")
LEASE_S = 3.0
# Short times make short runs; what they stand in a ratio to is as in production.
WORKER_SETTINGS = {
    "WORKER_LEASE_S": str(LEASE_S),
    "WORKER_RECONCILE_S": "1",
    "WORKER_POLL_S": "0.5",
    "WORKER_RETRY_FIRST_DELAY_S": "0.15",
    "WORKER_MAX_ATTEMPTS": str(STUBBORN_TRIES),
    "WORKER_CONCURRENCY": "6",
    "PREFECT_LOGGING_LEVEL": "WARNING",
    "COMPUTE_COMMAND": f"{sys.executable} -m captionacc_testkit.chaos.call",
}


@dataclass(frozen=True, kw_only=True)
class ChaosStack:
    """``database``, ``prefect_database`` and ``store`` see the servers without any proxy."""

    home: Home
    secrets: Secrets
    gateway_url: str
    supervisor: Supervisor
    proxies: Mapping[str, FaultyProxy]
    clocks: Mapping[str, ShiftFile]
    webhooks: WebhookPost
    database: Database
    prefect_database: Database
    store: ObjectStore
    ledger: Ledger

    def log(self, name: str) -> str:
        path = self.home.log(name)
        return path.read_text(errors="replace") if path.exists() else ""


@asynccontextmanager
async def chaos_stack(folder: Path) -> AsyncIterator[ChaosStack]:
    """The running stack with everything it keeps below ``folder``."""
    home = Home(root=folder / "stack")
    home.prepare()
    secrets = Secrets.new()
    names = ("postgres", "prefect", "priority", "gateway", *WORKERS)
    ports = dict(zip(names, free_ports(len(names)), strict=True))
    postgres = PostgresServer(home.postgres, ports["postgres"], durable=False)
    swift = SwiftServer(home.swift, SwiftPorts.free())
    await postgres.prepare()
    await swift.prepare()
    prefect = PrefectServer(home.prefect, ports["prefect"], postgres.dsn("prefect"))
    ledger_file = home.root / "ledger"
    async with AsyncExitStack() as stack:
        proxies = {
            name: await stack.enter_async_context(faulty_proxy(addresses.HOST, port))
            for name, port in (
                ("worker-postgres", ports["postgres"]),
                ("worker-prefect", ports["prefect"]),
                ("gateway-prefect", ports["prefect"]),
                ("worker-store", _port_of(swift.endpoint_url)),
            )
        }
        webhooks = await stack.enter_async_context(webhook_post(ports["gateway"]))
        base = services.base_environment(home, os.environ)
        direct = services.shared_settings(
            backing=Backing(
                database_url=postgres.dsn(),
                store=store_environment(swift.settings()),
                prefect_api_url=_through(prefect.api_url, proxies["gateway-prefect"]),
            ),
            secrets=secrets,
            ports={**ports, "worker-health": ports[WORKERS[0]]},
            home=home,
        ) | {"WEBHOOK_URL": addresses.url(webhooks.port, "/webhooks/supabase/videos")}
        behind_proxies = {
            **base,
            **direct,
            **WORKER_SETTINGS,
            "SUPABASE_DB_URL": _through(postgres.dsn(), proxies["worker-postgres"]),
            "PREFECT_API_URL": _through(prefect.api_url, proxies["worker-prefect"]),
            "WASABI_ENDPOINT_URL": _through(swift.endpoint_url, proxies["worker-store"]),
            "COMPUTE_LEDGER": str(ledger_file),
        }
        stack.callback(kill_calls, home.compute)
        stores = await start_all(swift.specs())
        for process in stores:
            stack.push_async_callback(process.stop, 0)
        first_postgres = await start(postgres.spec())
        await ensure_bucket(direct)
        await apply_migrations(direct)
        specs = {
            "postgres": postgres.spec(),
            "prefect": prefect.spec(),
            "priority": services.priority(home, base | direct, ports),
            "webhook-gateway": services.gateway(home, base | direct, ports),
            "webhook-relay": services.webhook_relay(home, base | direct),
            **{name: _worker(home, behind_proxies, name, ports[name]) for name in WORKERS},
        }
        clocks = {name: ShiftFile(home.root / f"clock-{name}") for name in CLOCKED}
        for name, clock in clocks.items():
            clock.set(0.0)
            specs[name] = _by_its_own_clock(specs[name], clock)
        supervisor = await stack.enter_async_context(
            supervised(specs, {"postgres": postgres.prepare})
        )
        supervisor.adopt("postgres", first_postgres)
        await supervisor.heal(120)
        database = await Database.connect(postgres.dsn(), application_name="chaos")
        stack.push_async_callback(database.close)
        prefect_database = await Database.connect(
            postgres.dsn("prefect"), application_name="chaos", max_size=2
        )
        stack.push_async_callback(prefect_database.close)
        store = await stack.enter_async_context(ObjectStore.open(swift.settings()))
        yield ChaosStack(
            home=home,
            secrets=secrets,
            gateway_url=addresses.url(ports["gateway"]),
            supervisor=supervisor,
            proxies=proxies,
            clocks=clocks,
            webhooks=webhooks,
            database=database,
            prefect_database=prefect_database,
            store=store,
            ledger=Ledger(ledger_file),
        )


def _worker(home: Home, environment: Mapping[str, str], name: str, port: int) -> ProcessSpec:
    spec = services.worker(home, {**environment, "WORKER_NAME": name}, {"worker-health": port})
    return dataclasses.replace(spec, name=name, log_file=home.log(name))


def _by_its_own_clock(spec: ProcessSpec, clock: ShiftFile) -> ProcessSpec:
    launcher = (sys.executable, "-m", "captionacc_testkit.chaos.shifted", str(clock.path))
    return dataclasses.replace(spec, argv=(*launcher, *spec.argv))


def _through(url: str, proxy: FaultyProxy) -> str:
    return re.sub(r":\d+(?=/|$)", f":{proxy.port}", url, count=1)


def _port_of(url: str) -> int:
    return int(url.rstrip("/").rpartition(":")[2].partition("/")[0])


def running_calls(directory: Path) -> dict[str, int]:
    """Pid by digest of the compute calls that have neither ended nor died."""
    found = {}
    for path in directory.glob("*/call.json"):
        with contextlib.suppress(OSError):
            pid = re.search(rb'"pid":(\d+)', path.read_bytes())
            if pid is None or (path.parent / "result.json").exists():
                continue
            if b"captionacc_testkit" in Path(f"/proc/{int(pid[1])}/cmdline").read_bytes():
                found[path.parent.name] = int(pid[1])
    return found


def kill_calls(directory: Path) -> None:
    for pid in running_calls(directory).values():
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)
