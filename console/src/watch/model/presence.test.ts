import { expect, test } from "vitest";
import { bands, pixelsOf } from "./presence";

const frameAt = (seconds: number) => Math.floor(seconds * 10 + 1e-6);

test("a pixel shows the surest of its frames, and pixels alike are one band", () => {
  // Two frames per pixel.
  expect(bands("0012993900", { start: 0, secondsPerPixel: 0.2 }, 6, frameAt)).toEqual([
    { x: 1, width: 1, level: 2 },
    { x: 2, width: 2, level: 9 },
  ]);
});

test("a frame that is wider than a pixel fills all its pixels", () => {
  expect(bands("090", { start: 0, secondsPerPixel: 0.05 }, 6, frameAt)).toEqual([{ x: 2, width: 2, level: 9 }]);
});

test("a stretch is wide enough to be seen", () => {
  const range = { start: 1, secondsPerPixel: 1 };
  expect(pixelsOf({ start_frame: 30, end_frame: 39 }, range, (frame) => frame / 10)).toEqual({ x: 2, width: 2 });
  expect(pixelsOf({ start_frame: 30, end_frame: 69 }, range, (frame) => frame / 10)).toEqual({ x: 2, width: 4 });
});
