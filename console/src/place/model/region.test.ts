import { describe, expect, test } from "vitest";
import {
  clashes,
  drawn,
  freePlace,
  HANDLES,
  isVertical,
  moved,
  placeOf,
  type Region,
  resized,
  same,
  withSide,
} from "./region";

const SIZE = { width: 1000, height: 500 };
const BOTTOM: Region = { crop_left: 0.1, crop_top: 0.8, crop_right: 0.9, crop_bottom: 0.95 };
const TOP: Region = { crop_left: 0.1, crop_top: 0.05, crop_right: 0.9, crop_bottom: 0.2 };

function isAllowed(region: Region): boolean {
  return (
    region.crop_left >= 0 &&
    region.crop_left < region.crop_right &&
    region.crop_right <= 1 &&
    region.crop_top >= 0 &&
    region.crop_top < region.crop_bottom &&
    region.crop_bottom <= 1
  );
}

describe("moving", () => {
  test("keeps the size", () => {
    expect(moved(BOTTOM, { x: 0.05, y: -0.1 })).toEqual({
      crop_left: 0.15,
      crop_top: 0.7,
      crop_right: 0.95,
      crop_bottom: 0.85,
    });
  });

  test("stops at the edge of the picture with the size that it had", () => {
    expect(moved(BOTTOM, { x: 5, y: 5 })).toEqual({
      crop_left: 0.2,
      crop_top: 0.85,
      crop_right: 1,
      crop_bottom: 1,
    });
  });
});

describe("resizing", () => {
  test.each(HANDLES)("by %s stays a region that the API takes, however far it goes", (handle) => {
    for (const x of [-3, -0.01, 0, 0.01, 3]) {
      for (const y of [-3, -0.01, 0, 0.01, 3]) {
        expect(isAllowed(resized(BOTTOM, handle, { x, y }, SIZE))).toBe(true);
      }
    }
  });

  test("moves only the sides of the handle", () => {
    expect(resized(BOTTOM, "ne", { x: 0.05, y: -0.1 }, SIZE)).toEqual({
      ...BOTTOM,
      crop_right: 0.95,
      crop_top: 0.7,
    });
  });

  test("leaves room for letters", () => {
    const thin = resized(BOTTOM, "n", { x: 0, y: 1 }, SIZE);
    expect((thin.crop_bottom - thin.crop_top) * SIZE.height).toBeCloseTo(8);
  });

  test("a typed side keeps the same limits", () => {
    expect(withSide(BOTTOM, "crop_top", 0.5, SIZE).crop_top).toBe(0.5);
    expect(withSide(BOTTOM, "crop_left", -2, SIZE).crop_left).toBe(0);
    expect(isAllowed(withSide(BOTTOM, "crop_right", 0, SIZE))).toBe(true);
  });
});

describe("drawing", () => {
  test("works in every direction", () => {
    const there = drawn({ x: 0.2, y: 0.3 }, { x: 0.6, y: 0.9 }, SIZE);
    const back = drawn({ x: 0.6, y: 0.9 }, { x: 0.2, y: 0.3 }, SIZE);
    expect(there).toEqual(back);
    expect(there).toEqual({ crop_left: 0.2, crop_top: 0.3, crop_right: 0.6, crop_bottom: 0.9 });
  });

  test("a click draws nothing", () => {
    expect(drawn({ x: 0.2, y: 0.3 }, { x: 0.201, y: 0.301 }, SIZE)).toBeNull();
  });
});

describe("several regions", () => {
  test("clash when one mostly lies in the other", () => {
    const inner = { ...BOTTOM, crop_left: 0.3, crop_right: 0.6 };
    expect(clashes([TOP, BOTTOM, inner])).toEqual([[1, 2]]);
  });

  test("may touch and overlap a little", () => {
    expect(clashes([BOTTOM, moved(BOTTOM, { x: 0, y: -0.1 })])).toEqual([]);
  });

  test("a new one gets a place that is free", () => {
    const place = freePlace([BOTTOM, TOP]);
    expect(place).not.toBeNull();
    expect(clashes([BOTTOM, TOP, place as Region])).toEqual([]);
  });

  test("a region over the whole picture leaves no place", () => {
    const all = { crop_left: 0, crop_top: 0, crop_right: 1, crop_bottom: 1 };
    expect(freePlace([all])).toBeNull();
  });
});

test("regions are the same when they differ by less than what is sent", () => {
  expect(same(BOTTOM, { ...BOTTOM, crop_left: 0.1 + 1e-9 })).toBe(true);
  expect(same(BOTTOM, { ...BOTTOM, crop_left: 0.101 })).toBe(false);
});

test("a region has a place in words", () => {
  expect(placeOf(BOTTOM)).toEqual({ row: "bottom", column: "centre" });
  expect(placeOf({ crop_left: 0, crop_top: 0.1, crop_right: 0.1, crop_bottom: 0.9 })).toEqual({
    row: "middle",
    column: "left",
  });
});

test("the writing direction follows from the shape in pixels", () => {
  expect(isVertical(BOTTOM, SIZE)).toBe(false);
  expect(isVertical({ crop_left: 0.9, crop_top: 0.1, crop_right: 0.97, crop_bottom: 0.9 }, SIZE)).toBe(true);
});
