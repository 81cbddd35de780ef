/** Where things stand on the timeline. Pure; `parts/timeline.tsx` draws. */

import type { Caption, Side } from "../../captions/model/types";

/** The part of the video that is shown: from `start` on, with so many seconds in a pixel. */
export interface Range {
  start: number;
  secondsPerPixel: number;
}

/** The whole video; its times are on the clock of the file. */
export interface Extent {
  start: number;
  end: number;
}

/** At the closest zoom a grid frame of 0.1 s is 30 pixels wide, so that a finger finds it. */
const CLOSEST = 0.1 / 30;
/** How near to an end a pointer takes hold of it, in pixels; a finger is some 20 wide. */
const GRIP = 8;
/** Numbers of the scale are at least so many pixels apart. */
const TICK_SPACE = 90;
const TICKS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600];

export function whole(extent: Extent, width: number): Range {
  return { start: extent.start, secondsPerPixel: Math.max(CLOSEST, (extent.end - extent.start) / Math.max(1, width)) };
}

export function xOf(seconds: number, range: Range): number {
  return (seconds - range.start) / range.secondsPerPixel;
}

export function secondsAt(x: number, range: Range): number {
  return range.start + x * range.secondsPerPixel;
}

/** Zoom so that what is at `x` stays there; a factor below 1 comes closer. */
export function zoomed(range: Range, factor: number, x: number, extent: Extent, width: number): Range {
  const farthest = whole(extent, width).secondsPerPixel;
  const secondsPerPixel = Math.min(farthest, Math.max(CLOSEST, range.secondsPerPixel * factor));
  return held({ start: secondsAt(x, range) - x * secondsPerPixel, secondsPerPixel }, extent, width);
}

export function panned(range: Range, pixels: number, extent: Extent, width: number): Range {
  return held({ ...range, start: range.start + pixels * range.secondsPerPixel }, extent, width);
}

/** The range moved so that a time is in sight; the same object when it is. */
export function showing(range: Range, seconds: number, extent: Extent, width: number): Range {
  const x = xOf(seconds, range);
  if (x >= 0 && x <= width) return range;
  return held({ ...range, start: seconds - (width / 4) * range.secondsPerPixel }, extent, width);
}

function held(range: Range, extent: Extent, width: number): Range {
  const last = extent.end - width * range.secondsPerPixel;
  return { ...range, start: Math.max(extent.start, Math.min(last, range.start)) };
}

/** The times of the scale. */
export function ticks(range: Range, width: number): number[] {
  const least = TICK_SPACE * range.secondsPerPixel;
  const step = TICKS.find((each) => each >= least) ?? 3600;
  const first = Math.ceil(range.start / step);
  const count = Math.floor((range.start + width * range.secondsPerPixel) / step) - first + 1;
  return Array.from({ length: Math.max(0, count) }, (_, index) => (first + index) * step);
}

/** The captions, sorted by time, that are in sight. */
export function inSight(sorted: readonly Caption[], range: Range, width: number): Caption[] {
  const end = range.start + width * range.secondsPerPixel;
  return sorted.filter((each) => each.end_seconds > range.start && each.start_seconds < end);
}

/** The end of a caption under a pointer; where two touch, the one on whose side the pointer is. */
export function endAt(captions: readonly Caption[], x: number, range: Range): { caption: Caption; side: Side } | null {
  let best: { caption: Caption; side: Side; distance: number } | null = null;
  for (const caption of captions) {
    const [start, end] = [xOf(caption.start_seconds, range), xOf(caption.end_seconds, range)];
    const inside = x >= start && x <= end;
    for (const [side, at] of [
      ["start", start],
      ["end", end],
    ] as const) {
      // Outside, an end is a little harder to take than from within.
      const distance = Math.abs(x - at) + (inside ? 0 : 0.5);
      if (distance <= GRIP && (best === null || distance < best.distance)) best = { caption, side, distance };
    }
  }
  return best === null ? null : { caption: best.caption, side: best.side };
}

/** The captions that are shown at a time. */
export function shownAt(sorted: readonly Caption[], seconds: number): Caption[] {
  return sorted.filter((each) => each.start_seconds <= seconds && seconds < each.end_seconds);
}

/** The caption that begins after a time, or the one that began before the one at a time. */
export function captionBeside(sorted: readonly Caption[], seconds: number, direction: -1 | 1): Caption | null {
  // A thousandth, since a player stands a little beside the time it was sent to.
  if (direction > 0) return sorted.find((each) => each.start_seconds > seconds + 0.002) ?? null;
  const current = shownAt(sorted, seconds)[0];
  const before = current?.start_seconds ?? seconds;
  return sorted.findLast((each) => each.start_seconds < before - 0.002) ?? null;
}
