import { expect, test } from "vitest";
import { added, begun, changed, first, redone, removed, replaced, settled, shown, undone } from "./edits";
import type { Region } from "./region";

const BOTTOM: Region = { crop_left: 0.1, crop_top: 0.8, crop_right: 0.9, crop_bottom: 0.95 };
const TOP: Region = { crop_left: 0.1, crop_top: 0.05, crop_right: 0.9, crop_bottom: 0.2 };
const LOWER: Region = { ...BOTTOM, crop_bottom: 1 };

test("each change can be taken back and done again", () => {
  const edits = added(changed(begun([BOTTOM]), 0, LOWER), TOP);
  expect(edits.regions).toEqual([LOWER, TOP]);
  const before = undone(undone(edits));
  expect(before.regions).toEqual([BOTTOM]);
  expect(undone(before)).toBe(before);
  expect(redone(redone(before)).regions).toEqual([LOWER, TOP]);
});

test("a drag is one step, however many regions it showed", () => {
  const edits = begun([BOTTOM]);
  const dragged = settled(shown(shown(edits, 0, TOP), 0, LOWER), edits.regions);
  expect(dragged.regions).toEqual([LOWER]);
  expect(undone(dragged).regions).toEqual([BOTTOM]);
});

test("a drag that ends where it began is not a step", () => {
  const edits = begun([BOTTOM]);
  expect(settled(edits, edits.regions).past).toEqual([]);
});

test("a video takes four regions at most", () => {
  let edits = begun([]);
  for (let count = 0; count < 6; count += 1) {
    edits = added(edits, BOTTOM);
  }
  expect(edits.regions).toHaveLength(4);
});

test("after a removal, the region that took its place has the focus", () => {
  expect(removed(begun([BOTTOM, TOP]), 0).selected).toBe(0);
  expect(removed(begun([BOTTOM]), 0).selected).toBe(-1);
});

test("a region can become the first track", () => {
  expect(first(begun([BOTTOM, TOP, LOWER]), 2).regions).toEqual([LOWER, BOTTOM, TOP]);
});

test("new regions can replace all, and come back by undo", () => {
  expect(undone(replaced(begun([BOTTOM]), [TOP])).regions).toEqual([BOTTOM]);
});
