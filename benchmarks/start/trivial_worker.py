"""Our worker with a flow that only publishes, to measure its loop, its engine and Prefect alone."""

import os

from captionacc_flow_worker.__main__ import main
from captionacc_flow_worker.settings import WorkerSettings, prefect_environment
from captionacc_observability.settings import load_or_exit


def _replace_steps() -> None:
    # Prefect reads its settings when it is imported.
    os.environ.update(prefect_environment(load_or_exit(WorkerSettings)))
    from captionacc_contracts.work.flows import FlowName
    from captionacc_flow_worker.attempt.job_context import JobContext
    from captionacc_flow_worker.attempt.publishing import publish
    from captionacc_flow_worker.flows import table
    from captionacc_flow_worker.flows.job_flow import job_flow
    from captionacc_supabase import publication

    from benchmarks.start.uploads import extracted

    async def only_publish(context: JobContext) -> str:
        result = extracted(context.job.tenant_id, context.job.video_id)
        await publish(
            context, lambda session: publication.publish_extract(session, context.lease, result)
        )
        return "Published."

    name = FlowName.VIDEO_INITIAL_PROCESSING
    # wiring imports the table later, when main runs.
    flows = {**table.FLOWS, name: job_flow(name, only_publish.__doc__, only_publish)}
    setattr(table, "FLOWS", flows)  # noqa: B010  the module types it as unchangeable


if __name__ == "__main__":
    _replace_steps()
    main()
