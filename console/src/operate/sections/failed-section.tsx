import { useState } from "preact/hooks";
import { answer, api } from "../../api/client";
import { query } from "../../app/router";
import { Button } from "../../parts/button";
import { RetryDialog } from "../dialogs/retry-dialog";
import { ALL_FAILED, type ErrorCode, type FailedFilter, filterQuery } from "../model/retry";
import { shortId } from "../names";
import style from "../operate.module.css";
import { words } from "../words";
import { type Job, JobRows } from "./job-rows";
import { useLoading } from "./loading";
import { Choice, Section } from "./section";

const MOST = 500;

/** Failed jobs that nobody tried again, with a filter, and a retry of those that are chosen. */
export function FailedSection() {
  // A click on the failed jobs of a tenant leads here with its id.
  const [filter, setFilter] = useState<FailedFilter>({ ...ALL_FAILED, tenantId: query.value.get("tenant") });
  // Nothing is chosen at first, and new failures are not: a retry costs money.
  const [chosenIds, setChosenIds] = useState<ReadonlySet<string>>(new Set());
  const [isAsking, setAsking] = useState(false);
  const asked = filterQuery(filter);
  const loading = useLoading(
    () => answer(api.GET("/operators/jobs/failed", { params: { query: { ...asked, limit: MOST } } })),
    JSON.stringify(asked),
  );
  const jobs = loading.value?.items ?? [];
  const chosen = jobs.filter((job) => chosenIds.has(job.job_id));
  const toggle = (job: Job) => {
    const next = new Set(chosenIds);
    if (!next.delete(job.job_id)) next.add(job.job_id);
    setChosenIds(next);
  };
  const toggleAll = () =>
    setChosenIds(chosen.length === jobs.length ? new Set() : new Set(jobs.map((job) => job.job_id)));
  return (
    <Section title={words().failed} loading={loading}>
      <Filter filter={filter} onChange={setFilter} jobs={jobs} />
      <div class={style.bar}>
        <p role="status">
          {jobs.length === 0 ? words().nothingFailed : words().failedCount(jobs.length, loading.value?.total ?? 0)}
        </p>
        {jobs.length > 0 && (
          <label class={style.inline}>
            <input
              type="checkbox"
              checked={chosen.length === jobs.length}
              indeterminate={chosen.length > 0 && chosen.length < jobs.length}
              onChange={toggleAll}
            />
            {words().selectAll}
          </label>
        )}
        {jobs.length > 0 && (
          <Button look="main" disabled={chosen.length === 0} onClick={() => setAsking(true)}>
            {words().retry(chosen.length)}
          </Button>
        )}
      </div>
      {jobs.length > 0 && (
        <JobRows
          jobs={jobs}
          before={(job) => (
            <input
              type="checkbox"
              aria-label={words().select(job.display_name)}
              checked={chosenIds.has(job.job_id)}
              onChange={() => toggle(job)}
            />
          )}
        />
      )}
      {isAsking && (
        <RetryDialog
          jobIds={chosen.map((job) => job.job_id)}
          onClose={() => {
            setAsking(false);
            void loading.reload();
          }}
        />
      )}
    </Section>
  );
}

interface FilterProps {
  filter: FailedFilter;
  onChange: (filter: FailedFilter) => void;
  jobs: readonly Job[];
}

/** Offers the errors and tenants that failed jobs have, and those that are chosen. */
function Filter({ filter, onChange, jobs }: FilterProps) {
  const said = words();
  const codes = new Set<ErrorCode>(jobs.flatMap((job) => job.error?.code ?? []));
  if (filter.errorCode !== null) codes.add(filter.errorCode);
  const tenants = new Set(jobs.map((job) => job.tenant_id));
  if (filter.tenantId !== null) tenants.add(filter.tenantId);
  return (
    <div class={style.filters}>
      <Choice
        label={said.error}
        all={said.allErrors}
        value={filter.errorCode}
        choices={[...codes].sort()}
        nameOf={(code) => code}
        onChoose={(errorCode) => onChange({ ...filter, errorCode })}
      />
      <Choice
        label={said.tenant}
        all={said.allTenants}
        value={filter.tenantId}
        choices={[...tenants].sort()}
        nameOf={shortId}
        onChoose={(tenantId) => onChange({ ...filter, tenantId })}
      />
      <label class={style.inline}>
        {said.sinceFilter}
        <input
          type="datetime-local"
          value={filter.since}
          onChange={(event) => onChange({ ...filter, since: event.currentTarget.value })}
        />
      </label>
    </div>
  );
}
