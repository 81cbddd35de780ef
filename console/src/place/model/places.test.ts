import { expect, test } from "vitest";
import { initial, open, originOf, proposals, type Suggestion, searchedShare, successions, unchanged } from "./places";
import type { Region } from "./region";

const BOTTOM: Region = { crop_left: 0.1, crop_top: 0.8, crop_right: 0.9, crop_bottom: 0.95 };
const TOP: Region = { crop_left: 0.1, crop_top: 0.05, crop_right: 0.9, crop_bottom: 0.2 };

function suggestion(region: Region, confidence: number): Suggestion {
  return {
    crop_region: region,
    confidence,
    anchor_type: "center",
    anchor_position: 0.5,
    direction: "horizontal",
  };
}

test("proposals are in the order of their confidence", () => {
  const places = proposals([suggestion(BOTTOM, 0.97)], [suggestion(TOP, 0.4)]);
  expect(places.map((each) => [each.kind, each.confidence])).toEqual([
    ["suggested", 0.97],
    ["runnerUp", 0.4],
  ]);
});

test("a proposal is open until a region covers it", () => {
  const places = proposals([suggestion(BOTTOM, 0.97)], [suggestion(TOP, 0.4)]);
  expect(open(places, [BOTTOM]).map((each) => each.region)).toEqual([TOP]);
  expect(open(places, [BOTTOM, TOP])).toEqual([]);
});

test("a region that was dragged a little still shows the confidence of its proposal", () => {
  const places = proposals([suggestion(BOTTOM, 0.97)], [suggestion(TOP, 0.4)]);
  expect(originOf({ ...TOP, crop_bottom: 0.25 }, places)?.confidence).toBe(0.4);
  expect(originOf({ ...TOP, crop_top: 0.4, crop_bottom: 0.5 }, places)).toBeNull();
});

test("the regions in force come before the suggested ones", () => {
  const suggested_tracks = [suggestion(BOTTOM, 0.9)];
  const inForce = { crop_region: TOP, direction: "horizontal" as const };
  expect(initial({ tracks: [], suggested_tracks })).toEqual([BOTTOM]);
  expect(initial({ tracks: [inForce], suggested_tracks })).toEqual([TOP]);
});

test("a track is carried on by the new region that shares most with it", () => {
  expect(successions([BOTTOM, TOP], [TOP, { ...BOTTOM, crop_top: 0.75 }])).toEqual([
    { former: 1, next: 2 },
    { former: 2, next: 1 },
  ]);
});

test("a place that is no longer searched is not carried on", () => {
  expect(successions([BOTTOM, TOP], [BOTTOM])).toEqual([
    { former: 1, next: 1 },
    { former: 2, next: null },
  ]);
});

test("the same regions in another order are a change: tracks are numbered by their order", () => {
  expect(unchanged([BOTTOM, TOP], [{ ...BOTTOM }, TOP])).toBe(true);
  expect(unchanged([BOTTOM, TOP], [TOP, BOTTOM])).toBe(false);
  expect(unchanged([BOTTOM], [BOTTOM, TOP])).toBe(false);
});

test("the searched share of the picture never exceeds the picture", () => {
  expect(searchedShare([BOTTOM])).toBeCloseTo(0.12);
  const all = { crop_left: 0, crop_top: 0, crop_right: 1, crop_bottom: 1 };
  expect(searchedShare([all, BOTTOM])).toBe(1);
});
