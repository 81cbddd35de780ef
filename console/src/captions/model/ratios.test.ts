import { expect, test } from "vitest";
import { ratioOf } from "./ratios";

const crop_region = { crop_left: 0.1, crop_right: 0.9, crop_top: 0.8, crop_bottom: 0.9 };

test("the pictures of a track are as wide as its part of the video", () => {
  expect(ratioOf({ crop_region, direction: "horizontal" }, 16 / 9)).toBeCloseTo((0.8 * 16) / (0.1 * 9));
});

test("vertical text lies on its side", () => {
  const column = { crop_left: 0.9, crop_right: 1, crop_top: 0, crop_bottom: 1 };
  expect(ratioOf({ crop_region: column, direction: "vertical" }, 2)).toBeCloseTo(5);
});
