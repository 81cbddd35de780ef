import { expect, test } from "vitest";
import { byReason, canChangePriority, EVERYTHING, filtered, type Reason, type Waiting } from "./queue";

function work(video: string, reason: Reason, job: string | null = `job-${video}`): Waiting {
  return {
    job_id: job,
    video_id: video,
    tenant_id: "tenant-1",
    kind: "crop_and_infer",
    tier: "free",
    priority: 50,
    static_score: 50,
    attempt: 1,
    requested_at: "2026-01-01T00:00:00Z",
    waiting: {
      reason,
      message: "",
      place: 1,
      place_in_tenant: 1,
      limit: null,
      not_before: null,
      outage: null,
      outage_since: null,
    },
  } as Waiting;
}

const ROWS = [work("aa", "place"), work("bb", "outage"), work("cc", "limit", null), work("dd", "place")];

test("without a filter, all work is shown in the order of the queue", () => {
  expect(filtered(ROWS, EVERYTHING)).toEqual(ROWS);
});

test("the filter finds parts of ids, and reasons", () => {
  expect(filtered(ROWS, { ...EVERYTHING, text: " JOB-D" }).map((each) => each.video_id)).toEqual(["dd"]);
  expect(filtered(ROWS, { ...EVERYTHING, reason: "place" }).map((each) => each.video_id)).toEqual(["aa", "dd"]);
  expect(filtered(ROWS, { ...EVERYTHING, tier: "premium" })).toEqual([]);
  expect(filtered(ROWS, { ...EVERYTHING, kind: "crop_and_infer", text: "tenant-1" })).toHaveLength(4);
});

test("reasons are counted in a fixed order", () => {
  expect(byReason(ROWS)).toEqual([
    ["place", 2],
    ["outage", 1],
    ["limit", 1],
  ]);
});

test("a video without a job has no priority to change", () => {
  expect(ROWS.map(canChangePriority)).toEqual([true, true, false, true]);
});
