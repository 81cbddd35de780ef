"""Start every process of the stack, each as soon as what it needs is there."""

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from captionacc_stack import addresses
from captionacc_stack import our_services as services
from captionacc_stack.backing import (
    SetUpError,
    apply_migrations,
    ensure_bucket,
    ensure_prefect_database,
    prefect_database_of,
    store_environment,
)
from captionacc_stack.home import Home
from captionacc_stack.lifecycle import processes
from captionacc_stack.lifecycle.state import Secrets, ServiceRecord
from captionacc_stack.lifecycle.steps import Step, perform
from captionacc_stack.our_services import Backing
from captionacc_stack.servers.postgres import PostgresError, PostgresServer
from captionacc_stack.servers.prefect import PrefectServer
from captionacc_stack.servers.probe import answers_ok
from captionacc_stack.servers.process import (
    ProcessSpec,
    ProcessStartError,
    poll,
    start,
)
from captionacc_stack.servers.swift import SwiftError, SwiftPorts, SwiftServer

START_FAILURES = (ProcessStartError, PostgresError, SwiftError, SetUpError, OSError, TimeoutError)

Note = Callable[[str, ServiceRecord], None]
Say = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Started:
    """``environment`` holds the services' settings; ``seconds`` how long each took to serve."""

    addresses: dict[str, str]
    environment: dict[str, str]
    seconds: dict[str, float]


async def start_everything(
    home: Home,
    *,
    secrets: Secrets,
    ports: Mapping[str, int],
    environ: Mapping[str, str],
    note: Note,
    say: Say,
) -> Started:
    """Start the stack; ``note`` is told of every process once it serves.

    ``SUPABASE_DB_URL`` and ``WASABI_ENDPOINT_URL`` in ``environ`` name servers to use instead of
    ours. Whoever calls ends the processes that were noted when this raises.

    Raises:
        ProcessStartError: a process ended or did not serve; the message shows its last log lines.
    """
    base = services.base_environment(home, environ)
    run = _Runner(home=home, base=base, note=note, say=say)
    our_database = not environ.get("SUPABASE_DB_URL")
    our_store = not environ.get("WASABI_ENDPOINT_URL")
    postgres = PostgresServer(home.postgres, ports["postgres"])
    swift = SwiftServer(home.swift, _swift_ports(ports))
    await perform(
        ([Step("database files", (), postgres.prepare)] if our_database else [])
        + ([Step("store files", (), swift.prepare)] if our_store else [])
    )
    database_url = postgres.dsn() if our_database else environ["SUPABASE_DB_URL"]
    store = store_environment(swift) if our_store else store_environment(environ)
    prefect_database = prefect_database_of(database_url)
    prefect = PrefectServer(home.prefect, ports["prefect"], prefect_database, ui=True)
    settings = services.shared_settings(
        backing=Backing(database_url=database_url, store=store, prefect_api_url=prefect.api_url),
        secrets=secrets,
        ports=ports,
        home=home,
    ) | services.chosen_outside(environ)
    environment = base | settings

    async def start_postgres() -> None:
        if our_database:
            await run(postgres.spec())
        else:
            await ensure_prefect_database(database_url)

    async def start_store() -> None:
        if our_store:
            await perform([Step(spec.name, (), partial(run, spec)) for spec in swift.specs()])
        await ensure_bucket(store)

    async def start_gateway() -> None:
        await run(services.gateway(home, environment, ports))

    async def finish() -> None:
        ready = await poll(lambda: answers_ok(ports["gateway"], "/health/ready"), 30)
        if not ready:
            message = f"webhook-gateway is not ready; its log is {home.log('webhook-gateway')}."
            raise SetUpError(message)

    seconds = await perform(
        [
            Step("postgres", (), start_postgres),
            Step("object store", (), start_store),
            Step("priority", (), lambda: run(services.priority(home, environment, ports))),
            Step("migrations", ("postgres",), lambda: apply_migrations(settings)),
            Step("prefect", ("postgres",), lambda: run(prefect.spec())),
            Step("webhook-gateway", ("migrations",), start_gateway),
            Step(
                "webhook-relay",
                ("webhook-gateway",),
                lambda: run(services.webhook_relay(home, environment)),
            ),
            Step(
                "flow-worker",
                ("migrations", "prefect", "object store"),
                lambda: run(services.worker(home, environment, ports)),
            ),
            Step("readiness", ("webhook-gateway", "flow-worker", "priority"), finish),
        ]
    )
    gateway = addresses.url(ports["gateway"])
    return Started(
        addresses={
            "gateway": gateway,
            "api_docs": gateway + "/schema",
            "prefect_ui": prefect.api_url.removesuffix("/api"),
            "prefect_api": prefect.api_url,
            "priority": addresses.url(ports["priority"]),
            "object_store": store["WASABI_ENDPOINT_URL"],
            "database": database_url,
        },
        environment=settings,
        seconds=seconds,
    )


def _swift_ports(ports: Mapping[str, int]) -> SwiftPorts:
    return SwiftPorts(
        proxy=ports["swift-proxy"],
        account=ports["swift-account"],
        container=ports["swift-container"],
        object=ports["swift-object"],
    )


class _Runner:
    """Starts a process for the stack: marked, logging to the stack's folder, and noted."""

    def __init__(self, *, home: Home, base: Mapping[str, str], note: Note, say: Say) -> None:
        self._home = home
        self._base = base
        self._note = note
        self._say = say

    async def __call__(self, spec: ProcessSpec) -> None:
        ours = dataclasses.replace(
            spec,
            env={**spec.env, processes.STACK_MARK: self._base[processes.STACK_MARK]},
            log_file=self._home.log(spec.name),
        )
        process = await start(ours, detached=True)
        self._note(spec.name, processes.record_of(process.pid))
        self._say(spec.name)
