import { expect, test } from "vitest";
import { stepsFor } from "./review-steps";

const ANNOTATOR = { annotator: true, reviewer: false };
const REVIEWER = { annotator: true, reviewer: true };

test.each([
  [null, ["request"], ["request", "send-back", "accept"]],
  ["requested", [], ["reopen", "send-back", "accept"]],
  ["accepted", [], ["reopen", "send-back"]],
  ["sent_back", ["request"], ["request", "reopen", "accept"]],
  ["reopened", ["request"], ["request", "send-back", "accept"]],
] as const)("in the state %s, people have these steps", (state, annotator, reviewer) => {
  const review = state === null ? null : { state, changed_since: false };
  expect(stepsFor(review, ANNOTATOR)).toEqual(annotator);
  expect(stepsFor(review, REVIEWER)).toEqual(reviewer);
});

test("captions that changed can be accepted again", () => {
  expect(stepsFor({ state: "accepted", changed_since: true }, REVIEWER)).toContain("accept");
});

test("a viewer has no steps", () => {
  expect(stepsFor(null, { annotator: false, reviewer: false })).toEqual([]);
});
