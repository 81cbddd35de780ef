"""Start every process of the stack; a process starts when the processes that it needs serve."""

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from captionacc_stack import addresses, processes
from captionacc_stack import our_services as services
from captionacc_stack.backing import (
    SetUpError,
    apply_migrations,
    console_directory,
    ensure_bucket,
    ensure_prefect_database,
    external_store_environment,
    prefect_database_of,
    store_environment,
)
from captionacc_stack.home import Home
from captionacc_stack.lifecycle.steps import Step, perform
from captionacc_stack.our_services import Backing
from captionacc_stack.servers.postgres import PostgresError, PostgresServer
from captionacc_stack.servers.prefect import PrefectServer
from captionacc_stack.servers.probe import answers_ok, shows_line
from captionacc_stack.servers.process import ProcessSpec, ProcessStartError, poll, start
from captionacc_stack.servers.swift import SwiftError, SwiftPorts, SwiftServer
from captionacc_stack.state import Secrets, ServiceRecord

START_FAILURES = (ProcessStartError, PostgresError, SwiftError, SetUpError, OSError, TimeoutError)

# The gateway is ready once Postgres answers it.
_READY_LIMIT_S = 30
# The worker looks for Prefect often until Prefect first answers, and then registers its flows.
_KNOWS_PREFECT = "captionacc_worker_prefect_away 0.0"
_KNOWS_PREFECT_LIMIT_S = 15

Note = Callable[[str, ServiceRecord], None]
Say = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Started:
    """``environment`` holds the services' settings; ``seconds`` is the start time per step."""

    addresses: dict[str, str]
    environment: dict[str, str]
    seconds: dict[str, float]


@dataclass(frozen=True, kw_only=True)
class _Servers:
    """The database and the store that we run. None means that the user named another server."""

    postgres: PostgresServer | None
    swift: SwiftServer | None

    @classmethod
    def chosen(cls, home: Home, ports: Mapping[str, int], environ: Mapping[str, str]) -> "_Servers":
        ours = not environ.get("SUPABASE_DB_URL"), not environ.get("WASABI_ENDPOINT_URL")
        return cls(
            postgres=PostgresServer(home.postgres, ports["postgres"]) if ours[0] else None,
            swift=(
                SwiftServer(home.swift, _swift_ports(ports), logs=home.logs) if ours[1] else None
            ),
        )

    async def prepare(self) -> None:
        """Make the files of our servers."""
        steps = []
        if self.postgres is not None:
            steps.append(Step("database files", (), self.postgres.prepare))
        if self.swift is not None:
            steps.append(Step("store files", (), self.swift.prepare))
        await perform(steps)


@dataclass(frozen=True, kw_only=True)
class _Plan:
    """Everything that the start needs to know, decided before the first process starts.

    ``base`` is the environment of every process, ``settings`` are the services' own variables.
    """

    home: Home
    ports: Mapping[str, int]
    servers: _Servers
    prefect: PrefectServer
    backing: Backing
    base: Mapping[str, str]
    settings: dict[str, str]

    @property
    def environment(self) -> dict[str, str]:
        return {**self.base, **self.settings}

    def addresses(self) -> dict[str, str]:
        gateway = addresses.url(self.ports["gateway"])
        return {
            "gateway": gateway,
            "api_docs": gateway + "/schema",
            **({"console": gateway + "/console"} if "CONSOLE_DIRECTORY" in self.settings else {}),
            "prefect_ui": self.prefect.api_url.removesuffix("/api"),
            "prefect_api": self.prefect.api_url,
            "priority": addresses.url(self.ports["priority"]),
            "object_store": self.backing.store["WASABI_ENDPOINT_URL"],
            "database": self.backing.database_url,
        }


async def start_everything(
    home: Home,
    *,
    secrets: Secrets,
    ports: Mapping[str, int],
    environ: Mapping[str, str],
    note: Note,
    say: Say,
) -> Started:
    """Start the stack; ``note`` gets the record of every process once the process serves.

    ``SUPABASE_DB_URL`` and ``WASABI_ENDPOINT_URL`` in ``environ`` name servers to use instead of
    ours. When this raises, the caller must end the processes that were noted.

    Raises:
        ProcessStartError: a process ended or did not serve; the message shows its last log lines.
    """
    servers = _Servers.chosen(home, ports, environ)
    await servers.prepare()
    plan = _plan(home, servers, secrets=secrets, ports=ports, environ=environ)
    run = _Runner(home=home, base=plan.base, note=note, say=say)
    seconds = await perform(_Start(plan, run).steps())
    return Started(addresses=plan.addresses(), environment=plan.settings, seconds=seconds)


def _plan(
    home: Home,
    servers: _Servers,
    *,
    secrets: Secrets,
    ports: Mapping[str, int],
    environ: Mapping[str, str],
) -> _Plan:
    """The plan; the files of ``servers`` must exist, since their passwords are in them."""
    database_url = servers.postgres.dsn() if servers.postgres else environ["SUPABASE_DB_URL"]
    store = (
        store_environment(servers.swift.settings())
        if servers.swift
        else external_store_environment(environ)
    )
    prefect = PrefectServer(
        home.prefect,
        ports["prefect"],
        prefect_database_of(database_url),
        ui=True,
        auth_string=secrets.prefect_auth_string,
    )
    console = console_directory()
    built = {} if console is None else {"CONSOLE_DIRECTORY": str(console)}
    backing = Backing(database_url=database_url, store=store, prefect_api_url=prefect.api_url)
    settings = services.shared_settings(backing=backing, secrets=secrets, ports=ports, home=home)
    return _Plan(
        home=home,
        ports=ports,
        servers=servers,
        prefect=prefect,
        backing=backing,
        base=services.base_environment(home, environ),
        settings=settings | built | services.user_settings(environ),
    )


class _Start:
    """The steps of a start: one method per step that is more than one process."""

    def __init__(self, plan: _Plan, run: "_Runner") -> None:
        self._plan = plan
        self._run = run

    def steps(self) -> list[Step]:
        """Every step, with the names of the steps that must end before it begins."""
        plan, ports, environment = self._plan, self._plan.ports, self._plan.environment
        priority = services.priority(plan.home, environment, ports)
        gateway = services.gateway(plan.home, environment, ports)
        relay = services.webhook_relay(plan.home, environment)
        worker = services.worker(plan.home, environment, ports)
        return [
            Step("postgres", (), self._database),
            Step("object store", (), self._store),
            Step("priority", (), partial(self._run, priority)),
            Step("migrations", ("postgres",), partial(apply_migrations, plan.settings)),
            Step("prefect", ("postgres",), partial(self._run, plan.prefect.spec())),
            Step("webhook-gateway", ("migrations",), partial(self._run, gateway)),
            Step("webhook-relay", ("webhook-gateway",), partial(self._run, relay)),
            # Importing its libraries takes as long as Prefect does to start, so it does not wait.
            Step("flow-worker", ("migrations", "object store"), partial(self._run, worker)),
            Step(
                "readiness", ("webhook-gateway", "flow-worker", "priority", "prefect"), self._ready
            ),
        ]

    async def _database(self) -> None:
        postgres = self._plan.servers.postgres
        if postgres is not None:
            await self._run(postgres.spec())
        else:
            await ensure_prefect_database(self._plan.backing.database_url)

    async def _store(self) -> None:
        swift = self._plan.servers.swift
        if swift is not None:
            await self._run(swift.spec())
            for name, pid in swift.back_ends().items():
                self._run.note(name, pid)
        await ensure_bucket(self._plan.backing.store)

    async def _ready(self) -> None:
        port = self._plan.ports["gateway"]
        if not await poll(lambda: answers_ok(port, "/health/ready"), _READY_LIMIT_S):
            log = self._plan.home.log("webhook-gateway")
            message = f"webhook-gateway serves but is not ready; see its log {log}."
            raise SetUpError(message)
        # Otherwise the first jobs would run without Prefect, which is no reason to fail.
        port = self._plan.ports["worker-health"]
        await poll(lambda: shows_line(port, "/metrics", _KNOWS_PREFECT), _KNOWS_PREFECT_LIMIT_S)


def _swift_ports(ports: Mapping[str, int]) -> SwiftPorts:
    return SwiftPorts(
        proxy=ports["swift-proxy"],
        account=ports["swift-account"],
        container=ports["swift-container"],
        object=ports["swift-object"],
    )


class _Runner:
    """Starts a process of the stack: marks it, sends its log to the stack's folder, notes it."""

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
        self.note(spec.name, process.pid)
        self._say(spec.name)

    def note(self, name: str, pid: int) -> None:
        """Note a process of the stack that serves."""
        self._note(name, processes.record_of(pid))
