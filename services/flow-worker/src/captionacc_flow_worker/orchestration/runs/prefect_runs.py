"""What the worker does with flow runs, by kind of request."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from captionacc_contracts.work.flows import FlowName
from prefect.client.orchestration import PrefectClient
from prefect.flows import Flow

from captionacc_flow_worker.orchestration.presence import Presence
from captionacc_flow_worker.orchestration.runs.control import RunControl
from captionacc_flow_worker.orchestration.runs.finding import RunFinder
from captionacc_flow_worker.orchestration.runs.making import RunMaker
from captionacc_flow_worker.orchestration.runs.registration import Deployments


@dataclass(frozen=True, kw_only=True)
class PrefectRuns:
    """Every request has a time-out. ``TimeoutError`` and the client's errors reach the caller.

    While Prefect is away, each request raises ``PrefectAway`` at once.
    """

    deployments: Deployments
    maker: RunMaker
    finder: RunFinder
    control: RunControl


def runs_on(
    client: PrefectClient, flows: Mapping[FlowName, Flow[..., Any]], presence: Presence
) -> PrefectRuns:
    """The runs of ``flows`` on the server that ``client`` talks to."""
    deployments = Deployments(client, flows)
    return PrefectRuns(
        deployments=deployments,
        maker=RunMaker(client, deployments, presence),
        finder=RunFinder(client, presence),
        control=RunControl(client, presence),
    )
