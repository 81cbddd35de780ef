import { expect, test } from "vitest";
import { clock, three } from "./captions.fixture";
import { gapBeside, missing, placeIn, seenIn } from "./presence";
import { gapsOf } from "./rows";
import type { Caption } from "./types";

const levels = (text: Record<number, string>) => {
  const digits = Array(100).fill("0");
  for (const [start, run] of Object.entries(text)) digits.splice(Number(start), run.length, ...run);
  return digits.join("");
};

test("text is seen where it is more likely than not, for some frames", () => {
  expect(seenIn(levels({ 10: "4599994", 30: "99" }), { start_frame: 0, end_frame: 99 })).toEqual([
    { start_frame: 11, end_frame: 15 },
  ]);
  expect(seenIn(levels({ 96: "9999" }), { start_frame: 0, end_frame: 99 })).toEqual([
    { start_frame: 96, end_frame: 99 },
  ]);
  expect(seenIn("", { start_frame: 0, end_frame: 99 })).toEqual([]);
});

test("a caption may be missing where text was seen in a gap", () => {
  const gaps = gapsOf(three(), 1, clock);
  expect(missing(levels({ 8: "9".repeat(30), 52: "9999", 85: "999" }), gaps)).toEqual([
    { start_frame: 52, end_frame: 55 },
    { start_frame: 85, end_frame: 87 },
  ]);
});

test("what is missing follows the levels, also for gaps that were looked at before", () => {
  const gaps = gapsOf(three(), 1, clock);
  expect(missing(levels({}), gaps)).toEqual([]);
  expect(missing(levels({ 52: "9999" }), gaps)).toEqual([{ start_frame: 52, end_frame: 55 }]);
});

test("a caption is added where text was seen, else for two seconds at the place that is wanted", () => {
  const gap = { start_frame: 10, end_frame: 59 };
  expect(placeIn(gap, levels({ 12: "999", 40: "9999" }), 50)).toEqual({ start_frame: 40, end_frame: 43 });
  expect(placeIn(gap, "", 10)).toEqual({ start_frame: 10, end_frame: 29 });
  expect(placeIn(gap, "", 59)).toEqual({ start_frame: 40, end_frame: 59 });
  expect(placeIn({ start_frame: 5, end_frame: 7 }, "", 6)).toEqual({ start_frame: 5, end_frame: 7 });
});

test("the gap beside a caption is found, if there is one", () => {
  const captions = three();
  const gaps = gapsOf(captions, 1, clock);
  const at = (id: number) => captions.get(id) as Caption;
  expect(gapBeside(gaps, at(1), "before")).toMatchObject({ start_frame: 0, end_frame: 9 });
  expect(gapBeside(gaps, at(1), "after")).toBeNull();
  expect(gapBeside(gaps, at(2), "after")).toMatchObject({ start_frame: 50, end_frame: 59 });
});
