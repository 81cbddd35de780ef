-- Jobs that ended while Prefect was away and that it still lacks: few, however long the history is.
create index jobs_ended_without_run on captionacc.jobs (ended_at)
    where flow_run_id is null and state in ('done', 'error');
