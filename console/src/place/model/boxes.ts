/** Which detected text would be searched, and which would be left out. */

import type { components } from "../../api/schema";
import { area, contains, type Region, sharedArea } from "./region";

export type Box = components["schemas"]["LayoutBox"];

/** `cut`: the middle of the text is inside, but a part of it is not. */
export type Fate = "inside" | "cut" | "outside";

/** The share of a box that may lie outside a region: boxes are drawn with some room around the letters. */
const LOOSE = 0.1;

export function regionOf(box: Box): Region {
  return {
    crop_left: box.bbox_left,
    crop_top: box.bbox_top,
    crop_right: box.bbox_right,
    crop_bottom: box.bbox_bottom,
  };
}

/** What the present regions make of a box. Text belongs to the region in which its middle lies. */
export function fateOf(box: Box, regions: readonly Region[]): Fate {
  const own = regionOf(box);
  const middle = {
    x: (own.crop_left + own.crop_right) / 2,
    y: (own.crop_top + own.crop_bottom) / 2,
  };
  const holders = regions.filter((region) => contains(region, middle));
  if (holders.length === 0) {
    return "outside";
  }
  const whole = holders.some((region) => sharedArea(region, own) >= (1 - LOOSE) * area(own));
  return whole ? "inside" : "cut";
}

export interface Counts {
  inside: number;
  cut: number;
  outside: number;
}

export function counted(boxes: readonly Box[], regions: readonly Region[]): Counts {
  const counts = { inside: 0, cut: 0, outside: 0 };
  for (const box of boxes) {
    counts[fateOf(box, regions)] += 1;
  }
  return counts;
}

export function byFrame(boxes: readonly Box[]): Map<number, Box[]> {
  const found = new Map<number, Box[]>();
  for (const box of boxes) {
    const list = found.get(box.frame_index);
    if (list === undefined) {
      found.set(box.frame_index, [box]);
    } else {
      list.push(box);
    }
  }
  return found;
}

export interface LeftOut {
  text: string;
  fate: Fate;
  /** Frames that show the text, by time. */
  frames: number[];
}

/** Text that the regions would leave out or cut, most frequent first: a logo stands in many frames. */
export function leftOut(boxes: readonly Box[], regions: readonly Region[]): LeftOut[] {
  const found = new Map<string, LeftOut>();
  for (const box of boxes) {
    const fate = fateOf(box, regions);
    if (fate === "inside") {
      continue;
    }
    const key = `${fate} ${box.text}`;
    const entry = found.get(key) ?? { text: box.text, fate, frames: [] };
    if (entry.frames.at(-1) !== box.frame_index) {
      entry.frames.push(box.frame_index);
    }
    found.set(key, entry);
  }
  return [...found.values()].sort(
    (one, other) => other.frames.length - one.frames.length || (one.frames[0] ?? 0) - (other.frames[0] ?? 0),
  );
}

/** Room around the text, as a share of its height: captions with taller letters come too. */
const ROOM = 0.35;

/** The region that holds all text of the present one whole, with some room; null without text. */
export function fitted(boxes: readonly Box[], region: Region): Region | null {
  const own = boxes.filter((box) => fateOf(box, [region]) !== "outside");
  if (own.length === 0) return null;
  const tallest = Math.max(...own.map((box) => box.bbox_bottom - box.bbox_top));
  const room = ROOM * tallest;
  return {
    crop_left: Math.max(0, Math.min(...own.map((box) => box.bbox_left)) - room),
    crop_top: Math.max(0, Math.min(...own.map((box) => box.bbox_top)) - room),
    crop_right: Math.min(1, Math.max(...own.map((box) => box.bbox_right)) + room),
    crop_bottom: Math.min(1, Math.max(...own.map((box) => box.bbox_bottom)) + room),
  };
}
