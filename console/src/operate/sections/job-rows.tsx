import type { ComponentChildren } from "preact";
import { answer, api, type Schemas } from "../../api/client";
import { errorSentence } from "../../messages/errors";
import { moment } from "../../messages/numbers";
import { kindName, shortId } from "../names";
import style from "../operate.module.css";
import { words } from "../words";
import { useLoading } from "./loading";

export type Job = Schemas["OperatorJob"];

/** Reads where Prefect's pages are; null until it is known, or when it is not set. */
export function usePrefect(): string | null {
  const loading = useLoading(() => answer(api.GET("/operators/links")), "links");
  return loading.value?.prefect_ui_url ?? null;
}

export function runAddress(prefect: string, flowRunId: string): string {
  return `${prefect.replace(/\/+$/, "")}/runs/flow-run/${flowRunId}`;
}

interface JobRowsProps {
  jobs: readonly Job[];
  /** A field before each row, such as one to choose it. */
  before?: (job: Job) => ComponentChildren;
}

/** Jobs that run or failed, as a table. */
export function JobRows({ jobs, before }: JobRowsProps) {
  const said = words();
  const prefect = usePrefect();
  const haveEnded = jobs.some((job) => job.ended_at !== null);
  return (
    <table class={style.table}>
      <thead>
        <tr>
          {before !== undefined && (
            <th scope="col">
              <span class="visually-hidden">{said.choice}</span>
            </th>
          )}
          <th scope="col">{said.video}</th>
          <th scope="col">{said.kind}</th>
          <th scope="col">{said.tenant}</th>
          {haveEnded && <th scope="col">{said.error}</th>}
          <th scope="col">{haveEnded ? said.ended : said.since}</th>
          <th scope="col">{said.prefect}</th>
        </tr>
      </thead>
      <tbody>
        {jobs.map((job) => (
          <tr key={job.job_id}>
            {before !== undefined && <td>{before(job)}</td>}
            <th scope="row" data-name={said.video}>
              {job.display_name}
            </th>
            <td data-name={said.kind}>
              {kindName(job.kind)}
              {job.attempt > 1 && <span class={style.quiet}> · {said.attempt(job.attempt)}</span>}
            </td>
            <td data-name={said.tenant} title={job.tenant_id}>
              {shortId(job.tenant_id)} <span class={style.quiet}>{job.tier}</span>
            </td>
            {haveEnded && (
              <td data-name={said.error}>
                <code>{job.error?.code}</code> <span class={style.quiet}>{job.error && errorSentence(job.error)}</span>
              </td>
            )}
            <td data-name={haveEnded ? said.ended : said.since}>{moment(job.ended_at ?? job.started_at)}</td>
            <td data-name={said.prefect}>
              {prefect !== null && job.flow_run_id !== null && (
                <a
                  href={runAddress(prefect, job.flow_run_id)}
                  target="_blank"
                  rel="noreferrer"
                  aria-label={said.openRunOf(job.display_name)}
                >
                  {said.openRun}
                </a>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
