import { expect, test } from "vitest";
import { type Press, pressed } from "./keys";

const SIZE = { width: 1000, height: 500 };
const REGION = { crop_left: 0.1, crop_top: 0.8, crop_right: 0.9, crop_bottom: 0.9 };

function press(key: string, held: Partial<Press> = {}): Press {
  return { key, shiftKey: false, altKey: false, ctrlKey: false, metaKey: false, ...held };
}

test("an arrow moves by a pixel of the picture, with Shift by ten", () => {
  expect(pressed(REGION, press("ArrowUp"), SIZE)).toEqual({
    ...REGION,
    crop_top: 0.798,
    crop_bottom: 0.898,
  });
  expect(pressed(REGION, press("ArrowLeft", { shiftKey: true }), SIZE)).toEqual({
    ...REGION,
    crop_left: 0.09,
    crop_right: 0.89,
  });
});

test("Alt moves the side of the arrow outwards, Ctrl the opposite side inwards", () => {
  expect(pressed(REGION, press("ArrowUp", { altKey: true }), SIZE)).toEqual({
    ...REGION,
    crop_top: 0.798,
  });
  expect(pressed(REGION, press("ArrowUp", { ctrlKey: true }), SIZE)).toEqual({
    ...REGION,
    crop_bottom: 0.898,
  });
});

test("other keys are left to the page", () => {
  expect(pressed(REGION, press("a"), SIZE)).toBeNull();
  expect(pressed(REGION, press("ArrowUp", { metaKey: true }), SIZE)).toBeNull();
});
