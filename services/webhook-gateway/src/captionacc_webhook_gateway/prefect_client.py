"""Makes and cancels flow runs over Prefect's HTTP API.

Importing Prefect would cost two seconds and 54 MB.
"""

import asyncio
from uuid import UUID

import httpx
import msgspec
from captionacc_contracts.work.flows import DEPLOYMENT, FlowName, flow_of
from captionacc_launching.flow_runs import WAITS_TO_START, basic_authorization, run_fields
from captionacc_observability import metrics
from captionacc_observability.logging import get_logger
from captionacc_supabase.rows import Job

# With TURN_TIMEOUT_S, a run is made or given up within 2 s, while a user waits for the answer.
TIMEOUT_S = 1.6
# Making a run takes 25 to 40 ms of the server's single process. More parallel requests than this
# would only queue there, and go on after the caller has given up.
IN_FLIGHT = 4
# The requests in flight and these take the server about 0.5 s; later ones would wait in vain.
WAITING = 8
TURN_TIMEOUT_S = 0.3
# After a failed connection, skip further requests for this long.
AWAY_S = 1.0
FLOW_RUNS = metrics.Counter(
    "captionacc_gateway_flow_runs", "Flow runs requested from Prefect", ["outcome"]
)

_log = get_logger(__name__)


class _Identified(msgspec.Struct, frozen=True):
    id: UUID


_identified = msgspec.json.Decoder(_Identified)


class PrefectApi:
    """Prefect's API; ``name`` and ``ping`` make it a readiness check.

    Args:
        api_url: Address of the API, such as ``http://prefect:4200/api``.
        client: The client that sends the requests.
        auth_string: ``user:password``, or ``None`` when Prefect asks for no authentication.
    """

    name = "prefect"

    def __init__(self, api_url: str, client: httpx.AsyncClient, auth_string: str | None) -> None:
        self._api_url = api_url.rstrip("/")
        self._client = client
        self._headers = {"content-type": "application/json"}
        if auth_string is not None:
            self._headers["authorization"] = basic_authorization(auth_string)
        self._deployments: dict[FlowName, UUID] = {}
        self._turns = asyncio.Semaphore(IN_FLIGHT)
        self._waiting = 0
        self._away_until = 0.0

    async def make(self, job: Job) -> UUID | None:
        """Make the flow run of a job, or find the run that an earlier request has made.

        Returns:
            The id of the run, or ``None`` when Prefect is busy, too slow, away, or refuses.
        """
        if not await self._turn():
            # In a burst the client's answer comes first; the worker makes the run later.
            FLOW_RUNS.labels("deferred").inc()
            return None
        try:
            async with asyncio.timeout(TIMEOUT_S):
                found = await self._make(job)
        except (httpx.HTTPError, TimeoutError, msgspec.DecodeError) as error:
            if isinstance(error, (httpx.TransportError, TimeoutError)):
                self._away_until = asyncio.get_running_loop().time() + AWAY_S
            FLOW_RUNS.labels("failed").inc()
            _log.warning("flow_run_not_made", job_id=job.id, reason=_reason(error))
            return None
        finally:
            self._turns.release()
        FLOW_RUNS.labels("made").inc()
        return found

    async def _turn(self) -> bool:
        """Wait for a turn to send a request; return whether there is one."""
        if self._waiting >= WAITING or self._is_away():
            return False
        self._waiting += 1
        try:
            async with asyncio.timeout(TURN_TIMEOUT_S):
                await self._turns.acquire()
        except TimeoutError:
            return False
        finally:
            self._waiting -= 1
        if self._is_away():
            self._turns.release()
            return False
        return True

    def _is_away(self) -> bool:
        return asyncio.get_running_loop().time() < self._away_until

    async def _make(self, job: Job) -> UUID:
        flow = flow_of(job.kind)
        known = flow in self._deployments
        answer = await self._create(job, await self._deployment(flow))
        if answer.status_code == httpx.codes.NOT_FOUND and known:
            # The deployment was made anew and has another id.
            self._deployments.pop(flow, None)
            answer = await self._create(job, await self._deployment(flow))
        answer.raise_for_status()
        return _identified.decode(answer.content).id

    async def _create(self, job: Job, deployment_id: UUID) -> httpx.Response:
        body = {
            **run_fields(job),
            "state": WAITS_TO_START,
            "enforce_parameter_schema": False,
        }
        return await self._client.post(
            f"{self._api_url}/deployments/{deployment_id}/create_flow_run",
            content=msgspec.json.encode(body),
            headers=self._headers,
        )

    async def _deployment(self, flow: FlowName) -> UUID:
        if flow not in self._deployments:
            answer = await self._client.get(
                f"{self._api_url}/deployments/name/{flow.value}/{DEPLOYMENT}",
                headers=self._headers,
            )
            answer.raise_for_status()
            self._deployments[flow] = _identified.decode(answer.content).id
        return self._deployments[flow]

    async def cancel(self, flow_run_id: UUID) -> None:
        """Show a run that never started as cancelled; a failure is logged, since the job counts."""
        try:
            async with asyncio.timeout(TIMEOUT_S):
                answer = await self._client.post(
                    f"{self._api_url}/flow_runs/{flow_run_id}/set_state",
                    content=b'{"state":{"type":"CANCELLED"}}',
                    headers=self._headers,
                )
            answer.raise_for_status()
        except (httpx.HTTPError, TimeoutError) as error:
            _log.warning("flow_run_not_cancelled", flow_run_id=flow_run_id, reason=_reason(error))

    async def ping(self) -> None:
        """Raise an error when Prefect does not answer."""
        answer = await self._client.get(f"{self._api_url}/ready", headers=self._headers)
        answer.raise_for_status()


def _reason(error: Exception) -> str:
    if isinstance(error, httpx.HTTPStatusError):
        return f"HTTP {error.response.status_code}"
    return type(error).__name__
