import { expect, test } from "vitest";
import { three } from "../../captions/model/captions.fixture";
import { byTime } from "../../captions/model/rows";
import {
  captionBeside,
  endAt,
  inSight,
  panned,
  secondsAt,
  showing,
  shownAt,
  ticks,
  whole,
  xOf,
  zoomed,
} from "./timeline";

const extent = { start: 0, end: 10 };
const captions = byTime(three());

test("the whole video fills the timeline", () => {
  const range = whole(extent, 1000);
  expect([xOf(0, range), xOf(10, range)]).toEqual([0, 1000]);
});

test("a zoom keeps what is under the pointer", () => {
  const range = zoomed(whole(extent, 1000), 0.5, 300, extent, 1000);
  expect(secondsAt(300, range)).toBeCloseTo(3);
  expect(range.secondsPerPixel).toBeCloseTo(0.005);
});

test("nobody zooms out of the video or scrolls past it", () => {
  const all = whole(extent, 1000);
  expect(zoomed(all, 4, 500, extent, 1000)).toEqual(all);
  const near = zoomed(all, 0.5, 0, extent, 1000);
  expect(panned(near, -100, extent, 1000).start).toBe(0);
  expect(panned(near, 5000, extent, 1000).start).toBeCloseTo(5);
});

test("the timeline follows the play head out of sight, and else stands still", () => {
  const near = zoomed(whole(extent, 1000), 1 / 3, 0, extent, 1000);
  expect(showing(near, 1, extent, 1000)).toBe(near);
  expect(showing(near, 5, extent, 1000).start).toBeCloseTo(25 / 6);
});

test("the scale has round numbers", () => {
  expect(ticks(whole(extent, 1000), 1000)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  expect(ticks({ start: 3600, secondsPerPixel: 1 }, 360)).toEqual([3600, 3720, 3840, 3960]);
});

test("only captions in sight are drawn", () => {
  expect(inSight(captions, { start: 5, secondsPerPixel: 0.01 }, 300).map((each) => each.id)).toEqual([3]);
});

test("a pointer takes the end that it is nearest to", () => {
  const range = whole(extent, 1000);
  expect(endAt(captions, 603, range)).toMatchObject({ caption: { id: 3 }, side: "start" });
  expect(endAt(captions, 700, range)).toBeNull();
  // Captions 1 and 2 touch at 3 s.
  expect(endAt(captions, 297, range)).toMatchObject({ caption: { id: 1 }, side: "end" });
  expect(endAt(captions, 303, range)).toMatchObject({ caption: { id: 2 }, side: "start" });
});

test("a caption is shown from its start until its end", () => {
  expect(shownAt(captions, 3).map((each) => each.id)).toEqual([2]);
  expect(shownAt(captions, 5.5)).toEqual([]);
});

test("one goes to the next caption and the one before", () => {
  expect(captionBeside(captions, 1.001, 1)?.id).toBe(2);
  expect(captionBeside(captions, 3.5, -1)?.id).toBe(1);
  expect(captionBeside(captions, 5.5, -1)?.id).toBe(2);
  expect(captionBeside(captions, 7, 1)).toBeNull();
});
