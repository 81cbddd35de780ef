import { expect, test } from "vitest";
import { entered, type LimitView, share, typed, typedAll } from "./limits";

function limit(allowed: number | null, used: number, reserved = 0): LimitView {
  return { name: "videos_per_day", allowed, used, reserved, forecast: null, free_at: null };
}

test("sizes are shown and typed in gigabytes", () => {
  expect(typed("stored_bytes", 2_500_000_000)).toBe("2.5");
  expect(typed("usd_per_month", 12.5)).toBe("12.5");
  expect(typed("jobs_waiting", null)).toBe("");
});

test("reserved amounts count like used ones", () => {
  expect(share(limit(10, 4, 1))).toBe(0.5);
  expect(share(limit(null, 4))).toBeNull();
  expect(share(limit(0, 0))).toBe(1);
});

test("what is typed becomes limits; an empty field is the value of the tier", () => {
  const fields = { ...typedAll({}), stored_bytes: "2,5", jobs_waiting: " 20 " };
  expect(entered(fields)).toEqual({
    limits: {
      videos_per_day: null,
      minutes_per_month: null,
      stored_bytes: 2_500_000_000,
      usd_per_month: null,
      jobs_waiting: 20,
      crop_changes_per_hour: null,
    },
    wrong: [],
  });
});

test.each(["-1", "many", "1e999", "2.5"])("%s videos per day are refused", (text) => {
  expect(entered({ ...typedAll({}), videos_per_day: text }).wrong).toEqual(["videos_per_day"]);
});

test("typed limits come back as they were", () => {
  const limits = { videos_per_day: 5, stored_bytes: 1_234_000_000, usd_per_month: 0 };
  expect(entered(typedAll(limits)).limits).toMatchObject(limits);
});
