import { expect, test } from "vitest";
import { ALL_FAILED, filterQuery, outcomeOf, requests } from "./retry";

test("a filter asks for what was chosen, with a time in UTC", () => {
  expect(filterQuery(ALL_FAILED)).toEqual({});
  const query = filterQuery({ tenantId: "t", errorCode: "ocr_failed", since: "2026-03-01T10:00" });
  expect(query).toMatchObject({ tenant_id: "t", error_code: "ocr_failed" });
  expect(query.failed_since).toMatch(/Z$/);
  expect(new Date(query.failed_since ?? "").getTime()).toBe(new Date("2026-03-01T10:00").getTime());
});

test("a request takes a hundred jobs", () => {
  const ids = Array.from({ length: 201 }, (_, index) => `job ${index}`);
  const bodies = requests(ids, "the store was away");
  expect(bodies.map((each) => each.job_ids?.length)).toEqual([100, 100, 1]);
  expect(bodies.flatMap((each) => each.job_ids)).toEqual(ids);
});

test("refusals are counted by their reason", () => {
  const refused = (refusal: string | null) => ({ job_id: "a", new_job_id: null, refusal });
  expect(outcomeOf([refused(null), refused("limit"), refused("gone"), refused("limit")])).toEqual({
    retried: 1,
    refusals: [
      ["limit", 2],
      ["gone", 1],
    ],
  });
});
