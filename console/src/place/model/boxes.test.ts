import { expect, test } from "vitest";
import { type Box, byFrame, counted, fateOf, fitted, leftOut } from "./boxes";

const REGION = { crop_left: 0.1, crop_top: 0.8, crop_right: 0.9, crop_bottom: 0.9 };

function box(text: string, [left, top, right, bottom]: [number, number, number, number], frame = 0): Box {
  return {
    frame_index: frame,
    box_index: 0,
    bbox_left: left,
    bbox_top: top,
    bbox_right: right,
    bbox_bottom: bottom,
    text,
    label: null,
    predicted_label: "in",
    predicted_confidence: 0.9,
  };
}

const CAPTION = box("hello", [0.3, 0.82, 0.7, 0.88]);
const LOGO = box("CHANNEL 5", [0.8, 0.05, 0.95, 0.1]);

test("text belongs to the region that holds its middle", () => {
  expect(fateOf(CAPTION, [REGION])).toBe("inside");
  expect(fateOf(LOGO, [REGION])).toBe("outside");
  expect(fateOf(CAPTION, [])).toBe("outside");
});

test("text that sticks out is cut, but not when only its margin does", () => {
  expect(fateOf(box("tall", [0.3, 0.79, 0.7, 0.93]), [REGION])).toBe("cut");
  expect(fateOf(box("close", [0.3, 0.796, 0.7, 0.9]), [REGION])).toBe("inside");
});

test("another region may hold the whole of it", () => {
  const larger = { ...REGION, crop_top: 0.7, crop_bottom: 1 };
  expect(fateOf(box("tall", [0.3, 0.79, 0.7, 0.93]), [REGION, larger])).toBe("inside");
});

test("counts say what the regions make of all boxes", () => {
  expect(counted([CAPTION, LOGO, LOGO], [REGION])).toEqual({ inside: 1, cut: 0, outside: 2 });
});

test("boxes are found by their frame", () => {
  const found = byFrame([CAPTION, { ...LOGO, frame_index: 100 }, { ...LOGO, frame_index: 100 }]);
  expect(found.get(0)).toEqual([CAPTION]);
  expect(found.get(100)).toHaveLength(2);
});

test("text that would be left out is listed once, the most frequent first", () => {
  const boxes = [
    box("sign", [0.1, 0.4, 0.2, 0.5], 0),
    { ...LOGO, frame_index: 0 },
    { ...LOGO, frame_index: 0, box_index: 1 },
    { ...LOGO, frame_index: 100 },
    { ...CAPTION, frame_index: 100 },
  ];
  expect(leftOut(boxes, [REGION])).toEqual([
    { text: "CHANNEL 5", fate: "outside", frames: [0, 100] },
    { text: "sign", fate: "outside", frames: [0] },
  ]);
});

test("a region fits around all text that it holds, with some room", () => {
  const tall = box("tall", [0.2, 0.78, 0.6, 0.93], 10);
  const fit = fitted([CAPTION, tall, LOGO], REGION);
  expect(fit).not.toBeNull();
  expect(counted([CAPTION, tall, LOGO], fit === null ? [] : [fit])).toEqual({ inside: 2, cut: 0, outside: 1 });
  expect(fitted([LOGO], REGION)).toBeNull();
});
