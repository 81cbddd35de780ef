"""Sends the accounts of attempts to Prefect: at once while it answers, else when it is back."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import Any, cast
from uuid import UUID

from captionacc_contracts.work.states import JobState
from captionacc_observability.logging import get_logger
from captionacc_supabase.database import Database
from captionacc_supabase.rows import Job
from httpx import HTTPStatusError, codes
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.actions import ArtifactCreate, ArtifactUpdate
from prefect.client.schemas.objects import State, StateType
from prefect.exceptions import ObjectNotFound
from prefect.states import Running

from captionacc_flow_worker.orchestration.presence import Presence
from captionacc_flow_worker.orchestration.runs.prefect_runs import PrefectRuns
from captionacc_flow_worker.orchestration.runs.states import state_of
from captionacc_flow_worker.orchestration.shown.account import Account, Artifact
from captionacc_flow_worker.orchestration.shown.timeline import stage_events
from captionacc_flow_worker.orchestration.starts import Starts

log = get_logger(__name__)

EVENTS_ROUTE = "/events"
# Accounts that change within this time share their requests.
_PERIOD_S = 1.0
# Bounds memory during a long outage. Prefect still gets the runs and states of dropped accounts
# from the reconciler, but not their stages, lines and artifacts.
_MOST = 10_000
_LIMIT_S = 10.0
# Bounds the size of a request.
_AT_ONCE = 100
# After this many failures in a row, accounts are sent one by one, so that one account that Prefect
# cannot take does not hold up the others; after the second number, an account is dropped.
_ALONE_AFTER = 3
_DROPPED_AFTER = 30


class Reports:
    """Keeps each account until Prefect has all of it.

    The accounts are in memory. After a crash, the reconciler gives Prefect the runs and their
    states.
    """

    def __init__(
        self,
        client: PrefectClient,
        runs: PrefectRuns,
        database: Database,
        presence: Presence,
        starts: Starts,
    ) -> None:
        self._client = client
        self._runs = runs
        self._database = database
        self._presence = presence
        self._starts = starts
        self._accounts: list[Account] = []
        self._changed = asyncio.Event()
        presence.when_changed(self._changed.set)

    def follow(self, account: Account) -> None:
        """Send what the account holds and what is added to it."""
        if len(self._accounts) >= _MOST:
            dropped = next((each for each in self._accounts if each.closed), self._accounts[0])
            self._accounts.remove(dropped)
            log.warning("account_dropped", job_id=str(dropped.job_id))
        self._accounts.append(account)
        account.changed = self._changed.set
        self._changed.set()

    async def run(self) -> None:
        """Send until cancelled."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            if not await self.flush() and self._presence.here:
                self._changed.set()
            await asyncio.sleep(_PERIOD_S)

    async def flush(self) -> bool:
        """Send all news once; returns whether Prefect has all of them."""
        while due := self._due():
            if not self._presence.here:
                return False
            await self._starts.let_pass()
            ended = {account for account in due if account.closed}
            try:
                await self._send(due)
            except Exception as error:  # noqa: BLE001  try again after every error of the client
                log.warning("account_not_sent", error=f"{type(error).__name__}: {error}"[:500])
                self._presence.doubt()
                self._note_failure(due)
                return False
            for account in due:
                account.failures = 0
            self._accounts = [account for account in self._accounts if account not in ended]
            if any(account.has_news and account.run_id is None for account in due):
                # Their attempts have just begun and have no runs yet.
                return False
        return True

    def _due(self) -> list[Account]:
        due = [account for account in self._accounts if account.has_news]
        alone = bool(due) and due[0].failures > _ALONE_AFTER
        return due[: 1 if alone else _AT_ONCE]

    def _note_failure(self, due: Sequence[Account]) -> None:
        for account in due:
            account.failures += 1
            if account.failures > _DROPPED_AFTER:
                log.error("account_dropped", job_id=str(account.job_id))
                self._accounts.remove(account)

    async def _send(self, accounts: Sequence[Account]) -> None:
        # States first: people look at them, and after an outage there are many.
        for account in accounts:
            if account.alone_since is not None and not account.adopted:
                await self._adopt(account)
            if account.run_id is not None:
                await self._send_end(account)
        shown = [account for account in accounts if account.run_id is not None]
        await self._send_lines(shown)
        await self._send_stages(shown)
        for account in shown:
            await self._send_artifacts(account)
            await self._send_progress(account)

    async def _adopt(self, account: Account) -> None:
        """Show an attempt that began without Prefect, in the waiting run or in a new one."""
        job = await self._row(account)
        held = job is not None and job.lease is not None and job.lease.token == account.lease_token
        if job is None or (account.end is None and not held):
            # The video was deleted, or another attempt runs, which its worker shows.
            account.lines.clear()
            return
        async with _refusable("run", account):
            account.run_id = await self._run_of(job)
            await self._runs.control.force(
                account.run_id, Running(message="The worker began this while Prefect was away.")
            )
        account.adopted = True

    async def _run_of(self, job: Job) -> UUID:
        """The job's run; makes it again if somebody deleted it."""
        if job.flow_run_id is not None and await self._runs.control.read(job.flow_run_id):
            return job.flow_run_id
        made = await self._runs.maker.ensure(job)
        async with asyncio.timeout(_LIMIT_S), self._database.transaction() as session:
            await session.jobs.replace_flow_run(job, made.id)
        return made.id

    async def _send_lines(self, accounts: Sequence[Account]) -> None:
        lines = [(account, line) for account in accounts for line in account.lines]
        if not lines:
            return
        async with _refusable("lines"), asyncio.timeout(_LIMIT_S):
            await self._client.create_logs(
                {
                    "name": "captionacc",
                    "level": line.level,
                    "message": line.text,
                    "timestamp": line.at.isoformat(),
                    "flow_run_id": str(account.run_id),
                }
                for account, line in lines
            )
        for account, line in lines:
            account.lines.remove(line)

    async def _send_stages(self, accounts: Sequence[Account]) -> None:
        news = [
            (account.run_id, stage, stage_events(account.run_id, stage))
            for account in accounts
            if account.run_id is not None
            for stage in account.stages
            if stage.has_news
        ]
        if not news:
            return
        # An event of a run that somebody deleted makes the server try again for a minute, and the
        # events of other runs wait behind it.
        async with asyncio.timeout(_LIMIT_S):
            there = await self._runs.finder.existing_among(list({run_id for run_id, _, _ in news}))
        events = [one for run_id, _, some in news if run_id in there for one in some]
        if events:
            async with _refusable("stages"), asyncio.timeout(_LIMIT_S):
                # The client has no method for this route of the server.
                await self._client.request("POST", cast("Any", EVENTS_ROUTE), json=events)
        for _, stage, some in news:
            stage.told += len(some)

    async def _send_artifacts(self, account: Account) -> None:
        while account.artifacts:
            async with _refusable("artifact", account):
                await self._create(account, account.artifacts[0])
            account.artifacts.pop(0)

    async def _send_progress(self, account: Account) -> None:
        progress = account.progress
        if progress is None:
            return
        async with _refusable("progress", account):
            if account.bar is None:
                account.bar = await self._create(account, progress)
            else:
                update = ArtifactUpdate(data=progress.data, description=progress.description)
                async with asyncio.timeout(_LIMIT_S):
                    await self._client.update_artifact(account.bar, update)
        if account.progress is progress:
            account.progress = None

    async def _create(self, account: Account, artifact: Artifact) -> UUID:
        made = ArtifactCreate(
            type=artifact.type,
            key=artifact.key,
            data=artifact.data,
            description=artifact.description,
            flow_run_id=account.run_id,
        )
        async with asyncio.timeout(_LIMIT_S):
            return (await self._client.create_artifact(made)).id

    async def _send_end(self, account: Account) -> None:
        if account.end is None:
            return
        job = await self._row(account)
        state = None if job is None else _end_of(job, account.end)
        if job is not None and state is not None:
            async with _refusable("end", account):
                await self._runs.control.force(await self._run_of(job), state)
        account.end = None

    async def _row(self, account: Account) -> Job | None:
        async with asyncio.timeout(_LIMIT_S), self._database.autocommit() as session:
            return await session.jobs.get(account.job_id)


def _end_of(job: Job, state: State[Any]) -> State[Any] | None:
    """The state to report for an attempt that ended in ``state``; ``None`` if there is none.

    After a retry, the job may have begun or ended again since; a report that the job waits would
    hide that.
    """
    if state.type is not StateType.SCHEDULED or job.state is JobState.QUEUED:
        return state
    return state_of(job, "Ended since.")


@contextlib.asynccontextmanager
async def _refusable(what: str, account: Account | None = None) -> AsyncIterator[None]:
    """Log what Prefect refuses, since repeating the request would not help; raise other errors."""
    try:
        yield
    except HTTPStatusError as error:
        status = error.response.status_code
        if not codes.is_client_error(status) or status == codes.TOO_MANY_REQUESTS:
            raise
        job_id = None if account is None else str(account.job_id)
        log.warning("account_refused", what=what, job_id=job_id, status=status)
    except ObjectNotFound:
        log.warning("account_refused", what=what, status=codes.NOT_FOUND.value)
