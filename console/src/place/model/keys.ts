/** What the keys do to the region that has the focus. */

import { type Handle, moved, type Point, type Region, resized, type Size } from "./region";

export interface Press {
  key: string;
  shiftKey: boolean;
  altKey: boolean;
  ctrlKey: boolean;
  metaKey: boolean;
}

/** Pixels of the picture that an arrow moves, and with Shift. */
const STEP_PIXELS = 1;
const LARGE_STEP_PIXELS = 10;

const DIRECTIONS: Record<string, Point> = {
  ArrowLeft: { x: -1, y: 0 },
  ArrowRight: { x: 1, y: 0 },
  ArrowUp: { x: 0, y: -1 },
  ArrowDown: { x: 0, y: 1 },
};

/** Alt with an arrow moves the side that the arrow points to outwards, Ctrl inwards. */
const OUTWARDS: Record<string, Handle> = {
  ArrowLeft: "w",
  ArrowRight: "e",
  ArrowUp: "n",
  ArrowDown: "s",
};
const INWARDS: Record<string, Handle> = {
  ArrowLeft: "e",
  ArrowRight: "w",
  ArrowUp: "s",
  ArrowDown: "n",
};

/** The region after a key press, or null when the key is not for regions. */
export function pressed(region: Region, press: Press, size: Size): Region | null {
  const direction = DIRECTIONS[press.key];
  if (direction === undefined || press.metaKey) {
    return null;
  }
  const pixels = press.shiftKey ? LARGE_STEP_PIXELS : STEP_PIXELS;
  const by = {
    x: (direction.x * pixels) / size.width,
    y: (direction.y * pixels) / size.height,
  };
  if (press.altKey || press.ctrlKey) {
    const handle = (press.altKey ? OUTWARDS : INWARDS)[press.key];
    return handle === undefined ? null : resized(region, handle, by, size);
  }
  return moved(region, by);
}
