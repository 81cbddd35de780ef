import { answer, api } from "../../api/client";
import { words } from "../words";
import { JobRows } from "./job-rows";
import { useLoading } from "./loading";
import { Section } from "./section";

/** More jobs than any deployment runs at a time. */
const MOST = 500;

export function RunningSection() {
  const loading = useLoading(() => answer(api.GET("/operators/jobs/running", { params: { query: { limit: MOST } } })));
  const jobs = loading.value?.items ?? [];
  return (
    <Section title={words().running} loading={loading}>
      {jobs.length === 0 ? <p role="status">{words().nothingRuns}</p> : <JobRows jobs={jobs} />}
    </Section>
  );
}
