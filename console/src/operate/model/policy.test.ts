import { expect, test } from "vitest";
import { differences, type Policy, policyOf, textOf, wrongFields } from "./policy";

const POLICY: Policy = {
  base_scores: { free: 50, premium: 70, enterprise: 90 },
  small_video_bytes: 50_000_000,
  small_video_bonus: 5,
  ageing_per_hour: 2,
  ageing_cap: 20,
  max_wait_hours: 24,
  fair_share_penalty: 5,
};

test("a policy comes back from its fields as it was", () => {
  expect(policyOf(textOf(POLICY))).toEqual(POLICY);
  expect(textOf(POLICY).small_video_bytes).toBe("50");
  expect(wrongFields(textOf(POLICY))).toEqual([]);
});

test("fields that the API refuses are named", () => {
  const text = { ...textOf(POLICY), free: "101", max_wait_hours: "0", ageing_cap: "", premium: "a lot" };
  expect(wrongFields(text)).toEqual(["free", "premium", "ageing_cap", "max_wait_hours"]);
});

test("a change shows what it changes", () => {
  const after = policyOf({ ...textOf(POLICY), free: "95", small_video_bytes: "20" });
  expect(differences(POLICY, after)).toEqual([
    { field: "free", from: 50, to: 95 },
    { field: "small_video_bytes", from: 50, to: 20 },
  ]);
});
