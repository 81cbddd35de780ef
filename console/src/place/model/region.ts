/** Regions in fractions of the picture (0 to 1, origin top left), and what a person does to them. */

import type { components } from "../../api/schema";

export type Region = components["schemas"]["CropRegion"];

export interface Size {
  width: number;
  height: number;
}

export interface Point {
  x: number;
  y: number;
}

/** The eight places of a rectangle by which it is resized, as points of the compass. */
export const HANDLES = ["nw", "n", "ne", "e", "se", "s", "sw", "w"] as const;
export type Handle = (typeof HANDLES)[number];

/** A video has up to this many tracks. */
export const MOST_TRACKS = 4;

/** A smaller region cannot hold a line of text: letters below 8 pixels are not found anyway. */
const SMALLEST_PIXELS = 8;

/** Fractions are sent with this many decimals: a tenth of a pixel of a picture of 8K. */
const DECIMALS = 5;

/** The share of the smaller of two regions from which the API refuses both, as one track is enough. */
const MOSTLY = 0.5;

export function smallest(size: Size): Size {
  return {
    width: Math.min(1, SMALLEST_PIXELS / size.width),
    height: Math.min(1, SMALLEST_PIXELS / size.height),
  };
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}

function rounded(value: number): number {
  return Number(value.toFixed(DECIMALS));
}

function tidy(region: Region): Region {
  return {
    crop_left: rounded(region.crop_left),
    crop_top: rounded(region.crop_top),
    crop_right: rounded(region.crop_right),
    crop_bottom: rounded(region.crop_bottom),
  };
}

/** The region moved by fractions of the picture; it keeps its size and stays in the picture. */
export function moved(region: Region, by: Point): Region {
  const x = clamp(by.x, -region.crop_left, 1 - region.crop_right);
  const y = clamp(by.y, -region.crop_top, 1 - region.crop_bottom);
  return tidy({
    crop_left: region.crop_left + x,
    crop_top: region.crop_top + y,
    crop_right: region.crop_right + x,
    crop_bottom: region.crop_bottom + y,
  });
}

/** The region with the sides of a handle moved. A side stops at the picture's edge and before the
 * opposite side. */
export function resized(region: Region, handle: Handle, by: Point, size: Size): Region {
  const least = smallest(size);
  const next = { ...region };
  if (handle.includes("w")) {
    next.crop_left = clamp(region.crop_left + by.x, 0, region.crop_right - least.width);
  }
  if (handle.includes("e")) {
    next.crop_right = clamp(region.crop_right + by.x, region.crop_left + least.width, 1);
  }
  if (handle.includes("n")) {
    next.crop_top = clamp(region.crop_top + by.y, 0, region.crop_bottom - least.height);
  }
  if (handle.includes("s")) {
    next.crop_bottom = clamp(region.crop_bottom + by.y, region.crop_top + least.height, 1);
  }
  return tidy(next);
}

/** The region between two points that a person dragged across, or null when it is too small to be meant. */
export function drawn(from: Point, to: Point, size: Size): Region | null {
  const region = tidy({
    crop_left: clamp(Math.min(from.x, to.x), 0, 1),
    crop_top: clamp(Math.min(from.y, to.y), 0, 1),
    crop_right: clamp(Math.max(from.x, to.x), 0, 1),
    crop_bottom: clamp(Math.max(from.y, to.y), 0, 1),
  });
  const least = smallest(size);
  const wide = region.crop_right - region.crop_left >= least.width;
  const tall = region.crop_bottom - region.crop_top >= least.height;
  return wide && tall ? region : null;
}

export type Side = "crop_left" | "crop_top" | "crop_right" | "crop_bottom";

const HANDLE_OF_SIDE: Record<Side, Handle> = {
  crop_left: "w",
  crop_top: "n",
  crop_right: "e",
  crop_bottom: "s",
};

/** The region with one side at a fraction of the picture, within the limits of a drag. */
export function withSide(region: Region, side: Side, at: number, size: Size): Region {
  const by = at - region[side];
  return resized(region, HANDLE_OF_SIDE[side], { x: by, y: by }, size);
}

export function contains(region: Region, point: Point): boolean {
  return (
    region.crop_left <= point.x &&
    point.x <= region.crop_right &&
    region.crop_top <= point.y &&
    point.y <= region.crop_bottom
  );
}

export function area(region: Region): number {
  return (region.crop_right - region.crop_left) * (region.crop_bottom - region.crop_top);
}

export function sharedArea(one: Region, other: Region): number {
  const width = Math.min(one.crop_right, other.crop_right) - Math.max(one.crop_left, other.crop_left);
  const height = Math.min(one.crop_bottom, other.crop_bottom) - Math.max(one.crop_top, other.crop_top);
  return Math.max(0, width) * Math.max(0, height);
}

/** Whether two regions mostly show the same part of the picture. */
export function mostlySame(one: Region, other: Region): boolean {
  return sharedArea(one, other) >= MOSTLY * Math.min(area(one), area(other));
}

export function same(one: Region, other: Region): boolean {
  const [left, right] = [tidy(one), tidy(other)];
  return (
    left.crop_left === right.crop_left &&
    left.crop_top === right.crop_top &&
    left.crop_right === right.crop_right &&
    left.crop_bottom === right.crop_bottom
  );
}

/** Pairs of regions, by their positions in the list, of which the API takes only one. */
export function clashes(regions: readonly Region[]): [number, number][] {
  const found: [number, number][] = [];
  regions.forEach((one, first) => {
    regions.slice(first + 1).forEach((other, further) => {
      if (mostlySame(one, other)) {
        found.push([first, first + 1 + further]);
      }
    });
  });
  return found;
}

/** A place for one more track: the usual ones first, then wherever the other regions leave room. */
export function freePlace(regions: readonly Region[]): Region | null {
  const tops = [0.78, 0.04, 0.41, 0.6, 0.22];
  const candidates = tops.map((top) => ({
    crop_left: 0.1,
    crop_top: top,
    crop_right: 0.9,
    crop_bottom: top + 0.16,
  }));
  return candidates.find((each) => !regions.some((other) => mostlySame(each, other))) ?? null;
}

export type Row = "top" | "middle" | "bottom";
export type Column = "left" | "centre" | "right";

/** Where a region is, in thirds of the picture, so that a person can tell regions apart by words. */
export function placeOf(region: Region): { row: Row; column: Column } {
  const down = (region.crop_top + region.crop_bottom) / 2;
  const across = (region.crop_left + region.crop_right) / 2;
  return {
    row: down < 1 / 3 ? "top" : down > 2 / 3 ? "bottom" : "middle",
    column: across < 1 / 3 ? "left" : across > 2 / 3 ? "right" : "centre",
  };
}

/** A region that is this many times as tall as it is wide, in pixels, holds vertical text. */
const UPRIGHT = 1.5;

export function isVertical(region: Region, size: Size): boolean {
  const across = (region.crop_right - region.crop_left) * size.width;
  const down = (region.crop_bottom - region.crop_top) * size.height;
  return down >= UPRIGHT * across;
}
