-- Usage is recorded once per compute call: a result that serves another job is not paid again.
alter table captionacc.usage_metrics add column call_id text;
create unique index usage_metrics_once_per_call on captionacc.usage_metrics (call_id);
comment on column captionacc.usage_metrics.call_id is
    'The call that did the work; null in rows from before this column.';

-- Nothing ever filled this column: bills come per account, not per call.
alter table captionacc.usage_metrics drop column actual_usd;
