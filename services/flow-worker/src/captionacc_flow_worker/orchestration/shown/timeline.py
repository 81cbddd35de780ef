"""The stages of an attempt as task runs, which Prefect draws on the timeline of the run.

Prefect takes task runs as events, with the times that the events name.
"""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from prefect.client.schemas.objects import StateType

from captionacc_flow_worker.orchestration.shown.account import Stage


def stage_events(run_id: UUID, stage: Stage) -> list[dict[str, Any]]:
    """The events of the stage that Prefect does not have yet."""
    events = [_event(run_id, stage, StateType.RUNNING, stage.began_at)]
    if stage.ended_at is not None and stage.end is not None:
        events.append(_event(run_id, stage, stage.end, stage.ended_at))
    return events[stage.told :]


def _event(run_id: UUID, stage: Stage, kind: StateType, at: datetime) -> dict[str, Any]:
    name = kind.value.capitalize()
    ended = kind is not StateType.RUNNING
    worked_s = (at - stage.began_at).total_seconds()
    state: dict[str, Any] = {
        "type": kind.value,
        "name": name,
        "message": "",
        "state_details": {},
        "data": None,
    }
    times: dict[str, Any] = {
        "expected_start_time": stage.began_at.isoformat(),
        "start_time": stage.began_at.isoformat(),
        **({"end_time": at.isoformat(), "total_run_time": worked_s} if ended else {}),
    }
    before = {**state, "type": "RUNNING", "name": "Running"} if ended else None
    return {
        "id": str(uuid4()),
        "occurred": at.isoformat(),
        "event": f"prefect.task-run.{name}",
        "resource": {
            "prefect.resource.id": f"prefect.task-run.{stage.id}",
            "prefect.resource.name": stage.name,
            "prefect.run-count": "1",
            "prefect.state-message": "",
            "prefect.state-name": name,
            "prefect.state-timestamp": at.isoformat(),
            "prefect.state-type": kind.value,
            # The server records the task runs of events with this mark.
            "prefect.orchestration": "client",
        },
        "related": [
            {
                "prefect.resource.id": f"prefect.flow-run.{run_id}",
                "prefect.resource.role": "flow-run",
            }
        ],
        "payload": {
            "intended": {"from": "RUNNING" if ended else None, "to": kind.value},
            "initial_state": before,
            "validated_state": state,
            "task_run": {
                "name": stage.name,
                "task_key": f"stage-{stage.name}",
                "dynamic_key": str(stage.id),
                "run_count": 1,
                "tags": [],
                **times,
            },
        },
    }
