import { expect, test } from "vitest";
import { language } from "../../app/language";
import { errorSentence } from "../../messages/errors";
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

test("refusals are said in the language of the page", () => {
  language.value = "zh";
  const refused = { job_id: "a", new_job_id: null, refusal: "The job is queued.", code: "state_conflict" as const };
  const [refusal] = outcomeOf([refused], errorSentence).refusals;
  language.value = "en";
  expect(refusal).toEqual(["当前状态下无法执行此操作：The job is queued.", 1]);
});

test("refusals are counted by their reason", () => {
  const job = { job_id: "a", new_job_id: "b", refusal: null, code: null };
  const limit = { ...job, new_job_id: null, refusal: "limit", code: "limit_reached" as const };
  const gone = { ...job, new_job_id: null, refusal: "gone", code: "not_found" as const };
  expect(outcomeOf([job, limit, gone, limit], ({ message }) => message)).toEqual({
    retried: 1,
    refusals: [
      ["limit", 2],
      ["gone", 1],
    ],
  });
});
