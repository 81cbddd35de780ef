/** Failed jobs that an operator tries again, and what came of it. */

import type { components } from "../../api/schema";

export type ErrorCode = components["schemas"]["ErrorCode"];
type RetryJobs = components["schemas"]["RetryJobs"];
type Retried = components["schemas"]["Retried"];

/** One request tries this many jobs again. */
export const MOST_RETRIES = 100;

export interface FailedFilter {
  tenantId: string | null;
  errorCode: ErrorCode | null;
  /** The value of a field of the type `datetime-local`, in the time zone of the browser. */
  since: string;
}

export const ALL_FAILED: FailedFilter = { tenantId: null, errorCode: null, since: "" };

/** The query of the filter; the API wants a time with its offset. */
export function filterQuery(filter: FailedFilter): {
  tenant_id?: string;
  error_code?: ErrorCode;
  failed_since?: string;
} {
  const since = new Date(filter.since);
  return {
    ...(filter.tenantId === null ? {} : { tenant_id: filter.tenantId }),
    ...(filter.errorCode === null ? {} : { error_code: filter.errorCode }),
    ...(Number.isNaN(since.getTime()) ? {} : { failed_since: since.toISOString() }),
  };
}

/** Requests that try the jobs again, as many as the API takes in each. */
export function requests(jobIds: readonly string[], reason: string): RetryJobs[] {
  const bodies: RetryJobs[] = [];
  for (let start = 0; start < jobIds.length; start += MOST_RETRIES) {
    bodies.push({ job_ids: jobIds.slice(start, start + MOST_RETRIES), limit: MOST_RETRIES, reason });
  }
  return bodies;
}

export interface Outcome {
  retried: number;
  /** Why jobs were refused, with the number of jobs, the most frequent reason first. */
  refusals: [string, number][];
}

/** @param sentenceOf says a refusal in the language of the page. */
export function outcomeOf(
  jobs: readonly Retried[],
  sentenceOf: (refusal: { code: ErrorCode; message: string }) => string,
): Outcome {
  const refusals = new Map<string, number>();
  let retried = 0;
  for (const job of jobs) {
    if (job.refusal === null || job.code === null) {
      retried += 1;
      continue;
    }
    const sentence = sentenceOf({ code: job.code, message: job.refusal });
    refusals.set(sentence, (refusals.get(sentence) ?? 0) + 1);
  }
  return { retried, refusals: [...refusals].sort(([, one], [, other]) => other - one) };
}
